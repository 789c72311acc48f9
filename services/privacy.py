"""What is kept of a person, shown and erased: name, telephone, home and words go; what has no person in it stays."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update

from models import (
    Attachment,
    Author,
    CallTask,
    Complaint,
    ContactPoint,
    Conversation,
    Inbox,
    InboxState,
    Message,
    Outbox,
    OutboxState,
    Resident,
    Session,
)
from services import audit
from services.ports import Act
from services.vault import Vault

LONG_DIGITS = re.compile(r"\d{7,}")
EMPTY_ANSWER: dict[str, Any] = {"replies": [], "complaints": [], "safety_script": None, "events": []}


@dataclass(frozen=True, slots=True)
class Held:
    """What is kept of one person. ``name`` and ``phone`` are clear text; the caller masks them."""

    name: str | None
    phone: str | None
    home: tuple[str | None, str | None, str | None, str | None]
    messages: int
    photos: int
    complaints: int


def held_of(session: Session, resident: Resident, conversation: Conversation, vault: Vault) -> Held:
    """Count what is kept."""
    return Held(
        name=vault.open(resident.name),
        phone=vault.open(resident.phone),
        home=(resident.home_building, resident.home_unit, resident.home_floor, resident.home_room),
        messages=_count(
            session, Message.id, Message.conversation_id == conversation.id, Message.author == Author.RESIDENT
        ),
        photos=session.scalar(
            select(func.count(Attachment.id))
            .join(Message, Message.id == Attachment.message_id)
            .where(Message.conversation_id == conversation.id)
        )
        or 0,
        complaints=_count(session, Complaint.id, Complaint.resident_id == resident.id),
    )


def note_request(session: Session, resident: Resident, what: str, act: Act) -> None:
    """A person asked for their data to be shown or erased; each request is recorded once."""
    audit.record(session, "privacy:requested", resident, actor=act.by, now=act.now, what=what)


def erase_phone(session: Session, resident: Resident, act: Act) -> None:
    """The telephone goes, in its field and wherever it was typed."""
    resident.phone = resident.phone_index = None
    for message in _messages(session, _conversations(session, resident)):
        if message.author is Author.RESIDENT:
            message.text = LONG_DIGITS.sub("•••", message.text)
            _blank_inbox(session, [message.inbox_id], keep_masked=True)
    for complaint in session.scalars(select(Complaint).where(Complaint.resident_id == resident.id)):
        complaint.words = LONG_DIGITS.sub("•••", complaint.words)
        # A mask as long as what it hides, so that the evidence spans still point at the right words.
        complaint.first_text = LONG_DIGITS.sub(lambda found: "•" * len(found.group()), complaint.first_text)
    audit.record(session, "privacy:erased", resident, actor=act.by, now=act.now, what="phone")


def erase(session: Session, resident: Resident, act: Act) -> Resident:
    """The person goes; returns the blank resident their chat belongs to from now on.

    Complaints keep category, building and state, without words, room or chat, so open ones are still handled; photos
    on a complaint show the fault and stay with it. News that waits to be sent is dropped, since nobody is behind it.
    """
    conversations = _conversations(session, resident)
    messages = _messages(session, conversations)
    for message in messages:
        message.text, message.replies = "", None
    _blank_inbox(session, [message.inbox_id for message in messages])
    for attachment in session.scalars(
        select(Attachment).where(
            Attachment.message_id.in_([message.id for message in messages]), Attachment.complaint_id.is_(None)
        )
    ):
        session.delete(attachment)
    for complaint in session.scalars(select(Complaint).where(Complaint.resident_id == resident.id)):
        complaint.first_text = complaint.words = ""
        complaint.problems = []
        complaint.room = None
        complaint.household_id = None
        complaint.conversation_id = None
        digest = hashlib.sha256(f"{complaint.household_key}:{resident.id}".encode()).hexdigest()
        complaint.household_key = f"x{digest[:24]}"
        complaint.updated_at = act.now
    contacts = session.scalars(select(ContactPoint).where(ContactPoint.resident_id == resident.id)).all()
    ids = [contact.id for contact in contacts]
    session.execute(update(Outbox).where(Outbox.contact_point_id.in_(ids)).values(replies=[]))
    session.execute(
        update(Outbox)
        .where(Outbox.contact_point_id.in_(ids), Outbox.state.in_((OutboxState.QUEUED, OutboxState.HELD)))
        .values(state=OutboxState.FAILED, reason="erased")
    )
    for task in session.scalars(select(CallTask).where(CallTask.resident_id == resident.id)):
        session.delete(task)
    blank = Resident(
        community_id=resident.community_id,
        notice_version=resident.notice_version,
        notice_at=resident.notice_at,
        is_demo=resident.is_demo,
        created_at=act.now,
    )
    session.add(blank)
    session.flush()
    for contact in contacts:
        contact.resident_id, contact.resident = blank.id, blank
    for conversation in conversations:
        conversation.state = {}
    resident.name = resident.phone = resident.phone_index = None
    resident.household_id = None
    resident.home_building = resident.home_unit = resident.home_floor = resident.home_room = None
    resident.erased_at = act.now
    audit.record(session, "privacy:erased", resident, actor=act.by, now=act.now, what="all")
    return blank


def _conversations(session: Session, resident: Resident) -> list[Conversation]:
    return list(
        session.scalars(
            select(Conversation)
            .join(ContactPoint, ContactPoint.id == Conversation.contact_point_id)
            .where(ContactPoint.resident_id == resident.id)
        )
    )


def _messages(session: Session, conversations: list[Conversation]) -> list[Message]:
    ids = [conversation.id for conversation in conversations]
    return list(session.scalars(select(Message).where(Message.conversation_id.in_(ids))))


def _blank_inbox(session: Session, ids: list[int | None], *, keep_masked: bool = False) -> None:
    known = [inbox_id for inbox_id in ids if inbox_id is not None]
    for row in session.scalars(select(Inbox).where(Inbox.id.in_(known))):
        text = LONG_DIGITS.sub("•••", row.payload.get("text") or "") if keep_masked else ""
        row.payload = row.payload | {"text": text} | ({} if keep_masked else {"photos": []})
        if row.state is InboxState.PROCESSED and not keep_masked:
            row.answer = EMPTY_ANSWER


def _count(session: Session, column: object, *where: object) -> int:
    return session.scalar(select(func.count(column)).where(*where)) or 0  # type: ignore[arg-type]  # columns and clauses
