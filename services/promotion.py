"""From voices to a candidate work item: what may be taken along, what is left out and why, attaching and detaching."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select

from models import (
    Building,
    Community,
    Complaint,
    ComplaintState,
    Plan,
    Session,
    WorkItem,
    WorkItemBuilding,
    WorkItemHistory,
    WorkItemState,
)
from models.workflow import COMPLAINT_TRANSITIONS
from nlp.taxonomy import taxonomy
from services import audit, complaints, plans
from services.amounts import CENT, LARGEST_QUANTITY
from services.deadlines import ZONE
from services.destinations import Destination, destination_of
from services.errors import InvalidInput, NotForPlan, StatusNotAllowed
from services.ports import Act

S = ComplaintState
W = WorkItemState

TOLD = frozenset({W.ADOPTED, W.DESIGNED, W.UNDER_CONSTRUCTION, W.INSPECTED})
"""States in which the residents behind an item know that it is in the plan."""

LONGEST_WHY = 200
"""Residents read it in a chat, so it is a sentence or three."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """A work item to make. ``buildings`` are ids, none for the whole community; ``unit_cost`` in 元 may be open.

    ``year`` is the plan's, by default the current one in Shanghai.
    """

    community: Community
    title: str
    subject_code: str
    quantity: Decimal
    unit: str
    unit_cost: Decimal | None = None
    class_code: str | None = None
    is_cost_illustrative: bool = True
    buildings: Sequence[int] = ()
    why: str = ""
    complaints: Sequence[Complaint] = ()
    year: int | None = None
    is_demo: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A complaint that cannot be taken along. ``reason`` is class, in_item, other_community or state."""

    complaint: Complaint
    reason: str
    destination: Destination | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """Complaints sorted into those that can stand behind an item and those that cannot."""

    taken: tuple[Complaint, ...]
    left_out: tuple[LeftOut, ...]


def sort_out(chosen: Sequence[Complaint], community_id: int) -> Selection:
    """Which of these can stand behind an item of this community; nothing is changed."""
    taken, left_out = [], []
    for complaint in chosen:
        reason = _obstacle(complaint, community_id)
        if reason is None:
            taken.append(complaint)
        else:
            destination = destination_of(complaint) if reason == "class" else None
            left_out.append(LeftOut(complaint, reason, destination))
    return Selection(tuple(taken), tuple(left_out))


def promote(session: Session, new: Promotion, act: Act) -> WorkItem:
    """Make a candidate item with its supporting complaints, at the end of the community's plan.

    Raises NotForPlan (a complaint or the item of class D or N), InvalidInput (a field) and StatusNotAllowed
    (a complaint that has gone another way).
    """
    class_code = (new.class_code or new.subject_code[:1]).upper()
    _check_class(class_code, new)
    _refuse_unfit(new.complaints, new.community.id)
    fields = checked_fields(session, new, new.community.id)
    year = new.year or act.now.astimezone(ZONE).year
    plan = plans.get_or_make(session, new.community, year, act, is_demo=new.is_demo)
    item = WorkItem(
        plan_id=plan.id,
        position=_next_position(session, plan),
        title=fields.title,
        class_code=class_code,
        subject_code=new.subject_code,
        state=W.CANDIDATE,
        quantity=fields.quantity,
        unit=fields.unit,
        unit_cost=fields.unit_cost,
        is_cost_illustrative=new.is_cost_illustrative,
        why=fields.why,
        is_demo=new.is_demo,
        created_at=act.now,
        updated_at=act.now,
    )
    item.buildings = [WorkItemBuilding(building_id=building_id) for building_id in fields.buildings]
    session.add(item)
    session.flush()
    session.add(WorkItemHistory(work_item_id=item.id, at=act.now, from_state=None, to_state=W.CANDIDATE, by=act.by))
    for complaint in new.complaints:
        _put_behind(session, item, complaint, act)
    audit.record(
        session, "work_item:promoted", item, actor=act.by, now=act.now, complaints=[c.id for c in new.complaints]
    )
    session.flush()
    return item


def attach(session: Session, item: WorkItem, chosen: Sequence[Complaint], act: Act) -> None:
    """Put more complaints behind an item. Where its residents know already, the new ones are told too.

    Raises StatusNotAllowed for an item that was declined or handed over, and as ``promote`` for the complaints.
    """
    if item.state not in TOLD | {W.CANDIDATE}:
        raise StatusNotAllowed(state=item.state, wanted="attach")
    _refuse_unfit(chosen, item.plan.community_id)
    for complaint in chosen:
        for voice in _put_behind(session, item, complaint, act):
            if item.state in TOLD:
                complaints.tell(session, voice, "adopted", act, **news_facts(item))
    item.updated_at = act.now
    audit.record(session, "work_item:attached", item, actor=act.by, now=act.now, complaints=[c.id for c in chosen])


def detach(session: Session, item: WorkItem, complaint: Complaint, act: Act) -> None:
    """Take a complaint off an item: back to the desk. One that was told of the plan is told it is handled anew."""
    if complaint.work_item_id != item.id:
        raise InvalidInput(field="complaints", reason="not_in_item", number=complaint.number)
    if item.state not in TOLD | {W.CANDIDATE}:
        raise StatusNotAllowed(state=item.state, wanted="detach")
    for voice in _with_merged(session, complaint):
        voice.work_item_id = None
        complaints.mark(session, voice, "detached", act, str(item.position))
        if voice.state is not S.PLAN_CANDIDATE:
            continue
        if item.state in TOLD:
            complaints.reopen(session, voice, act)
            complaints.tell(session, voice, "reopened", act)
        else:
            complaints.transition(session, voice, S.TRIAGED, act)
    item.updated_at = act.now
    audit.record(session, "work_item:detached", item, actor=act.by, now=act.now, complaint=complaint.id)


