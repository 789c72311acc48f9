"""Where: the tree of places above a community, communities, buildings, units, households."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Code, Id, Name, reference, value_enum


class PlaceKind(StrEnum):
    COUNTY = "county"
    SUBDISTRICT = "subdistrict"
    NEIGHBOURHOOD = "neighbourhood"
    AREA = "area"
    COMMUNITY = "community"


class Place(Base):
    """A node of the tree 县 → 街道 → 社区 → 片区 → 小区; a staff scope is a node of it."""

    __tablename__ = "place"
    __table_args__ = (
        UniqueConstraint("parent_id", "kind", "name"),
        Index(None, "path"),
    )

    id: Mapped[Id]
    kind: Mapped[PlaceKind] = mapped_column(value_enum(PlaceKind, "place_kind"))
    name: Mapped[Name]
    parent_id: Mapped[int | None] = reference("place.id", nullable=True)
    path: Mapped[str] = mapped_column(String(200), comment="ids from the root: /1/4/9/; a subtree is a prefix")
    is_demo: Mapped[bool] = mapped_column(default=False)

    parent: Mapped[Place | None] = relationship(remote_side="Place.id")


class County(Base):
    """A county 县: its letters begin every complaint number (YX-2026-000123)."""

    __tablename__ = "county"

    place_id: Mapped[int] = mapped_column(BigId, ForeignKey("place.id"), primary_key=True)
    letters: Mapped[str] = mapped_column(String(4), unique=True)

    place: Mapped[Place] = relationship()


class NumberSeries(Base):
    """The next running number of a county in a year."""

    __tablename__ = "number_series"
    __table_args__ = (UniqueConstraint("county_id", "year"), CheckConstraint("next_serial > 0", name="positive"))

    id: Mapped[Id]
    county_id: Mapped[int] = mapped_column(BigId, ForeignKey("county.place_id"))
    year: Mapped[int]
    next_serial: Mapped[int] = mapped_column(default=1)


class Community(Base):
    """A residential community 小区, with the telephone numbers its residents are given."""

    __tablename__ = "community"

    id: Mapped[Id]
    place_id: Mapped[int] = mapped_column(BigId, ForeignKey("place.id"), unique=True)
    county_id: Mapped[int] = reference("county.place_id")
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[Name]
    other_names: Mapped[str] = mapped_column(String(400), default="", comment="aliases, separated by ;")
    contact_name: Mapped[str] = mapped_column(String(60), default="", comment="who calls residents back, as 社区李敏")
    phone: Mapped[str] = mapped_column(String(40), default="")
    night_phone: Mapped[str] = mapped_column(String(40), default="")
    gas_hotline: Mapped[str] = mapped_column(String(40), default="")
    property_phone: Mapped[str] = mapped_column(String(40), default="")
    housing_phone: Mapped[str] = mapped_column(String(40), default="")
    water_hotline: Mapped[str] = mapped_column(String(40), default="")
    places_stamp: Mapped[str] = mapped_column(
        String(32), default=lambda: uuid4().hex, comment="new whenever buildings or their names change"
    )
    construction_unit: Mapped[str] = mapped_column(String(120), default="", comment="施工单位, leads class D")
    construction_phone: Mapped[str] = mapped_column(String(40), default="")
    supervising_engineer: Mapped[str] = mapped_column(String(120), default="", comment="监理, in copy on class D")
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]

    place: Mapped[Place] = relationship()
    county: Mapped[County] = relationship()
    buildings: Mapped[list[Building]] = relationship(back_populates="community", order_by="Building.sort_key")


class Building(Base):
    """A building 楼栋. ``code`` is bare ("3", "B7", "乙"); ``name`` is what the sheet wrote."""

    __tablename__ = "building"
    __table_args__ = (
        UniqueConstraint("community_id", "code"),
        CheckConstraint("floor_area >= 0", name="floor_area_not_negative"),
        CheckConstraint("storeys >= 0", name="storeys_not_negative"),
    )

    id: Mapped[Id]
    community_id: Mapped[int] = reference("community.id")
    code: Mapped[Code]
    name: Mapped[Name]
    sort_key: Mapped[str] = mapped_column(String(40), comment="code with numbers padded, for order")
    storeys: Mapped[int | None]
    unit_count: Mapped[int | None]
    homes_per_floor: Mapped[int | None] = mapped_column(comment="每层户数 in one unit")
    built_year: Mapped[int | None]
    floor_area: Mapped[Decimal | None] = mapped_column(Numeric(12, 2), comment="m²")
    is_demo: Mapped[bool] = mapped_column(default=False)

    community: Mapped[Community] = relationship(back_populates="buildings")
    aliases: Mapped[list[BuildingAlias]] = relationship(back_populates="building", cascade="all, delete-orphan")
    units: Mapped[list[Unit]] = relationship(back_populates="building", order_by="Unit.sort_key")


class BuildingAlias(Base):
    """Another name of a building ("三幢", "老百货宿舍")."""

    __tablename__ = "building_alias"
    __table_args__ = (UniqueConstraint("building_id", "alias"),)

    id: Mapped[Id]
    building_id: Mapped[int] = reference("building.id", ondelete="CASCADE")
    alias: Mapped[Name]

    building: Mapped[Building] = relationship(back_populates="aliases")


class Unit(Base):
    """A stairwell 单元 of a building; ``code`` is bare."""

    __tablename__ = "unit"
    __table_args__ = (UniqueConstraint("building_id", "code"),)

    id: Mapped[Id]
    building_id: Mapped[int] = reference("building.id")
    code: Mapped[Code]
    sort_key: Mapped[str] = mapped_column(String(40))

    building: Mapped[Building] = relationship(back_populates="units")


class Household(Base):
    """A home 户: one building-unit-room."""

    __tablename__ = "household"
    __table_args__ = (
        UniqueConstraint("building_id", "unit_id", "room"),
        CheckConstraint("area >= 0", name="area_not_negative"),
    )

    id: Mapped[Id]
    building_id: Mapped[int] = reference("building.id")
    unit_id: Mapped[int | None] = reference("unit.id", nullable=True)
    room: Mapped[Code]
    floor: Mapped[str | None] = mapped_column(String(8))
    area: Mapped[Decimal | None] = mapped_column(Numeric(8, 2), comment="m²")
    owner_name: Mapped[str | None] = mapped_column(String(400), comment="encrypted")
    owner_phone: Mapped[str | None] = mapped_column(String(400), comment="encrypted")
    phone_index: Mapped[str | None] = mapped_column(String(64), index=True, comment="blind index of the telephone")
    is_demo: Mapped[bool] = mapped_column(default=False)

    building: Mapped[Building] = relationship()
    unit: Mapped[Unit | None] = relationship()
