"""Takes an office's household sheet in: homes with floor and area, owners and their telephones kept encrypted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import selectinload

from models import Building, Community, Household, Session, Unit
from services.imports import ImportResult
from services.place_codes import building_code, floor_code, floor_of_room, plain, room_code, unit_code
from services.places import sort_key
from services.sheet_values import read_number
from services.sheets import Column, SheetError, SheetRow
from services.vault import Vault

CODE, BUILDING, UNIT, ROOM, FLOOR = "小区编码", "楼栋", "单元", "房号", "层"
AREA, OWNER, PHONE = "面积(㎡)", "户主", "电话"

HOUSEHOLD_COLUMNS = (
    Column(CODE, ("小区代码", "小区编号"), is_required=True, fills_down=True),
    Column(BUILDING, ("楼栋号", "楼号", "栋号", "幢号"), is_required=True, fills_down=True),
    Column(UNIT, ("单元号",), fills_down=True),
    Column(ROOM, ("房间号", "室号", "门牌号"), is_required=True),
    Column(FLOOR, ("楼层", "所在层", "所在楼层"), fills_down=True),
    Column(AREA, ("面积", "建筑面积", "建筑面积(㎡)", "房屋面积")),
    Column(OWNER, ("户主姓名", "业主", "业主姓名", "姓名")),
    Column(PHONE, ("联系电话", "手机", "手机号", "手机号码", "电话号码")),
)
SMALLEST_AREA, LARGEST_AREA = Decimal(1), Decimal(5000)

_PHONE = re.compile(r"\+?[\d\s\-()转]{5,30}")
_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class _Home:
    """A checked row: where it is, and what the sheet says of it (empty cells are absent)."""

    row: int
    key: tuple[int, int | None, str]
    floor: str | None
    area: Decimal | None
    owner: str
    phone: str


def import_households(
    session: Session, rows: Sequence[SheetRow], vault: Vault, *, is_demo: bool = False
) -> ImportResult:
    """Homes of a sheet; their communities and buildings must be there. An empty cell changes nothing.

    Everything is checked first; with any error nothing is written and ``errors`` lists all of them.
    """
    result = ImportResult()
    # A unit may be made while the rows are checked; with any error it must not stay.
    savepoint = session.begin_nested()
    book = _AddressBook(session, {plain(row[CODE]).upper() for row in rows}, is_demo=is_demo)
    homes: dict[tuple[int, int | str | None, str], _Home] = {}
    for row in rows:
        home = _check(row, book, result.errors)
        if home is None:
            continue
        twin = homes.setdefault((home.key[0], home.key[1], home.key[2].upper()), home)
        if twin is not home:
            facts = {"other_row": twin.row}
            result.errors.append(SheetError("duplicate_home", row.number, ROOM, facts))
    if result.errors:
        savepoint.rollback()
        return ImportResult(errors=result.errors)
    _write(session, list(homes.values()), book, vault, result, is_demo=is_demo)
    savepoint.commit()
    return result


class _AddressBook:
    """Buildings and units of the communities a sheet names, by every way of writing them."""

    def __init__(self, session: Session, codes: set[str], *, is_demo: bool) -> None:
        self.session = session
        self.communities: dict[str, Community] = {
            row.code.upper(): row for row in session.scalars(select(Community)) if row.code.upper() in codes
        }
        self.demo_codes = {code for code, row in self.communities.items() if row.is_demo and not is_demo}
        self.buildings: dict[tuple[int, str], Building] = {}
        self.by_id: dict[int, Building] = {}
        query = select(Building).where(Building.community_id.in_([row.id for row in self.communities.values()]))
        for building in session.scalars(query.options(selectinload(Building.aliases), selectinload(Building.units))):
            self.by_id[building.id] = building
            for name in (building.code, building.name, *(alias.alias for alias in building.aliases)):
                self.buildings.setdefault((building.community_id, plain(name).upper()), building)
        self.units: dict[tuple[int, str], int] = {
            (building.id, unit.code.upper()): unit.id for building in self.by_id.values() for unit in building.units
        }

    def find_building(self, community: Community, written: str) -> Building | None:
        return self.buildings.get((community.id, building_code(written).upper())) or self.buildings.get(
            (community.id, plain(written).upper())
        )

    def make_unit(self, building: Building, code: str) -> int:
        """A unit of a building whose sheet did not say how many it has."""
        unit = Unit(building_id=building.id, code=code, sort_key=sort_key(code))
        self.session.add(unit)
        self.session.flush()
        self.units[building.id, code.upper()] = unit.id
        return unit.id


def _check(row: SheetRow, book: _AddressBook, errors: list[SheetError]) -> _Home | None:
    before = len(errors)
    building = _check_building(row, book, errors)
    unit_id = _check_unit(row, building, book, errors) if building is not None else None
    room = room_code(row[ROOM])
    if not room:
        errors.append(SheetError("missing", row.number, ROOM))
    elif len(room) > 32:
        errors.append(SheetError("too_long", row.number, ROOM, {"most": 32}))
    floor = _check_floor(row, room, building, errors)
    area, error = read_number(row, AREA, (SMALLEST_AREA, LARGEST_AREA), places=2)
    if error is not None:
        errors.append(error)
    if len(row[OWNER]) > 60:
        errors.append(SheetError("too_long", row.number, OWNER, {"most": 60}))
    phone = row[PHONE].strip()
    if phone and (not _PHONE.fullmatch(phone) or not 5 <= len(re.sub(r"\D", "", phone)) <= 20):
        # A telephone number does not stand in messages, so the cell is named but not shown.
        errors.append(SheetError("not_a_phone", row.number, PHONE))
    if len(errors) > before or building is None:
        return None
    return _Home(row.number, (building.id, unit_id, room), floor, area, row[OWNER].strip(), phone)


def _check_building(row: SheetRow, book: _AddressBook, errors: list[SheetError]) -> Building | None:
    code, written = plain(row[CODE]), row[BUILDING]
    if not written:
        errors.append(SheetError("missing", row.number, BUILDING))
    if not code:
        errors.append(SheetError("missing", row.number, CODE))
        return None
    community = book.communities.get(code.upper())
    if community is None:
        errors.append(SheetError("unknown_community", row.number, CODE, {"value": row[CODE]}))
        return None
    if code.upper() in book.demo_codes:
        errors.append(SheetError("demo_community", row.number, CODE, {"code": community.code}))
        return None
    if not written:
        return None
    building = book.find_building(community, written)
    if building is None:
        facts = {"value": written, "code": community.code}
        errors.append(SheetError("unknown_building", row.number, BUILDING, facts))
    return building


def _check_unit(row: SheetRow, building: Building, book: _AddressBook, errors: list[SheetError]) -> int | None:
    count = building.unit_count or 0
    code = unit_code(row[UNIT]) if row[UNIT] else ""
    if not code:
        if count == 1:
            return book.units.get((building.id, "1"))
        if count > 1:
            errors.append(SheetError("unit_needed", row.number, UNIT, {"building": building.name, "count": count}))
        return None
    known = book.units.get((building.id, code.upper()))
    if known is not None:
        return known
    if count:
        facts = {"value": row[UNIT], "building": building.name, "count": count}
        errors.append(SheetError("unknown_unit", row.number, UNIT, facts))
        return None
    if len(code) > 32:
        errors.append(SheetError("too_long", row.number, UNIT, {"most": 32}))
        return None
    return book.make_unit(building, code)


def _check_floor(row: SheetRow, room: str, building: Building | None, errors: list[SheetError]) -> str | None:
    storeys = building.storeys if building is not None else None
    if not row[FLOOR]:
        floor = floor_of_room(room)
        return floor if floor is not None and (storeys is None or int(floor) <= storeys) else None
    floor = floor_code(row[FLOOR])
    if floor is None:
        errors.append(SheetError("not_a_floor", row.number, FLOOR, {"value": row[FLOOR]}))
    elif building is not None and storeys is not None and int(floor) > storeys:
        facts = {"value": row[FLOOR], "building": building.name, "count": storeys}
        errors.append(SheetError("floor_too_high", row.number, FLOOR, facts))
    return floor


def _write(
    session: Session, homes: Sequence[_Home], book: _AddressBook, vault: Vault, result: ImportResult, *, is_demo: bool
) -> None:
    held = _held(session, book.by_id)
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for home in homes:
        building_id, unit_id, room = home.key
        known = held.get((building_id, unit_id, room.upper()))
        if known is None:
            values: dict[str, Any] = {
                "building_id": building_id,
                "unit_id": unit_id,
                "room": room,
                "floor": home.floor,
                "area": home.area,
                "owner_name": vault.seal(home.owner),
                "owner_phone": vault.seal(home.phone),
                "phone_index": vault.index(home.phone),
                "is_demo": is_demo,
            }
            new.append(values)
            continue
        changes = _changes(known, home, vault)
        if changes:
            changed.append({"id": known.id} | changes)
        else:
            result.unchanged += 1
    for part in _parts(new):
        session.execute(insert(Household), part)
    # Each row may change other columns, so they are not one statement; changes are few beside a whole sheet.
    for values in changed:
        session.execute(update(Household).where(Household.id == values.pop("id")).values(**values))
    result.created, result.updated = len(new), len(changed)


def _held(session: Session, building_ids: Iterable[int]) -> dict[tuple[int, int | None, str], Any]:
    held: dict[tuple[int, int | None, str], Any] = {}
    columns = (
        Household.id,
        Household.building_id,
        Household.unit_id,
        Household.room,
        Household.floor,
        Household.area,
        Household.owner_name,
        Household.owner_phone,
        Household.phone_index,
    )
    for part in _parts(list(building_ids), 500):
        for row in session.execute(select(*columns).where(Household.building_id.in_(part))):
            held[row.building_id, row.unit_id, row.room.upper()] = row
    return held


def _changes(known: Any, home: _Home, vault: Vault) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if home.floor is not None and home.floor != known.floor:
        changes["floor"] = home.floor
    if home.area is not None and home.area != known.area:
        changes["area"] = home.area
    if home.owner and home.owner != vault.open(known.owner_name):
        changes["owner_name"] = vault.seal(home.owner)
    if home.phone and (home.phone != vault.open(known.owner_phone) or known.phone_index is None):
        changes |= {"owner_phone": vault.seal(home.phone), "phone_index": vault.index(home.phone)}
    return changes


def _parts(values: list[Any], size: int = _AT_ONCE) -> Iterable[list[Any]]:
    return (values[start : start + size] for start in range(0, len(values), size))
