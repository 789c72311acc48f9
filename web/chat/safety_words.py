"""Breaks a safety script into lines for the danger card; not one character is added, dropped or moved."""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST_HEADING = 14
_FORBIDDEN = re.compile(r"(不要|别|不)")


@dataclass(frozen=True, slots=True)
class SafetyLines:
    """A heading, what not to do, and the rest; each with the punctuation that follows it."""

    heading: tuple[str, str] | None
    crosses: tuple[tuple[str, str], ...]
    sentences: tuple[str, ...]

    @property
    def words(self) -> str:
        """The script again, verbatim."""
        head = "".join(self.heading) if self.heading else ""
        return head + "".join("".join(cross) for cross in self.crosses) + "".join(self.sentences)


def break_into_lines(script: str) -> SafetyLines:
    """``先离开再打电话：不要…、不要…。能顺手…`` → heading, crosses, sentences. ``words`` equals ``script``."""
    sentences = [part for part in re.split(r"(?<=。)", script) if part]
    if not sentences:
        return SafetyLines(None, (), ())
    clauses = _clauses(sentences[0])
    head, *others = clauses
    if len(head[0]) > LONGEST_HEADING:
        return SafetyLines(None, (), tuple(sentences))
    if others and all(_FORBIDDEN.match(words) for words, _ in others):
        return SafetyLines(head, tuple(others), tuple(sentences[1:]))
    if not others:
        return SafetyLines(head, (), tuple(sentences[1:]))
    rest = "".join(words + mark for words, mark in others)
    return SafetyLines(head, (), (rest, *sentences[1:]))


def _clauses(sentence: str) -> list[tuple[str, str]]:
    """The clauses of a sentence with the mark behind each; an enumeration is split only after a colon."""
    head, colon, rest = sentence.partition("：")
    if colon:
        return [(head, colon), *re.findall(r"([^、，；。]+)([、，；。]*)", rest)]
    return re.findall(r"([^，；。]+)([，；。]*)", sentence) or [(sentence, "")]
