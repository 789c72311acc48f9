"""Staff, who is on call, alerts that wake a person, and the append-only audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Id, Name, reference, value_enum
from models.complaint import Complaint
from models.place import Community, Place
from models.workflow import Role


class StaffUser(Base):
    """Somebody who works at the desk: one role in one place of the tree."""

    __tablename__ = "staff_user"

    id: Mapped[Id]
    username: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[Name]
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[Role] = mapped_column(value_enum(Role, "role"))
    scope_id: Mapped[int | None] = reference("place.id", nullable=True)
    """The node of the tree this person works for; None is everywhere."""
    phone: Mapped[str | None] = mapped_column(String(400), comment="encrypted")
    locale: Mapped[str] = mapped_column(String(8), default="zh")
    is_active: Mapped[bool] = mapped_column(default=True)
    is_demo: Mapped[bool] = mapped_column(default=False)
    session_version: Mapped[int] = mapped_column(default=1, comment="raised to end all sessions")
    created_at: Mapped[datetime]

    scope: Mapped[Place | None] = relationship()


class OnCall(Base):
    """Who is woken by a P0 in a community, in order."""

    __tablename__ = "on_call"
    __table_args__ = (UniqueConstraint("community_id", "staff_id"), UniqueConstraint("community_id", "position"))

    id: Mapped[Id]
    community_id: Mapped[int] = reference("community.id")
    staff_id: Mapped[int] = reference("staff_user.id")
    position: Mapped[int]

    community: Mapped[Community] = relationship()
    staff: Mapped[StaffUser] = relationship()


class Alert(Base):
    """A P0 or words of self-harm: open until somebody presses 已接."""

    __tablename__ = "alert"
    __table_args__ = (Index(None, "acknowledged_at", "next_call_at"),)

    id: Mapped[Id]
    community_id: Mapped[int] = reference("community.id")
    complaint_id: Mapped[int | None] = reference("complaint.id", nullable=True)
    conversation_id: Mapped[int | None] = reference("conversation.id", nullable=True)
    script: Mapped[str | None] = mapped_column(String(16))
    raised_at: Mapped[datetime]
    next_call_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by_id: Mapped[int | None] = reference("staff_user.id", nullable=True, index=False)

    community: Mapped[Community] = relationship()
    complaint: Mapped[Complaint | None] = relationship()
    acknowledged_by: Mapped[StaffUser | None] = relationship()
    calls: Mapped[list[AlertCall]] = relationship(back_populates="alert", order_by="AlertCall.id")


class AlertCall(Base):
    """Who was told of an alert, and when."""

    __tablename__ = "alert_call"

    id: Mapped[Id]
    alert_id: Mapped[int] = reference("alert.id")
    staff_id: Mapped[int] = reference("staff_user.id")
    at: Mapped[datetime]
    has_contact: Mapped[bool] = mapped_column(comment="False: no linked contact, shown in the outbox")

    alert: Mapped[Alert] = relationship(back_populates="calls")
    staff: Mapped[StaffUser] = relationship()


class Event(Base):
    """The audit trail: ids, fields and actions; never words, names or numbers."""

    __tablename__ = "event"
    __table_args__ = (Index(None, "subject_type", "subject_id"), Index(None, "tag", "at"))

    id: Mapped[Id]
    at: Mapped[datetime]
    tag: Mapped[str] = mapped_column(String(60), comment="complaint:filed")
    actor: Mapped[str] = mapped_column(String(80), comment="resident:<id>, staff:<id>, linli")
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int | None]
    fields: Mapped[Any] = mapped_column(JSON, default=dict)