def news_facts(item: WorkItem) -> dict[str, object]:
    """What residents are told about an item, as data."""
    return {
        "position": item.position,
        "title": item.title,
        "quantity": f"{item.quantity.normalize():f}",
        "unit": item.unit,
        "why": item.why,
        "starts_on": item.starts_on.isoformat() if item.starts_on else None,
        "ends_on": item.ends_on.isoformat() if item.ends_on else None,
    }


@dataclass(frozen=True, slots=True)
class ItemFields:
    """The typed-in part of an item, checked."""

    title: str
    quantity: Decimal
    unit: str
    unit_cost: Decimal | None
    why: str
    buildings: tuple[int, ...]


def checked_fields(session: Session, new: Promotion, community_id: int) -> ItemFields:
    """The fields as they are stored. Raises InvalidInput naming the first wrong one."""
    title, unit = " ".join(new.title.split()), new.unit.strip()
    if not title:
        raise InvalidInput(field="title", reason="required")
    if len(title) > 120:
        raise InvalidInput(field="title", reason="too_long")
    if not new.quantity.is_finite() or new.quantity <= 0:
        raise InvalidInput(field="quantity", reason="not_positive")
    if new.quantity > LARGEST_QUANTITY:
        raise InvalidInput(field="quantity", reason="too_large")
    if not unit:
        raise InvalidInput(field="unit", reason="required")
    if len(unit) > 16:
        raise InvalidInput(field="unit", reason="too_long")
    why = new.why.strip()
    if len(why) > LONGEST_WHY:
        raise InvalidInput(field="why", reason="too_long")
    cost = new.unit_cost
    if cost is not None and not (cost.is_finite() and 0 <= cost <= LARGEST_QUANTITY):
        raise InvalidInput(field="unit_cost", reason="too_large" if cost > 0 else "negative")
    wanted = tuple(dict.fromkeys(new.buildings))
    known = set(
        session.scalars(select(Building.id).where(Building.community_id == community_id, Building.id.in_(wanted)))
    )
    if known != set(wanted):
        raise InvalidInput(field="buildings", reason="unknown")
    return ItemFields(
        title,
        new.quantity.quantize(CENT),
        unit,
        cost.quantize(CENT) if cost is not None else None,
        why,
        wanted,
    )


def _check_class(class_code: str, new: Promotion) -> None:
    if not taxonomy().has_subject(new.subject_code):
        raise InvalidInput(field="subject_code", reason="unknown")
    if class_code not in {group.code for group in taxonomy().classes}:
        raise InvalidInput(field="class_code", reason="unknown")
    if not taxonomy().enters_plan(class_code) or not taxonomy().enters_plan(new.subject_code):
        for complaint in new.complaints:
            _refuse_class(complaint)
        raise NotForPlan(number=None, class_code=class_code, destination="", phone="", action="redirect")


def _obstacle(complaint: Complaint, community_id: int) -> str | None:
    if complaint.community_id != community_id:
        return "other_community"
    if complaint.work_item_id is not None:
        return "in_item"
    if not taxonomy().enters_plan(complaint.class_code):
        return "class"
    if complaint.state is S.REOPENED or S.PLAN_CANDIDATE in COMPLAINT_TRANSITIONS[complaint.state]:
        return None
    return "state"


def _refuse_unfit(chosen: Sequence[Complaint], community_id: int) -> None:
    for left in sort_out(chosen, community_id).left_out:
        if left.reason == "class":
            _refuse_class(left.complaint)
        if left.reason == "state":
            raise StatusNotAllowed(state=left.complaint.state, wanted=S.PLAN_CANDIDATE, number=left.complaint.number)
        raise InvalidInput(field="complaints", reason=left.reason, number=left.complaint.number)


def _refuse_class(complaint: Complaint) -> None:
    if taxonomy().enters_plan(complaint.class_code):
        return
    where = destination_of(complaint)
    raise NotForPlan(
        number=complaint.number,
        class_code=complaint.class_code,
        destination=where.name,
        phone=where.phone,
        action=where.action,
        copy_to=where.copy_to,
    )


def _put_behind(session: Session, item: WorkItem, complaint: Complaint, act: Act) -> list[Complaint]:
    """Link the complaint, and those merged into it, to the item. Returns all of them."""
    voices = _with_merged(session, complaint)
    for voice in voices:
        voice.work_item_id = item.id
        complaints.mark(session, voice, "promoted", act, str(item.position))
    if complaint.state is S.ACKNOWLEDGED:
        complaints.take_in(session, complaint, act)
    complaints.transition(session, complaint, S.PLAN_CANDIDATE, act)
    complaint.is_read = True
    return voices


def _with_merged(session: Session, complaint: Complaint) -> list[Complaint]:
    """The complaint and those merged into it: every resident keeps their own number and news."""
    merged = session.scalars(
        select(Complaint).where(Complaint.merged_into_id == complaint.id).order_by(Complaint.id)
    ).all()
    return [complaint, *merged]


def _next_position(session: Session, plan: Plan) -> int:
    session.execute(select(Plan.id).where(Plan.id == plan.id).with_for_update())
    return (session.scalar(select(func.max(WorkItem.position)).where(WorkItem.plan_id == plan.id)) or 0) + 1
