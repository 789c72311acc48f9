"""Opens xlsx workbooks a row at a time, with the merged cells and uncomputed formulas a reader has to know of."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import Workbook, load_workbook
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

from services.errors import ServiceError

LARGEST_UNPACKED = 1_500_000_000
_MERGE = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=\"([A-Z]+\d+:[A-Z]+\d+)\"")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_CHUNK = 1 << 20
_BROKEN = (zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, TypeError, OSError, EOFError)
"""What openpyxl and zipfile raise over a file that is torn or only looks like a workbook."""


class SheetUnreadable(ServiceError):
    """The file is no sheet that can be read; ``reason`` is a code."""

    code = "sheet_unreadable"

    def __init__(self, reason: str, **facts: object) -> None:
        super().__init__(reason=reason, **facts)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged range, by its name in the spreadsheet ("B4:B9"); rows and columns count from 1."""

    name: str
    first_column: int
    first_row: int
    last_column: int
    last_row: int


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows with their numbers, the merged ranges, and the cells (row, column) whose formula has no value."""

    rows: Iterable[tuple[int, tuple[Any, ...]]]
    merges: tuple[Merge, ...] = ()
    uncomputed: frozenset[tuple[int, int]] = field(default=frozenset())


def read_workbook(data: bytes) -> Iterator[Grid]:
    """The visible sheets in order. Raises SheetUnreadable: password, old_excel, too_big, not_a_sheet."""
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        # Both an old .xls and a protected .xlsx are this container; only the latter holds such a stream.
        raise SheetUnreadable("password" if "EncryptedPackage".encode("utf-16-le") in data else "old_excel")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if any(entry.flag_bits & 1 for entry in archive.infolist()):
                raise SheetUnreadable("password")
            if sum(entry.file_size for entry in archive.infolist()) > LARGEST_UNPACKED:
                raise SheetUnreadable("too_big")
            yield from _sheets(data, archive)
    except _BROKEN:
        raise SheetUnreadable("not_a_sheet") from None


def _sheets(data: bytes, archive: zipfile.ZipFile) -> Iterator[Grid]:
    book = _open(data, data_only=True)
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue
        path = str(sheet._worksheet_path)  # type: ignore[attr-defined]  # a read-only sheet tells its part only so
        merges, has_formulas = _look_through(archive, path.lstrip("/"))
        uncomputed = _uncomputed(data, sheet.title) if has_formulas else frozenset()
        # Some writers claim a smaller sheet than there is.
        sheet.reset_dimensions()
        yield Grid(_rows(sheet), merges, uncomputed)
    book.close()


def _open(data: bytes, *, data_only: bool) -> Workbook:
    with warnings.catch_warnings():
        # Styles and extensions that are not understood do not matter to a reader of values.
        warnings.simplefilter("ignore", UserWarning)
        return load_workbook(io.BytesIO(data), read_only=True, data_only=data_only)


def _rows(sheet: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    try:
        yield from enumerate(sheet.iter_rows(values_only=True), start=1)
    except _BROKEN:
        raise SheetUnreadable("not_a_sheet") from None


def _look_through(archive: zipfile.ZipFile, path: str) -> tuple[tuple[Merge, ...], bool]:
    """The merged ranges of a sheet's part and whether it holds a formula, read in pieces: it may be very large."""
    merges: dict[str, Merge] = {}
    has_formulas = False
    rest = b""
    with archive.open(path) as part:
        while chunk := part.read(_CHUNK):
            text = rest + chunk
            has_formulas = has_formulas or _FORMULA.search(text) is not None
            for found in _MERGE.finditer(text):
                name = found.group(1).decode("ascii")
                merges[name] = Merge(name, *(bound or 0 for bound in range_boundaries(name)))
            rest = text[-200:]
    return tuple(merges.values()), has_formulas


def _uncomputed(data: bytes, title: str) -> frozenset[tuple[int, int]]:
    """Cells whose formula was never computed: no program has opened and saved the file since it was written."""
    formulas, values = _open(data, data_only=False), _open(data, data_only=True)
    found = set()
    pairs = zip(formulas[title].iter_rows(), values[title].iter_rows(values_only=True), strict=True)
    for number, (cells, computed) in enumerate(pairs, start=1):
        for position, (cell, value) in enumerate(zip(cells, computed, strict=False), start=1):
            if value is None and cell.data_type == "f":
                found.add((number, position))
    formulas.close()
    values.close()
    return frozenset(found)
