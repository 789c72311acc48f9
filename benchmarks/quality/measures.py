"""Compares answers with labels, and turns the comparisons into figures with n and an interval."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.quality.intervals import Interval, bootstrap, wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nlp.understanding import Understanding

SLOTS = ("building", "unit", "floor", "room")
ROUTED_WRONG = 0.05
"""How many of the complaints that pass without a person may stand under the wrong subject."""
NO_DANGER = frozenset({"denied", "past", "drill", "news", "joke", "hypothetical", "advertisement", "other_sense"})
_BINS = 10

CALIBRATION = "expected calibration error"
ROUTED = "routed without a person"
ROUTED_WRONGLY = "wrong among the routed"
CATEGORY_F1 = "category set F1 per message"
SPAN_F1 = "span characters F1"
TIMES = "time expressions recall"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is compared with a label. ``confidence`` belongs to the first category; None where it is not calibrated."""

    categories: tuple[str, ...]
    ranked: tuple[str, ...]
    intent: str
    urgency: str | None
    is_danger: bool
    asks: bool
    slots: dict[str, str | None]
    confidence: float | None = None
    is_whole: bool = False
    """Whether scripts and landmarks belong to the answer; a baseline has none."""
    script: str | None = None
    characters: frozenset[int] | None = None
    times: frozenset[str] | None = None
    landmark: str | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number: what it is of ``n`` messages (or answers), and its 95 % interval."""

    value: float
    n: int
    interval: Interval


@dataclass(slots=True)
class Scores:
    """Outcomes by measure: right or wrong for shares, rows of numbers for what is no share, and misses in words."""

    right: dict[str, list[bool]] = field(default_factory=dict)
    rows: dict[str, list[tuple[float, ...]]] = field(default_factory=dict)
    misses: dict[str, list[str]] = field(default_factory=dict)
    sure: list[tuple[float, bool]] = field(default_factory=list)
    subjects: int = 0

    def count(self, measure: str, is_right: bool, miss: str = "", *, is_miss: bool | None = None) -> None:
        """One outcome; it is listed under the misses when it is not right, or when ``is_miss`` says so."""
        self.right.setdefault(measure, []).append(is_right)
        if not is_right if is_miss is None else is_miss:
            self.misses.setdefault(measure, []).append(miss)

    def add(self, measure: str, *row: float) -> None:
        self.rows.setdefault(measure, []).append(row)

    def figures(self, threshold: float | None = None) -> dict[str, Figure]:
        """Every measure in the order it first came up; ``threshold`` is the confidence from which nobody looks."""
        figures = {
            measure: Figure(sum(outcomes) / len(outcomes), len(outcomes), wilson(sum(outcomes), len(outcomes)))
            for measure, outcomes in self.right.items()
        }
        for measure, rows in self.rows.items():
            figure = _mean if measure == CATEGORY_F1 else _recall if measure == TIMES else _f1
            figures[measure] = Figure(figure(np.asarray(rows)), len(rows), bootstrap(rows, figure))
        if self.sure:
            rows = [(confidence, float(is_right)) for confidence, is_right in self.sure]
            error = calibration_error(np.asarray(rows))
            figures[CALIBRATION] = Figure(error, len(rows), bootstrap(rows, calibration_error))
            if threshold is not None:
                routed = [is_right for confidence, is_right in self.sure if confidence >= threshold]
                wrong = routed.count(False)
                share = len(routed) / self.subjects
                figures[ROUTED] = Figure(share, self.subjects, wilson(len(routed), self.subjects))
                figures[ROUTED_WRONGLY] = Figure(wrong / max(1, len(routed)), len(routed), wilson(wrong, len(routed)))
        return figures

    def threshold(self) -> float | None:
        """The lowest confidence from which the share wrong is surely at most ``ROUTED_WRONG``; None without any.

        Surely: by the upper end of its 95 % interval, for a share that just passes here fails on other messages.
        """
        best, wrong = None, 0
        ranked = sorted(self.sure, reverse=True)
        for place, (confidence, is_right) in enumerate(ranked, start=1):
            wrong += not is_right
            is_last_of_its_kind = place == len(ranked) or ranked[place][0] < confidence
            if is_last_of_its_kind and wilson(wrong, place)[1] <= ROUTED_WRONG:
                best = confidence
        return best


def answer_of(found: Understanding) -> Answer:
    """The product's understanding as an answer."""
    confidences = {candidate.category: candidate.confidence for candidate in found.candidates}
    first = found.categories[0] if found.categories else None
    return Answer(
        categories=found.categories,
        ranked=tuple(candidate.category for candidate in found.candidates),
        intent=found.intent.value,
        urgency=found.urgency,
        is_danger=found.urgency == "P0",
        asks=found.ask_safety,
        slots={slot: getattr(found.place, slot) for slot in SLOTS},
        confidence=confidences.get(first) if first else None,
        is_whole=True,
        script=found.safety_script,
        characters=frozenset(at for problem in found.problems for at in range(problem.start, problem.end)),
        times=frozenset(time.text for time in found.times),
        landmark=found.place.landmark,
    )


