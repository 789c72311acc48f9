"""Takes an office's building sheet in: all of it or nothing; creates what is missing and never deletes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from models import Building, BuildingAlias, Community, Complaint, Session, Unit
from services.errors import Conflict
from services.place_codes import building_code, plain
from services.place_tree import PlaceNames, find_or_make_community, levels_of, move_community
from services.places import sort_key
from services.sheet_values import read_number
from services.sheets import Column, SheetError, SheetRow

CODE, NAME, BUILDING, ALIASES = "小区编码", "小区", "楼栋", "别名"
UNITS, STOREYS, PER_FLOOR, YEAR, AREA = "单元数", "层数", "每层户数", "建成年份", "建筑面积(㎡)"
COUNTY, SUBDISTRICT, NEIGHBOURHOOD, PART = "县", "街道", "社区", "片区"

BUILDING_COLUMNS = (
    Column(CODE, ("小区代码", "小区编号"), is_required=True, fills_down=True),
    Column(NAME, ("小区名称", "小区名"), is_required=True, fills_down=True),
    Column(BUILDING, ("楼栋号", "楼号", "栋号", "幢号", "楼栋名称"), is_required=True),
    Column(ALIASES, ("楼栋别名", "俗称", "又名")),
    Column(UNITS, ("单元",)),
    Column(STOREYS, ("楼层数", "总层数", "地上层数")),
    Column(PER_FLOOR, ("每层户数/单元", "每单元每层户数"), fills_down=True),
    Column(YEAR, ("建成年代", "建造年份", "竣工年份", "建设年份"), fills_down=True),
    Column(AREA, ("建筑面积", "总建筑面积")),
    Column(COUNTY, ("县区", "县市区", "区县", "县(市、区)"), fills_down=True),
    Column(SUBDISTRICT, ("街道乡镇", "乡镇街道", "街道(乡镇)", "乡镇"), fills_down=True),
    Column(NEIGHBOURHOOD, ("社区居委会", "居委会", "社区(村)"), fills_down=True),
    Column(PART, ("改造片区",), fills_down=True),
)

LIMITS: dict[str, tuple[Decimal, Decimal]] = {
    UNITS: (Decimal(1), Decimal(50)),
    STOREYS: (Decimal(1), Decimal(100)),
    PER_FLOOR: (Decimal(1), Decimal(60)),
    AREA: (Decimal("0.01"), Decimal(300_000)),
}
"""What a building can be; beyond it a figure is a slip of the pen."""

_COMMUNITY_CODE = re.compile(r"[\w-]{1,32}")


@dataclass(slots=True)
class ImportResult:
    """How many rows made something new, changed it, or found it as it was. With errors nothing was written."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    communities_created: int = 0
    communities_updated: int = 0
    errors: list[SheetError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _BuildingRow:
    """A checked row of a building sheet."""

    row: int
    code: str
    name: str
    aliases: tuple[str, ...]
    figures: dict[str, int | Decimal]


@dataclass(slots=True)
class _CommunityRows:
    """What a sheet says of one community."""

    code: str
    first_row: int
    name: str = ""
    places: PlaceNames = field(default_factory=PlaceNames)
    buildings: dict[str, _BuildingRow] = field(default_factory=dict)
    said: dict[str, tuple[str, int]] = field(default_factory=dict)


def import_buildings(
    session: Session, rows: Sequence[SheetRow], now: datetime, *, is_demo: bool = False
) -> ImportResult:
    """Communities and buildings of a sheet. Changed figures are taken over; an empty cell changes nothing.

    Everything is checked first; with any error nothing is written and ``errors`` lists all of them.
    """
    result = ImportResult()
    groups = _group(rows, now.year, result.errors)
    known = _known_communities(session, groups)
    for group in groups.values():
        _check_against_database(session, group, known.get(group.code.upper()), is_demo, result.errors)
    if result.errors:
        result.errors.sort(key=lambda error: error.row or 0)
        return result
    # A name that is taken shows only while the tree is built; then nothing of the sheet may stay.
    savepoint = session.begin_nested()
    for group in groups.values():
        try:
            community = known.get(group.code.upper())
            if community is None:
                community = find_or_make_community(session, group.code, group.name, group.places, now, is_demo=is_demo)
                result.communities_created += 1
            elif move_community(session, community, group.name or community.name, group.places):
                result.communities_updated += 1
        except Conflict as conflict:
            result.errors.append(SheetError("name_taken", group.first_row, NAME, conflict.facts))
            continue
        _write_buildings(session, group, community, result, is_demo=is_demo)
    if result.errors:
        savepoint.rollback()
        return ImportResult(errors=result.errors)
    savepoint.commit()
    return result


def _group(rows: Sequence[SheetRow], year: int, errors: list[SheetError]) -> dict[str, _CommunityRows]:
    groups: dict[str, _CommunityRows] = {}
    named: dict[tuple[str, str], tuple[int, str]] = {}
    for row in rows:
        code = plain(row[CODE])
        written = row[BUILDING].strip()
        if not code:
            errors.append(SheetError("missing", row.number, CODE))
        elif not _COMMUNITY_CODE.fullmatch(code):
            errors.append(SheetError("bad_code", row.number, CODE, {"value": row[CODE]}))
        if not written:
            errors.append(SheetError("missing", row.number, BUILDING))
        elif len(building_code(written)) > 32:
            errors.append(SheetError("too_long", row.number, BUILDING, {"most": 32}))
            written = ""
        figures = _figures(row, year, errors)
        if not code:
            continue
        group = groups.setdefault(code.upper(), _CommunityRows(code, row.number))
        _hold_once(group, row, errors)
        if written:
            _add_building(group, row, written, figures, named, errors)
    for group in groups.values():
        _check_numbered_aliases(group, errors)
        said = {column: value for column, (value, _) in group.said.items()}
        group.name = said.get(NAME, "")
        group.places = PlaceNames(
            said.get(COUNTY, ""), said.get(SUBDISTRICT, ""), said.get(NEIGHBOURHOOD, ""), said.get(PART, "")
        )
    return groups


def _hold_once(group: _CommunityRows, row: SheetRow, errors: list[SheetError]) -> None:
    """A community has one name and lies in one place; a second saying is an error that names the first's row."""
    for column in (NAME, COUNTY, SUBDISTRICT, NEIGHBOURHOOD, PART):
        value = row[column].strip()
        if not value:
            continue
        if len(value) > 120:
            errors.append(SheetError("too_long", row.number, column, {"most": 120}))
            continue
        first, first_row = group.said.setdefault(column, (value, row.number))
        if plain(first) != plain(value):
            facts = {"value": value, "other": first, "other_row": first_row, "code": group.code}
            errors.append(SheetError("contradicts", row.number, column, facts))


def _add_building(
    group: _CommunityRows,
    row: SheetRow,
    written: str,
    figures: dict[str, int | Decimal],
    named: dict[tuple[str, str], tuple[int, str]],
    errors: list[SheetError],
) -> None:
    code = building_code(written)
    twin = group.buildings.get(code.upper())
    if twin is not None:
        facts = {"value": written, "other": twin.name, "other_row": twin.row, "code": group.code}
        errors.append(SheetError("duplicate_building", row.number, BUILDING, facts))
        return
    aliases = tuple(
        dict.fromkeys(
            alias
            for part in re.split(r"[;；\n]", row[ALIASES])
            if (alias := part.strip()) and plain(alias) != plain(written)
        )
    )
    for name in (written, *aliases):
        column = BUILDING if name == written else ALIASES
        if len(name) > 120:
            errors.append(SheetError("too_long", row.number, column, {"most": 120}))
        other_row, other = named.setdefault((group.code.upper(), plain(name)), (row.number, written))
        if other_row != row.number:
            facts = {"value": name, "other": other, "other_row": other_row}
            errors.append(SheetError("name_of_two", row.number, column, facts))
    group.buildings[code.upper()] = _BuildingRow(row.number, code, written, aliases, figures)


def _check_numbered_aliases(group: _CommunityRows, errors: list[SheetError]) -> None:
    """ "3栋" cannot be another name of building 5 where there is a building 3."""
    for building in group.buildings.values():
        for alias in building.aliases:
            other = group.buildings.get(building_code(alias).upper())
            if other is not None and other is not building and plain(alias) != plain(other.name):
                facts = {"value": alias, "other": other.name, "other_row": other.row}
                errors.append(SheetError("name_of_two", building.row, ALIASES, facts))


def _figures(row: SheetRow, year: int, errors: list[SheetError]) -> dict[str, int | Decimal]:
    """The figures a row gives, by field name; what is wrong with them goes to ``errors``."""
    figures: dict[str, int | Decimal] = {}
    limits = LIMITS | {YEAR: (Decimal(1850), Decimal(year + 5))}
    for column, name in _FIELDS.items():
        is_area = column == AREA
        value, error = read_number(row, column, limits[column], places=2 if is_area else 0)
        if error is not None:
            errors.append(error)
        elif value is not None:
            figures[name] = value if is_area else int(value)
    return figures


_FIELDS = {
    UNITS: "unit_count",
    STOREYS: "storeys",
    PER_FLOOR: "homes_per_floor",
    YEAR: "built_year",
    AREA: "floor_area",
}


def _known_communities(session: Session, groups: dict[str, _CommunityRows]) -> dict[str, Community]:
    known = session.scalars(select(Community).options(selectinload(Community.place)))
    return {row.code.upper(): row for row in known if row.code.upper() in groups}


def _check_against_database(
    session: Session, group: _CommunityRows, community: Community | None, is_demo: bool, errors: list[SheetError]
) -> None:
    if community is None:
        if not group.name:
            errors.append(SheetError("missing", group.first_row, NAME))
        return
    if community.is_demo and not is_demo:
        errors.append(SheetError("demo_community", group.first_row, CODE, {"code": community.code}))
        return
    named = {
        plain(alias): code
        for code, alias in session.execute(
            select(Building.code, BuildingAlias.alias)
            .join(BuildingAlias, BuildingAlias.building_id == Building.id)
            .where(Building.community_id == community.id)
        )
    }
    for building in group.buildings.values():
        for name in (building.name, *building.aliases):
            code = named.get(plain(name))
            if code is not None and code.upper() != building.code.upper():
                facts = {"value": name, "other": code, "other_row": None}
                column = BUILDING if name == building.name else ALIASES
                errors.append(SheetError("name_of_two", building.row, column, facts))
    county, _ = levels_of(session, community.place)
    if group.places.county and plain(group.places.county) != plain(county):
        has_complaints = session.scalar(select(Complaint.id).where(Complaint.community_id == community.id).limit(1))
        if has_complaints is not None:
            facts = {"code": community.code, "other": county}
            errors.append(SheetError("county_fixed", group.said[COUNTY][1], COUNTY, facts))


def _write_buildings(
    session: Session,
    group: _CommunityRows,
    community: Community,
    result: ImportResult,
    *,
    is_demo: bool,
) -> None:
    before = (result.created, result.updated)
    held = {
        row.code.upper(): row
        for row in session.scalars(
            select(Building)
            .where(Building.community_id == community.id)
            .options(selectinload(Building.aliases), selectinload(Building.units))
        )
    }
    for said in group.buildings.values():
        building = held.get(said.code.upper())
        if building is None:
            building = Building(
                community_id=community.id, code=said.code, name=said.name, sort_key=sort_key(said.code), is_demo=is_demo
            )
            session.add(building)
            _take_over(building, said)
            result.created += 1
        elif _take_over(building, said):
            result.updated += 1
        else:
            result.unchanged += 1
    if (result.created, result.updated) != before:
        community.places_stamp = uuid4().hex


def _take_over(building: Building, said: _BuildingRow) -> bool:
    """Make the building what the row says; nothing is deleted. Returns whether anything changed."""
    changed = False
    for name, value in ({"name": said.name} | said.figures).items():
        if getattr(building, name) != value:
            setattr(building, name, value)
            changed = True
    held = {plain(alias.alias) for alias in building.aliases}
    for alias in said.aliases:
        if plain(alias) not in held:
            building.aliases.append(BuildingAlias(alias=alias))
            changed = True
    codes = {unit.code for unit in building.units}
    for number in range(1, (building.unit_count or 0) + 1):
        if str(number) not in codes:
            building.units.append(Unit(code=str(number), sort_key=sort_key(str(number))))
            changed = True
    return changed
