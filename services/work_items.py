"""Work items decided and carried out, from adopting to handing over; every resident behind them is told."""

from __future__ import annotations

from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased, joinedload

from models import (
    Complaint,
    ComplaintState,
    Session,
    StaffUser,
    WorkItem,
    WorkItemBuilding,
    WorkItemHistory,
    WorkItemState,
)
from models.workflow import COMPLAINT_TRANSITIONS, WORK_ITEM_TRANSITIONS
from services import audit, complaints
from services.errors import Conflict, InvalidInput, StatusNotAllowed
from services.ports import Act
from services.promotion import (
    LeftOut,
    Promotion,
    Selection,
    attach,
    checked_fields,
    detach,
    news_facts,
    promote,
    sort_out,
)

__all__ = [
    "LeftOut",
    "Promotion",
    "Selection",
    "adopt",
    "attach",
    "check_unchanged",
    "decline",
    "design",
    "detach",
    "edit",
    "hand_over",
    "inspect",
    "list_voices",
    "names_of",
    "news_facts",
    "promote",
    "restore",
    "sort_out",
    "start_construction",
]

S = ComplaintState
W = WorkItemState
LONGEST_REASON = 500


def adopt(
    session: Session, item: WorkItem, act: Act, *, starts_on: date | None = None, ends_on: date | None = None
) -> int:
    """列入: every resident behind it is told. Returns how many complaints were told of it."""
    _set_dates(item, starts_on, ends_on)
    _move(session, item, W.ADOPTED, act)
    return _tell_all(session, item, "adopted", act)


def decline(session: Session, item: WorkItem, reason: str, act: Act) -> int:
    """不列入: the complaints end with the reason, which every resident behind it reads. Returns how many were told.

    Raises InvalidInput without a reason.
    """
    reason = reason.strip()
    if not reason:
        raise InvalidInput(field="reason", reason="required")
    if len(reason) > LONGEST_REASON:
        raise InvalidInput(field="reason", reason="too_long")
    _move(session, item, W.DECLINED, act, reason)
    item.decline_reason = reason
    voices = list_voices(session, item)
    for complaint in voices:
        if complaint.state is S.PLAN_CANDIDATE:
            complaint.outcome = reason
            complaints.transition(session, complaint, S.CLOSED, act, reason)
        elif complaint.state is S.MERGED:
            complaint.outcome = reason
    return _tell_all(session, item, "declined", act, reason=reason)


def restore(session: Session, item: WorkItem, act: Act) -> int:
    """Back to the candidates: the complaints that ended with it are open again, and their residents are told."""
    reason = item.decline_reason
    _move(session, item, W.CANDIDATE, act)
    item.decline_reason = None
    for complaint in list_voices(session, item):
        if complaint.outcome == reason:
            complaint.outcome = None
        if complaint.state is S.CLOSED:
            complaints.transition(session, complaint, S.REOPENED, act)
        if S.PLAN_CANDIDATE in COMPLAINT_TRANSITIONS[complaint.state]:
            complaints.transition(session, complaint, S.PLAN_CANDIDATE, act)
    return _tell_all(session, item, "restored", act)


def design(session: Session, item: WorkItem, act: Act, *, starts_on: date | None = None) -> int:
    """设计完."""
    _set_dates(item, starts_on, None)
    _move(session, item, W.DESIGNED, act)
    return _tell_all(session, item, "item_designed", act)


def start_construction(
    session: Session, item: WorkItem, act: Act, *, starts_on: date, ends_on: date | None = None
) -> int:
    """施工中, since ``starts_on``. The clean-up after a failed inspection comes back here without news."""
    is_rework = item.state is W.INSPECTED
    _set_dates(item, starts_on, ends_on)
    _move(session, item, W.UNDER_CONSTRUCTION, act)
    return 0 if is_rework else _tell_all(session, item, "item_under_construction", act)


def inspect(session: Session, item: WorkItem, act: Act) -> int:
    """已验收."""
    _move(session, item, W.INSPECTED, act)
    return _tell_all(session, item, "item_inspected", act)


def hand_over(session: Session, item: WorkItem, act: Act) -> int:
    """已移交: the complaints behind it are closed, the planning clock ends."""
    _move(session, item, W.HANDED_OVER, act)
    voices = list_voices(session, item)
    for complaint in voices:
        if complaint.state is S.PLAN_CANDIDATE:
            complaint.outcome = item.title
            complaints.transition(session, complaint, S.CLOSED, act, item.title)
    return _tell_all(session, item, "item_handed_over", act)


