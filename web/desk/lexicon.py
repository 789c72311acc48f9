"""The lexicon on the desk: the rule board with its search, a word's form with the preview, the history with undo."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from models import Session
from nlp.lexicon_edits import HEAVIEST, WordEdit
from nlp.spelling import normalise
from nlp.taxonomy import taxonomy
from services import lexicon, lexicon_preview, rule_board
from services.engine_in_use import engine_in_use, live_word_edits
from services.errors import Conflict, InvalidInput
from services.permissions import Permission
from web.desk.frame import page
from web.desk.refusals import refusal_words
from web.house import house
from web.language import gettext as _
from web.security import current_act, current_viewer, requires

blueprint = Blueprint("lexicon", __name__, url_prefix="/desk/lexicon")

WEIGHTS = (0.0, 1.0, 2.6, 4.0, 6.0)
FIELDS = ("word", "subject", "weight", "moved_from", "exclusions", "must_match", "must_not_match", "reason")
LONGEST = {"exclusions": 300, "must_match": 320, "must_not_match": 320, "reason": 320}
_BETWEEN_PHRASES = re.compile(r"[\s,，、;；]+")


@blueprint.get("")
@requires(Permission.LEARNING_VIEW)
def show() -> ResponseReturnValue:
    given = request.args
    view = given.get("view", "hits")
    view = view if view in rule_board.VIEWS else "hits"
    subject = given.get("subject") if taxonomy().has_subject(given.get("subject", "")) else None
    query = normalise(given.get("q", "").strip()[:20])
    number = int(given["page"]) if given.get("page", "").isdecimal() and len(given["page"]) < 4 else 0
    with house().database.reader() as session:
        board = rule_board.read_board(session, query=query, subject=subject, view=view, page=number)
        return page(
            "desk/lexicon/board.html",
            session,
            active="lexicon",
            tab="lexicon",
            board=board,
            query=query,
            subject_code=subject,
            view=view,
            views=_views(),
            number=number,
            last=max(0, (board.total - 1) // rule_board.PAGE),
            classes=taxonomy().classes,
        )


@blueprint.get("/word")
@requires(Permission.LEXICON_EDIT)
def word() -> ResponseReturnValue:
    """A word's form: as it stands, or empty for a new word."""
    chosen = normalise(request.args.get("word", "").strip()[:40])
    subject = request.args.get("subject", "")
    with house().database.reader() as session:
        return _form_page(session, _as_it_stands(session, chosen, subject))


@blueprint.post("/word")
@requires(Permission.LEXICON_EDIT)
def save() -> ResponseReturnValue:
    """First the preview, then the same form again to save what was previewed."""
    given = {name: request.form.get(name, "").strip()[: LONGEST.get(name, 40)] for name in FIELDS}
    step, viewer = request.form.get("step", "preview"), current_viewer()
    with house().database.transaction() as session:
        if step == "edit":
            return _form_page(session, given)
        try:
            if not given["reason"]:
                raise InvalidInput(field="reason", reason="required")
            checked = lexicon.check_edit(session, _edit(given))
            is_fresh = request.form.get("seen", "") == str(lexicon.last_edit_id(session))
            if step != "save" or not is_fresh:
                found = lexicon_preview.preview(session, viewer, checked)
                shown = _preview_page(session, given, checked, found, is_stale=step == "save")
                return (shown, 409) if step == "save" else shown
            row = lexicon.save_edit(session, checked.edit, given["reason"], current_act())
        except InvalidInput as error:
            return _form_page(session, given, errors={str(error.facts["field"]): refusal_words(error.facts)}), 400
        saved = row.word
    flash(_("“%(word)s”存好了，从现在起就按它算。", word=saved))
    return redirect(url_for("lexicon.history"))


@blueprint.get("/history")
@requires(Permission.LEARNING_VIEW)
def history() -> ResponseReturnValue:
    before = request.args.get("before", "")
    chosen = request.args.get("word", "").strip()[:40] or None
    with house().database.reader() as session:
        return _history_page(session, chosen, int(before) if before.isdecimal() and len(before) < 18 else None)


