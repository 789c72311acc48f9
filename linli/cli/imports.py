"""``linli import`` and ``linli template``: an office's own building and household sheets, all of one or nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from services.imports import ImportResult
    from services.sheets import Column, SheetError, SheetRow

FILE = click.Path(path_type=Path, dir_okay=False)

UNREADABLE = {
    "empty_file": "the file is empty",
    "too_big": "the file is too large; split it",
    "old_excel": "this is an old Excel file (.xls); save it as .xlsx or .csv",
    "password": "the workbook is protected by a password; save it without one",
    "not_a_sheet": "this is not an .xlsx workbook or a .csv table",
    "encoding": "the table is neither UTF-8 nor GB18030 text; save it as “CSV UTF-8”",
    "no_header": "no row among the first fifteen holds the columns this import needs; missing: {missing}",
}

WRONG = {
    "missing": "must be filled in",
    "bad_code": "“{value}” is not a code; letters, digits, - and _ only, at most 32",
    "too_long": "is longer than {most} characters",
    "contradicts": "“{value}”, but row {other_row} says “{other}” for the same community {code}",
    "duplicate_building": "“{value}” stands twice in {code}: row {other_row} is the same building (“{other}”)",
    "name_of_two": "“{value}” would name two buildings (also “{other}”{in_row})",
    "name_taken": "“{value}” is already the name of {other} in the same place; tell them apart by 街道, 社区 or 片区",
    "demo_community": "{code} belongs to the demo; run “linli demo remove” first",
    "county_fixed": "{code} has complaints numbered in {other}, so its county cannot change",
    "not_a_number": "“{value}” is not a number",
    "not_whole": "“{value}” is not a whole number",
    "out_of_range": "“{value}” is not between {least} and {most}",
    "merged": "the cells {range} are merged; unmerge them and fill in each row",
    "is_date": "the spreadsheet has turned this into a date; format the column as text and type it again",
    "formula_error": "the formula gives an error",
    "formula_without_value": "the formula has no value yet; open the file, let it calculate, and save it",
    "not_text": "holds TRUE or FALSE",
    "no_rows": "there are no rows under the header",
    "unknown_community": "there is no community {value}; import its buildings first",
    "unknown_building": "{code} has no building “{value}”; import its buildings first",
    "unknown_unit": "{building} has no unit “{value}”; the building sheet says {count}",
    "unit_needed": "must be filled in, since {building} has {count} units",
    "duplicate_home": "the same home stands in row {other_row}",
    "not_a_floor": "“{value}” is not a floor",
    "floor_too_high": "“{value}” is above the top of {building}, which has {count} storeys",
    "not_a_phone": "is not a telephone number",
}


@click.group()
def import_() -> None:
    """Take in building and household sheets (.xlsx or .csv). Nothing is half-imported, nothing is deleted."""


@import_.command("buildings")
@click.argument("file", type=FILE)
def import_buildings_file(file: Path) -> None:
    """Take in FILE: communities and their buildings."""
    from services.imports import BUILDING_COLUMNS, import_buildings

    _run(
        file,
        BUILDING_COLUMNS,
        "building",
        lambda session, rows, house: import_buildings(session, rows, house.clock.now()),
    )


@import_.command("households")
@click.argument("file", type=FILE)
def import_households_file(file: Path) -> None:
    """Take in FILE: homes of buildings that have been imported."""
    from services.household_imports import HOUSEHOLD_COLUMNS, import_households

    _run(file, HOUSEHOLD_COLUMNS, "home", lambda session, rows, house: import_households(session, rows, house.vault))


@click.group()
def template() -> None:
    """Write an empty sheet to fill in."""


@template.command("buildings")
@click.option("-o", "--output", type=FILE, required=True, help="The .xlsx file to write.")
def buildings_template(output: Path) -> None:
    """An empty building sheet; its second page explains each column."""
    from linli.sheet_templates import BUILDINGS

    _write(output, BUILDINGS)


@template.command("households")
@click.option("-o", "--output", type=FILE, required=True, help="The .xlsx file to write.")
def households_template(output: Path) -> None:
    """An empty household sheet; its second page explains each column."""
    from linli.sheet_templates import HOUSEHOLDS

    _write(output, HOUSEHOLDS)


def _write(output: Path, columns: Sequence[tuple[str, int, str, str]]) -> None:
    from linli.sheet_templates import template_bytes

    try:
        output.write_bytes(template_bytes(columns))
    except OSError as error:
        _stop(f"{output} cannot be written: {error.strerror}.")
    click.echo(f"{output} is ready to be filled in.", err=True)


def _run(file: Path, columns: Sequence[Column], thing: str, take: Callable[..., ImportResult]) -> None:
    from linli import migrate
    from linli.bootstrap import build
    from services.sheets import SheetUnreadable, read_sheet

    try:
        sheet = read_sheet(file.read_bytes(), columns)
    except OSError as error:
        _stop(f"{file} cannot be read: {error.strerror}.")
    except SheetUnreadable as problem:
        missing = problem.facts.get("missing", ())
        names = "、".join(missing) if isinstance(missing, list) else ""
        _stop(f"{file}: {UNREADABLE[problem.reason].format(missing=names)}.")
    house = build()
    try:
        if not migrate.is_current(house.database):
            migrate.upgrade(house.database)
        result = _take_in(house.database, sheet.rows, sheet.errors, lambda session, rows: take(session, rows, house))
    finally:
        house.database.close()
    if result.errors:
        for problem_found in result.errors:
            click.echo(sentence(problem_found), err=True)
        count = len(result.errors)
        _stop(f"Nothing was imported: {count} {'error' if count == 1 else 'errors'} in {file}.")
    _say_result(result, thing)


class _Refused(Exception):
    """The sheet has errors: the transaction is rolled back."""


def _take_in(
    database: object,
    rows: Sequence[SheetRow],
    errors: Sequence[SheetError],
    take: Callable[..., ImportResult],
) -> ImportResult:
    """All of the sheet in one transaction; what could not be read is reported together with what is wrong."""
    from models import Database

    assert isinstance(database, Database)
    try:
        with database.transaction() as session:
            result = take(session, rows)
            if errors:
                known = {(error.row, error.column) for error in errors}
                # An unreadable cell reads as empty; that it then is missing is the same finding twice.
                more = [error for error in result.errors if (error.row, error.column) not in known]
                result.errors = sorted([*errors, *more], key=lambda error: error.row or 0)
            if result.errors:
                raise _Refused
    except _Refused:
        pass
    return result


def sentence(error: SheetError) -> str:
    """One line: row, column, and what is wrong there."""
    facts = dict(error.facts)
    facts["in_row"] = f" in row {facts['other_row']}" if facts.get("other_row") else ""
    for name, value in facts.items():
        if isinstance(value, str) and len(value) > 60:
            facts[name] = value[:60] + "…"
    where = f"row {error.row}, " if error.row else ""
    where += f"column {error.column}: " if error.column else ""
    return f"{where}{WRONG[error.reason].format(**facts)}"


def _say_result(result: ImportResult, thing: str) -> None:
    total = result.created + result.updated + result.unchanged
    parts = [f"{result.created:,} new", f"{result.updated:,} changed", f"{result.unchanged:,} as they were"]
    click.echo(f"{total:,} {thing}{'' if total == 1 else 's'}: {', '.join(parts)}.", err=True)
    if result.communities_created or result.communities_updated:
        click.echo(
            f"Communities: {result.communities_created:,} new, {result.communities_updated:,} changed.", err=True
        )


def _stop(message: str) -> NoReturn:
    click.echo(f"linli: {message}", err=True)
    sys.exit(1)
