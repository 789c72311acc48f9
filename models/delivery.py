"""What must be sent: the outbox, notices about works, and the call list for people without a chat."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Id, Name, reference, value_enum
from models.complaint import Complaint
from models.place import Building, Community
from models.resident import ContactPoint, Resident
from models.workflow import NoticeState, OutboxState


class OutboxKind(StrEnum):
    ANSWER = "answer"
    """Inside a conversation: always goes."""
    NEWS = "news"
    """What became of a complaint, unasked."""
    NOTICE = "notice"
    ALERT = "alert"
    """To staff on call."""


class Outbox(Base):
    """One thing to send to one contact point, written in the transaction of the change that caused it."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(None, "state", "due_at", "id"),
        Index(None, "contact_point_id", "state", "id"),
        UniqueConstraint("dedupe_key"),
    )

    id: Mapped[Id]
    kind: Mapped[OutboxKind] = mapped_column(value_enum(OutboxKind, "outbox_kind"))
    contact_point_id: Mapped[int | None] = reference("contact_point.id", nullable=True, index=False)
    staff_id: Mapped[int | None] = reference("staff_user.id", nullable=True, index=False)
    conversation_id: Mapped[int | None] = reference("conversation.id", nullable=True, index=False)
    message_id: Mapped[int | None] = reference("message.id", nullable=True, index=False)
    complaint_id: Mapped[int | None] = reference("complaint.id", nullable=True)
    notice_id: Mapped[int | None] = reference("notice.id", nullable=True)
    alert_id: Mapped[int | None] = reference("alert.id", nullable=True)
    replies: Mapped[Any] = mapped_column(JSON, comment="[{text, buttons, facts}]")
    state: Mapped[OutboxState] = mapped_column(value_enum(OutboxState, "outbox_state"), default=OutboxState.QUEUED)
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_by: Mapped[str | None] = mapped_column(String(60))
    claimed_until: Mapped[datetime | None]
    progress: Mapped[int] = mapped_column(default=0, comment="replies already sent of this row")
    reason: Mapped[str | None] = mapped_column(String(400), comment="why held or failed, or the last error")
    sent_at: Mapped[datetime | None]
    dedupe_key: Mapped[str | None] = mapped_column(String(120), comment="one such row only: notice:5:contact:9")
    created_at: Mapped[datetime]

    contact: Mapped[ContactPoint | None] = relationship()


class Notice(Base):
    """A notice about works for some buildings; without buildings it is for the whole community."""

    __tablename__ = "notice"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="ends_after_start"),)

    id: Mapped[Id]
    community_id: Mapped[int] = reference("community.id")
    work_item_id: Mapped[int | None] = reference("work_item.id", nullable=True)
    kind: Mapped[str] = mapped_column(String(16), comment="water, power, gas, noise, parking, other")
    title: Mapped[Name]
    body: Mapped[str] = mapped_column(Text)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    publish_at: Mapped[datetime | None]
    state: Mapped[NoticeState] = mapped_column(value_enum(NoticeState, "notice_state"), default=NoticeState.DRAFT)
    created_by: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    is_demo: Mapped[bool] = mapped_column(default=False)

    community: Mapped[Community] = relationship()
    buildings: Mapped[list[NoticeBuilding]] = relationship(cascade="all, delete-orphan")


class NoticeBuilding(Base):
    __tablename__ = "notice_building"
    __table_args__ = (UniqueConstraint("notice_id", "building_id"),)

    id: Mapped[Id]
    notice_id: Mapped[int] = reference("notice.id", ondelete="CASCADE")
    building_id: Mapped[int] = reference("building.id")

    building: Mapped[Building] = relationship()


class CallTask(Base):
    """A line of the call list: somebody without a chat who has to be telephoned with news."""

    __tablename__ = "call_task"
    __table_args__ = (Index(None, "community_id", "done_at"),)

    id: Mapped[Id]
    community_id: Mapped[int] = reference("community.id", index=False)
    resident_id: Mapped[int] = reference("resident.id")
    complaint_id: Mapped[int | None] = reference("complaint.id", nullable=True)
    notice_id: Mapped[int | None] = reference("notice.id", nullable=True)
    words: Mapped[str] = mapped_column(Text, comment="what to say")
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None] = mapped_column(String(60))
    result: Mapped[str | None] = mapped_column(String(40), comment="reached, no_answer, wrong_number")

    community: Mapped[Community] = relationship()
    resident: Mapped[Resident] = relationship()
    complaint: Mapped[Complaint | None] = relationship()
