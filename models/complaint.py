"""Complaints 诉求: one category in one place by one resident, with words, evidence, history and corrections."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, Float, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Id, reference, value_enum
from models.conversation import Attachment, Conversation, Message
from models.place import Building, Community, Household, Unit
from models.resident import Resident
from models.workflow import ComplaintState, SafetyState, Source


class Complaint(Base):
    """One complaint. The place stands twice: as said (strings) and resolved (references, when the sheets hold it)."""

    __tablename__ = "complaint"
    __table_args__ = (
        UniqueConstraint("number"),
        CheckConstraint("urgency IN ('P0','P1','P2','P3')", name="urgency_known"),
        # The inbox: most urgent first, then newest; for one community, for the county, and by state or class.
        Index("ix_complaint_inbox", "is_open", "urgency", "submitted_at", "id"),
        Index("ix_complaint_community_inbox", "community_id", "is_open", "urgency", "submitted_at", "id"),
        Index("ix_complaint_state_inbox", "state", "urgency", "submitted_at", "id"),
        Index("ix_complaint_community_state", "community_id", "state", "urgency", "submitted_at", "id"),
        Index("ix_complaint_community_subject", "community_id", "subject_code", "submitted_at"),
        Index("ix_complaint_safety", "safety_state", "safety_asked_at"),
        # The review queue in the inbox's order; few rows at any time, so the index is small.
        Index(
            "ix_complaint_safety_inbox",
            "is_open",
            "urgency",
            "submitted_at",
            "id",
            sqlite_where=text("safety_state = 'unanswered'"),
            postgresql_where=text("safety_state = 'unanswered'"),
        ),
    )

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(20), comment="YX-2026-000123")
    serial: Mapped[int]
    community_id: Mapped[int] = reference("community.id", index=False)
    resident_id: Mapped[int] = reference("resident.id")
    conversation_id: Mapped[int | None] = reference("conversation.id", nullable=True)

    building: Mapped[str | None] = mapped_column(String(64), comment="as understood: 3, B7, 乙 or 3,4")
    unit: Mapped[str | None] = mapped_column(String(32))
    floor: Mapped[str | None] = mapped_column(String(8))
    room: Mapped[str | None] = mapped_column(String(32))
    landmark: Mapped[str | None] = mapped_column(String(120))
    is_whole_community: Mapped[bool] = mapped_column(default=False)
    building_id: Mapped[int | None] = reference("building.id", nullable=True)
    unit_id: Mapped[int | None] = reference("unit.id", nullable=True, index=False)
    household_id: Mapped[int | None] = reference("household.id", nullable=True)
    needs_place_check: Mapped[bool] = mapped_column(default=False, comment="place unknown or not in the sheets")

    subject_code: Mapped[str] = mapped_column(String(4), comment="A01 … N12")
    item_code: Mapped[str | None] = mapped_column(String(8))
    class_code: Mapped[str] = mapped_column(String(1))
    urgency: Mapped[str] = mapped_column(String(2))
    first_urgency: Mapped[str] = mapped_column(String(2), comment="as first understood; never changed")
    confidence: Mapped[float] = mapped_column(Float)
    intent: Mapped[str] = mapped_column(String(16))
    candidates: Mapped[Any] = mapped_column(JSON, comment="[{category, confidence}] three best")
    problems: Mapped[Any] = mapped_column(JSON, comment="spans of evidence into first_text")
    first_text: Mapped[str] = mapped_column(Text, comment="the message it was understood from, verbatim")
    words: Mapped[str] = mapped_column(Text, comment="everything said that belongs to it, verbatim, in order")

    state: Mapped[ComplaintState] = mapped_column(value_enum(ComplaintState, "complaint_state"))
    is_open: Mapped[bool] = mapped_column(Boolean, default=True, comment="kept by transition(): state not ended")
    is_read: Mapped[bool] = mapped_column(default=False)
    source: Mapped[Source] = mapped_column(value_enum(Source, "source"))
    safety_state: Mapped[SafetyState] = mapped_column(
        value_enum(SafetyState, "safety_state"), default=SafetyState.NOT_ASKED
    )
    safety_asked_at: Mapped[datetime | None]
    safety_answer: Mapped[str | None] = mapped_column(String(16), comment="injured, leak, fire, falling or none")
    safety_script: Mapped[str | None] = mapped_column(String(16))

    submitted_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    ack_due_at: Mapped[datetime]
    contact_due_at: Mapped[datetime]
    resolve_due_at: Mapped[datetime]

    work_item_id: Mapped[int | None] = reference("work_item.id", nullable=True)
    merged_into_id: Mapped[int | None] = reference("complaint.id", nullable=True)
    destination: Mapped[str | None] = mapped_column(String(120), comment="who has it outside the renovation")
    destination_phone: Mapped[str | None] = mapped_column(String(40))
    copy_to: Mapped[str | None] = mapped_column(String(120), comment="in copy, as the supervising engineer")
    outcome: Mapped[str | None] = mapped_column(Text, comment="what the resident was told at the end")
    household_key: Mapped[str] = mapped_column(String(120), default="", comment="what counts as one household")
    filed_by_id: Mapped[int | None] = reference("staff_user.id", nullable=True, index=False)
    urged_count: Mapped[int] = mapped_column(default=0)
    is_demo: Mapped[bool] = mapped_column(default=False)

    community: Mapped[Community] = relationship()
    resident: Mapped[Resident] = relationship()
    conversation: Mapped[Conversation | None] = relationship()
    building_row: Mapped[Building | None] = relationship()
    unit_row: Mapped[Unit | None] = relationship()
    household: Mapped[Household | None] = relationship()
    history: Mapped[list[ComplaintHistory]] = relationship(back_populates="complaint", order_by="ComplaintHistory.id")
    attachments: Mapped[list[Attachment]] = relationship(order_by="Attachment.id")


class ComplaintMessage(Base):
    """Which utterances belong to a complaint, in order. One utterance may belong to several complaints."""

    __tablename__ = "complaint_message"
    __table_args__ = (UniqueConstraint("complaint_id", "message_id"),)

    id: Mapped[Id]
    complaint_id: Mapped[int] = reference("complaint.id")
    message_id: Mapped[int] = reference("message.id")

    message: Mapped[Message] = relationship()


class ComplaintHistory(Base):
    """What happened to a complaint, appended, never edited. ``to_state`` is empty for a dated mark."""

    __tablename__ = "complaint_history"

    id: Mapped[Id]
    complaint_id: Mapped[int] = reference("complaint.id")
    at: Mapped[datetime]
    from_state: Mapped[str | None] = mapped_column(String(32))
    to_state: Mapped[str | None] = mapped_column(String(32))
    mark: Mapped[str | None] = mapped_column(String(40), comment="amended, corrected, promoted, told, …")
    by: Mapped[str] = mapped_column(String(60), comment="resident, linli, or staff:<user name>")
    note: Mapped[str] = mapped_column(Text, default="")

    complaint: Mapped[Complaint] = relationship(back_populates="history")


class Correction(Base):
    """A person's correction of what was understood, kept to learn from. The same ``old`` and ``new`` confirm it.

    Appended, never changed: ``undoes_id`` names the correction that this one takes back.
    """

    __tablename__ = "correction"

    id: Mapped[Id]
    complaint_id: Mapped[int] = reference("complaint.id")
    field: Mapped[str] = mapped_column(String(32))
    old: Mapped[str | None] = mapped_column(String(120))
    new: Mapped[str | None] = mapped_column(String(120))
    by: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
    undoes_id: Mapped[int | None] = reference("correction.id", nullable=True)
