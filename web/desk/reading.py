"""A complaint's words for reading: marked where they decided the category, with the weights, and the candidates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models import Complaint
from nlp.taxonomy import taxonomy


@dataclass(frozen=True, slots=True)
class Reason:
    """Words that spoke for the category, and how much they weigh."""

    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the three best categories; ``key`` is the digit that chooses it."""

    key: int
    code: str
    confidence: float
    is_chosen: bool


def mark_up(text: str, problems: Sequence[Mapping[str, Any]]) -> list[tuple[str, bool]]:
    """The text in pieces, each marked or not. Spans out of range or overlapping do no harm."""
    is_marked = bytearray(len(text))
    for problem in problems or ():
        for start, end in _spans(problem):
            start, end = max(start, 0), min(end, len(text))
            for at in range(start, end):
                is_marked[at] = 1
    pieces: list[tuple[str, bool]] = []
    begin = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or is_marked[at] != is_marked[begin]:
            pieces.append((text[begin:at], bool(is_marked[begin])))
            begin = at
    return pieces


def reasons(problems: Sequence[Mapping[str, Any]], category: str, *, limit: int = 6) -> list[Reason]:
    """The heaviest words for this category, each once."""
    heaviest: dict[str, float] = {}
    for problem in problems or ():
        if problem.get("category") != category:
            continue
        for piece in problem.get("evidence") or ():
            text, weight = str(piece.get("text", "")), float(piece.get("weight", 0))
            if text and weight > heaviest.get(text, 0):
                heaviest[text] = weight
    ordered = sorted(heaviest.items(), key=lambda pair: -pair[1])[:limit]
    return [Reason(text, weight) for text, weight in ordered]


def best_three(complaint: Complaint) -> list[Choice]:
    """The candidates as understood, and the present category when it is none of them."""
    known = [
        (str(one.get("category")), float(one.get("confidence", 0)))
        for one in complaint.candidates or ()
        if taxonomy().has_subject(str(one.get("category")))
    ][:3]
    if complaint.subject_code not in [code for code, _confidence in known]:
        known = [(complaint.subject_code, 1.0 if not known else 0.0), *known][:3]
    return [
        Choice(index, code, confidence, code == complaint.subject_code)
        for index, (code, confidence) in enumerate(known, 1)
    ]


def _spans(problem: Mapping[str, Any]) -> list[tuple[int, int]]:
    pieces = problem.get("evidence") or [problem]
    spans = []
    for piece in pieces:
        start, end = piece.get("start"), piece.get("end")
        if isinstance(start, int) and isinstance(end, int) and end > start:
            spans.append((start, end))
    return spans
