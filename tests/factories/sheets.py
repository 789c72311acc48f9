"""Makes sheets as offices send them: real xlsx workbooks and csv text."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

BUILDING_HEADER = ("小区编码", "小区", "楼栋", "别名", "单元数", "层数", "每层户数", "建成年份", "建筑面积(㎡)")
HOUSEHOLD_HEADER = ("小区编码", "楼栋", "单元", "房号", "层", "面积(㎡)", "户主", "电话")


def building_row(building: str = "3栋", **changed: Any) -> list[Any]:
    """A sound row of a building sheet."""
    row = dict(zip(BUILDING_HEADER, ("LY-01", "老百货小区", building, "", 3, 6, 2, 1996, 3520.5), strict=True))
    row.update({"建筑面积(㎡)" if name == "建筑面积" else name: value for name, value in changed.items()})
    return list(row.values())


def household_row(room: str = "501", **changed: Any) -> list[Any]:
    """A sound row of a household sheet."""
    row = dict(zip(HOUSEHOLD_HEADER, ("LY-01", "3栋", "2", room, 5, 86.5, "张三", "0735-000 0137"), strict=True))
    row.update({"面积(㎡)" if name == "面积" else name: value for name, value in changed.items()})
    return list(row.values())


def xlsx(rows: Sequence[Sequence[Any]], change: Callable[[Worksheet], None] | None = None) -> bytes:
    """A workbook with these rows on its first page; ``change`` may merge cells and the like."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    if change is not None:
        change(sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv_text(rows: Sequence[Sequence[Any]]) -> str:
    return "".join(",".join("" if cell is None else str(cell) for cell in row) + "\r\n" for row in rows)


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path
