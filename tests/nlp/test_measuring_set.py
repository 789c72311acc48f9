"""The messages understanding is measured on: well-formed, and none of them learned from."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from benchmarks.quality.understand import OWN, PARTS, PLACES, gazetteer_of, read_lines
from nlp.taxonomy import taxonomy
from nlp.training.messages import load_messages, skeleton
from nlp.understanding import Intent

MESSAGES: list[dict[str, Any]] = read_lines(OWN)
SUBJECTS = {subject.code for subject in taxonomy().subjects}
SCRIPTS = {script.code for script in taxonomy().scripts}
INTENTS = {intent.value for intent in Intent}
LEVELS = {"P0", "P1", "P2", "P3", None}
DANGERS = {"clear", "oblique"}
NO_DANGERS = {"denied", "past", "drill", "news", "joke", "hypothetical", "advertisement", "other_sense"}
ANYBODYS = 4
"""A text of fewer characters ("嗯") belongs to nobody and may stand anywhere."""


def _wrong(message: dict[str, Any]) -> list[str]:
    """What is malformed about one message; empty when nothing is."""
    text, wrong = message["text"], []
    for problem in message["problems"]:
        if text[problem["start"] : problem["end"]] != problem["text"] or not problem["text"]:
            wrong.append(f"span {problem['text']}")
        if problem["category"] not in message["categories"] + message["also_ok_categories"]:
            wrong.append(f"span of {problem['category']}")
    if not {*message["categories"], *message["also_ok_categories"]} <= SUBJECTS:
        wrong.append("category")
    if set(message["categories"]) & set(message["also_ok_categories"]):
        wrong.append("category both wanted and also accepted")
    if not {message["intent"], *message["also_ok_intents"]} <= INTENTS:
        wrong.append("intent")
    if not {message["urgency"], *message["also_ok_urgency"]} <= LEVELS:
        wrong.append("urgency")
    if not {message["safety_script"], *message.get("also_ok_safety_scripts", [])} <= SCRIPTS | {None}:
        wrong.append("script")
    if any(time not in text for time in message["time_exprs"]):
        wrong.append("time")
    if message["landmark"] is not None and message["landmark"] not in text:
        wrong.append("landmark")
    if message["part"] not in PARTS:
        wrong.append("part")
    if message.get("danger") not in DANGERS | NO_DANGERS | {None}:
        wrong.append("danger")
    if message.get("danger") in NO_DANGERS and message["urgency"] == "P0":
        wrong.append("P0 without a present danger")
    return wrong


def test_every_message_is_labelled_with_known_codes_and_spans_of_its_own_text() -> None:
    assert {message["id"]: _wrong(message) for message in MESSAGES if _wrong(message)} == {}


def test_the_check_sees_a_span_that_has_slipped_and_a_code_that_does_not_exist() -> None:
    message = next(message for message in MESSAGES if message["problems"])
    slipped = {**message["problems"][0], "start": message["problems"][0]["start"] + 1}
    spoilt = {**message, "problems": [slipped], "categories": [*message["categories"], "A99"]}
    assert _wrong(spoilt) == [f"span {slipped['text']}", "category"]


def test_no_id_and_no_wording_stands_twice() -> None:
    ids = Counter(message["id"] for message in MESSAGES)
    wordings = Counter(skeleton(message["text"]) for message in MESSAGES)
    assert [name for name, times in (ids + wordings).items() if times > 1] == []


def test_every_subject_intent_and_level_is_measured() -> None:
    subjects = Counter(message["categories"][0] for message in MESSAGES if message["categories"])
    intents = Counter(message["intent"] for message in MESSAGES)
    levels = Counter(message["urgency"] for message in MESSAGES)
    assert {code for code in SUBJECTS if subjects[code] < 5} == set()
    assert {intent for intent in INTENTS if intents[intent] < 5} == set()
    assert min(levels["P0"], levels["P1"]) >= 100


@pytest.mark.parametrize("danger", sorted(DANGERS | NO_DANGERS))
def test_present_dangers_and_what_only_looks_like_one_are_both_there(danger: str) -> None:
    assert sum(message.get("danger") == danger for message in MESSAGES) >= 5


def test_no_message_is_learned_from() -> None:
    learned = {skeleton(message.text): f"{message.sheet}:{message.line}" for message in load_messages()}
    own = {message["id"]: skeleton(message["text"]) for message in MESSAGES}
    both = {name: learned[words] for name, words in own.items() if words in learned and len(words) >= ANYBODYS}
    assert both == {}, "take these lines out of the training sheets"


def test_places_of_an_unknown_county_are_well_formed_and_half_of_them_come_without_names() -> None:
    places = read_lines(PLACES)
    assert len({row["id"] for row in places}) == len({row["text"] for row in places}) == len(places) >= 150
    without = sum(gazetteer_of(row["places"]) is None for row in places)
    assert 0.4 < without / len(places) < 0.6
    for row in places:
        known = gazetteer_of(row["places"])
        named = {building.code for building in known.buildings} if known else set()
        said = set((row["building"] or "").split(",")) - {""}
        assert known is None or said <= named, row["id"]
        assert row["landmark"] is None or row["landmark"] in row["text"], row["id"]
