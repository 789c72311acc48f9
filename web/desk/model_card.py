"""The model card: which version answers, how good it is on what it never saw, and training, using, rolling back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models import ModelTraining, Session
from services import model_card, model_versions
from services.errors import Conflict, InvalidInput, NotFound
from services.permissions import Permission
from web.desk import labels
from web.desk.frame import page
from web.house import house
from web.language import gettext as _
from web.security import current_act, current_viewer, requires

blueprint = Blueprint("model_card", __name__, url_prefix="/desk/model")


@dataclass(frozen=True, slots=True)
class Run:
    """A training run as shown."""

    row: ModelTraining
    is_running: bool
    step: str
    outcome: str


@blueprint.get("")
@requires(Permission.LEARNING_VIEW)
def show() -> ResponseReturnValue:
    with house().database.reader() as session:
        return page(
            "desk/lexicon/model.html",
            session,
            active="lexicon",
            tab="model",
            card=model_card.read_card(session),
            versions=model_versions.list_versions(session),
            may_roll_back=model_versions.may_roll_back(session),
            verdicts=_verdict_words(),
            run=_run(session),
        )


@blueprint.get("/progress")
@requires(Permission.LEARNING_VIEW)
def progress() -> ResponseReturnValue:
    """How far the training is, asked for every few seconds while it runs."""
    with house().database.reader() as session:
        return render_template(
            "desk/lexicon/progress.html", run=_run(session), now=house().clock.now(), viewer=current_viewer()
        )


@blueprint.post("/train")
@requires(Permission.MODEL_TRAIN)
def train() -> ResponseReturnValue:
    """Begin a run in a process of its own; while one runs a second press is refused."""
    act = current_act()
    try:
        with house().database.transaction() as session:
            run_id = model_versions.begin_training(session, act).id
    except Conflict as conflict:
        name = labels.who(str(conflict.facts["by"]))
        flash(_("已经在训练了（%(name)s 开始的），等它完了再按。", name=name), "error")
        return redirect(url_for("model_card.show"))
    house().train_in_background(run_id, act.by)
    flash(_("开始训练了，要几分钟。可以先去做别的，居民的话照常有人答。"))
    return redirect(url_for("model_card.show"))


@blueprint.post("/use")
@requires(Permission.MODEL_TRAIN)
def use() -> ResponseReturnValue:
    given = request.form.get("number", "")
    number = int(given) if given.isdecimal() and len(given) < 9 else -1
    try:
        with house().database.transaction() as session:
            model_versions.use_version(session, number or None, current_act())
    except NotFound:
        flash(_("没有这个版本。"), "error")
    except Conflict:
        flash(_("这个版本已经在用了。"), "error")
    except InvalidInput as refused:
        flash(_("用不了，还是用原来的：%(why)s", why=refused.facts["why"]), "error")
    else:
        flash(_("换好了，现在用%(name)s。", name=_name(number)))
    return redirect(url_for("model_card.show"))


@blueprint.post("/rollback")
@requires(Permission.MODEL_TRAIN)
def rollback() -> ResponseReturnValue:
    try:
        with house().database.transaction() as session:
            version = model_versions.roll_back(session, current_act())
    except Conflict:
        flash(_("前面没有别的版本了。"), "error")
    except InvalidInput as refused:
        flash(_("用不了，还是用原来的：%(why)s", why=refused.facts["why"]), "error")
    else:
        flash(_("退回去了，现在用%(name)s。", name=_name(version.number if version else 0)))
    return redirect(url_for("model_card.show"))


def _run(session: Session) -> Run | None:
    row = model_versions.find_last_training(session)
    if row is None:
        return None
    is_running = model_versions.is_alive(row, house().clock.now())
    outcome = row.outcome or ("" if is_running else "broken_off")
    return Run(row, is_running, _step_words().get(row.step, row.step), _verdict_words().get(outcome, outcome))


def _name(number: int) -> str:
    return _("第 %(number)s 版", number=number) if number else _("出厂的模型")


def _step_words() -> dict[str, str]:
    return {
        "read": _("读材料和改判"),
        "subject": _("学类别"),
        "intent": _("学意图"),
        "hazard": _("学危险"),
        "compare": _("拿没学过的话，比新旧"),
        "save": _("存"),
    }


def _verdict_words() -> dict[str, Any]:
    return {
        "better": _("更好，已经换上"),
        "too_few_better": _("改判还太少，连同留出的话一起看更好，已经换上"),
        "no_better": _("没有更好，没换"),
        "loses_messages": _("在留出的话上变差了，没换"),
        "loses_dangers": _("漏掉的危险变多了，没换"),
        "failed": _("没训练成"),
        "broken_off": _("中途断了，没有结果"),
    }
