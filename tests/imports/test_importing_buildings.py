"""A building sheet comes in whole or not at all, and coming in twice changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from models import Building, Community, County, Database, Place, PlaceKind, Unit
from services.imports import BUILDING_COLUMNS, ImportResult, import_buildings
from services.places import gazetteer_of
from services.sheets import read_sheet
from tests.factories.sheets import BUILDING_HEADER, building_row, xlsx

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
WITH_PLACES = (*BUILDING_HEADER, "县", "街道", "社区", "片区")


def take_in(database: Database, rows: Sequence[Sequence[Any]], header: Sequence[str] = BUILDING_HEADER) -> ImportResult:
    sheet = read_sheet(xlsx([header, *rows]), BUILDING_COLUMNS)
    assert not sheet.errors
    with database.transaction() as session:
        return import_buildings(session, sheet.rows, NOW)


def buildings(database: Database) -> list[Building]:
    with database.transaction() as session:
        query = select(Building).order_by(Building.community_id, Building.sort_key)
        return list(session.scalars(query.options(selectinload(Building.units), selectinload(Building.aliases))))


def found(result: ImportResult) -> list[tuple[str, int | None, str | None]]:
    return [(error.reason, error.row, error.column) for error in result.errors]


def test_a_building_keeps_its_writing_and_gets_a_bare_code_and_its_units(database: Database) -> None:
    result = take_in(database, [building_row("三幢", 别名="老百货宿舍; 红楼；", 单元数=4)])
    (building,) = buildings(database)
    assert (result.created, result.communities_created) == (1, 1)
    assert (building.code, building.name, building.floor_area) == ("3", "三幢", Decimal("3520.50"))
    assert [unit.code for unit in building.units] == ["1", "2", "3", "4"]
    assert {alias.alias for alias in building.aliases} == {"老百货宿舍", "红楼"}


@pytest.mark.parametrize(
    ("written", "code"),
    [("3栋", "3"), ("三幢", "3"), ("第3号楼", "3"), ("03", "3"), ("B7栋", "B7"), ("b7", "B7"), ("乙栋", "乙"),
     ("十二栋", "12"), ("3#楼", "3"), ("老办公楼", "老办公楼"), ("３号", "3"), ("A座", "A")],
)  # fmt: skip
def test_whatever_the_sheet_writes_the_code_is_bare(database: Database, written: str, code: str) -> None:
    take_in(database, [building_row(written)])
    assert [building.code for building in buildings(database)] == [code]


def test_a_repeated_import_changes_nothing(database: Database) -> None:
    rows = [
        building_row("1栋", 别名="红楼"),
        building_row("2栋", 单元数=None),
        building_row("乙栋", 建筑面积="1,234.56㎡"),
    ]
    take_in(database, rows)
    with database.transaction() as session:
        before = {
            table.name: session.scalar(select(func.count()).select_from(table))
            for table in (Place.__table__, Community.__table__, Building.__table__, Unit.__table__)
        }
    again = take_in(database, rows)
    with database.transaction() as session:
        after = {
            table.name: session.scalar(select(func.count()).select_from(table))
            for table in (Place.__table__, Community.__table__, Building.__table__, Unit.__table__)
        }
    assert (again.created, again.updated, again.unchanged, again.communities_updated) == (0, 0, 3, 0)
    assert before == after


def test_a_second_sheet_changes_figures_adds_and_never_deletes(database: Database) -> None:
    take_in(database, [building_row("1栋", 别名="红楼", 单元数=3), building_row("2栋")])
    result = take_in(database, [building_row("一幢", 单元数=4, 层数=None, 建筑面积=4000), building_row("5栋")])
    held = {building.code: building for building in buildings(database)}
    assert (result.created, result.updated) == (1, 1)
    assert set(held) == {"1", "2", "5"}
    assert (held["1"].floor_area, held["1"].storeys, len(held["1"].units)) == (Decimal(4000), 6, 4)
    assert [alias.alias for alias in held["1"].aliases] == ["红楼"]


def test_every_error_is_named_by_row_and_column_and_nothing_is_imported(database: Database) -> None:
    rows: list[list[Any]] = [building_row(f"{number}栋") for number in range(1, 100)]
    rows[4] = building_row("5栋", 建筑面积="abc")
    rows[17] = building_row("18栋", 建筑面积=-3)
    rows[30] = building_row("31栋", 建筑面积=1e9)
    rows[41] = building_row("四十一栋")
    rows[55] = building_row("", 层数="六层半")
    rows[70] = building_row("71栋", 小区="另一个小区")
    rows[98] = building_row("99栋", 单元数="2.5", 建成年份=96)
    result = take_in(database, rows)
    assert found(result) == [
        ("not_a_number", 6, "建筑面积(㎡)"),
        ("out_of_range", 19, "建筑面积(㎡)"),
        ("out_of_range", 32, "建筑面积(㎡)"),
        ("duplicate_building", 43, "楼栋"),
        ("missing", 57, "楼栋"),
        ("not_a_number", 57, "层数"),
        ("contradicts", 72, "小区"),
        ("not_whole", 100, "单元数"),
        ("out_of_range", 100, "建成年份"),
    ]
    assert result.errors[3].facts["other_row"] == 42
    assert buildings(database) == []


def test_the_same_building_in_two_writings_is_a_duplicate(database: Database) -> None:
    assert found(take_in(database, [building_row("3栋"), building_row("三幢")])) == [("duplicate_building", 3, "楼栋")]


def test_a_name_for_two_buildings_is_an_error(database: Database) -> None:
    rows = [building_row("1栋", 别名="红楼"), building_row("2栋", 别名="红楼"), building_row("3栋", 别名="1号楼")]
    assert found(take_in(database, rows)) == [("name_of_two", 3, "别名"), ("name_of_two", 4, "别名")]
    take_in(database, rows[:1])
    assert found(take_in(database, [building_row("4栋", 别名="红楼")])) == [("name_of_two", 2, "别名")]


def test_nan_and_infinity_are_not_areas(database: Database) -> None:
    rows = [
        building_row("1栋", 建筑面积="NaN"),
        building_row("2栋", 建筑面积="Infinity"),
        building_row("3栋", 建筑面积="0"),
    ]
    assert [reason for reason, _, _ in found(take_in(database, rows))] == [
        "not_a_number",
        "not_a_number",
        "out_of_range",
    ]


def test_a_sheet_with_places_makes_the_whole_tree(database: Database) -> None:
    take_in(database, [[*building_row("1栋"), "安陵县", "城南街道", "银都社区", "老百货片区"]], WITH_PLACES)
    with database.transaction() as session:
        community = session.scalars(select(Community)).one()
        county = session.get_one(County, community.county_id)
        nodes = {place.kind: place for place in session.scalars(select(Place))}
    assert (county.letters, nodes[PlaceKind.COUNTY].name) == ("LY", "安陵县")
    ids = [nodes[kind].id for kind in PlaceKind]
    assert nodes[PlaceKind.COMMUNITY].path == "/" + "".join(f"{place_id}/" for place_id in ids)


def test_a_sheet_without_a_county_goes_into_one_of_its_own(database: Database) -> None:
    take_in(database, [building_row("1栋")])
    with database.transaction() as session:
        assert session.scalars(select(County.letters)).all() == ["LL"]


def test_county_letters_come_from_the_name_when_the_code_gives_none(database: Database) -> None:
    rows = [
        [*building_row("1栋", 小区编码="431023001", 小区="甲小区"), "永兴县", "", "", ""],
        [*building_row("1栋", 小区编码="431024001", 小区="乙小区"), "宜兴市", "", "", ""],
        [*building_row("1栋", 小区编码="YX-03", 小区="丙小区"), "岳西县", "", "", ""],
    ]
    take_in(database, rows, WITH_PLACES)
    with database.transaction() as session:
        letters = {county.place.name: county.letters for county in session.scalars(select(County))}
    assert letters["永兴县"] == "YX"
    assert len(set(letters.values())) == 3
    assert all(value.isalpha() and 1 <= len(value) <= 4 for value in letters.values())


def test_a_community_that_gets_its_county_later_moves_there(database: Database) -> None:
    take_in(database, [building_row("1栋")])
    result = take_in(database, [[*building_row("1栋"), "安陵县", "城南街道", "", ""]], WITH_PLACES)
    with database.transaction() as session:
        community = session.scalars(select(Community)).one()
        street = session.scalars(select(Place).where(Place.kind == PlaceKind.SUBDISTRICT)).one()
        path = session.get_one(Place, community.place_id).path
        letters = session.get_one(County, community.county_id).letters
    assert (result.communities_updated, letters) == (1, "LY")
    assert path.startswith(street.path)


def test_two_communities_of_one_name_in_one_place_are_refused_whole(database: Database) -> None:
    rows = [building_row("1栋"), building_row("1栋", 小区编码="LY-02")]
    assert found(take_in(database, rows)) == [("name_taken", 3, "小区")]
    assert buildings(database) == []


def test_residents_find_a_building_by_the_name_of_the_sheet(database: Database) -> None:
    take_in(database, [building_row("三幢", 别名="老百货宿舍")])
    with database.transaction() as session:
        gazetteer = gazetteer_of(session, session.scalars(select(Community)).one())
    assert [(building.code, set(building.names)) for building in gazetteer.buildings] == [("3", {"三幢", "老百货宿舍"})]
