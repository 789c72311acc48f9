"""The Word plan opens with real tables that say what the plan says, and nothing typed by anybody comes alive in it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from docx import Document
from docx.oxml.ns import qn

from linli.bootstrap import Container
from models import Building, Community, Plan, Session
from services import plans, work_items
from services.documents.plan_word import write_plan
from services.ports import Act
from services.work_items import Promotion
from tests.factories.places import make_community
from tests.factories.voices import Voice, say

NOW = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
PAYLOAD = "</w:t><script>alert(1)</script>{{ 7*7 }} =cmd|'/C calc'!A0 \x07\x00 & <b>粗</b>"


def a_plan(house: Container, session: Session) -> Plan:
    act = Act(by="staff:planner", now=NOW, wording=house.wording)
    place = make_community(session, name="县勘察设计院小区")
    for building in session.query(Building).filter_by(community_id=place.id):
        building.floor_area, building.built_year = Decimal("3000.50"), 1998
    voices = [say(session, place, act, Voice(room="602")), say(session, place, act, Voice(building="5", room="101"))]
    buildings = [row.id for row in session.query(Building).filter(Building.code.in_(["3", "5"]))]
    roof = work_items.promote(
        session,
        Promotion(place, "屋面防水翻修(SBS卷材)", "A11", Decimal(860), "平方米", Decimal(110), buildings=buildings,
                  why="1998年的防水层老化。", complaints=voices),
        act,
    )  # fmt: skip
    work_items.adopt(session, roof, act, starts_on=date(2026, 12, 7))
    work_items.promote(session, Promotion(place, "口袋公园", "C10", Decimal(320), "平方米", why=PAYLOAD), act)
    lift = work_items.promote(session, Promotion(place, PAYLOAD[:110], "B11", Decimal(1), "部", Decimal(550000)), act)
    work_items.decline(session, lift, f"一、二楼还没签意见。{PAYLOAD}", act)
    plans.set_money(session, roof.plan, plans.Money(Decimal(1800000), (("F01", Decimal(1000000), "已下达"),)), act)
    return roof.plan


@pytest.fixture
def word(house: Container) -> bytes:
    with house.database.transaction() as session:
        return write_plan(session, a_plan(house, session), NOW)


def rows_of(word: bytes) -> list[list[list[str]]]:
    return [[[cell.text for cell in row.cells] for row in table.rows] for table in Document(io.BytesIO(word)).tables]


def test_every_chapter_stands_in_its_order(word: bytes) -> None:
    heads = [par.text for par in Document(io.BytesIO(word)).paragraphs if par.style.name == "Heading 1"]
    assert heads == ["一、概况", "二、居民诉求", "三、改造内容", "四、资金", "五、进度安排", "六、未列入及原因"]


def test_the_tables_say_what_the_plan_says(word: bytes) -> None:
    buildings, subjects, basic, raising, sums, funding, schedule, declined = rows_of(word)
    assert buildings[1] == ["1栋", "1998", "3", "6", "36", "3,000.5"]
    assert buildings[-1] == ["合计", "合计", "合计", "合计", "216", "18,003"]
    assert next(row for row in subjects if row[1] == "屋面防水（顶层漏雨）")[2:4] == ["2", "2"]
    assert basic[1] == ["1", "屋面防水翻修(SBS卷材)", "3栋、5栋", "860 平方米", "110①", "9.46", "2", "12月7日起"]
    assert basic[-1][5] == "9.46"
    assert raising[1][1:6] == ["口袋公园（候选）", "全小区", "320 平方米", "待定", "待定"]
    assert ["预算", "180.00"] in sums
    assert ["列入后结余", "170.54"] in sums
    assert funding[1] == ["中央财政补助资金", "100.00", "已下达"]
    assert schedule[1] == ["1", "屋面防水翻修(SBS卷材)", "12月7日", "待定", "列入"]
    assert declined[1][2] == "55.00"
    assert declined[1][4].startswith("一、二楼还没签意见。")


def test_what_was_typed_is_text_and_nothing_else(word: bytes) -> None:
    document = Document(io.BytesIO(word))
    text = "\n".join(par.text for par in document.paragraphs) + str(rows_of(word))
    assert "<script>alert(1)</script>{{ 7*7 }}" in text
    assert "\x07" not in text
    assert not document.element.findall(".//" + qn("w:script"))


def test_heads_repeat_and_figures_stand_right(word: bytes) -> None:
    document = Document(io.BytesIO(word))
    for table in document.tables:
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    cost = document.tables[2].rows[1].cells[5].paragraphs[0]
    assert cost.alignment is not None
    assert cost.alignment.name == "RIGHT"


def test_neither_rooms_nor_the_words_of_residents_stand_in_it(word: bytes) -> None:
    document = Document(io.BytesIO(word))
    text = "\n".join(par.text for par in document.paragraphs) + str(rows_of(word))
    assert "602" not in text
    assert "一下雨就漏" not in text


def test_an_empty_plan_can_be_printed_too(house: Container) -> None:
    with house.database.transaction() as session:
        act = Act(by="staff:planner", now=NOW, wording=house.wording)
        place: Community = make_community(session, buildings=0)
        content = write_plan(session, plans.get_or_make(session, place, 2026, act), NOW)
    text = "\n".join(par.text for par in Document(io.BytesIO(content)).paragraphs)
    assert "没有未列入的项目。" in text
    assert "还没有居民诉求。" in text


def run(house: Container, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = os.environ | {"LINLI_DATA_DIR": str(house.settings.data_dir)}
    environ["LINLI_DATABASE__URL"] = house.settings.database.url
    linli = Path(sys.executable).with_name("linli")
    return subprocess.run(
        [linli, "export", "plan", *arguments], capture_output=True, text=True, env=environ, timeout=60
    )


def test_the_command_writes_the_plan_and_says_plainly_what_it_cannot_do(house: Container, tmp_path: Path) -> None:
    with house.database.transaction() as session:
        a_plan(house, session)
    out = tmp_path / "plan.docx"
    assert run(house, "YX-TEST", "-o", str(out)).returncode == 0
    assert len(rows_of(out.read_bytes())) == 8
    unknown = run(house, "YX-NO", "-o", str(out))
    assert (unknown.returncode, unknown.stderr) == (1, "There is no community YX-NO.\n")
    unwritable = run(house, "YX-TEST", "-o", str(tmp_path / "nowhere" / "plan.docx"))
    assert unwritable.returncode == 1
    assert unwritable.stderr.count("\n") == 1
    other_year = run(house, "YX-TEST", "-o", str(out), "--year", "2031")
    assert "has no plan for 2031 yet" in other_year.stderr
