"""Builds plan.docx, the Word template of a community's plan: ``python -m services.documents.make_template``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

PLAN_TEMPLATE = Path(__file__).with_name("plan.docx")
SERIF, SANS = "宋体", "黑体"
LATIN_SERIF, LATIN_SANS = "Times New Roman", "Arial"
TEXT_WIDTH = 17.0
"""Between the margins, in cm; every table fills it."""
LEFT, CENTRE, RIGHT = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT


@dataclass(frozen=True, slots=True)
class Column:
    """A column: head, what stands in a row, width in cm, and how it is aligned."""

    head: str
    cell: str
    width: float
    align: WD_ALIGN_PARAGRAPH = LEFT


def build(path: Path = PLAN_TEMPLATE) -> None:
    """Write the template to ``path``."""
    document = Document()
    _set_page(document)
    _set_styles(document)
    _cover(document)
    _overview(document)
    _voices(document)
    _works(document)
    _money(document)
    _schedule(document)
    _left_out(document)
    document.core_properties.title = ""
    document.core_properties.author = ""
    document.core_properties.comments = ""
    document.save(str(path))


def _cover(document: Any) -> None:
    title = document.add_paragraph(style="Title")
    title.add_run("{{ community }}{{ year }}年改造方案")
    _centred(document, "{{ made_on }}{% if is_demo %}　演示数据，不作依据{% endif %}")
    _say(document, "{%p if summary %}")
    _say(document, "{{ summary }}")
    _say(document, "{%p endif %}")


def _overview(document: Any) -> None:
    document.add_heading("一、概况", 1)
    _say(
        document,
        "{{ community }}共{{ buildings|length }}栋、{{ homes }}户，建筑面积{{ area }}平方米。"
        "{% if said.households %}到{{ made_on }}为止，{{ said.households }}户说过话，共{{ said.voices }}件"
        "{% if said.anonymous %}，另有{{ said.anonymous }}人没说住哪里{% endif %}。{% endif %}",
    )
    _table(
        document,
        "buildings",
        [
            Column("楼栋", "{{ row.name }}", 3.2),
            Column("建成年份", "{{ row.year }}", 2.4, CENTRE),
            Column("单元", "{{ row.units }}", 1.8, RIGHT),
            Column("层数", "{{ row.storeys }}", 1.8, RIGHT),
            Column("户数", "{{ row.homes }}", 2.2, RIGHT),
            Column("建筑面积（平方米）", "{{ row.area }}", 4.6, RIGHT),
        ],
        total=["合计", "", "", "", "{{ homes }}", "{{ area }}"],
    )
    _say(document, "{%p for note in notes %}", "Note")
    _say(document, "注：{{ note }}", "Note")
    _say(document, "{%p endfor %}", "Note")


def _voices(document: Any) -> None:
    document.add_heading("二、居民诉求", 1)
    _say(document, "按事项汇总。户数按说过这件事的住户计，同一户只算一次；没说住处的不算在内。")
    _table(
        document,
        "subjects",
        [
            Column("类别", "{{ row.class_name }}", 3.0, CENTRE),
            Column("事项", "{{ row.name }}", 6.4),
            Column("件数", "{{ row.voices }}", 2.0, RIGHT),
            Column("户数", "{{ row.households }}", 2.0, RIGHT),
            Column("去向", "{{ row.where }}", 2.4, CENTRE),
        ],
        empty="还没有居民诉求。",
    )


def _works(document: Any) -> None:
    document.add_heading("三、改造内容", 1)
    _say(
        document,
        "改造内容共{{ item_count }}项，其中列入{{ adopted_count }}项、候选{{ candidate_count }}项。"
        "列入的{{ adopted_count }}项共需{{ adopted_total }}万元{% if budget %}，预算{{ budget }}万元{% endif %}。"
        "每一项背后的户数，按说过这件事的住户计，同一户只算一次。",
    )
    _say(document, "{%p for group in groups %}")
    document.add_heading(
        "（{{ group.ordinal }}）{{ group.name }}（{{ group.lines|length }}项，{{ group.total }}万元"
        "{% if group.candidate_total %}，其中候选{{ group.candidate_total }}万元{% endif %}）",
        2,
    )
    _table(
        document,
        "group.lines",
        [
            Column("项", "{{ row.position }}", 0.9, CENTRE),
            Column("改造内容", "{{ row.title }}{% if row.is_candidate %}（候选）{% endif %}", 4.0),
            Column("范围", "{{ row.place }}", 2.1, CENTRE),
            Column("工程量", "{{ row.quantity }} {{ row.unit }}", 2.6, RIGHT),
            Column("单价\n（元）", "{{ row.price }}", 1.8, RIGHT),
            Column("费用\n（万元）", "{{ row.cost }}", 1.8, RIGHT),
            Column("背后\n户数", "{{ row.households }}", 1.3, RIGHT),
            Column("时间", "{{ row.when }}", 2.5, CENTRE),
        ],
        total=["小计", "", "", "", "", "{{ group.total }}", "", ""],
    )
    _say(document, "{%p for row in group.explained %}")
    _say(document, "第{{ row.position }}项　{{ row.title }}", "Item head")
    _say(document, "为什么做：{{ row.why }}", "Item body")
    _say(document, "{%p endfor %}")
    _say(document, "{%p endfor %}")
    _say(document, "{%p if has_reference_prices %}", "Note")
    _say(document, "① 参考单价，没有核实过，只用于第一次估算，以当地造价信息和施工图预算为准。", "Note")
    _say(document, "{%p endif %}", "Note")


def _money(document: Any) -> None:
    document.add_heading("四、资金", 1)
    _table(
        document,
        "sums",
        [Column("项目", "{{ row.name }}", 9.0), Column("金额（万元）", "{{ row.amount }}", 5.0, RIGHT)],
    )
    _say(document, "资金来源：")
    _table(
        document,
        "funding",
        [
            Column("来源", "{{ row.name }}", 7.0),
            Column("金额（万元）", "{{ row.amount }}", 3.2, RIGHT),
            Column("说明", "{{ row.note }}", 5.4),
        ],
        empty="资金来源还没有定。",
        total=["合计", "{{ funded }}", ""],
    )


def _schedule(document: Any) -> None:
    document.add_heading("五、进度安排", 1)
    _table(
        document,
        "schedule",
        [
            Column("项", "{{ row.position }}", 1.2, CENTRE),
            Column("改造内容", "{{ row.title }}", 6.2),
            Column("开工", "{{ row.starts }}", 3.0, CENTRE),
            Column("完工", "{{ row.ends }}", 3.0, CENTRE),
            Column("现在", "{{ row.state }}", 2.2, CENTRE),
        ],
        empty="还没有列入的项目。",
    )


def _left_out(document: Any) -> None:
    document.add_heading("六、未列入及原因", 1)
    _table(
        document,
        "declined",
        [
            Column("项", "{{ row.position }}", 1.2, CENTRE),
            Column("内容", "{{ row.title }}", 4.6),
            Column("估算（万元）", "{{ row.cost }}", 2.4, RIGHT),
            Column("背后户数", "{{ row.households }}", 1.8, RIGHT),
            Column("原因", "{{ row.reason }}", 5.6),
        ],
        empty="没有未列入的项目。",
    )


def _table(document: Any, rows: str, columns: Sequence[Column], *, total: Sequence[str] = (), empty: str = "") -> None:
    """A table filled from the list ``rows``; its head is repeated on every page. ``empty`` stands for an empty list."""
    if empty:
        _say(document, f"{{%p if not {rows} %}}")
        _say(document, empty)
        _say(document, "{%p else %}")
    table = document.add_table(rows=4 + bool(total), cols=len(columns))
    table.style = "Table Grid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    head = table.rows[0]
    _repeat(head)
    for cell, column in zip(head.cells, columns, strict=True):
        _fill(cell, column.head, CENTRE, "Table head")
        _shade(cell)
    _fill(table.rows[1].cells[0], f"{{%tr for row in {rows} %}}", LEFT, "Table cell")
    for cell, column in zip(table.rows[2].cells, columns, strict=True):
        _fill(cell, column.cell, column.align, "Table cell")
    _fill(table.rows[3].cells[0], "{%tr endfor %}", LEFT, "Table cell")
    if total:
        for cell in (*head.cells, *table.rows[2].cells):
            # A row of sums must not stand alone under a repeated head.
            cell.paragraphs[0].paragraph_format.keep_with_next = True
        for cell, column, words in zip(table.rows[4].cells, columns, total, strict=True):
            _fill(cell, words, RIGHT if column.align is RIGHT else CENTRE, "Table head")
    scale = TEXT_WIDTH / sum(column.width for column in columns)
    for drawn, column in zip(table.columns, columns, strict=True):
        drawn.width = Cm(column.width * scale)
    for row in table.rows:
        _keep_whole(row)
        for cell, column in zip(row.cells, columns, strict=True):
            cell.width = Cm(column.width * scale)
            cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    if total:
        _join_label(table.rows[4].cells, total)
    _say(document, "", "Note")
    if empty:
        _say(document, "{%p endif %}")


def _join_label(cells: Sequence[Any], total: Sequence[str]) -> None:
    """Let the label of a row of sums reach to the first sum."""
    first_sum = next(index for index, words in enumerate(total) if index and words)
    label = cells[0].merge(cells[first_sum - 1])
    for empty in label.paragraphs[1:]:
        empty._p.getparent().remove(empty._p)
    label.paragraphs[0].alignment = CENTRE


def _set_page(document: Any) -> None:
    section = document.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.0)
    section.top_margin, section.bottom_margin = Cm(2.4), Cm(2.2)
    head = section.header.paragraphs[0]
    head.text = "{{ community }} {{ year }}年改造方案\t{{ made_on }}"
    head.style = document.styles["Header"]
    stops = document.styles["Header"].paragraph_format.tab_stops
    while len(stops):
        del stops[0]
    stops.add_tab_stop(Cm(TEXT_WIDTH), WD_TAB_ALIGNMENT.RIGHT)
    _underline(head)
    foot = section.footer.paragraphs[0]
    foot.alignment = CENTRE
    foot.add_run("— ")
    _page_number(foot)
    foot.add_run(" —")


def _set_styles(document: Any) -> None:
    styles = document.styles
    _font(styles["Normal"], SERIF, LATIN_SERIF, 12)
    body = styles["Normal"].paragraph_format
    body.line_spacing, body.space_after = 1.5, Pt(4)
    for name, size in (("Title", 22), ("Heading 1", 16), ("Heading 2", 13)):
        _font(styles[name], SANS, LATIN_SANS, size, is_bold=True)
        styles[name].paragraph_format.keep_with_next = True
    styles["Title"].paragraph_format.alignment = CENTRE
    _without_border(styles["Title"])
    styles["Heading 1"].paragraph_format.space_before = Pt(16)
    for name in ("Header", "Footer"):
        _font(styles[name], SANS if name == "Header" else SERIF, LATIN_SERIF, 10)
    for name, face, latin, size, is_bold in (
        ("Table head", SANS, LATIN_SANS, 10, True),
        ("Table cell", SERIF, LATIN_SERIF, 10, False),
        ("Note", SERIF, LATIN_SERIF, 9, False),
        ("Item head", SANS, LATIN_SANS, 11, True),
        ("Item body", SERIF, LATIN_SERIF, 11, False),
    ):
        style = styles.add_style(name, 1)
        _font(style, face, latin, size, is_bold=is_bold)
        style.paragraph_format.line_spacing = 1.15
        style.paragraph_format.space_after = Pt(2)
        style.paragraph_format.space_before = Pt(2 if name.startswith("Table") else 0)
    styles["Item head"].paragraph_format.keep_with_next = True
    styles["Item head"].paragraph_format.space_before = Pt(5)


def _font(style: Any, face: str, latin: str, size: float, *, is_bold: bool = False) -> None:
    style.font.name, style.font.size, style.font.bold = latin, Pt(size), is_bold
    style.font.color.rgb = RGBColor(0, 0, 0)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    fonts.set(qn("w:eastAsia"), face)
    fonts.set(qn("w:hAnsi"), latin)


def _without_border(style: Any) -> None:
    properties = style.element.get_or_add_pPr()
    for border in properties.findall(qn("w:pBdr")):
        properties.remove(border)


def _underline(paragraph: Any) -> None:
    """A thin line under the paragraph, from margin to margin."""
    borders, line = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "4"), ("space", "4"), ("color", "808080")):
        line.set(qn(f"w:{name}"), value)
    borders.append(line)
    paragraph.paragraph_format.keep_with_next = False
    paragraph._p.get_or_add_pPr().insert_element_before(borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc")


def _page_number(paragraph: Any) -> None:
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        run = paragraph.add_run()
        if kind is not None:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = text
        run._r.append(mark)


def _repeat(row: Any) -> None:
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


def _keep_whole(row: Any) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def _shade(cell: Any) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", "EEF2F0")):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)


def _fill(cell: Any, words: str, align: WD_ALIGN_PARAGRAPH, style: str) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.style = style
    paragraph.alignment = align
    paragraph.add_run(words)


def _say(document: Any, words: str, style: str = "Normal") -> None:
    paragraph = document.add_paragraph(style=style)
    paragraph.add_run(words)


def _centred(document: Any, words: str) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = CENTRE
    paragraph.add_run(words)


if __name__ == "__main__":
    build()
