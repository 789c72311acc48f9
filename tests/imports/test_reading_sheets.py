"""Sheets are read as the office sees them, or the office is told where they are wrong."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date

import pytest
from openpyxl import Workbook

from services.imports import BUILDING_COLUMNS
from services.sheets import Sheet, SheetUnreadable, read_sheet
from tests.factories.sheets import BUILDING_HEADER, building_row, csv_text, xlsx


def read(data: bytes) -> Sheet:
    return read_sheet(data, BUILDING_COLUMNS)


def reason_of(data: bytes) -> str:
    with pytest.raises(SheetUnreadable) as caught:
        read(data)
    return caught.value.reason


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_reads_the_same_in_every_encoding_offices_use(encoding: str) -> None:
    data = csv_text([BUILDING_HEADER, building_row("三幢", 别名="老百货宿舍；红楼")]).encode(encoding)
    (row,) = read(data).rows
    assert (row.number, row["小区"], row["楼栋"], row["别名"]) == (2, "老百货小区", "三幢", "老百货宿舍；红楼")


def test_a_workbook_reads_the_same_as_its_csv() -> None:
    rows = [BUILDING_HEADER, building_row("1栋"), building_row("2栋", 建筑面积=4000)]
    assert read(xlsx(rows)).rows == read(csv_text(rows).encode()).rows


def test_the_header_is_found_under_a_title_and_in_other_spellings() -> None:
    header = ["小区 编码", "小区名称", "楼　栋", "建筑面积（平方米）", "单元数\n(个)", "建成 年份*"]
    sheet = read(xlsx([["2026年老旧小区楼栋表"], [], header, ["LY-01", "老百货小区", "3栋", 3520.5, 3, 1996]]))
    (row,) = sheet.rows
    assert row.number == 4
    assert (row["建筑面积(㎡)"], row["单元数"], row["建成年份"]) == ("3520.5", "3", "1996")


def test_an_area_in_another_unit_is_not_taken_for_square_metres() -> None:
    header = [*BUILDING_HEADER[:-1], "建筑面积(万㎡)"]
    assert "建筑面积(㎡)" not in read(xlsx([header, building_row()])).columns


def test_empty_rows_are_passed_over_and_do_not_move_the_row_numbers() -> None:
    sheet = read(xlsx([BUILDING_HEADER, [], building_row("1栋"), [], building_row("2栋")]))
    assert [row.number for row in sheet.rows] == [3, 5]


def test_a_merged_community_cell_holds_for_each_of_its_rows() -> None:
    rows = [BUILDING_HEADER, building_row("1栋"), building_row("2栋", 小区编码=None, 小区=None)]
    rows.append(building_row("3栋", 小区编码=None, 小区=None))

    def merge(page: object) -> None:
        page.merge_cells("A2:A4")  # type: ignore[attr-defined]  # a worksheet
        page.merge_cells("B2:B4")  # type: ignore[attr-defined]

    sheet = read(xlsx(rows, merge))
    assert not sheet.errors
    assert [(row["小区编码"], row["小区"]) for row in sheet.rows] == [("LY-01", "老百货小区")] * 3


def test_a_merged_area_is_an_error_that_names_the_range() -> None:
    rows = [BUILDING_HEADER, building_row("1栋", 建筑面积=7000), building_row("2栋", 建筑面积=None)]
    sheet = read(xlsx(rows, lambda page: page.merge_cells("I2:I3")))
    (error,) = sheet.errors
    assert (error.reason, error.row, error.column, error.facts["range"]) == ("merged", 2, "建筑面积(㎡)", "I2:I3")


def test_a_merged_title_above_the_header_does_no_harm() -> None:
    sheet = read(xlsx([["楼栋表"], BUILDING_HEADER, building_row()], lambda page: page.merge_cells("A1:I1")))
    assert (len(sheet.rows), len(sheet.errors)) == (1, 0)


def test_a_formula_that_was_never_computed_is_an_error_at_its_cell() -> None:
    sheet = read(xlsx([BUILDING_HEADER, building_row("1栋"), building_row("2栋", 建筑面积="=I2*2")]))
    (error,) = sheet.errors
    assert (error.reason, error.row, error.column) == ("formula_without_value", 3, "建筑面积(㎡)")


def test_a_formula_with_a_value_counts_as_its_value() -> None:
    data = xlsx([BUILDING_HEADER, building_row("1栋", 建筑面积="=1200+300")])
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(changed, "w") as new:
        for entry in old.infolist():
            # As a spreadsheet program writes it: the formula with the value it had when saved.
            content = re.sub(rb"(<f>1200\+300</f>)<v ?/?>(?:</v>)?", rb"\1<v>1500</v>", old.read(entry))
            new.writestr(entry, content)
    sheet = read(changed.getvalue())
    assert not sheet.errors
    assert sheet.rows[0]["建筑面积(㎡)"] == "1500"


def test_a_building_that_became_a_date_is_an_error_and_not_a_building() -> None:
    sheet = read(xlsx([BUILDING_HEADER, building_row("x", 楼栋=date(2026, 3, 1))]))
    assert [(error.reason, error.row, error.column) for error in sheet.errors] == [("is_date", 2, "楼栋")]


def test_a_hidden_page_is_not_read() -> None:
    book = Workbook()
    hidden = book.active
    assert hidden is not None
    hidden.append(BUILDING_HEADER)
    hidden.append(building_row("9栋"))
    shown = book.create_sheet("楼栋")
    shown.append(BUILDING_HEADER)
    shown.append(building_row("1栋"))
    hidden.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    assert [row["楼栋"] for row in read(out.getvalue()).rows] == ["1栋"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty_file"),
        (b"  \r\n ", "empty_file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"PK\x03\x04 torn off", "not_a_sheet"),
        (b"\xff\xd8\xff\xe0 a photo", "encoding"),
        ("小区编码\0,小区,楼栋".encode(), "not_a_sheet"),
    ],
)
def test_what_is_no_sheet_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    assert reason_of(data) == reason


def test_a_document_that_is_no_workbook_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert reason_of(out.getvalue()) == "not_a_sheet"


def test_a_sheet_without_the_columns_says_which_are_missing() -> None:
    with pytest.raises(SheetUnreadable) as caught:
        read(csv_text([["小区编码", "楼栋"], ["LY-01", "3栋"]]).encode())
    assert (caught.value.reason, caught.value.facts["missing"]) == ("no_header", ["小区"])


def test_a_header_without_rows_is_an_error() -> None:
    assert [error.reason for error in read(xlsx([BUILDING_HEADER])).errors] == ["no_rows"]
