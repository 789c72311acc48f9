"""Residents, and the channels on which a person can be reached."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Id, reference, value_enum
from models.place import Community, Household
from models.workflow import Channel


class Resident(Base):
    """A person of a community. The home is remembered as said, and as a household once one is known."""

    __tablename__ = "resident"

    id: Mapped[Id]
    community_id: Mapped[int] = reference("community.id")
    household_id: Mapped[int | None] = reference("household.id", nullable=True)
    name: Mapped[str | None] = mapped_column(String(400), comment="encrypted; only when given")
    phone: Mapped[str | None] = mapped_column(String(400), comment="encrypted; only when given")
    phone_index: Mapped[str | None] = mapped_column(String(64), index=True, comment="blind index of the telephone")
    home_building: Mapped[str | None] = mapped_column(String(32))
    home_unit: Mapped[str | None] = mapped_column(String(32))
    home_floor: Mapped[str | None] = mapped_column(String(8))
    home_room: Mapped[str | None] = mapped_column(String(32))
    notice_version: Mapped[str | None] = mapped_column(String(32), comment="privacy notice shown")
    notice_at: Mapped[datetime | None]
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]

    community: Mapped[Community] = relationship()
    household: Mapped[Household | None] = relationship()
    contacts: Mapped[list[ContactPoint]] = relationship(back_populates="resident")


class ContactPoint(Base):
    """One address of one person on one channel: a chat, a browser, a telephone; of a resident or of staff."""

    __tablename__ = "contact_point"
    __table_args__ = (
        UniqueConstraint("channel", "external_id"),
        # Neither is set while somebody has not yet said in which community they live.
        CheckConstraint("resident_id IS NULL OR staff_id IS NULL", name="one_person"),
    )

    id: Mapped[Id]
    channel: Mapped[Channel] = mapped_column(value_enum(Channel, "channel"))
    external_id: Mapped[str] = mapped_column(String(120), comment="chat id, hash of the browser's key, …")
    resident_id: Mapped[int | None] = reference("resident.id", nullable=True)
    staff_id: Mapped[int | None] = reference("staff_user.id", nullable=True)
    is_listed: Mapped[bool] = mapped_column(default=False, comment="may be sent to unasked in safelist mode")
    unreachable_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    resident: Mapped[Resident | None] = relationship(back_populates="contacts")
