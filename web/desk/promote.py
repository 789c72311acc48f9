"""Turns voices into one item with a quantity: its form, what was not taken along, and the right button beside it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from models import Community, Complaint, Session
from nlp.taxonomy import Subject, taxonomy
from services import complaints, plans, work_items
from services.access import access_communities_item, access_community, access_complaint, access_complaints
from services.amounts import in_ten_thousands, read_amount
from services.destinations import destination_of
from services.errors import InvalidInput, NotFound, StatusNotAllowed
from services.permissions import Permission
from services.places import list_buildings
from services.support import homes_by_building, support_of
from services.work_items import Promotion, Selection
from web.desk.fields import read_ids, words_for
from web.desk.frame import page
from web.house import house
from web.language import gettext as _
from web.security import current_act, current_viewer, requires

blueprint = Blueprint("promote", __name__, url_prefix="/desk/promote")
MOST_TOGETHER = 300
DEFAULT_SUBJECT = "A05"


@blueprint.get("")
@requires(Permission.PLAN_EDIT)
def show() -> ResponseReturnValue:
    """The form for the complaints in ``numbers``, or for an item nobody asked for yet in ``community``."""
    with house().database.reader() as session:
        return _page(session, _numbers(), {}, {})


@blueprint.post("")
@requires(Permission.PLAN_EDIT)
def save() -> ResponseReturnValue:
    given = request.form
    numbers = _numbers()
    try:
        with house().database.transaction() as session:
            chosen = access_complaints(session, current_viewer(), numbers) if numbers else []
            community = _community(session, chosen)
            taken = work_items.sort_out(chosen, community.id).taken
            act = current_act()
            if given.get("existing"):
                item = access_communities_item(session, current_viewer(), community, given["existing"])
                if not taken:
                    raise InvalidInput(field="complaints", reason="required")
                work_items.attach(session, item, taken, act)
                line = _("放进第%(position)s项了。", position=item.position)
            else:
                item = work_items.promote(session, _promotion(community, taken), act)
                line = _("存成候选第%(position)s项了。还没给居民发消息。", position=item.position)
            where = url_for("plans.show", code=community.code, year=item.plan.year, _anchor=f"item-{item.id}")
    except InvalidInput as error:
        field, words = words_for(error)
        with house().database.reader() as session:
            return _page(session, numbers, given, {field: words}), 400
    except StatusNotAllowed:
        with house().database.reader() as session:
            return _page(session, numbers, given, {"complaints": _("有一件的状态刚变了，看看还要不要。")}), 409
    flash(line, "good")
    return redirect(where)


@blueprint.post("/pass-on")
@requires(Permission.COMPLAINT_HANDLE)
def pass_on() -> ResponseReturnValue:
    """Send one that cannot enter a plan to where it belongs: the right button beside the refusal."""
    rest = [number for number in _split(request.form.get("rest", "")) if number != request.form.get("number")]
    with house().database.transaction() as session:
        complaint = access_complaint(session, current_viewer(), request.form.get("number", ""))
        if taxonomy().enters_plan(complaint.class_code):
            raise NotFound(what="complaint")
        where = destination_of(complaint)
        if where.action == "dispatch":
            complaints.dispatch(session, complaint, where.name, current_act(), phone=where.phone, copy_to=where.copy_to)
        else:
            complaints.redirect(session, complaint, where.name, where.phone, current_act())
        flash(_("%(serial)s 转给%(who)s了，居民会收到话。", serial=complaint.serial, who=where.name), "good")
        number = complaint.number
    if rest:
        return redirect(url_for("promote.show", numbers=",".join(rest)))
    return redirect(url_for("complaint.show", number=number))


def _page(session: Session, numbers: Sequence[str], given: Mapping[str, Any], errors: dict[str, str]) -> str:
    chosen = access_complaints(session, current_viewer(), list(numbers)) if numbers else []
    community = _community(session, chosen)
    selection = work_items.sort_out(chosen, community.id)
    subject = _subject(selection, given)
    support = support_of(session, selection.taken)
    buildings = list_buildings(session, community)
    homes = homes_by_building(session, community.id)
    spoken = {complaint.building_id for complaint in selection.taken if complaint.building_id is not None}
    ticked = set(request.form.getlist("buildings")) if given else {str(one) for one in spoken}
    plan = plans.find_plan(session, community)
    open_items = [item for item in plan.items if item.state not in ("declined", "handed_over")] if plan else []
    if given:
        values = dict(given)
    else:
        cost = subject.costs[0] if subject.costs else None
        values = {
            "title": subject.name.split("（")[0] if numbers else "",
            "class_code": subject.class_code,
            "unit": cost.unit if cost else subject.units[0],
            "unit_cost": "",
            "is_illustrative": "1",
        }
    return page(
        "desk/plans/promote.html",
        session,
        active="plans",
        community=community,
        numbers=numbers,
        selection=selection,
        subject=subject,
        subjects=[one for one in taxonomy().subjects if taxonomy().enters_plan(one.code)],
        classes=[group for group in taxonomy().classes if group.enters_plan],
        units=list(dict.fromkeys([*subject.units, *(cost.unit for cost in subject.costs), values.get("unit") or "处"])),
        support=support,
        spoken=dict(support.by_building),
        buildings=buildings,
        homes={one.code: homes[one.id] for one in buildings if homes.get(one.id)},
        ticked=ticked,
        values=values,
        errors=errors,
        cost=_cost(values),
        open_items=open_items,
    )


def _promotion(community: Community, taken: Sequence[Complaint]) -> Promotion:
    given = request.form
    quantity = read_amount(given.get("quantity", ""), "quantity")
    assert quantity is not None
    return Promotion(
        community=community,
        title=given.get("title", ""),
        subject_code=given.get("subject_code", ""),
        class_code=given.get("class_code") or None,
        quantity=quantity,
        unit=given.get("unit", ""),
        unit_cost=read_amount(given.get("unit_cost", ""), "unit_cost", is_required=False),
        is_cost_illustrative=bool(given.get("is_illustrative")),
        buildings=read_ids(given.getlist("buildings"), "buildings"),
        why=given.get("why", ""),
        complaints=taken,
    )


def _community(session: Session, chosen: Sequence[Complaint]) -> Community:
    if chosen:
        return chosen[0].community
    return access_community(session, current_viewer(), request.values.get("community", ""))


def _subject(selection: Selection, given: Mapping[str, Any]) -> Subject:
    wanted = str(given.get("subject_code") or request.args.get("subject", ""))
    if taxonomy().has_subject(wanted) and taxonomy().enters_plan(wanted):
        return taxonomy().subject(wanted)
    codes = Counter(complaint.subject_code for complaint in selection.taken)
    return taxonomy().subject(codes.most_common(1)[0][0] if codes else DEFAULT_SUBJECT)


def _cost(values: Mapping[str, Any]) -> Decimal | None:
    """The cost of what was typed in 万元, when it can be computed."""
    try:
        quantity = read_amount(str(values.get("quantity", "")), "quantity")
        unit_cost = read_amount(str(values.get("unit_cost", "")), "unit_cost")
    except InvalidInput:
        return None
    assert quantity is not None
    assert unit_cost is not None
    return in_ten_thousands(quantity * unit_cost)


def _numbers() -> list[str]:
    values = request.form.getlist("numbers") if request.method == "POST" else request.args.getlist("numbers")
    numbers = [number for value in values for number in _split(value)]
    if len(numbers) > MOST_TOGETHER:
        raise InvalidInput(field="numbers", reason="too_many")
    return list(dict.fromkeys(numbers))


def _split(text: str) -> list[str]:
    return [part.strip().upper() for part in re.split(r"[,，、\s]+", text) if part.strip()]
