"""What was said: the inbox (raw, first), conversations with their state, messages verbatim, attachments."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Id, reference, value_enum
from models.place import Community
from models.resident import ContactPoint
from models.workflow import Channel, InboxState


class Inbox(Base):
    """What arrived, raw, committed before it is confirmed to the outside. Unique by channel and external id."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("channel", "external_id"),
        Index(None, "state", "id"),
        Index(None, "channel", "sender", "id"),
    )

    id: Mapped[Id]
    channel: Mapped[Channel] = mapped_column(value_enum(Channel, "channel"))
    external_id: Mapped[str] = mapped_column(String(160))
    sender: Mapped[str] = mapped_column(String(120), comment="who, as the channel names them; order is kept per sender")
    payload: Mapped[Any] = mapped_column(JSON, comment="the Inbound, or what could not be read of it")
    received_at: Mapped[datetime]
    state: Mapped[InboxState] = mapped_column(value_enum(InboxState, "inbox_state"), default=InboxState.RECEIVED)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(String(400))
    processed_at: Mapped[datetime | None]
    answer: Mapped[Any] = mapped_column(JSON, nullable=True, comment="what the turn gave, for a repeated delivery")


class Conversation(Base):
    """One talk with one contact point. ``state`` is the dialogue's memory, so a restart forgets nothing."""

    __tablename__ = "conversation"
    __table_args__ = (UniqueConstraint("contact_point_id"),)

    id: Mapped[Id]
    contact_point_id: Mapped[int] = reference("contact_point.id", index=False)
    community_id: Mapped[int | None] = reference("community.id", nullable=True)
    state: Mapped[Any] = mapped_column(JSON, default=dict)
    started_at: Mapped[datetime]
    last_message_at: Mapped[datetime]
    handed_over_at: Mapped[datetime | None] = mapped_column(comment="a person answers since then")
    handover_reason: Mapped[str | None] = mapped_column(String(40))
    needs_answer: Mapped[bool] = mapped_column(default=False, index=True, comment="waits for a person's words")

    contact: Mapped[ContactPoint] = relationship()
    community: Mapped[Community | None] = relationship()


class Author(StrEnum):
    RESIDENT = "resident"
    BOT = "bot"
    STAFF = "staff"


class Message(Base):
    """One utterance, verbatim. What the bot says keeps its replies (text, buttons, facts) in ``replies``."""

    __tablename__ = "message"
    __table_args__ = (Index(None, "conversation_id", "id"),)

    id: Mapped[Id]
    conversation_id: Mapped[int] = reference("conversation.id", index=False)
    author: Mapped[Author] = mapped_column(value_enum(Author, "author"))
    staff_id: Mapped[int | None] = reference("staff_user.id", nullable=True, index=False)
    inbox_id: Mapped[int | None] = reference("inbox.id", nullable=True, index=False)
    text: Mapped[str] = mapped_column(Text)
    replies: Mapped[Any] = mapped_column(JSON, nullable=True)
    at: Mapped[datetime]

    conversation: Mapped[Conversation] = relationship()
    attachments: Mapped[list[Attachment]] = relationship(back_populates="message")


class Attachment(Base):
    """A photo, re-encoded: no EXIF, no GPS. ``path`` is relative to the upload folder."""

    __tablename__ = "attachment"

    id: Mapped[Id]
    message_id: Mapped[int | None] = reference("message.id", nullable=True)
    complaint_id: Mapped[int | None] = reference("complaint.id", nullable=True)
    path: Mapped[str] = mapped_column(String(200))
    mime: Mapped[str] = mapped_column(String(40))
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int] = mapped_column(comment="bytes")
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]

    message: Mapped[Message | None] = relationship(back_populates="attachments")
