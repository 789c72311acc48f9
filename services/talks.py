"""What a resident says is kept in the conversation, with its photos; and what of theirs is still going on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, update

from models import (
    Attachment,
    Author,
    Channel,
    Community,
    Complaint,
    ContactPoint,
    Conversation,
    Message,
    Resident,
    Session,
)
from services import audit
from services.residents import Talk
from services.vault import Vault


def find_contact(session: Session, channel: Channel, external_id: str) -> ContactPoint | None:
    """The contact point of this name on this channel, of a resident, of staff, or of nobody known yet."""
    return session.scalar(
        select(ContactPoint).where(ContactPoint.channel == channel, ContactPoint.external_id == external_id)
    )


def open_unplaced(session: Session, channel: Channel, external_id: str, now: datetime) -> Conversation:
    """The conversation of somebody whose community is not known yet (or who is staff): no resident behind it."""
    contact = find_contact(session, channel, external_id)
    if contact is None:
        contact = ContactPoint(channel=channel, external_id=external_id, created_at=now)
        session.add(contact)
        session.flush()
    conversation = session.scalar(select(Conversation).where(Conversation.contact_point_id == contact.id))
    if conversation is None:
        conversation = Conversation(contact_point_id=contact.id, state={}, started_at=now, last_message_at=now)
        conversation.contact = contact
        session.add(conversation)
        session.flush()
    return conversation


def settle(session: Session, conversation: Conversation, community: Community, now: datetime) -> Talk:
    """The person behind an unplaced conversation has named their community."""
    resident = Resident(community_id=community.id, created_at=now)
    session.add(resident)
    session.flush()
    contact = session.get_one(ContactPoint, conversation.contact_point_id)
    contact.resident_id, contact.resident = resident.id, resident
    conversation.community_id = community.id
    session.flush()
    return Talk(conversation, contact, resident, is_new=True)


def hear(
    session: Session,
    conversation: Conversation,
    text: str,
    at: datetime,
    *,
    inbox_id: int | None,
    photos: Sequence[Mapping[str, Any]] = (),
) -> Message:
    """Keep one utterance verbatim with its photos (path, mime, width, height, size, sha256 of each).

    Without photos it has no id until what follows is flushed: a turn writes once, not twice.
    """
    message = Message(conversation_id=conversation.id, author=Author.RESIDENT, inbox_id=inbox_id, text=text, at=at)
    if photos:
        message.attachments = [
            Attachment(
                path=photo["path"],
                mime=photo["mime"],
                width=photo["width"],
                height=photo["height"],
                size=photo["size"],
                sha256=photo["sha256"],
                created_at=at,
            )
            for photo in photos
        ]
    session.add(message)
    if photos:
        session.flush()
    return message


def list_messages(session: Session, ids: Sequence[int]) -> list[Message]:
    """These messages, in the order they were said."""
    return list(session.scalars(select(Message).where(Message.id.in_(ids)).order_by(Message.id))) if ids else []


def attach(session: Session, complaint: Complaint, attachment_ids: Sequence[int]) -> int:
    """Put photos on a complaint that lie on none yet; returns how many."""
    if not attachment_ids:
        return 0
    done = session.execute(
        update(Attachment)
        .where(Attachment.id.in_(attachment_ids), Attachment.complaint_id.is_(None))
        .values(complaint_id=complaint.id)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]  # a CursorResult: this is an UPDATE


_OWN = (
    select(Complaint).where(Complaint.resident_id == bindparam("resident_id")).order_by(Complaint.id.desc()).limit(40)
)
"""Asked with every report, so it is put together once."""


def list_own(session: Session, resident_id: int) -> list[Complaint]:
    """The forty latest complaints of a resident, newest first."""
    return list(session.scalars(_OWN, {"resident_id": resident_id}))


def hand_over(session: Session, conversation: Conversation, reason: str, now: datetime) -> bool:
    """A person answers from now on. False when that was so already; either way somebody has to answer."""
    conversation.needs_answer = True
    if conversation.handed_over_at is not None:
        return False
    conversation.handed_over_at, conversation.handover_reason = now, reason
    audit.record(session, "conversation:handed_over", conversation, actor="linli", now=now, reason=reason)
    return True


def keep_phone(resident: Resident, phone: str, vault: Vault) -> None:
    """Keep a telephone number, encrypted and findable by its blind index."""
    index = vault.index(phone)
    if resident.phone_index != index:
        resident.phone, resident.phone_index = vault.seal(phone), index


def note_notice(resident: Resident, version: str, now: datetime) -> None:
    """The privacy notice of this version has been shown."""
    resident.notice_version, resident.notice_at = version, now


RECENT = timedelta(minutes=30)
"""How long what was said before and what is said now count as one report."""
