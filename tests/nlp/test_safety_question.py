"""The one-tap question: whom it is put to, and whom it spares."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nlp.safety_question import ASKS_FROM, ASKS_OTHERS_FROM, ASKS_TOLD_FROM, CAN_HURT, asks_safety
from nlp.understand import understand
from nlp.understanding import Context
from nlp.urgency import Acute

NOW = Context(at=datetime(2026, 9, 14, 9, tzinfo=UTC))


def calm(risk: float, *, is_told: bool = False) -> Acute:
    return Acute(False, None, None, False, risk, is_told=is_told)


@pytest.mark.parametrize("text", ["楼道灯坏了", "路灯不亮", "停车位太少了", "下水道堵了", "楼道堆满杂物", "快递柜坏了"])
def test_a_plain_trouble_is_filed_without_the_question(text: str) -> None:
    found = understand(text, NOW)
    assert found.complaints
    assert not found.ask_safety


@pytest.mark.parametrize("text", ["电梯年检过期了，一开就抖", "承重墙上裂缝好宽", "表箱门一直敞着，线头露在外面"])
def test_what_is_pressing_and_can_hurt_people_is_asked_about_or_answered_at_once(text: str) -> None:
    found = understand(text, NOW)
    assert found.ask_safety or found.urgency == "P0"


def test_a_share_of_danger_too_small_to_act_on_is_asked_about() -> None:
    assert asks_safety(calm(ASKS_FROM), "P2", ("B03",), ("B03", "A13"), is_worded=False)
    assert not asks_safety(calm(ASKS_FROM), "P2", ("C05",), ("C05", "B10"), is_worded=False)
    assert asks_safety(calm(ASKS_OTHERS_FROM), "P2", ("C05",), ("C05", "B10"), is_worded=False)
    assert not asks_safety(calm(ASKS_FROM / 2), "P2", ("B03",), ("B03", "A13"), is_worded=False)


@pytest.mark.parametrize("subject", sorted(CAN_HURT))
def test_what_can_hurt_people_when_it_fails_is_asked_about_however_calm_the_words(subject: str) -> None:
    assert asks_safety(calm(0.0), "P2", (subject,), (subject, "C05"), is_worded=False)
    assert not asks_safety(calm(0.0), "P3", (subject,), (subject, "C05"), is_worded=False)
    assert not asks_safety(calm(0.0), "P2", ("C05", subject), ("C05", "C04"), is_worded=False)


def test_nothing_is_asked_about_nothing_nor_beside_the_safety_words() -> None:
    assert not asks_safety(calm(0.3), "P2", (), ("A03", "B03"), is_worded=True)
    assert not asks_safety(Acute(True, "S-ELEC", "P0", False, 0.9), "P0", ("A03",), ("A03", "B03"), is_worded=True)


def test_news_and_drills_are_asked_about_only_where_they_hardly_can_be() -> None:
    assert not asks_safety(calm(0.3, is_told=True), "P1", ("A08",), ("A08", "B06"), is_worded=True)
    assert asks_safety(calm(ASKS_TOLD_FROM, is_told=True), "P2", ("A08",), ("A08", "B06"), is_worded=True)


def test_words_of_danger_buried_in_a_long_letter_are_asked_about() -> None:
    assert asks_safety(calm(0.0), "P2", ("B06",), ("B06", "N01"), is_worded=True)
    assert not asks_safety(calm(0.0), "P2", ("B06",), ("B06", "N01"), is_worded=False)
