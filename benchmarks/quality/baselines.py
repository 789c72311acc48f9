"""What is to be beaten: every message a report of level P2, and a linear model of the taxonomy's phrases alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import jieba
import numpy as np
import yaml
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from benchmarks.quality.measures import Answer

if TYPE_CHECKING:
    from pathlib import Path

jieba.setLogLevel("WARNING")

_NUMBER = r"[0-9一二三四五六七八九十]{1,3}"
# One page of patterns: a number, and the word that says of what.
_SLOTS = {
    "building": re.compile(rf"({_NUMBER}|[A-Za-z])(?:栋|幢|座|号楼|#)"),
    "unit": re.compile(rf"({_NUMBER})(?:单元|门)"),
    "floor": re.compile(rf"({_NUMBER})(?:楼|层)"),
    "room": re.compile(r"(?<!\d)(\d{3,4})(?!\d)"),
}
_NUMERALS = {word: str(number) for number, word in enumerate("一二三四五六七八九十", start=1)}


class Baseline:
    """Answers from the reference taxonomy's phrases, keywords and patterns, without anything of the product's."""

    def __init__(self, taxonomy: Path) -> None:
        raw = yaml.safe_load(taxonomy.read_text(encoding="utf-8"))
        texts, codes = _phrases(raw)
        self._vectorizer = TfidfVectorizer(tokenizer=jieba.lcut, token_pattern=None)
        self._model = LinearSVC(random_state=0).fit(self._vectorizer.fit_transform(texts), codes)
        self._ask = set(raw["ask_safety"]["subjects"])
        self._danger = re.compile(
            "|".join(next(level["patterns"] for level in raw["urgency"]["levels"] if level["level"] == "P0"))
        )

    def answers(self, texts: list[str]) -> list[Answer]:
        """One answer a text, in order: two best subjects of the safety list ask the question, P0 by pattern alone."""
        scored = self._model.decision_function(self._vectorizer.transform(texts))
        ranked = [[str(self._model.classes_[place]) for place in row[:3]] for row in np.argsort(-scored, axis=1)]
        return [
            Answer(
                categories=(codes[0],),
                ranked=tuple(codes),
                intent="report",
                urgency="P2",
                is_danger=self._danger.search(text) is not None,
                asks=not self._ask.isdisjoint(codes[:2]),
                slots=read_slots(text),
            )
            for text, codes in zip(texts, ranked, strict=True)
        ]


def read_slots(text: str) -> dict[str, str | None]:
    """Building, unit, floor and room by one pattern each; the floor of a room where none is said."""
    slots: dict[str, str | None] = {}
    for slot, pattern in _SLOTS.items():
        found = pattern.search(text)
        slots[slot] = _NUMERALS.get(found[1], found[1]) if found else None
    if slots["room"] and not slots["floor"]:
        slots["floor"] = slots["room"][:-2].lstrip("0") or None
    return slots


def _phrases(raw: dict[str, Any]) -> tuple[list[str], list[str]]:
    texts: list[str] = []
    codes: list[str] = []
    for subject in (subject for group in raw["classes"] for subject in group["subjects"]):
        own = [*subject["phrases"], *subject["keywords"], *(item["name"] for item in subject["items"])]
        texts.extend(str(text) for text in own)
        codes.extend([subject["code"]] * len(own))
    return texts, codes
