"""A household sheet fills the buildings that are there; names and telephone numbers are never stored in clear."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from linli.bootstrap import Container
from models import Building, Household, Unit
from services.household_imports import HOUSEHOLD_COLUMNS, import_households
from services.imports import BUILDING_COLUMNS, ImportResult, import_buildings
from services.sheets import read_sheet
from tests.factories.sheets import BUILDING_HEADER, HOUSEHOLD_HEADER, building_row, household_row, xlsx

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.fixture
def office(house: Container) -> Container:
    """An office that has imported buildings 3 (three units), 4 (one unit) and 5 (units not told)."""
    rows = [building_row("3栋", 别名="红楼"), building_row("四幢", 单元数=1), building_row("5栋", 单元数=None)]
    with house.database.transaction() as session:
        sheet = read_sheet(xlsx([BUILDING_HEADER, *rows]), BUILDING_COLUMNS)
        assert not import_buildings(session, sheet.rows, NOW).errors
    return house


def take_in(house: Container, rows: Sequence[Sequence[Any]]) -> ImportResult:
    sheet = read_sheet(xlsx([HOUSEHOLD_HEADER, *rows]), HOUSEHOLD_COLUMNS)
    assert not sheet.errors
    with house.database.transaction() as session:
        return import_households(session, sheet.rows, house.vault)


def homes(house: Container) -> list[tuple[str, str | None, str, str | None, Decimal | None]]:
    with house.database.transaction() as session:
        query = (
            select(Building.code, Unit.code, Household.room, Household.floor, Household.area)
            .join(Building, Building.id == Household.building_id)
            .outerjoin(Unit, Unit.id == Household.unit_id)
            .order_by(Household.id)
        )
        return [tuple(row) for row in session.execute(query)]  # type: ignore[misc]  # five columns


def test_homes_are_put_under_their_building_and_unit(office: Container) -> None:
    rows = [
        household_row("501室", 单元="二单元"),
        household_row("602", 楼栋="红楼", 单元="3", 层=None),
        household_row("101", 楼栋="4栋", 单元=None, 层="一楼", 面积=None),
        household_row("201", 楼栋="5", 单元="1", 层=None),
    ]
    assert take_in(office, rows).created == 4
    assert homes(office) == [
        ("3", "2", "501", "5", Decimal("86.50")),
        ("3", "3", "602", "6", Decimal("86.50")),
        ("4", "1", "101", "1", None),
        ("5", "1", "201", "2", Decimal("86.50")),
    ]


def test_names_and_telephones_are_kept_encrypted(office: Container) -> None:
    take_in(office, [household_row(户主="欧阳测试", 电话="0735-000 0137")])
    with office.database.transaction() as session:
        home = session.scalars(select(Household)).one()
    kept = f"{home.owner_name} {home.owner_phone} {home.phone_index}"
    assert "欧阳" not in kept
    assert "0137" not in kept.replace(home.phone_index or "", "")
    assert office.vault.open(home.owner_name) == "欧阳测试"
    assert home.phone_index == office.vault.index("07350000137")


def test_a_repeated_household_import_changes_nothing(office: Container) -> None:
    rows = [household_row("501"), household_row("502", 户主=None, 电话=None)]
    take_in(office, rows)
    again = take_in(office, rows)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)


def test_a_changed_owner_is_taken_over_and_an_empty_cell_changes_nothing(office: Container) -> None:
    take_in(office, [household_row("501", 户主="张三")])
    result = take_in(office, [household_row("501", 户主="李四", 电话=None, 面积=None)])
    with office.database.transaction() as session:
        home = session.scalars(select(Household)).one()
    assert result.updated == 1
    assert (office.vault.open(home.owner_name), home.area) == ("李四", Decimal("86.50"))
    assert office.vault.open(home.owner_phone) == "0735-000 0137"


def test_every_wrong_home_is_named_and_none_is_imported(office: Container) -> None:
    rows = [
        household_row("501"),
        household_row("501", 单元="2单元"),
        household_row("502", 小区编码="LY-99"),
        household_row("502", 楼栋="99栋"),
        household_row("502", 单元="4"),
        household_row("502", 单元=None),
        household_row("502", 层="九"),
        household_row("503", 层="楼上"),
        household_row("504", 面积="abc"),
        household_row("505", 电话="不知道"),
        household_row("", 单元="1"),
    ]
    result = take_in(office, rows)
    assert [(error.reason, error.row, error.column) for error in result.errors] == [
        ("duplicate_home", 3, "房号"),
        ("unknown_community", 4, "小区编码"),
        ("unknown_building", 5, "楼栋"),
        ("unknown_unit", 6, "单元"),
        ("unit_needed", 7, "单元"),
        ("floor_too_high", 8, "层"),
        ("not_a_floor", 9, "层"),
        ("not_a_number", 10, "面积(㎡)"),
        ("not_a_phone", 11, "电话"),
        ("missing", 12, "房号"),
    ]
    assert homes(office) == []


def test_a_refused_sheet_leaves_no_unit_behind(office: Container) -> None:
    take_in(office, [household_row("201", 楼栋="5栋", 单元="7"), household_row("202", 面积=-1)])
    with office.database.transaction() as session:
        building = session.scalars(select(Building).where(Building.code == "5")).one()
        assert session.scalars(select(Unit).where(Unit.building_id == building.id)).all() == []
