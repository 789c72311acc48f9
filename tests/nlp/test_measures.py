"""The figures understanding is judged by: right for what a clerk would accept, and never a miss of the kept part."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from benchmarks.quality import understand as benchmark
from benchmarks.quality.intervals import bootstrap, wilson
from benchmarks.quality.measures import CALIBRATION, CATEGORY_F1, ROUTED, ROUTED_WRONGLY, Answer, Scores, measure
from nlp.understanding import SURE_FROM

if TYPE_CHECKING:
    from pathlib import Path

LABEL: dict[str, Any] = {
    "text": "3栋楼顶漏水，路灯也不亮",
    "intent": "report",
    "categories": ["A11", "B03"],
    "also_ok_categories": ["A12"],
    "urgency": "P2",
    "building": "3",
    "unit": None,
    "floor": None,
    "room": None,
    "also_ok_address": {"floor": ["top"]},
    "problems": [{"text": "楼顶漏水", "start": 2, "end": 6, "category": "A11"}],
    "time_exprs": [],
}
ANSWER = Answer(
    categories=("A11", "B03"),
    ranked=("A11", "B03", "A12"),
    intent="report",
    urgency="P2",
    is_danger=False,
    asks=False,
    slots={"building": "3", "unit": None, "floor": "top", "room": None},
    confidence=0.9,
    characters=frozenset(range(2, 6)),
)


def figures(label: dict[str, Any], answer: Answer) -> dict[str, float]:
    scores = Scores()
    measure(scores, label, answer)
    return {name: figure.value for name, figure in scores.figures().items()}


def test_a_right_answer_is_right_in_every_measure() -> None:
    found = figures(LABEL, ANSWER)
    ones = ("subject top-1", "subject top-3", "class", CATEGORY_F1, "span characters F1", "intent", "all four places")
    assert {name: found[name] for name in ones} == dict.fromkeys(ones, 1.0)
    assert found["question asked on others"] == found["wrong place written"] == 0.0


def test_what_a_clerk_would_also_accept_is_right_but_does_not_stand_for_what_was_missed() -> None:
    found = figures(LABEL, replace(ANSWER, categories=("A12", "B03")))
    assert found["subject top-1"] == 1.0
    assert found[CATEGORY_F1] == pytest.approx(2 * 1.0 * 0.5 / 1.5)


def test_an_empty_slot_is_not_exact_but_nothing_wrong_was_written() -> None:
    empty = figures(LABEL, replace(ANSWER, slots={**ANSWER.slots, "building": None}))
    other = figures(LABEL, replace(ANSWER, slots={**ANSWER.slots, "building": "13"}))
    assert (empty["building"], empty["wrong place written"]) == (0.0, 0.0)
    assert (other["building"], other["wrong place written"]) == (0.0, 1.0)


def test_a_danger_is_caught_by_the_question_and_said_where_there_is_none_it_costs_precision() -> None:
    danger = {**LABEL, "urgency": "P0", "danger": "oblique"}
    asked = figures(danger, replace(ANSWER, asks=True))
    assert (asked["P0 by text, recall"], asked["P0 by text or question"]) == (0.0, 1.0)
    past = {**LABEL, "danger": "past"}
    said = figures(past, replace(ANSWER, is_danger=True))
    assert (said["P0 by text, precision"], said["P0 where only the words are"]) == (0.0, 1.0)


def test_the_confidence_from_which_nobody_looks_lets_at_most_one_in_twenty_pass_wrong() -> None:
    scores = Scores(subjects=240)
    scores.sure = [(0.9, True)] * 119 + [(0.9, False)] + [(0.8, False)] * 3 + [(0.7, True)] * 10
    assert scores.threshold() == 0.9
    found = scores.figures(scores.threshold())
    assert (found[ROUTED].value, found[ROUTED_WRONGLY].value) == (120 / 240, 1 / 120)
    assert Scores(sure=[(0.9, False)]).threshold() is None


def test_a_share_wrong_that_only_just_passes_is_no_ground_to_let_messages_pass() -> None:
    assert Scores(sure=[(0.9, True)] * 96 + [(0.9, False)] * 4).threshold() is None


def test_the_confidence_in_use_is_no_lower_than_the_messages_that_may_be_read_allow() -> None:
    labels = [label for label in benchmark.read_lines(benchmark.OWN) if label["part"] == benchmark.TUNE]
    scores = benchmark.score(labels)
    chosen = scores.threshold()
    assert chosen is not None
    assert chosen <= SURE_FROM
    assert scores.figures(SURE_FROM)[ROUTED].value > 0.7


def test_confidence_that_says_what_is_true_has_no_calibration_error() -> None:
    honest = Scores(subjects=10, sure=[(0.8, True)] * 8 + [(0.8, False)] * 2)
    boastful = Scores(subjects=10, sure=[(1.0, True)] * 6 + [(1.0, False)] * 4)
    assert honest.figures()[CALIBRATION].value == pytest.approx(0.0)
    assert boastful.figures()[CALIBRATION].value == pytest.approx(0.4)


def test_intervals_are_those_of_the_books() -> None:
    assert wilson(5, 17) == pytest.approx((0.1328, 0.5313), abs=1e-4)
    assert wilson(17, 17)[1] == 1.0
    assert wilson(0, 0) == (0.0, 1.0)
    low, high = bootstrap([(0.0,), (1.0,)] * 50, lambda rows: float(np.mean(rows)))
    assert 0.38 < low < 0.45
    assert 0.55 < high < 0.62


def test_misses_are_printed_for_what_may_be_read_and_never_for_what_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = {**LABEL, "also_ok_intents": [], "intent": "spam", "danger": None}
    rows = [
        {**wrong, "part": "tune", "text": "路灯不亮，调过的一句"},
        {**wrong, "part": "kept", "text": "路灯不亮，留着的一句"},
    ]
    own = tmp_path / "messages.jsonl"
    own.write_text("".join(json.dumps({**row, "problems": []}) + "\n" for row in rows), encoding="utf-8")
    monkeypatch.setattr(benchmark, "OWN", own)
    monkeypatch.setenv("LINLI_SHARED", str(tmp_path))
    assert benchmark.main(["intent"]) == 0
    printed = capsys.readouterr().out
    assert "调过的一句" in printed
    assert "留着的一句" not in printed
    assert "messages.jsonl, kept: n = 1" in printed
    assert "there is no baseline" in printed
