"""Messages that look like something they are not: each stands for a kind of slip that understanding must not make."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nlp.understand import understand
from nlp.understanding import Context, Understanding


def _read(text: str) -> Understanding:
    return understand(text, Context(at=datetime(2026, 11, 24, 8, tzinfo=UTC)))


@pytest.mark.parametrize(
    "text",
    [
        "外墙瓷砖空了",
        "井盖响了一年了",
        "没有电动车车棚，电瓶车日晒雨淋",
        "希望有人给行动不便的老人送餐上门",
        "5栋门口的水泥路全是坑",
        "你们施工把我家的雨棚砸坏了，没人赔",
        "小区附近没有能带三岁以下娃的地方，奶奶带不动了",
    ],
)
def test_damage_wishes_and_nuisances_are_no_emergency(text: str) -> None:
    assert _read(text).urgency != "P0"


@pytest.mark.parametrize("text", ["自来水小", "99栋楼顶漏水", "3栋2单元601漏雨"])
def test_the_flood_script_is_kept_for_water_in_the_home(text: str) -> None:
    assert _read(text).safety_script is None


@pytest.mark.parametrize("text", ["家里水管爆了满地水", "一楼污水倒灌进屋"])
def test_water_in_the_home_calls_for_the_flood_script(text: str) -> None:
    assert _read(text).safety_script == "S-FLOOD"


@pytest.mark.parametrize("text", ["拆下来的晾衣架没有给装回去", "说好下午来水，施工到晚上还没来"])
def test_what_the_works_left_undone_is_a_report(text: str) -> None:
    found = _read(text)
    assert found.intent.value == "report"
    assert found.categories[0][0] == "D"


def test_an_outage_without_works_belongs_to_the_supply() -> None:
    assert _read("停水两天，家里有八十岁老人").categories == ("A01",)
    assert _read("施工停水也不通知，停水两天").categories[0] == "D05"


def test_two_troubles_at_two_buildings_are_two_complaints() -> None:
    drafts = {draft.category: draft.place.building for draft in _read("3栋漏水，5栋路灯坏了").complaints}
    assert drafts["B03"] == "5"
    assert sorted(filter(None, drafts.values())) == ["3", "5"]


def test_a_top_floor_speaks_for_a_leaking_roof_together_with_symptom_and_consequence() -> None:
    found = _read("三幢二门顶楼，一下雨就漏，墙都发霉了")
    marked = {reason.text for problem in found.problems for reason in problem.evidence}
    assert {"顶楼", "一下雨就漏", "墙都发霉"} <= marked
    assert [problem.text for problem in found.problems] == ["一下雨就漏", "墙都发霉了"]


def test_a_building_taken_back_is_not_the_place() -> None:
    assert _read("刚才说错了，是5栋不是3栋").place.building == "5"
    assert _read("不是3栋，是5栋").place.building == "5"


def test_how_far_something_is_carried_is_no_address() -> None:
    assert _read("天天扛气罐上五楼扛不动了").place.floor is None


def test_someone_outside_a_railing_is_answered_with_the_crime_script() -> None:
    found = _read("楼顶有人坐在栏杆外面，怎么劝都不听")
    assert found.is_self_harm
    assert (found.urgency, found.safety_script) == ("P0", "S-CRIME")


def test_a_bare_denial_wants_nothing() -> None:
    assert _read("都没有").intent.value == "other"
