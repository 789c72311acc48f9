"""Safety scripts: shown whole, numbers from the settings, what is not set left out with its words."""

from __future__ import annotations

import pytest

from nlp.safety import Call, render_script, scripts_for_tap
from nlp.taxonomy import taxonomy
from nlp.understand import understand
from tests.nlp.conftest import NOON

NUMBERS = {
    "gas_hotline": "0735-5520000",
    "property_phone": "0735-5521111",
    "housing_phone": "0735-5522222",
    "water_hotline": "0735-5523333",
}


@pytest.mark.parametrize("code", [script.code for script in taxonomy().scripts])
def test_with_every_number_set_the_words_are_the_contract(code: str) -> None:
    expected = taxonomy().script(code).say
    for name, number in NUMBERS.items():
        expected = expected.replace("{" + name + "}", number)
    assert render_script(code, NUMBERS).text == expected


@pytest.mark.parametrize("code", [script.code for script in taxonomy().scripts])
def test_an_unset_number_is_never_printed(code: str) -> None:
    rendered = render_script(code, {"gas_hotline": "  "})
    shown = rendered.text + "".join(call.label + call.number for call in rendered.calls)
    assert "{" not in shown
    assert "}" not in shown
    for broken in ("，，", "，。", "。。", "拨燃气抢修 或", " 或 或", "；；", "打物业 "):
        assert broken not in shown


def test_gas_without_a_hotline_still_says_whom_to_call() -> None:
    rendered = render_script("S-GAS", {})
    assert "再拨 119，并提醒邻居。" in rendered.text
    assert rendered.calls == (Call("消防", "119"),)


def test_a_lift_without_a_property_number_still_names_the_others() -> None:
    text = render_script("S-LIFT", {}).text
    assert "再打物业" not in text
    assert "身体不适打 120" in text


def test_calls_carry_what_they_are_for() -> None:
    assert render_script("S-ELEC", {}).calls == (
        Call("有人受伤", "120"),
        Call("消防", "119"),
        Call("供电抢修", "95598"),
    )


def test_a_tap_without_words_gives_both_scripts() -> None:
    assert scripts_for_tap("leak") == ("S-GAS", "S-ELEC")
    assert scripts_for_tap("falling") == ("S-FALL", "S-MANHOLE")
    assert scripts_for_tap("injured") == ("S-MED",)
    assert scripts_for_tap("fire") == ("S-FIRE",)


def test_the_words_decide_between_two_scripts() -> None:
    assert scripts_for_tap("leak", understand("厨房的燃气灶打不着火", NOON)) == ("S-GAS",)
    assert scripts_for_tap("leak", understand("电表箱老是跳闸", NOON)) == ("S-ELEC",)
    assert scripts_for_tap("falling", understand("外墙的瓷砖空鼓了", NOON)) == ("S-FALL",)
    assert scripts_for_tap("falling", understand("路面有个坑", NOON)) == ("S-MANHOLE",)


def test_an_unknown_tap_is_an_error() -> None:
    with pytest.raises(ValueError, match="no such tap"):
        scripts_for_tap("nothing")
