"""Everything one complaint's page shows, read in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import literal, or_, select
from sqlalchemy.orm import joinedload

from models import (
    Alert,
    AlertCall,
    Attachment,
    Channel,
    Complaint,
    ComplaintHistory,
    ContactPoint,
    Conversation,
    Message,
    Session,
    StaffUser,
    WorkItem,
)
from services.complaints import tell_facts
from services.duplicates import Similar, find_similar, list_earlier, suggest_rooms
from services.errors import Conflict
from services.ports import Act, Reply

MESSAGES_SHOWN = 60


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One complaint with all that helps to decide. ``channel`` is where a reply arrives; None: the call list."""

    complaint: Complaint
    history: Sequence[ComplaintHistory]
    messages: Sequence[Message]
    photos: Sequence[Attachment]
    photos_of: Mapping[int, Sequence[Attachment]]
    earlier: Sequence[Complaint]
    similar: Sequence[Similar]
    rooms: Sequence[str]
    alerts: Sequence[Alert]
    names: dict[str, str] = field(default_factory=dict)
    channel: Channel | None = None
    is_handed_over: bool = False
    work_item: WorkItem | None = None
    has_more_messages: bool = False


def read_case(session: Session, complaint: Complaint, now: datetime) -> CaseFile:
    """The case file of a complaint the viewer may see; nine queries at most."""
    told = session.execute(
        select(ComplaintHistory, StaffUser.username, StaffUser.name)
        .outerjoin(StaffUser, ComplaintHistory.by == literal("staff:") + StaffUser.username)
        .where(ComplaintHistory.complaint_id == complaint.id)
        .order_by(ComplaintHistory.id)
    ).all()
    history = [row[0] for row in told]
    messages: list[Message] = []
    channel: Channel | None = None
    is_handed_over = False
    if complaint.conversation_id is not None:
        newest = session.scalars(
            select(Message)
            .where(Message.conversation_id == complaint.conversation_id)
            .order_by(Message.id.desc())
            .limit(MESSAGES_SHOWN + 1)
        ).all()
        messages = list(reversed(newest))
        row = session.execute(
            select(ContactPoint.channel, Conversation.handed_over_at)
            .join(Conversation, Conversation.contact_point_id == ContactPoint.id)
            .where(Conversation.id == complaint.conversation_id)
        ).one()
        is_handed_over = row.handed_over_at is not None
        channel = None if row.channel is Channel.PHONE else row.channel
    attached = session.scalars(
        select(Attachment)
        .where(
            or_(
                Attachment.complaint_id == complaint.id,
                Attachment.message_id.in_([message.id for message in messages]),
            )
        )
        .order_by(Attachment.id)
    ).all()
    photos_of: dict[int, list[Attachment]] = {}
    for photo in attached:
        if photo.message_id is not None:
            photos_of.setdefault(photo.message_id, []).append(photo)
    return CaseFile(
        complaint=complaint,
        history=history,
        messages=messages[-MESSAGES_SHOWN:],
        photos=[photo for photo in attached if photo.complaint_id == complaint.id],
        photos_of=photos_of,
        earlier=list_earlier(session, complaint),
        similar=find_similar(session, complaint),
        rooms=suggest_rooms(session, complaint),
        alerts=_alerts(session, complaint),
        names={row.username: row.name for row in told if row.username is not None},
        channel=channel,
        is_handed_over=is_handed_over,
        work_item=_work_item(session, complaint),
        has_more_messages=len(messages) > MESSAGES_SHOWN,
    )


def find_photo(session: Session, complaint: Complaint, attachment_id: int) -> Attachment | None:
    """A photo of this complaint or of its conversation; None for any other."""
    photo = session.get(Attachment, attachment_id)
    if photo is None:
        return None
    if photo.complaint_id == complaint.id:
        return photo
    if photo.message_id is None or complaint.conversation_id is None:
        return None
    message = session.get(Message, photo.message_id)
    return photo if message is not None and message.conversation_id == complaint.conversation_id else None


def check_unchanged(session: Session, complaint: Complaint, seen: str) -> None:
    """Raises Conflict (facts ``by`` a name, ``at``) when somebody changed it after ``seen`` (ISO 8601)."""
    try:
        is_same = datetime.fromisoformat(seen) == complaint.updated_at
    except (ValueError, TypeError):
        is_same = False
    if is_same:
        return
    last = session.scalar(
        select(ComplaintHistory)
        .where(ComplaintHistory.complaint_id == complaint.id)
        .order_by(ComplaintHistory.id.desc())
        .limit(1)
    )
    by = last.by if last is not None else "linli"
    names = _names(session, [last] if last is not None else [])
    raise Conflict(by=names.get(by.removeprefix("staff:"), by), at=complaint.updated_at)


def lock(session: Session, complaint: Complaint) -> None:
    """Hold the row for this transaction, so that of two who press at once one sees the other."""
    session.refresh(complaint, with_for_update={"of": Complaint})


def preview_news(complaint: Complaint, tag: str, act: Act, **facts: object) -> tuple[Reply, ...]:
    """What the resident will read when this is done, before it is done."""
    return act.wording.news(tag, tell_facts(complaint) | facts)


def is_reached_by_chat(session: Session, complaint: Complaint) -> bool:
    """Whether news arrives in a chat; otherwise the resident goes on the call list."""
    return (
        session.scalar(
            select(ContactPoint.id)
            .where(
                ContactPoint.resident_id == complaint.resident_id,
                ContactPoint.channel != Channel.PHONE,
                ContactPoint.unreachable_at.is_(None),
            )
            .limit(1)
        )
        is not None
    )


def _alerts(session: Session, complaint: Complaint) -> Sequence[Alert]:
    if "P0" not in (complaint.urgency, complaint.first_urgency) and complaint.safety_answer in (None, "none"):
        return []
    return (
        session.scalars(
            select(Alert)
            .where(Alert.complaint_id == complaint.id)
            .order_by(Alert.id)
            .options(joinedload(Alert.acknowledged_by), joinedload(Alert.calls).joinedload(AlertCall.staff))
        )
        .unique()
        .all()
    )


def _names(session: Session, history: Sequence[ComplaintHistory]) -> dict[str, str]:
    usernames = {entry.by.removeprefix("staff:") for entry in history if entry.by.startswith("staff:")}
    if not usernames:
        return {}
    rows = session.execute(select(StaffUser.username, StaffUser.name).where(StaffUser.username.in_(usernames))).all()
    return {row.username: row.name for row in rows}


def _work_item(session: Session, complaint: Complaint) -> WorkItem | None:
    if complaint.work_item_id is None:
        return None
    return session.scalar(
        select(WorkItem).where(WorkItem.id == complaint.work_item_id).options(joinedload(WorkItem.plan))
    )
