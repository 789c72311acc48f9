"""Places: from what was said to the rows of the sheets, and the gazetteer of a community's names."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from models import Building, Community, Household, Session
from nlp.understanding import Gazetteer, GazetteerBuilding, PlaceMention


@dataclass(frozen=True, slots=True)
class ResolvedPlace:
    """A mention held against the sheets. ``needs_check`` when something said is not in them, or no place was said.

    ``unknown`` names the first part the sheets do not hold: building, unit, floor or room; None when all is known.
    """

    mention: PlaceMention
    building_id: int | None = None
    unit_id: int | None = None
    household_id: int | None = None
    needs_check: bool = True
    unknown: str | None = None


def find_community(session: Session, code: str) -> Community | None:
    """The community with this code, capital letters or not, with its county."""
    wanted = {code.strip(), code.strip().upper()}
    return session.scalar(
        select(Community).where(Community.code.in_(wanted)).options(joinedload(Community.county)).limit(1)
    )


def only_community(session: Session) -> Community | None:
    """The community of an installation that has exactly one."""
    found = session.scalars(select(Community).limit(2)).all()
    return found[0] if len(found) == 1 else None


def gazetteer_of(session: Session, community: Community) -> Gazetteer:
    """The names of a community's places."""
    return _sheet_of(session, community).gazetteer


@dataclass(frozen=True, slots=True)
class _Building:
    """A building of the sheets, as much of it as a mention is held against."""

    id: int
    storeys: int
    unit_count: int
    units: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A community's buildings by bare code in capitals; made anew when ``places_stamp`` or a name changes."""

    version: tuple[str, str, str]
    gazetteer: Gazetteer
    buildings: dict[str, _Building]


_SHEETS: dict[int, _Sheet] = {}


def _sheet_of(session: Session, community: Community) -> _Sheet:
    version = (community.places_stamp, community.name, community.other_names)
    kept = _SHEETS.get(community.id)
    if kept is not None and kept.version == version:
        return kept
    rows = list_buildings(session, community)
    sheet = _Sheet(
        version,
        Gazetteer(
            community=community.code,
            names=tuple(name for name in (community.name, *community.other_names.split(";")) if name),
            buildings=tuple(
                GazetteerBuilding(row.code, tuple(dict.fromkeys((row.name, *(alias.alias for alias in row.aliases)))))
                for row in rows
            ),
        ),
        {
            row.code.upper(): _Building(
                row.id, row.storeys or 0, row.unit_count or 0, {unit.code.upper(): unit.id for unit in row.units}
            )
            for row in rows
        },
    )
    _SHEETS[community.id] = sheet
    return sheet


def resolve(session: Session, community: Community, mention: PlaceMention) -> ResolvedPlace:
    """Hold a mention against the sheets. Nothing said is changed; what is not found is marked for a person."""
    if mention.building is None:
        return ResolvedPlace(mention, needs_check=not mention.is_whole_community and mention.landmark is None)
    codes = mention.building.split(",")
    held = _sheet_of(session, community).buildings
    if any(code.upper() not in held for code in codes):
        return ResolvedPlace(mention, unknown="building")
    if len(codes) > 1:
        return ResolvedPlace(mention, needs_check=False)
    building = held[codes[0].upper()]
    unit_id: int | None = None
    if mention.unit is not None:
        unit_id = building.units.get(mention.unit.upper())
        if unit_id is None and not building.unit_count >= _as_number(mention.unit):
            return ResolvedPlace(mention, building.id, unknown="unit")
    if mention.floor is not None and building.storeys and _as_number(mention.floor) > building.storeys:
        return ResolvedPlace(mention, building.id, unit_id, unknown="floor")
    household_id: int | None = None
    if mention.room is not None:
        query = select(Household.id).where(Household.building_id == building.id, Household.room == mention.room)
        if unit_id is not None:
            query = query.where(Household.unit_id == unit_id)
        found = session.scalars(query.limit(2)).all()
        if len(found) == 1:
            household_id = found[0]
        elif not found and _has_households(session, building.id):
            return ResolvedPlace(mention, building.id, unit_id, unknown="room")
    return ResolvedPlace(mention, building.id, unit_id, household_id, needs_check=False)


def list_buildings(session: Session, community: Community) -> list[Building]:
    """The buildings of a community in order, with aliases and units."""
    return list(
        session.scalars(
            select(Building)
            .where(Building.community_id == community.id)
            .order_by(Building.sort_key)
            .options(selectinload(Building.aliases), selectinload(Building.units))
        )
    )


def list_building_names(session: Session, community_id: int) -> list[tuple[str, str]]:
    """Bare code and name of a community's buildings, in order; one query."""
    rows = session.execute(
        select(Building.code, Building.name).where(Building.community_id == community_id).order_by(Building.sort_key)
    )
    return [(row.code, row.name) for row in rows]


def sort_key(code: str) -> str:
    """A key that puts 2 before 10 and numbers before letters."""
    return "".join(part.zfill(6) if part.isdigit() else part for part in _parts(code))[:40]


def _parts(code: str) -> list[str]:
    parts: list[str] = []
    for char in code:
        if parts and parts[-1].isdigit() and char.isdigit():
            parts[-1] += char
        else:
            parts.append(char)
    return parts


def _as_number(code: str) -> int:
    return int(code) if code.isdecimal() else 0


def _has_households(session: Session, building_id: int) -> bool:
    return session.scalar(select(Household.id).where(Household.building_id == building_id).limit(1)) is not None


def search_communities(session: Session, words: str = "", *, limit: int = 60) -> tuple[list[Community], bool]:
    """Communities whose name, other name or code holds ``words``, by name; and whether there are more."""
    query = select(Community).order_by(Community.name, Community.code).limit(limit + 1)
    for word in words.split():
        query = query.where(
            Community.name.contains(word, autoescape=True)
            | Community.other_names.contains(word, autoescape=True)
            | func.upper(Community.code).contains(word.upper(), autoescape=True)
        )
    found = list(session.scalars(query))
    return found[:limit], len(found) > limit
