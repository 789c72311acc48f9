"""The plan of a community and year (一小区一方案): its items by class, its money, and what stands behind each item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload, selectinload

from models import (
    Building,
    Community,
    FundingLine,
    Plan,
    Session,
    WorkItem,
    WorkItemBuilding,
    WorkItemState,
)
from nlp.taxonomy import taxonomy
from services import audit
from services.access import Viewer, visible_communities
from services.errors import InvalidInput
from services.ports import Act
from services.support import Support, homes_by_building, support_by_item, support_of_community

W = WorkItemState
ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class ItemLine:
    """A line of the plan: the item, where it is, its cost in 元 (None while the price is open), who is behind it."""

    item: WorkItem
    buildings: tuple[Building, ...]
    cost: Decimal | None
    support: Support


@dataclass(frozen=True, slots=True)
class ClassGroup:
    """The lines of one class that are not declined, with their cost in 元."""

    code: str
    name: str
    lines: tuple[ItemLine, ...]
    total: Decimal
    adopted_total: Decimal


@dataclass(frozen=True, slots=True)
class PlanSheet:
    """Everything a plan shows. Sums in 元, to the cent."""

    plan: Plan
    community: Community
    groups: tuple[ClassGroup, ...]
    declined: tuple[ItemLine, ...]
    said: Support
    homes: int

    @property
    def lines(self) -> tuple[ItemLine, ...]:
        return tuple(line for group in self.groups for line in group.lines)

    @property
    def adopted_lines(self) -> tuple[ItemLine, ...]:
        return tuple(line for line in self.lines if line.item.state is not W.CANDIDATE)

    @property
    def adopted_total(self) -> Decimal:
        return sum((group.adopted_total for group in self.groups), ZERO)

    @property
    def total(self) -> Decimal:
        return sum((group.total for group in self.groups), ZERO)

    @property
    def candidate_total(self) -> Decimal:
        return self.total - self.adopted_total

    @property
    def left(self) -> Decimal | None:
        """What the budget still holds after the adopted items; negative when they exceed it."""
        return None if self.plan.budget is None else self.plan.budget - self.adopted_total

    @property
    def over(self) -> Decimal | None:
        """By how much everything together would exceed the budget; None when it would not."""
        if self.plan.budget is None or self.total <= self.plan.budget:
            return None
        return self.total - self.plan.budget

    @property
    def funded(self) -> Decimal:
        return sum((line.amount for line in self.plan.funding), ZERO)

    @property
    def unpriced(self) -> int:
        """Items whose price is still open, and so are missing in every sum."""
        return sum(line.cost is None for line in self.lines)

    @property
    def has_illustrative_prices(self) -> bool:
        return any(line.item.is_cost_illustrative and line.cost is not None for line in self.lines)


def find_plan(session: Session, community: Community, year: int | None = None) -> Plan | None:
    """The plan of this year, or the latest one."""
    query = select(Plan).where(Plan.community_id == community.id).order_by(Plan.year.desc()).limit(1)
    if year is not None:
        query = query.where(Plan.year == year)
    return session.scalar(query)


def get_or_make(session: Session, community: Community, year: int, act: Act, *, is_demo: bool = False) -> Plan:
    """The plan of this community and year, made when there is none. Two at once make one."""
    plan = find_plan(session, community, year)
    if plan is not None:
        return plan
    if not 2000 <= year <= 2100:
        raise InvalidInput(field="year", reason="unknown")
    plan = Plan(
        community_id=community.id,
        year=year,
        title=community.name,
        created_at=act.now,
        is_demo=is_demo or community.is_demo,
    )
    try:
        with session.begin_nested():
            session.add(plan)
    except IntegrityError:
        made_meanwhile = find_plan(session, community, year)
        if made_meanwhile is None:
            raise
        return made_meanwhile
    audit.record(session, "plan:made", plan, actor=act.by, now=act.now, year=year)
    return plan


def list_years(session: Session, community: Community) -> list[int]:
    return list(session.scalars(select(Plan.year).where(Plan.community_id == community.id).order_by(Plan.year.desc())))


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """A line of the list of plans; ``plan`` is None for a community without one."""

    community: Community
    plan: Plan | None
    adopted: int
    candidates: int


def list_plans(session: Session, viewer: Viewer, *, limit: int = 500) -> list[PlanEntry]:
    """The latest plan of each visible community; communities with a plan first."""
    communities = list(session.scalars(visible_communities(viewer).limit(limit)))
    ids = [community.id for community in communities]
    latest: dict[int, Plan] = {}
    for plan in session.scalars(select(Plan).where(Plan.community_id.in_(ids)).order_by(Plan.year)):
        latest[plan.community_id] = plan
    counts: dict[tuple[int, bool], int] = {}
    rows = session.execute(
        select(WorkItem.plan_id, WorkItem.state, func.count())
        .where(WorkItem.plan_id.in_([plan.id for plan in latest.values()]), WorkItem.state != W.DECLINED)
        .group_by(WorkItem.plan_id, WorkItem.state)
    )
    for plan_id, state, count in rows:
        key = (plan_id, state is W.CANDIDATE)
        counts[key] = counts.get(key, 0) + count
    entries = [
        PlanEntry(
            community,
            latest.get(community.id),
            counts.get((latest[community.id].id, False), 0) if community.id in latest else 0,
            counts.get((latest[community.id].id, True), 0) if community.id in latest else 0,
        )
        for community in communities
    ]
    return sorted(entries, key=lambda entry: (entry.plan is None, entry.community.code))


def show(session: Session, plan: Plan) -> PlanSheet:
    """The whole plan with sums and support, in a handful of queries whatever its length."""
    loaded = session.scalars(
        select(Plan)
        .where(Plan.id == plan.id)
        .options(
            joinedload(Plan.community),
            selectinload(Plan.funding),
            selectinload(Plan.items).selectinload(WorkItem.buildings).joinedload(WorkItemBuilding.building),
        )
        .execution_options(populate_existing=True)
    ).one()
    support = support_by_item(session, [item.id for item in loaded.items])
    lines = [
        ItemLine(
            item,
            tuple(sorted((link.building for link in item.buildings), key=lambda building: building.sort_key)),
            item.cost,
            support[item.id],
        )
        for item in loaded.items
    ]
    groups = tuple(
        _group(group.code, group.name, [line for line in lines if _stands_in(line, group.code)])
        for group in taxonomy().classes
        if group.enters_plan
    )
    return PlanSheet(
        plan=loaded,
        community=loaded.community,
        groups=groups,
        declined=tuple(line for line in lines if line.item.state is W.DECLINED),
        said=support_of_community(session, loaded.community_id),
        homes=sum(homes_by_building(session, loaded.community_id).values()),
    )


@dataclass(frozen=True, slots=True)
class Money:
    """A plan's budget and its funding: (fund code, amount in 元, note)."""

    budget: Decimal | None
    funding: Sequence[tuple[str, Decimal, str]] = ()
    summary: str | None = None


