"""A watched pattern finds what it would find unwatched, on every message there is."""

import json
import re
from pathlib import Path

import pytest

from nlp.hazards import rules
from nlp.intents import cue_scores
from nlp.spelling import normalise
from nlp.training.messages import load_messages
from nlp.watch import NEEDS_FILE, Watched, marks_of, needed_words, save_needs, watched


@pytest.mark.parametrize(
    ("expression", "needs"),
    [
        ("漏水|滴水", [{"漏水", "滴水"}]),
        ("煤气.{0,4}(?:漏|味)", [{"煤气"}, {"漏", "味"}]),
        ("[有无]人.{0,3}(?:受伤|晕倒)", [{"有人", "无人"}, {"受伤", "晕倒"}]),
        ("(?!不)着火", [{"着火"}]),
        ("(?:快|要)?塌了?", [{"塌"}]),
        (r"\d+人", [{"人"}, set("0123456789")]),
        ("(?:楼.{0,3}漏|墙.{0,3}裂)", [{"楼", "墙"}, {"漏", "裂"}]),
        ("(?:楼.{0,3}漏|墙)", [{"楼", "墙"}, {"漏", "墙"}]),
        (r"^.{1,3}$", []),
        (r"灯?\d*", []),
        (r"[^灯]", []),
        ("a b|c", []),
    ],
)
def test_every_match_needs_a_word_of_each_set(expression: str, needs: list[set[str]]) -> None:
    found = needed_words(expression)
    assert sorted(map(sorted, found)) == sorted(map(sorted, needs))


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
                assert rule.may_match(marks), (rule.pattern.pattern, plain)
        tried += sum(rule.may_match(marks) for rule in patterns)
    assert matched > 1000
    assert tried < len(load_messages()[::3]) * len(patterns) / 5, "most patterns are not even tried"


def test_the_needs_written_down_are_those_of_the_patterns(tmp_path: Path) -> None:
    rules()
    cue_scores("", set())
    stored = json.loads(NEEDS_FILE.read_text(encoding="utf-8"))
    save_needs(tmp_path / "needs.json")
    fresh = json.loads((tmp_path / "needs.json").read_text(encoding="utf-8"))
    shipped = {key: needs for key, needs in fresh.items() if key in stored}
    assert shipped == {key: stored[key] for key in shipped}
    missing = [key for key in fresh if key not in stored and "system prompt" not in key]
    assert not missing, "write them down: python -m nlp.training"
