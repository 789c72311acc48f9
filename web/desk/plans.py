"""The whole plan on one page, defendable: the bar against the budget, items by class, the declined with reasons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from models import Community, Session, WorkItem
from nlp.taxonomy import taxonomy
from services import plans, work_items
from services.access import access_communities_item, access_community, access_complaint
from services.amounts import in_ten_thousands, read_amount
from services.case_file import preview_news
from services.deadlines import ZONE
from services.errors import InvalidInput, NotFound, StatusNotAllowed
from services.permissions import Permission
from services.places import list_buildings
from services.ports import Reply
from services.support import support_by_item
from services.work_items import Promotion
from web.desk.budget import bar_of, stored_money, typed_money
from web.desk.fields import read_day, read_ids, words_for
from web.desk.frame import page
from web.house import house
from web.language import gettext as _
from web.security import current_act, current_viewer, requires

blueprint = Blueprint("plans", __name__, url_prefix="/desk/plans")
NEXT_STEPS: dict[str, tuple[str, ...]] = {
    "candidate": ("adopt", "decline"),
    "adopted": ("design", "decline"),
    "designed": ("start", "decline"),
    "under_construction": ("inspect",),
    "inspected": ("hand_over", "rework"),
    "declined": ("restore",),
}
NEWS = {
    "adopt": "adopted", "decline": "declined", "restore": "restored", "design": "item_designed",
    "start": "item_under_construction", "inspect": "item_inspected", "hand_over": "item_handed_over",
}  # fmt: skip
DATED = {"adopt": False, "design": False, "start": True, "rework": True}
"""Steps that ask for the days of the works, and whether the first day must be given."""


@blueprint.get("/")
@requires(Permission.PLAN_VIEW)
def index() -> ResponseReturnValue:
    with house().database.reader() as session:
        return page("desk/plans/list.html", session, active="plans", found=plans.list_plans(session, current_viewer()))


@blueprint.get("/<code>")
@requires(Permission.PLAN_VIEW)
def show(code: str) -> ResponseReturnValue:
    with house().database.reader() as session:
        community = access_community(session, current_viewer(), code)
        plan = plans.find_plan(session, community, request.args.get("year", type=int))
        if plan is None and request.args.get("year"):
            raise NotFound(what="plan")
        sheet = plans.show(session, plan) if plan is not None else None
        return page(
            "desk/plans/show.html",
            session,
            active="plans",
            community=community,
            sheet=sheet,
            bar=bar_of(sheet) if sheet else None,
            years=plans.list_years(session, community),
            year=_this_year(),
            next_steps=NEXT_STEPS,
            ten=in_ten_thousands,
            names=step_names(),
        )


@blueprint.get("/<code>/word")
@requires(Permission.PLAN_VIEW)
def word(code: str) -> ResponseReturnValue:
    """The plan as a Word document."""
    from services.documents import plan_word  # the Word library is slow to load, and only needed here

    with house().database.reader() as session:
        community = access_community(session, current_viewer(), code)
        plan = plans.find_plan(session, community, request.args.get("year", type=int))
        if plan is None:
            raise NotFound(what="plan")
        answer: Response = make_response(plan_word.write_plan(session, plan, house().clock.now()))
        name = plan_word.file_name(plan)
    answer.headers["Content-Type"] = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@blueprint.get("/<code>/money")
@requires(Permission.PLAN_EDIT)
def money(code: str) -> ResponseReturnValue:
    with house().database.reader() as session:
        return _money_page(session, access_community(session, current_viewer(), code), {}, {})


@blueprint.post("/<code>/money")
@requires(Permission.PLAN_EDIT)
def set_money(code: str) -> ResponseReturnValue:
    """Budget, funding and summary; makes the plan of this year where there is none."""
    given = request.form
    try:
        with house().database.transaction() as session:
            community = access_community(session, current_viewer(), code)
            year = given.get("year", type=int) or _this_year()
            plan = plans.get_or_make(session, community, year, current_act())
            plans.set_money(session, plan, typed_money(given), current_act())
    except InvalidInput as error:
        field, words = words_for(error)
        with house().database.reader() as session:
            community = access_community(session, current_viewer(), code)
            return _money_page(session, community, given, {field: words}), 400
    flash(_("存好了。"), "good")
    return redirect(url_for("plans.show", code=code, year=year))


@blueprint.get("/<code>/items/<item_id>")
@requires(Permission.PLAN_VIEW)
def item(code: str, item_id: str) -> ResponseReturnValue:
    """One item: every voice behind it, what happened to it, and its next steps."""
    with house().database.reader() as session:
        return _item_page(session, _item(session, code, item_id), {}, {})


@blueprint.post("/<code>/items/<item_id>/edit")
@requires(Permission.PLAN_EDIT)
def edit(code: str, item_id: str) -> ResponseReturnValue:
    given = request.form
    try:
        with house().database.transaction() as session:
            found = _item(session, code, item_id)
            work_items.check_unchanged(found, given.get("seen", ""))
            work_items.edit(session, found, _changed(found), current_act())
    except InvalidInput as error:
        field, words = words_for(error)
        with house().database.reader() as session:
            return _item_page(session, _item(session, code, item_id), given, {field: words}), 400
    flash(_("改好了。"), "good")
    return redirect(url_for("plans.item", code=code, item_id=item_id))


@blueprint.post("/<code>/items/<item_id>/detach")
@requires(Permission.PLAN_EDIT)
def detach(code: str, item_id: str) -> ResponseReturnValue:
    with house().database.transaction() as session:
        found = _item(session, code, item_id)
        complaint = access_complaint(session, current_viewer(), request.form.get("number", ""))
        work_items.detach(session, found, complaint, current_act())
        flash(_("%(serial)s 从这一项拿掉了，回到收件箱。", serial=complaint.serial), "good")
    return redirect(url_for("plans.item", code=code, item_id=item_id))


@blueprint.get("/<code>/items/<item_id>/<step>")
@requires(Permission.PLAN_DECIDE)
def ask(code: str, item_id: str, step: str) -> ResponseReturnValue:
    """Before a step: what residents will read, and how many of them."""
    with house().database.reader() as session:
        return _step_page(session, _item(session, code, item_id), step, {}, {})


@blueprint.post("/<code>/items/<item_id>/<step>")
@requires(Permission.PLAN_DECIDE)
def do(code: str, item_id: str, step: str) -> ResponseReturnValue:
    """Take the step; without ``confirmed`` only show what residents would read."""
    given = request.form
    try:
        with house().database.transaction() as session:
            found = _item(session, code, item_id)
            if not given.get("confirmed"):
                return _step_page(session, found, step, given, _faults(step, given))
            work_items.check_unchanged(found, given.get("seen", ""))
            told = _take(session, found, step, given)
            year, position = found.plan.year, found.position
    except InvalidInput as error:
        field, words = words_for(error)
        with house().database.reader() as session:
            return _step_page(session, _item(session, code, item_id), step, given, {field: words}), 400
    line = _("第%(n)s项：%(step)s。", n=position, step=step_names()[step])
    if told:
        line += _("消息给 %(count)s 件诉求的居民。", count=told)
        if house().settings.delivery.mode != "live":
            line += _("现在是试发，不在名单上的扣在发件箱里。")
    flash(line, "good")
    return redirect(url_for("plans.show", code=code, year=year, _anchor=f"item-{item_id}"))


def step_names() -> dict[str, str]:
    return {
        "adopt": _("列入"),
        "decline": _("不列入"),
        "restore": _("放回候选"),
        "design": _("设计完了"),
        "start": _("开工"),
        "inspect": _("验收合格"),
        "hand_over": _("移交"),
        "rework": _("没通过，返工"),
    }


def _take(session: Session, found: WorkItem, step: str, given: Mapping[str, str]) -> int:
    act = current_act()
    starts, ends = _days(step, given)
    if step == "adopt":
        return work_items.adopt(session, found, act, starts_on=starts, ends_on=ends)
    if step == "decline":
        return work_items.decline(session, found, given.get("reason", ""), act)
    if step == "restore":
        return work_items.restore(session, found, act)
    if step == "design":
        return work_items.design(session, found, act, starts_on=starts)
    if step in ("start", "rework"):
        assert starts is not None
        return work_items.start_construction(session, found, act, starts_on=starts, ends_on=ends)
    if step == "inspect":
        return work_items.inspect(session, found, act)
    if step == "hand_over":
        return work_items.hand_over(session, found, act)
    raise NotFound(what="step")


def _days(step: str, given: Mapping[str, str]) -> tuple[date | None, date | None]:
    starts, ends = read_day(given.get("starts_on", ""), "starts_on"), read_day(given.get("ends_on", ""), "ends_on")
    if DATED.get(step) and starts is None:
        raise InvalidInput(field="starts_on", reason="required")
    if starts is not None and ends is not None and ends < starts:
        raise InvalidInput(field="ends_on", reason="before_start")
    return starts, ends


def _faults(step: str, given: Mapping[str, str]) -> dict[str, str]:
    try:
        _days(step, given)
        if step == "decline" and not given.get("reason", "").strip():
            raise InvalidInput(field="reason", reason="required")
    except InvalidInput as error:
        return dict([words_for(error)])
    return {}


def _item(session: Session, code: str, item_id: str) -> WorkItem:
    community = access_community(session, current_viewer(), code)
    return access_communities_item(session, current_viewer(), community, item_id)


def _step_page(session: Session, found: WorkItem, step: str, given: Mapping[str, str], errors: dict[str, str]) -> str:
    if step not in step_names():
        raise NotFound(what="step")
    if step not in NEXT_STEPS.get(found.state, ()):
        raise StatusNotAllowed(state=found.state, wanted=step)
    told = [one for one in work_items.list_voices(session, found) if one.state not in ("withdrawn", "rejected")]
    values = dict(given)
    if not given:
        today = house().clock.now().astimezone(ZONE).date()
        starts = found.starts_on or (today if DATED.get(step) else None)
        values = {
            "starts_on": starts.isoformat() if starts else "",
            "ends_on": found.ends_on.isoformat() if found.ends_on else "",
        }
    replies: tuple[Reply, ...] = ()
    is_ready = not errors and (step != "decline" or bool(values.get("reason", "").strip()))
    if is_ready and told and step in NEWS:
        facts = work_items.news_facts(found) | {"reason": values.get("reason", "").strip()}
        if step in DATED:
            facts["starts_on"] = values.get("starts_on") or facts["starts_on"]
        replies = preview_news(told[0], NEWS[step], current_act(), **facts)
    return page(
        "desk/plans/step.html",
        session,
        active="plans",
        item=found,
        community=found.plan.community,
        step=step,
        name=step_names()[step],
        told=told,
        replies=replies,
        is_ready=is_ready,
        is_dated=step in DATED,
        needs_start=DATED.get(step, False),
        values=values,
        errors=errors,
    )


def _item_page(session: Session, found: WorkItem, given: Mapping[str, Any], errors: dict[str, str]) -> str:
    community = found.plan.community
    voices = work_items.list_voices(session, found)
    ticked = set(request.form.getlist("buildings")) if given else {str(link.building_id) for link in found.buildings}
    values = dict(given) or {
        "title": found.title,
        "quantity": f"{found.quantity.normalize():f}",
        "unit": found.unit,
        "unit_cost": f"{found.unit_cost.normalize():f}" if found.unit_cost is not None else "",
        "is_illustrative": "1" if found.is_cost_illustrative else "",
        "why": found.why,
    }
    return page(
        "desk/plans/item.html",
        session,
        active="plans",
        item=found,
        community=community,
        voices=voices,
        support=support_by_item(session, [found.id])[found.id],
        buildings=list_buildings(session, community),
        ticked=ticked,
        values=values,
        errors=errors,
        ten=in_ten_thousands,
        people=work_items.names_of(session, found),
        next_steps=NEXT_STEPS.get(found.state, ()),
        names=step_names(),
        is_editable=found.state in ("candidate", "adopted", "designed"),
        is_loose=found.state in ("candidate", "adopted", "designed", "under_construction", "inspected"),
    )


def _changed(found: WorkItem) -> Promotion:
    given = request.form
    quantity = read_amount(given.get("quantity", ""), "quantity")
    assert quantity is not None
    return Promotion(
        community=found.plan.community,
        title=given.get("title", ""),
        subject_code=found.subject_code,
        quantity=quantity,
        unit=given.get("unit", ""),
        unit_cost=read_amount(given.get("unit_cost", ""), "unit_cost", is_required=False),
        is_cost_illustrative=bool(given.get("is_illustrative")),
        buildings=read_ids(given.getlist("buildings"), "buildings"),
        why=given.get("why", ""),
    )


def _money_page(session: Session, community: Community, given: Mapping[str, Any], errors: dict[str, str]) -> str:
    year = request.values.get("year", type=int)
    plan = plans.find_plan(session, community, year)
    values = dict(given) if given else stored_money(plan)
    return page(
        "desk/plans/money.html",
        session,
        active="plans",
        community=community,
        year=plan.year if plan else (year or _this_year()),
        funds=taxonomy().funds,
        values=values,
        errors=errors,
    )


def _this_year() -> int:
    return house().clock.now().astimezone(ZONE).year