def set_money(session: Session, plan: Plan, money: Money, act: Act) -> None:
    """Set budget, funding lines and summary. Raises InvalidInput for an unknown source or a sum that cannot be."""
    if money.budget is not None and not 0 <= money.budget < Decimal(10) ** 12:
        raise InvalidInput(field="budget", reason="too_large")
    for code, amount, _note in money.funding:
        if code not in taxonomy().funds:
            raise InvalidInput(field="fund_code", reason="unknown")
        if not 0 <= amount < Decimal(10) ** 12:
            raise InvalidInput(field="amount", reason="too_large")
    plan.budget = money.budget
    if money.summary is not None:
        plan.summary = money.summary.strip()[:5000]
    for line in list(plan.funding):
        session.delete(line)
    session.flush()
    session.expire(plan, ["funding"])
    session.add_all(
        FundingLine(plan_id=plan.id, fund_code=code, amount=amount, note=note.strip()[:200])
        for code, amount, note in money.funding
    )
    session.flush()
    session.expire(plan, ["funding"])
    audit.record(session, "plan:money_set", plan, actor=act.by, now=act.now, lines=len(money.funding))


def _stands_in(line: ItemLine, class_code: str) -> bool:
    return line.item.class_code == class_code and line.item.state is not W.DECLINED


def _group(code: str, name: str, lines: list[ItemLine]) -> ClassGroup:
    return ClassGroup(
        code,
        name,
        tuple(lines),
        sum((line.cost for line in lines if line.cost is not None), ZERO),
        sum((line.cost for line in lines if line.cost is not None and line.item.state is not W.CANDIDATE), ZERO),
    )
