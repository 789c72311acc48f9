"""Where a complaint stands, as data: state, who has it, the next date, its work item; for chat, pages and terminals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from models import Building, Complaint, ComplaintHistory, ComplaintState, Session, WorkItem, WorkItemBuilding
from models.workflow import ENDED
from services import audit, complaints
from services.ports import Act

S = ComplaintState
WITH_THE_COMMUNITY = frozenset({S.SUBMITTED, S.ACKNOWLEDGED, S.TRIAGED, S.REOPENED, S.CALLBACK, S.DONE_CLAIMED})


@dataclass(frozen=True, slots=True)
class ItemStanding:
    """The work item behind a complaint. ``households`` counts homes, not messages."""

    position: int
    title: str
    state: str
    quantity: str
    unit: str
    buildings: tuple[str, ...]
    households: int
    starts_on: date | None
    ends_on: date | None
    decline_reason: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """``holder`` is who has it ("" for the community itself); ``next_at`` is when somebody calls back, while open."""

    state: ComplaintState
    holder: str
    holder_phone: str
    next_at: datetime | None
    is_late: bool
    outcome: str
    item: ItemStanding | None
    steps: tuple[tuple[str, datetime], ...]


def standing_of(session: Session, complaint: Complaint, now: datetime) -> Standing:
    """Where it stands at ``now``. A merged complaint stands where the one it was merged into stands."""
    if complaint.state is S.MERGED and complaint.merged_into_id is not None:
        return standing_of(session, session.get_one(Complaint, complaint.merged_into_id), now)
    state = complaint.state
    has_holder = state not in WITH_THE_COMMUNITY and complaint.destination
    next_at = complaint.contact_due_at if state not in ENDED and state is not S.PLAN_CANDIDATE else None
    steps = session.execute(
        select(ComplaintHistory.to_state, ComplaintHistory.at)
        .where(ComplaintHistory.complaint_id == complaint.id, ComplaintHistory.to_state.is_not(None))
        .order_by(ComplaintHistory.id)
    ).all()
    return Standing(
        state=state,
        holder=complaint.destination or "" if has_holder else "",
        holder_phone=complaint.destination_phone or "" if has_holder else "",
        next_at=next_at,
        is_late=next_at is not None and next_at < now and state in WITH_THE_COMMUNITY,
        outcome=complaint.outcome or "",
        item=_item(session, complaint.work_item_id) if complaint.work_item_id is not None else None,
        steps=tuple((to_state, at) for to_state, at in steps),
    )


def as_exported(session: Session, complaint: Complaint) -> dict[str, Any]:
    """A complaint as ``linli complaint --json`` writes it."""
    item = session.get(WorkItem, complaint.work_item_id) if complaint.work_item_id is not None else None
    history = session.scalars(
        select(ComplaintHistory).where(ComplaintHistory.complaint_id == complaint.id).order_by(ComplaintHistory.id)
    ).all()
    steps = []
    state: str | None = None
    for row in history:
        # A dated mark is no step: it stands in the state it was made in.
        step = {"at": row.at.isoformat(), "from": row.from_state, "to": row.to_state, "by": row.by}
        if row.to_state is None:
            step |= {"from": state, "to": state, "mark": row.mark}
        else:
            state = row.to_state
        steps.append(step)
    return {
        "number": complaint.number,
        "community": complaint.community.code,
        "building": complaint.building,
        "unit": complaint.unit,
        "floor": complaint.floor,
        "room": complaint.room,
        "landmark": complaint.landmark,
        "category": complaint.subject_code,
        "class": complaint.class_code,
        "urgency": complaint.urgency,
        "state": complaint.state.value,
        "words": complaint.words,
        "source": complaint.source.value,
        "photos": len(complaint.attachments),
        "work_item": None
        if item is None
        else {"position": item.position, "title": item.title, "state": item.state.value},
        "history": steps,
    }


def find_for_export(session: Session, number: str) -> Complaint | None:
    """The complaint of a full number, however it is written."""
    return session.scalar(
        select(Complaint).where(Complaint.number == number.strip().upper()).options(joinedload(Complaint.community))
    )


def urge(session: Session, complaint: Complaint, act: Act) -> None:
    """催办: counted, and unread again at the desk."""
    complaint.urged_count += 1
    complaint.is_read = False
    complaints.mark(session, complaint, "urged", act, str(complaint.urged_count))
    audit.record(session, "complaint:urged", complaint, actor=act.by, now=act.now, count=complaint.urged_count)


def _item(session: Session, item_id: int) -> ItemStanding:
    item = session.get_one(WorkItem, item_id)
    buildings = session.scalars(
        select(Building.name)
        .join(WorkItemBuilding, WorkItemBuilding.building_id == Building.id)
        .where(WorkItemBuilding.work_item_id == item_id)
        .order_by(Building.sort_key)
    ).all()
    households = session.scalar(
        select(func.count(func.distinct(Complaint.household_key))).where(Complaint.work_item_id == item_id)
    )
    return ItemStanding(
        position=item.position,
        title=item.title,
        state=item.state.value,
        quantity=f"{item.quantity.normalize():f}",
        unit=item.unit,
        buildings=tuple(buildings),
        households=households or 0,
        starts_on=item.starts_on,
        ends_on=item.ends_on,
        decline_reason=item.decline_reason,
    )