def measure(scores: Scores, label: dict[str, Any], answer: Answer) -> None:
    """Compares one answer with its label; what a reasonable clerk would also accept is right."""
    short = label["text"][:60].replace("\n", " ")
    _measure_subject(scores, label, answer, short)
    intents = {label["intent"], *label.get("also_ok_intents", [])}
    scores.count("intent", answer.intent in intents, f"{short} | {label['intent']} | {answer.intent}")
    levels = {label["urgency"], *label.get("also_ok_urgency", [])}
    scores.count("urgency exact", answer.urgency in levels, f"{short} | {label['urgency']} | {answer.urgency}")
    _measure_danger(scores, label, answer, short)
    measure_places(scores, label, answer)
    measure_landmark(scores, label, answer)
    if answer.characters is not None and label["problems"]:
        wanted = {at for problem in label["problems"] for at in range(problem["start"], problem["end"])}
        scores.add(SPAN_F1, len(wanted & answer.characters), len(answer.characters), len(wanted))
    if answer.times is not None and label.get("time_exprs"):
        said = set(label["time_exprs"])
        scores.add(TIMES, len(said & answer.times), len(said))


def measure_places(scores: Scores, label: dict[str, Any], answer: Answer) -> None:
    """The four slots, each and all, and whether a value was written that is not right."""
    accepted = label.get("also_ok_address") or {}
    right = {slot: answer.slots[slot] in (label.get(slot), *accepted.get(slot, [])) for slot in SLOTS}
    miss = f"{label['text'][:60]} | {answer.slots}".replace("\n", " ")
    for slot in SLOTS:
        scores.count(slot, right[slot], miss)
    scores.count("all four places", all(right.values()), miss)
    is_wrong = any(not right[slot] and answer.slots[slot] is not None for slot in SLOTS)
    scores.count("wrong place written", is_wrong, miss, is_miss=is_wrong)


def measure_landmark(scores: Scores, label: dict[str, Any], answer: Answer) -> None:
    """A landmark is found when the stretch overlaps with the one labelled."""
    if label.get("landmark") and answer.is_whole:
        found = answer.landmark or ""
        scores.count("landmark found", bool(found) and (found in label["landmark"] or label["landmark"] in found))


def _measure_subject(scores: Scores, label: dict[str, Any], answer: Answer, short: str) -> None:
    if not label["categories"]:
        return
    must = set(label["categories"])
    wanted = must | set(label.get("also_ok_categories", []))
    first = answer.categories[0] if answer.categories else None
    is_right = first in wanted
    miss = f"{short} | {label['categories']} | {answer.categories} {answer.ranked}"
    scores.count("subject top-1", is_right, miss)
    scores.count("subject top-3", not wanted.isdisjoint(answer.ranked[:3]), miss)
    scores.count("class", first is not None and first[0] in {code[0] for code in wanted}, miss)
    got = set(answer.categories)
    precision = len(got & wanted) / len(got) if got else 0.0
    recall = len(got & must) / len(must)
    scores.add(CATEGORY_F1, 2 * precision * recall / (precision + recall) if precision + recall else 0.0)
    scores.subjects += 1
    if answer.confidence is not None:
        scores.sure.append((answer.confidence, is_right))


def _measure_danger(scores: Scores, label: dict[str, Any], answer: Answer, short: str) -> None:
    is_accepted = "P0" in {label["urgency"], *label.get("also_ok_urgency", [])}
    if label["urgency"] == "P0":
        is_caught = answer.is_danger or answer.asks
        scores.count("P0 by text, recall", answer.is_danger, short)
        scores.count("P0 by text or question", is_caught, short)
        if label.get("danger"):
            scores.count(f"P0 by text, {label['danger']}", answer.is_danger, short)
            scores.count(f"P0 by text or question, {label['danger']}", is_caught, short)
    else:
        scores.count("question asked on others", answer.asks, short, is_miss=answer.asks)
        if label.get("danger") in NO_DANGER and not is_accepted:
            scores.count("P0 where only the words are", answer.is_danger, short, is_miss=answer.is_danger)
    if answer.is_danger:
        scores.count("P0 by text, precision", is_accepted, short)
    if label.get("safety_script") and answer.is_whole:
        scripts = {label["safety_script"], *label.get("also_ok_safety_scripts", [])}
        scores.count("script", answer.script in scripts, f"{short} | {answer.script}")


def calibration_error(rows: NDArray[np.float64]) -> float:
    """How far confidence and share right lie apart, over ten bins of equal width; rows are (confidence, right)."""
    bins = np.minimum((rows[:, 0] * _BINS).astype(int), _BINS - 1)
    apart = np.bincount(bins, rows[:, 0] - rows[:, 1], minlength=_BINS)
    return float(np.abs(apart).sum() / len(rows))


def _mean(rows: NDArray[np.float64]) -> float:
    return float(rows[:, 0].mean())


def _recall(rows: NDArray[np.float64]) -> float:
    found, said = rows.sum(axis=0)
    return float(found / said) if said else 0.0


def _f1(rows: NDArray[np.float64]) -> float:
    both, got, wanted = rows.sum(axis=0)
    return float(2 * both / (got + wanted)) if got + wanted else 0.0
