"""``linli import`` and ``linli template`` as an office uses them, in a folder that holds nothing yet."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook

from linli.cli import cli
from models import Building, open_database
from settings import load_settings
from tests.factories.sheets import (
    BUILDING_HEADER,
    HOUSEHOLD_HEADER,
    building_row,
    csv_text,
    household_row,
    written,
    xlsx,
)


def linli(data: Path, *arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(cli, arguments, input=stdin, env={"LINLI_DATA_DIR": str(data)}, catch_exceptions=False)


def count_buildings(data: Path) -> int:
    database = open_database(load_settings({"LINLI_DATA_DIR": str(data)}))
    try:
        with database.reader() as session:
            return session.query(Building).count()
    finally:
        database.close()


def test_an_office_imports_into_an_empty_folder_and_again_without_change(tmp_path: Path) -> None:
    data = tmp_path / "data"
    sheet = written(tmp_path / "楼栋.csv", csv_text([BUILDING_HEADER, building_row("3栋")]).encode("gb18030"))
    first = linli(data, "import", "buildings", str(sheet))
    assert (first.exit_code, first.stdout) == (0, "")
    assert "1 new" in first.stderr
    assert "1 as they were" in linli(data, "import", "buildings", str(sheet)).stderr
    homes = written(tmp_path / "住户.xlsx", xlsx([HOUSEHOLD_HEADER, household_row("501")]))
    assert "1 home: 1 new" in linli(data, "import", "households", str(homes)).stderr


def test_errors_are_listed_by_row_and_column_and_end_with_1(tmp_path: Path) -> None:
    rows = [BUILDING_HEADER, building_row("1栋"), building_row("2栋", 建筑面积="abc"), building_row("一幢")]
    merged = written(tmp_path / "merged.xlsx", xlsx(rows, lambda page: page.merge_cells("F2:G2")))
    result = linli(tmp_path / "data", "import", "buildings", str(merged))
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    assert lines[0].startswith("row 2, column 层数: the cells F2:G2 are merged")
    assert lines[1].startswith("row 3, column 建筑面积(㎡): “abc” is not a number")
    assert lines[2].startswith("row 4, column 楼栋: “一幢” stands twice")
    assert "Nothing was imported" in lines[3]
    assert count_buildings(tmp_path / "data") == 0


@pytest.mark.parametrize(
    ("name", "content"), [("empty.xlsx", b""), ("photo.xlsx", b"\xff\xd8\xff\xe0"), ("no.csv", None)]
)
def test_a_file_that_is_no_sheet_is_one_plain_sentence(tmp_path: Path, name: str, content: bytes | None) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    result = linli(tmp_path / "data", "import", "buildings", str(path))
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("kind", ["buildings", "households"])
def test_a_template_filled_in_is_imported_and_its_example_never(tmp_path: Path, kind: str) -> None:
    data, path = tmp_path / "data", tmp_path / f"{kind}.xlsx"
    assert linli(data, "template", kind, "-o", str(path)).exit_code == 0
    untouched = linli(data, "import", kind, str(path))
    assert untouched.exit_code == 1
    assert "no rows under the header" in untouched.stderr
    if kind == "households":
        sheet = written(tmp_path / "b.xlsx", xlsx([BUILDING_HEADER, building_row("3栋")]))
        linli(data, "import", "buildings", str(sheet))
    book = load_workbook(path)
    row = building_row("3栋") if kind == "buildings" else household_row("501")
    for position, value in enumerate(row, start=1):
        book.worksheets[0].cell(row=2, column=position, value=value)
    book.save(path)
    assert "1 new" in linli(data, "import", kind, str(path)).stderr
