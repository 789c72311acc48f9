"""Reads the spreadsheets an office already has (xlsx, csv) into rows of named columns, or says where they are wrong."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from services.workbooks import Grid, SheetUnreadable, read_workbook

__all__ = ["Column", "Sheet", "SheetError", "SheetRow", "SheetUnreadable", "read_sheet"]

HEADER_WITHIN = 15
"""A title or a note may stand above the header; it is looked for in so many rows."""
LARGEST_FILE = 200 * 1024 * 1024
_UNITS = frozenset({"m2", "平方米", "平米", "个", "层", "户", "年", "栋", "必填", "选填", "可不填"})
_ERROR_VALUES = re.compile(r"#(?:REF!|N/A|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!)")


@dataclass(frozen=True, slots=True)
class Column:
    """A column by the name it is documented under.

    ``fills_down`` says that a cell merged over several rows holds for each of them; a merged cell elsewhere is an
    error, since nobody can know how it is to be divided.
    """

    name: str
    other_names: tuple[str, ...] = ()
    is_required: bool = False
    fills_down: bool = False


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: its number as the spreadsheet shows it, and its cells as text ("" where empty) by column name."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class SheetError:
    """What is wrong where. ``reason`` is a code, ``facts`` fill its sentence; row and column are None for the whole."""

    reason: str
    row: int | None = None
    column: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows that hold anything, and what could not be read. Rows with an unreadable cell have "" there."""

    rows: Sequence[SheetRow]
    errors: Sequence[SheetError]
    columns: frozenset[str] = frozenset()


def read_sheet(data: bytes, columns: Sequence[Column]) -> Sheet:
    """Rows of an xlsx workbook's first sheet that has these columns, or of a csv (UTF-8, UTF-16 or GB18030).

    Raises SheetUnreadable with a reason code: empty_file, too_big, old_excel, password, not_a_sheet, encoding,
    no_header (facts ``missing``).
    """
    if not data.strip():
        raise SheetUnreadable("empty_file")
    if len(data) > LARGEST_FILE:
        raise SheetUnreadable("too_big")
    grids = read_workbook(data) if _is_container(data) else iter([_read_csv(data)])
    missing: list[str] | None = None
    for grid in grids:
        head: list[tuple[int, tuple[Any, ...]]] = []
        rows = iter(grid.rows)
        for number, cells in rows:
            head.append((number, cells))
            found, absent = _match_header(cells, columns)
            if found and not absent:
                return _read_rows(grid, number, found, rows, columns)
            if found and (missing is None or len(absent) < len(missing)):
                missing = absent
            if len(head) >= HEADER_WITHIN:
                break
    raise SheetUnreadable("no_header", missing=missing or [column.name for column in columns if column.is_required])


def _is_container(data: bytes) -> bool:
    return data.startswith((b"PK", b"\xd0\xcf\x11\xe0"))


def _match_header(cells: Sequence[Any], columns: Sequence[Column]) -> tuple[dict[int, Column], list[str]]:
    """Which position holds which column, and the required ones that are absent."""
    names: dict[str, Column] = {}
    for column in columns:
        for name in (column.name, *column.other_names):
            names[_header_name(name)] = column
    found: dict[int, Column] = {}
    for position, cell in enumerate(cells):
        known = names.get(_header_name(cell)) if isinstance(cell, str) else None
        if known is not None and known not in found.values():
            found[position] = known
    absent = [column.name for column in columns if column.is_required and column not in found.values()]
    return found, absent


def _header_name(text: str) -> str:
    """ "建筑面积（平方米）", "建筑面积 m2" and "建筑面积(㎡)*" are one name; another unit, as 万㎡, is not."""
    name = re.sub(r"\s+|[*＊:：]", "", unicodedata.normalize("NFKC", text)).lower().lstrip("\ufeff")
    while True:
        bracket = re.fullmatch(r"(.+?)[(\[【](.*?)[)\]】]", name)
        if bracket is None or bracket.group(2) not in _UNITS:
            break
        name = bracket.group(1)
    return re.sub(r"(?<=面积)(?:/?(?:m2|平方米|平米))$", "", name)


def _read_rows(
    grid: Grid,
    header: int,
    found: Mapping[int, Column],
    rows: Iterable[tuple[int, tuple[Any, ...]]],
    columns: Sequence[Column],
) -> Sheet:
    errors: list[SheetError] = []
    fills = _merged(grid, header, found, errors)
    kept: list[SheetRow] = []
    held: dict[str, str] = {}
    for number, cells in rows:
        values: dict[str, str] = {}
        for position, column in found.items():
            cell = cells[position] if position < len(cells) else None
            text, reason = _text_of(cell)
            if reason is None and cell is None and (number, position + 1) in grid.uncomputed:
                reason = "formula_without_value"
            if reason is not None:
                errors.append(SheetError(reason, number, column.name, {"value": str(cell or "")}))
            key = fills.get((number, position + 1))
            if key is not None:
                text = held.setdefault(key, text)
            values[column.name] = text
        if any(values.values()):
            kept.append(SheetRow(number, values))
    if not kept and not errors:
        errors.append(SheetError("no_rows"))
    return Sheet(kept, errors, frozenset(column.name for column in found.values()))


def _merged(
    grid: Grid, header: int, found: Mapping[int, Column], errors: list[SheetError]
) -> dict[tuple[int, int], str]:
    """For each cell under a merge that may be filled, the merge it belongs to; other merges are errors."""
    fills: dict[tuple[int, int], str] = {}
    for merge in grid.merges:
        if merge.last_row <= header:
            continue
        touched = [
            column for position, column in found.items() if merge.first_column <= position + 1 <= merge.last_column
        ]
        if not touched:
            continue
        if len(touched) == 1 and touched[0].fills_down and merge.first_row > header:
            for row in range(merge.first_row, merge.last_row + 1):
                for position, column in found.items():
                    if column is touched[0]:
                        fills[row, position + 1] = merge.name
        else:
            errors.append(SheetError("merged", merge.first_row, touched[0].name, {"range": merge.name}))
    return fills


def _text_of(cell: Any) -> tuple[str, str | None]:
    """The cell as the reader of the sheet sees it, and a reason code where it cannot be used."""
    if cell is None:
        return "", None
    if isinstance(cell, bool):
        return "", "not_text"
    if isinstance(cell, float):
        return (str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)), None
    if isinstance(cell, datetime | date):
        # A spreadsheet turns "3-1" into a date; what was meant can no longer be known.
        return "", "is_date"
    text = unicodedata.normalize("NFC", str(cell)).replace("\u200b", "").strip().strip("\u3000\xa0")
    if _ERROR_VALUES.fullmatch(text):
        return "", "formula_error"
    return text, None


def _read_csv(data: bytes) -> Grid:
    text = _decode(data)
    if "\0" in text:
        raise SheetUnreadable("not_a_sheet")
    head = text[:4096].split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    # What a cell may hold is limited by the file, not by the module's default of 128 KB.
    csv.field_size_limit(LARGEST_FILE)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)

    def rows() -> Iterator[tuple[int, tuple[Any, ...]]]:
        number = 0
        while True:
            number += 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                raise SheetUnreadable("not_a_sheet") from None
            yield number, tuple(cell if cell.strip() else None for cell in cells)

    return Grid(rows())


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetUnreadable("encoding")
