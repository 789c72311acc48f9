"""Reading a conversation back for the person on its other end: utterances in order, what still waits, photos."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from models import Attachment, Author, Channel, ContactPoint, Conversation, Inbox, InboxState, Message, Session
from services.ports import Reply

FAILED_SHOWN_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Utterance:
    """One message as it stands in the talk. ``photos`` are attachment ids; ``replies`` is empty for a resident's."""

    id: int
    author: Author
    text: str
    at: datetime
    replies: tuple[Reply, ...] = ()
    photos: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Something received and durable that no answer has been given to yet."""

    inbox_id: int
    text: str
    at: datetime
    photo_count: int = 0


@dataclass(frozen=True, slots=True)
class TalkView:
    """A stretch of the talk, oldest first. ``has_earlier`` when more lies before it."""

    utterances: tuple[Utterance, ...] = ()
    unanswered: tuple[Unanswered, ...] = ()
    has_earlier: bool = False

    @property
    def last_id(self) -> int:
        """Id of the newest utterance; 0 when nothing was said."""
        return self.utterances[-1].id if self.utterances else 0


def read_talk(
    session: Session,
    channel: Channel,
    external_id: str,
    *,
    now: datetime,
    after: int = 0,
    before: int | None = None,
    limit: int = 40,
) -> TalkView:
    """The newest ``limit`` utterances behind ``after`` (and ahead of ``before``) of this contact's conversation.

    Takes no lock: a page that looks for news never holds up the dialogue.
    """
    conversation_id = find_conversation_id(session, channel, external_id)
    waiting = () if before is not None else _list_unanswered(session, channel, external_id, now)
    if conversation_id is None:
        return TalkView(unanswered=waiting)
    query = select(Message).where(Message.conversation_id == conversation_id, Message.id > after)
    if before is not None:
        query = query.where(Message.id < before)
    rows = list(
        session.scalars(query.order_by(Message.id.desc()).limit(limit + 1).options(selectinload(Message.attachments)))
    )
    kept = rows[:limit]
    return TalkView(tuple(_utterance(row) for row in reversed(kept)), waiting, has_earlier=len(rows) > limit)


def last_message_id(session: Session, channel: Channel, external_id: str) -> int:
    """Id of the newest message of this contact's conversation; 0 when there is none."""
    found = session.scalar(
        select(Message.id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(ContactPoint, ContactPoint.id == Conversation.contact_point_id)
        .where(ContactPoint.channel == channel, ContactPoint.external_id == external_id)
        .order_by(Message.id.desc())
        .limit(1)
    )
    return found or 0


def find_conversation_id(session: Session, channel: Channel, external_id: str) -> int | None:
    return session.scalar(
        select(Conversation.id)
        .join(ContactPoint, ContactPoint.id == Conversation.contact_point_id)
        .where(ContactPoint.channel == channel, ContactPoint.external_id == external_id)
    )


def find_own_photo(session: Session, channel: Channel, external_id: str, attachment_id: int) -> str | None:
    """The path of a photo this contact sent; None when it is absent or somebody else's."""
    return session.scalar(
        select(Attachment.path)
        .join(Message, Message.id == Attachment.message_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(ContactPoint, ContactPoint.id == Conversation.contact_point_id)
        .where(
            Attachment.id == attachment_id,
            Message.author == Author.RESIDENT,
            ContactPoint.channel == channel,
            ContactPoint.external_id == external_id,
        )
    )


def _utterance(row: Message) -> Utterance:
    return Utterance(
        id=row.id,
        author=row.author,
        text=row.text,
        at=row.at,
        replies=tuple(Reply.from_json(reply) for reply in row.replies or ())
        if row.author is not Author.RESIDENT
        else (),
        photos=tuple(photo.id for photo in row.attachments),
    )


def _list_unanswered(session: Session, channel: Channel, sender: str, now: datetime) -> tuple[Unanswered, ...]:
    rows = session.scalars(
        select(Inbox)
        .where(
            Inbox.channel == channel,
            Inbox.sender == sender,
            Inbox.state.in_((InboxState.RECEIVED, InboxState.FAILED)),
            Inbox.received_at > now - FAILED_SHOWN_FOR,
        )
        .order_by(Inbox.id)
    )
    return tuple(
        Unanswered(
            inbox_id=row.id,
            text=row.payload.get("text") or row.payload.get("button") or "",
            at=row.received_at,
            photo_count=len(row.payload.get("photos") or ()),
        )
        for row in rows
    )
