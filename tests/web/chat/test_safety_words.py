"""The danger card breaks a script into lines and changes no character of it."""

from __future__ import annotations

import pytest

from nlp.safety import render_script
from nlp.taxonomy import taxonomy
from web.chat.safety_words import break_into_lines
from web.chat.showing import in_pieces

SCRIPTS = ["S-GAS", "S-FIRE", "S-ELEC", "S-LIFT", "S-FALL", "S-STRUCT", "S-MANHOLE", "S-FLOOD", "S-MED", "S-CRIME"]


@pytest.mark.parametrize("code", SCRIPTS)
def test_no_character_of_a_script_is_added_dropped_or_moved(code: str) -> None:
    words = render_script(code, {"gas_hotline": "0735-000 0220"}).text
    assert break_into_lines(words).words == words
    assert taxonomy().script(code)


def test_gas_leads_with_leaving_and_three_things_not_to_do() -> None:
    lines = break_into_lines(render_script("S-GAS", {}).text)
    assert lines.heading == ("先离开再打电话", "：")
    assert [words for words, _mark in lines.crosses] == ["不要开关任何电器", "不要点火", "不要在屋里打电话"]


def test_a_telephone_number_in_a_text_can_be_pressed_and_a_room_number_cannot() -> None:
    pieces = in_pieces("急事打电话 0735-000 0110，601室。", ("0735-000 0110",))
    assert [(piece.text, piece.tel) for piece in pieces] == [
        ("急事打电话 ", None),
        ("0735-000 0110", "07350000110"),
        ("，601室。", None),
    ]
