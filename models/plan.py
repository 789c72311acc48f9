"""The plan of a community (一小区一方案), its work items and its money."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import CheckConstraint, Numeric, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Id, Name, reference, value_enum
from models.complaint import Complaint
from models.place import Building, Community
from models.workflow import WorkItemState


class Plan(Base):
    """One plan per community and year."""

    __tablename__ = "plan"
    __table_args__ = (UniqueConstraint("community_id", "year"),)

    id: Mapped[Id]
    community_id: Mapped[int] = reference("community.id")
    year: Mapped[int]
    title: Mapped[Name]
    summary: Mapped[str] = mapped_column(Text, default="")
    budget: Mapped[Decimal | None] = mapped_column(Numeric(14, 2), comment="元")
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]

    community: Mapped[Community] = relationship()
    items: Mapped[list[WorkItem]] = relationship(back_populates="plan", order_by="WorkItem.position")
    funding: Mapped[list[FundingLine]] = relationship(back_populates="plan", order_by="FundingLine.id")


class WorkItem(Base):
    """A work item: what, where, how much. Its cost is computed, never typed."""

    __tablename__ = "work_item"
    __table_args__ = (
        UniqueConstraint("plan_id", "position"),
        CheckConstraint("class_code IN ('A','B','C')", name="class_may_enter_plan"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("unit_cost >= 0", name="unit_cost_not_negative"),
    )

    id: Mapped[Id]
    plan_id: Mapped[int] = reference("plan.id")
    position: Mapped[int] = mapped_column(comment="第几项, what residents are told")
    title: Mapped[Name]
    class_code: Mapped[str] = mapped_column(String(1))
    subject_code: Mapped[str] = mapped_column(String(4))
    state: Mapped[WorkItemState] = mapped_column(value_enum(WorkItemState, "work_item_state"))
    quantity: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    unit: Mapped[str] = mapped_column(String(16))
    unit_cost: Mapped[Decimal | None] = mapped_column(Numeric(12, 2), comment="元")
    is_cost_illustrative: Mapped[bool] = mapped_column(default=True)
    why: Mapped[str] = mapped_column(Text, default="", comment="为什么要做, residents read it")
    decline_reason: Mapped[str | None] = mapped_column(Text, comment="residents read it")
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    plan: Mapped[Plan] = relationship(back_populates="items")
    buildings: Mapped[list[WorkItemBuilding]] = relationship(back_populates="item", cascade="all, delete-orphan")
    complaints: Mapped[list[Complaint]] = relationship(order_by="Complaint.id")
    history: Mapped[list[WorkItemHistory]] = relationship(order_by="WorkItemHistory.id")

    @property
    def cost(self) -> Decimal | None:
        """Quantity times unit cost in 元, to the cent; None without a unit cost."""
        if self.unit_cost is None:
            return None
        return (self.quantity * self.unit_cost).quantize(Decimal("0.01"), ROUND_HALF_UP)


class WorkItemBuilding(Base):
    """A building a work item touches; an item without any is for the whole community."""

    __tablename__ = "work_item_building"
    __table_args__ = (UniqueConstraint("work_item_id", "building_id"),)

    id: Mapped[Id]
    work_item_id: Mapped[int] = reference("work_item.id", ondelete="CASCADE")
    building_id: Mapped[int] = reference("building.id")

    item: Mapped[WorkItem] = relationship(back_populates="buildings")
    building: Mapped[Building] = relationship()


class WorkItemHistory(Base):
    """What happened to a work item, appended, never edited."""

    __tablename__ = "work_item_history"

    id: Mapped[Id]
    work_item_id: Mapped[int] = reference("work_item.id")
    at: Mapped[datetime]
    from_state: Mapped[str | None] = mapped_column(String(32))
    to_state: Mapped[str] = mapped_column(String(32))
    by: Mapped[str] = mapped_column(String(60))
    note: Mapped[str] = mapped_column(Text, default="")


class FundingLine(Base):
    """Money of a plan by source (F01 … F14), in 元."""

    __tablename__ = "funding_line"
    __table_args__ = (CheckConstraint("amount >= 0", name="amount_not_negative"),)

    id: Mapped[Id]
    plan_id: Mapped[int] = reference("plan.id")
    fund_code: Mapped[str] = mapped_column(String(4))
    amount: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    note: Mapped[str] = mapped_column(String(200), default="")

    plan: Mapped[Plan] = relationship(back_populates="funding")
