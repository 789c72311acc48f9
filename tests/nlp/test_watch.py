"""A watched pattern finds what it would find unwatched, on every message there is."""

import re

import pytest

from nlp.hazards import rules
from nlp.intents import cue_scores
from nlp.spelling import normalise
from nlp.training.messages import load_messages
from nlp.watch import Watched, marks_of, needed_words, watched


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("漏水|滴水", {"漏水", "滴水"}),
        ("煤气.{0,4}(?:漏|味)", {"煤气"}),
        ("[有无]人.{0,3}(?:受伤|晕倒)", {"有人", "无人"}),
        ("(?!不)着火", {"着火"}),
        ("(?:快|要)?塌了?", {"塌"}),
        (r"\d+人", {"人"}),
        (r"^.{1,3}$", None),
        (r"灯?\d*", None),
        (r"[^灯]", None),
        ("a b|c", None),
    ],
)
def test_every_match_needs_one_of_its_words(expression: str, words: set[str] | None) -> None:
    found = needed_words(expression)
    assert found == words


def test_words_in_latin_letters_are_found_in_either_case() -> None:
    rule = Watched("system prompt", re.IGNORECASE)
    assert rule.finds("SYSTEM PROMPT", marks_of("SYSTEM PROMPT"))
    assert rule.finds("System Prompt", marks_of("System Prompt"))
    assert not rule.finds("system", marks_of("system"))


def test_watching_loses_no_match_on_any_message() -> None:
    rules()
    cue_scores("", set())
    patterns = watched()
    assert len(patterns) > 100
    tried = matched = 0
    for message in load_messages()[::3]:
        plain = normalise(message.text)
        marks = marks_of(plain)
        for rule in patterns:
            if rule.pattern.search(plain):
                matched += 1
                assert rule.number in marks, (rule.pattern.pattern, plain)
        tried += len(marks)
    assert matched > 1000
    assert tried < len(load_messages()[::3]) * len(patterns) / 5, "most patterns are not even tried"