@blueprint.post("/history/<int:edit_id>/undo")
@requires(Permission.LEXICON_EDIT)
def undo(edit_id: int) -> ResponseReturnValue:
    """Take an edit back; what took back can be taken back the same way."""
    try:
        with house().database.transaction() as session:
            row = lexicon.undo_edit(session, edit_id, current_act())
            taken_back = row.word
    except Conflict:
        flash(_("这一条已经撤销过了。"), "error")
        return redirect(url_for("lexicon.history"))
    except InvalidInput as error:
        flash(_("没撤成：") + refusal_words(error.facts), "error")
        return redirect(url_for("lexicon.history"))
    flash(_("“%(word)s”这次改动撤销了。", word=taken_back))
    return redirect(url_for("lexicon.history"))


def _edit(given: Mapping[str, str]) -> WordEdit:
    try:
        weight = float(given["weight"] or "nan")
    except ValueError:
        weight = float("nan")
    return WordEdit(
        given["word"],
        given["subject"],
        weight,
        given["moved_from"] or None,
        tuple(phrase for phrase in _BETWEEN_PHRASES.split(given["exclusions"]) if phrase),
        given["must_match"],
        given["must_not_match"],
    )


def _as_it_stands(session: Session, chosen: str, subject: str) -> dict[str, str]:
    edits = live_word_edits(session)
    weights, phrases = lexicon.current_meaning(engine_in_use(session).lexicon, chosen, edits)
    code = subject if taxonomy().has_subject(subject) else next(iter(weights), "")
    last = next((edit for edit in reversed(edits) if edit.word == chosen), None)
    return {
        "word": chosen,
        "subject": code,
        "weight": f"{weights.get(code, 2.6):g}",
        "moved_from": "",
        "exclusions": "、".join(phrases),
        "must_match": last.must_match if last else "",
        "must_not_match": last.must_not_match if last else "",
        "reason": "",
    }


def _form_page(session: Session, given: Mapping[str, str], *, errors: Mapping[str, str] | None = None) -> str:
    edits = live_word_edits(session)
    chosen = normalise(given["word"])
    weights, _phrases = lexicon.current_meaning(engine_in_use(session).lexicon, chosen, edits)
    choices = dict.fromkeys(f"{weight:g}" for weight in WEIGHTS)
    choices[given["weight"] or "2.6"] = None
    return page(
        "desk/lexicon/word.html",
        session,
        active="lexicon",
        tab="lexicon",
        given=given,
        errors=errors or {},
        now_says=weights,
        choices=sorted(choices, key=_number),
        weight_words=_weight_words(),
        heaviest=f"{HEAVIEST:g}",
        classes=taxonomy().classes,
        past=lexicon.list_history(session, word=chosen)[:8] if chosen else [],
    )


def _preview_page(
    session: Session,
    given: Mapping[str, str],
    checked: lexicon.Checked,
    found: lexicon_preview.Preview,
    *,
    is_stale: bool,
) -> str:
    return page(
        "desk/lexicon/preview.html",
        session,
        active="lexicon",
        tab="lexicon",
        given=given,
        edit=checked.edit,
        had=dict(checked.before.lexicon.words.get(checked.edit.word, ((), ()))[1]),
        found=found,
        listed=found.moved[: lexicon_preview.LISTED],
        hidden=sum(not one.is_visible for one in found.moved),
        seen=lexicon.last_edit_id(session),
        is_stale=is_stale,
        fields=FIELDS,
    )


def _history_page(session: Session, chosen: str | None, before_id: int | None) -> str:
    entries = lexicon.list_history(session, word=chosen, before_id=before_id)
    return page(
        "desk/lexicon/history.html",
        session,
        active="lexicon",
        tab="history",
        edits=entries,
        chosen=chosen,
        next_id=entries[-1].row.id if len(entries) == lexicon.HISTORY_PAGE else None,
    )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _weight_words() -> dict[str, str]:
    return {
        "0": _("0 · 不再算"),
        "1": _("1 · 有点像"),
        "2.6": _("2.6 · 很像"),
        "4": _("4 · 基本就是"),
        "6": _("6 · 一定是"),
    }


def _views() -> list[tuple[str, str]]:
    return [("hits", _("全部")), ("conflicts", _("有冲突")), ("weak", _("常出错")), ("edited", _("改过的"))]
