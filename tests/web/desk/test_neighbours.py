"""Neighbours who said the same, on the desk: why stands beside them, and only a person puts them together."""

from __future__ import annotations

import re

from tests.factories.complaints import say


def test_what_is_surely_the_same_stands_ticked_with_its_reasons_and_nothing_moves(house, community, desk):
    [number] = say(house, community, "3栋2单元501，楼道灯不亮", who="a")
    [same] = say(house, community, "三幢二门402，楼道灯坏了不亮", who="b")
    [handrail] = say(house, community, "3栋2单元302，楼梯扶手断了一截", who="c")
    page = desk().get(f"/desk/complaints/{number}")
    boxes = re.findall(r'name="numbers" value="([^"]+)"( checked)?', page[page.index('id="similar"') :])
    assert (same, " checked") in boxes
    assert (handrail, "") in boxes
    assert 'title="同单元 · 都说到楼道灯' in page
    assert "同一天" in page
    assert page.count("已合并") == 0


def test_the_reasons_are_read_in_english_too(house, community, desk):
    say(house, community, "3栋1单元楼道灯不亮", who="a")
    caller = desk()
    caller.post("/desk/language", language="en")
    form = {"text": "3栋2单元楼道灯不亮", "community": community, "source": "phone"}
    understood = caller.post("/desk/file/understand", **form).text
    assert 'title="same building · both speak of 楼道灯' in understood