def edit(session: Session, item: WorkItem, changed: Promotion, act: Act) -> None:
    """Change what was typed in: title, quantity, unit, unit cost, buildings, why. The class and the state stay.

    Raises InvalidInput, and StatusNotAllowed once it is under construction.
    """
    if item.state not in (W.CANDIDATE, W.ADOPTED, W.DESIGNED):
        raise StatusNotAllowed(state=item.state, wanted="edit")
    fields = checked_fields(session, changed, item.plan.community_id)
    before = _typed(item)
    item.title, item.quantity, item.unit = fields.title, fields.quantity, fields.unit
    item.unit_cost, item.why = fields.unit_cost, fields.why
    item.is_cost_illustrative = changed.is_cost_illustrative
    wanted = set(fields.buildings)
    item.buildings = [kept for kept in item.buildings if kept.building_id in wanted] + [
        WorkItemBuilding(building_id=building_id)
        for building_id in fields.buildings
        if building_id not in {kept.building_id for kept in item.buildings}
    ]
    item.updated_at = act.now
    after = _typed(item)
    audit.record(
        session, "work_item:edited", item, actor=act.by, now=act.now,
        fields=[name for name in after if after[name] != before[name]],
    )  # fmt: skip


def check_unchanged(item: WorkItem, seen: str) -> None:
    """Raises Conflict when the item is not as the form showed it; ``seen`` is the form's ``updated_at``."""
    if seen != item.updated_at.isoformat():
        raise Conflict(what="work_item")


def list_voices(session: Session, item: WorkItem) -> list[Complaint]:
    """The complaints behind an item, those merged into them included, in the order they came."""
    behind = aliased(Complaint)
    query = (
        select(Complaint)
        .outerjoin(behind, behind.id == Complaint.merged_into_id)
        .where(or_(Complaint.work_item_id == item.id, behind.work_item_id == item.id))
        .options(joinedload(Complaint.community), joinedload(Complaint.building_row))
        .order_by(Complaint.id)
    )
    voices = list(session.scalars(query))
    for complaint in voices:
        complaint.work_item_id = item.id  # one merged after the promotion belongs to the item too
    return voices


def names_of(session: Session, item: WorkItem) -> dict[str, str]:
    """The names of the staff in an item's history, by user name."""
    usernames = {entry.by.removeprefix("staff:") for entry in item.history}
    rows = session.execute(select(StaffUser.username, StaffUser.name).where(StaffUser.username.in_(usernames)))
    return {row.username: row.name for row in rows}


def _move(session: Session, item: WorkItem, to: WorkItemState, act: Act, note: str = "") -> None:
    if to not in WORK_ITEM_TRANSITIONS[item.state]:
        raise StatusNotAllowed(state=item.state, wanted=to)
    session.add(
        WorkItemHistory(work_item_id=item.id, at=act.now, from_state=item.state, to_state=to, by=act.by, note=note)
    )
    item.state = to
    item.updated_at = act.now
    audit.record(session, f"work_item:{to}", item, actor=act.by, now=act.now)


def _tell_all(session: Session, item: WorkItem, tag: str, act: Act, **facts: object) -> int:
    told = [complaint for complaint in list_voices(session, item) if complaint.state not in (S.WITHDRAWN, S.REJECTED)]
    for complaint in told:
        complaints.tell(session, complaint, tag, act, **news_facts(item), **facts)
    session.flush()
    return len(told)


def _set_dates(item: WorkItem, starts_on: date | None, ends_on: date | None) -> None:
    starts, ends = starts_on or item.starts_on, ends_on or item.ends_on
    if starts is not None and ends is not None and ends < starts:
        raise InvalidInput(field="ends_on", reason="before_start")
    item.starts_on, item.ends_on = starts, ends


def _typed(item: WorkItem) -> dict[str, object]:
    return {
        "title": item.title,
        "quantity": item.quantity,
        "unit": item.unit,
        "unit_cost": item.unit_cost,
        "is_cost_illustrative": item.is_cost_illustrative,
        "why": item.why,
        "buildings": sorted(link.building_id for link in item.buildings),
    }
