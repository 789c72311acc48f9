"""Support counted in households: several voices from one home are one; anonymous voices stand beside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from models import Building, Complaint, ComplaintState, Household, Resident, Session, Source

SILENT = (ComplaintState.DRAFT, ComplaintState.WITHDRAWN, ComplaintState.REJECTED)
"""States in which a complaint speaks for nothing."""

ON_BEHALF = frozenset({Source.PHONE, Source.WALK_IN, Source.PAPER, Source.BUILDING_WALK})


@dataclass(frozen=True, slots=True)
class Support:
    """How many stand behind something. ``by_building`` counts households by building code."""

    households: int = 0
    anonymous: int = 0
    voices: int = 0
    on_behalf: int = 0
    by_building: tuple[tuple[str, int], ...] = ()
    shared: tuple[tuple[str, ...], ...] = ()
    """Numbers of complaints that come from one home and so count once."""


def support_by_item(session: Session, item_ids: Sequence[int]) -> dict[int, Support]:
    """The support of each work item; an item nobody spoke for has none. One query."""
    if not item_ids:
        return {}
    rows = session.execute(_voices().where(Complaint.work_item_id.in_(item_ids))).all()
    grouped: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row.work_item_id].append(row)
    return {item_id: _count(grouped[item_id]) for item_id in item_ids}


def support_of(session: Session, complaints: Iterable[Complaint]) -> Support:
    """The support these complaints are together."""
    ids = [complaint.id for complaint in complaints]
    return _count(session.execute(_voices().where(Complaint.id.in_(ids))).all()) if ids else Support()


def support_of_community(session: Session, community_id: int) -> Support:
    """Everybody who said something in this community."""
    return _count(session.execute(_voices().where(Complaint.community_id == community_id)).all())


def support_by_subject(session: Session, community_id: int) -> dict[str, Support]:
    """Who spoke of each subject in this community, by subject code. One query."""
    grouped: dict[str, list[Any]] = defaultdict(list)
    for row in session.execute(_voices().where(Complaint.community_id == community_id)).all():
        grouped[row.subject_code].append(row)
    return {code: _count(grouped[code]) for code in sorted(grouped)}


def voices_by_complaint(session: Session, complaint_ids: Sequence[int]) -> dict[int, tuple[str, bool]]:
    """Whose voice each complaint is and whether that is a home; somebody without a known building is one by themselves.

    Complaints that speak for nothing are left out. One query.
    """
    if not complaint_ids:
        return {}
    rows = session.execute(_voices().add_columns(Complaint.id).where(Complaint.id.in_(complaint_ids)))
    homes = ((row, _home(row)) for row in rows)
    return {row.id: (home or f"r{row.resident_id}", home is not None) for row, home in homes}


def homes_by_building(session: Session, community_id: int) -> dict[int, int]:
    """Homes by building id: those of the sheet, or units × storeys × homes per floor where no homes are listed."""
    rows = session.execute(
        select(Household.building_id, func.count())
        .join(Building, Building.id == Household.building_id)
        .where(Building.community_id == community_id)
        .group_by(Household.building_id)
    )
    listed = {row[0]: row[1] for row in rows}
    sizes = session.execute(
        select(Building.id, Building.unit_count, Building.storeys, Building.homes_per_floor).where(
            Building.community_id == community_id
        )
    )
    return {
        row.id: listed.get(row.id) or (row.unit_count or 0) * (row.storeys or 0) * (row.homes_per_floor or 0)
        for row in sizes
    }


def _voices() -> Select[Any]:
    return (
        select(
            Complaint.number,
            Complaint.work_item_id,
            Complaint.subject_code,
            Complaint.household_key,
            Complaint.household_id,
            Complaint.building,
            Complaint.source,
            Complaint.resident_id,
            Resident.household_id.label("home_id"),
            Resident.home_building,
        )
        .join(Resident, Resident.id == Complaint.resident_id)
        .where(Complaint.state.not_in(SILENT))
        .order_by(Complaint.id)
    )


def _count(rows: Sequence[Any]) -> Support:
    homes: dict[str, list[str]] = defaultdict(list)
    where: dict[str, str] = {}
    anonymous: set[int] = set()
    for row in rows:
        key = _home(row)
        if key is None:
            anonymous.add(row.resident_id)
            continue
        homes[key].append(row.number)
        where.setdefault(key, row.building or row.home_building or "")
    by_building: dict[str, int] = defaultdict(int)
    for code in where.values():
        by_building[code] += 1
    return Support(
        households=len(homes),
        anonymous=len(anonymous),
        voices=len(rows),
        on_behalf=sum(row.source in ON_BEHALF for row in rows),
        by_building=tuple(sorted(by_building.items(), key=lambda pair: (pair[0].zfill(6), pair[1]))),
        shared=tuple(tuple(numbers) for numbers in homes.values() if len(numbers) > 1),
    )


def _home(row: Any) -> str | None:
    """The home a voice comes from; None for somebody whose building is not known."""
    is_at_home = row.building is None or row.building == row.home_building
    if row.household_id is None and row.home_id is not None and is_at_home:
        return f"h{row.home_id}"
    if row.building is None and row.household_id is None:
        return f"r{row.resident_id}@{row.home_building}" if row.home_building else None
    return str(row.household_key) if row.household_key else f"r{row.resident_id}@{row.building}"
