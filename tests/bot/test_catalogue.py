"""Every sentence the bot can say is short, plain and asks at most one thing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from string import Formatter
from typing import Any

import pytest

from bot.replies.catalogue import ITEM_STATE_WORDS, LABELS, SAFETY_TAPS, SENTENCES, STATE_WORDS
from bot.replies.wording import NEWS_TAGS, ChineseWording, safety_buttons
from bot.replies.words import category_words, floor_words, moment_words, place_words
from models import ComplaintState, WorkItemState
from nlp.taxonomy import taxonomy
from nlp.understanding import PlaceMention
from services.ports import Reply

LONGEST = {
    "category": max((subject.short_name for subject in taxonomy().subjects), key=len),
    "who": "社区欧阳文静",
    "when": "12月28日(周一)上午10点30分",
    "state": max((*STATE_WORDS.values(), *ITEM_STATE_WORDS.values()), key=len),
    "keeper": "永兴县便江街道办事处",
    "years": "10",
    "count": "99",
    "position": "27",
    "amount": "99999999.99平方米",
}
COUNTED_APART = {"number", "serial", "place", "home", "phone", "said", "community"}
"""Numbers and addresses are not counted."""
QUOTED = {"reason", "outcome", "words", "title", "why", "destination"}
"""Words of staff and residents, told whole."""
PLACEHOLDERS = {name for text in SENTENCES.values() for _, name, _, _ in Formatter().parse(text) if name}


def test_a_sentence_has_at_most_sixty_characters() -> None:
    values = {name: LONGEST.get(name, "") for name in PLACEHOLDERS}
    long = {name: len(said) for name, text in SENTENCES.items() if len(said := text.format(**values)) > 60}
    assert not long


def test_a_sentence_asks_at_most_one_thing() -> None:
    assert not [name for name, text in SENTENCES.items() if text.count("？") + text.count("?") > 1]


def test_a_sentence_uses_no_word_of_the_office() -> None:
    stiff = re.compile(r"贵方|敬请|予以|烦请|尊敬|工单|系统|[A-Za-z]{3,}")
    assert not [name for name, text in SENTENCES.items() if stiff.search(re.sub(r"\{\w+\}|Telegram", "", text))]


def test_every_placeholder_is_known() -> None:
    known = set(LONGEST) | COUNTED_APART | QUOTED | {"name", "tail", "messages", "photos", "complaints"}
    assert known >= PLACEHOLDERS


def test_every_state_has_its_word() -> None:
    assert set(STATE_WORDS) == {state.value for state in ComplaintState}
    assert set(ITEM_STATE_WORDS) == {state.value for state in WorkItemState}


def test_every_button_fits_every_channel() -> None:
    for value in [*LABELS, *(button.value for button in safety_buttons(2**62))]:
        assert len(value.encode()) <= 60


def test_none_of_them_is_the_last_tap() -> None:
    assert list(SAFETY_TAPS)[-1] == "none"


FACTS: dict[str, Any] = {
    "number": "YX-2026-000231",
    "category": "A11",
    "place": {"building": "3", "unit": "2", "floor": "top", "room": None, "landmark": None, "whole": False},
    "position": 7,
    "title": "屋面防水翻修",
    "quantity": "860",
    "unit": "平方米",
    "why": "防水层老化，顶层都在漏。",
    "starts_on": date(2026, 12, 7),
    "reason": "这栋楼明年整体加固，屋面一起做。",
    "destination": "县水务公司",
    "phone": "0735-000 0440",
    "outcome": "水泵已换。",
    "community": "县勘察设计院小区",
    "building": "5",
    "words": "楼道里煤气味好大",
    "body": "3栋、5栋11月30日停水。",
}


def news() -> Iterator[tuple[str, tuple[Reply, ...]]]:
    for tag in sorted(NEWS_TAGS):
        yield tag, ChineseWording().news(tag, FACTS)


@pytest.mark.parametrize(("tag", "replies"), list(news()), ids=sorted(NEWS_TAGS))
def test_news_names_what_it_is_about(tag: str, replies: tuple[Reply, ...]) -> None:
    text = "".join(reply.text for reply in replies)
    assert text.count("？") == 0
    if tag not in ("notice",):
        assert "YX-2026-000231" in text
    for name in {"declined": "reason", "rejected": "outcome", "closed": "outcome", "redirected": "phone"}.items():
        if name[0] == tag:
            assert str(FACTS[name[1]]) in text


def test_an_adopted_item_says_what_how_much_why_and_from_when() -> None:
    replies = [reply.text for reply in ChineseWording().news("adopted", FACTS)]
    assert "第7项" in replies[0]
    assert replies[1:] == ["屋面防水翻修，860平方米，12月7日(周一)开工。", "为什么做：防水层老化，顶层都在漏。"]


def test_a_long_title_leaves_the_day_a_sentence_of_its_own() -> None:
    title = "楼" * 45
    replies = [reply.text for reply in ChineseWording().news("adopted", {**FACTS, "title": title})]
    assert replies[1:3] == [f"{title}，860平方米。", "12月7日(周一)开工。"]


def test_an_alert_about_a_talk_names_no_number() -> None:
    (reply,) = ChineseWording().news("alert", {"number": "", "community": "测试小区", "words": ""})
    assert "测试小区" in reply.text


def test_an_unknown_tag_is_refused() -> None:
    with pytest.raises(KeyError):
        ChineseWording().news("nothing", FACTS)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (PlaceMention("3", "2", "top"), "3栋2单元 · 顶楼"),
        (PlaceMention("3", "2", "5", "501"), "3栋2单元 · 501"),
        (PlaceMention("3,4"), "3栋、4栋"),
        (PlaceMention("老百货宿舍"), "老百货宿舍"),
        (PlaceMention(None, "1"), "1单元"),
        (PlaceMention(landmark="小区门口"), "小区门口"),
        (PlaceMention(is_whole_community=True), "整个小区"),
        (PlaceMention(), ""),
    ],
)
def test_a_place_is_written_as_people_say_it(place: PlaceMention, words: str) -> None:
    assert place_words(place) == words


def test_times_and_floors_are_written_as_people_say_them() -> None:
    from datetime import UTC, datetime

    assert moment_words(datetime(2026, 9, 15, 1, 0, tzinfo=UTC)) == "9月15日(周二)上午9点"
    assert moment_words(datetime(2026, 9, 15, 12, 5, tzinfo=UTC)) == "9月15日(周二)晚上8点05分"
    assert floor_words("-1") == "负1楼"
    assert category_words("A11") == "顶层漏雨"
