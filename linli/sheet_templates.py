"""Empty sheets for an office to fill in; the example stands on a page of its own, so it is never imported."""

from __future__ import annotations

import io
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

BUILDINGS: tuple[tuple[str, int, str, str], ...] = (
    ("小区编码", 16, "必填。字母、数字和短横，例如县的字母加小区的字母；同一小区每行相同", "YX-KCSJY"),
    ("小区", 24, "必填。居民熟悉的名字", "县勘察设计院小区"),
    ("楼栋", 10, "必填。3栋、三幢、B7栋都可以", "3栋"),
    ("别名", 24, "居民的其他叫法，用分号隔开", "三幢；老家属楼"),
    ("单元数", 9, "整数；填4就是1至4单元", "3"),
    ("层数", 9, "整数，地上层数", "6"),
    ("每层户数", 10, "整数，一个单元一层几户", "2"),
    ("建成年份", 10, "四位数年份", "1996"),
    ("建筑面积(㎡)", 14, "整栋的建筑面积，平方米", "3520.5"),
    ("县", 14, "可不填", "永兴县"),
    ("街道", 16, "可不填", "便江街道"),
    ("社区", 16, "可不填", "城东社区"),
    ("片区", 18, "可不填，改造片区", "勘察设计院片区"),
)
HOUSEHOLDS: tuple[tuple[str, int, str, str], ...] = (
    ("小区编码", 16, "必填。和楼栋表里的一样", "YX-KCSJY"),
    ("楼栋", 10, "必填。和楼栋表里是同一栋，写法可以不同", "3栋"),
    ("单元", 9, "一栋有几个单元时必填", "2"),
    ("房号", 10, "必填", "601"),
    ("层", 8, "可不填，能从房号看出来时自动填", "6"),
    ("面积(㎡)", 12, "这一户的建筑面积，平方米", "86.5"),
    ("户主", 12, "可不填，加密保存", "张三"),
    ("电话", 18, "可不填，加密保存，只用来通知本人", "0735-000 0000"),
)
_NOTES_HEAD = ("列名", "怎么填", "例子（不会导入）")


def template_bytes(columns: Sequence[tuple[str, int, str, str]]) -> bytes:
    """An xlsx workbook: a page with the header only, and a page that explains each column with an example."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "填在这一页"
    head = PatternFill("solid", fgColor="E0F1EC")
    for position, (name, width, _, _) in enumerate(columns, start=1):
        cell = sheet.cell(row=1, column=position, value=name)
        cell.font, cell.fill, cell.alignment = Font(bold=True), head, Alignment(horizontal="center")
        sheet.column_dimensions[get_column_letter(position)].width = width
        if name in {"小区编码", "楼栋", "单元", "房号", "电话", "别名"}:
            # As text, a spreadsheet leaves "3-1" and a leading zero alone.
            sheet.column_dimensions[get_column_letter(position)].number_format = "@"
    sheet.freeze_panes = "A2"
    notes = book.create_sheet("说明和示例")
    for column, width in zip("ABC", (18, 60, 24), strict=True):
        notes.column_dimensions[column].width = width
    for column_number, text in enumerate(_NOTES_HEAD, start=1):
        notes.cell(row=1, column=column_number, value=text).font = Font(bold=True)
    for row, (name, _, meaning, example) in enumerate(columns, start=2):
        for column_number, value in enumerate((name, meaning, example), start=1):
            notes.cell(row=row, column=column_number, value=value).alignment = Alignment(wrap_text=True, vertical="top")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
