"""Finds dangers: a source and a state near each other, phrases that say it outright, and what takes it back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from nlp.loading import RESOURCES, ResourceError, line_of, read_yaml

HAZARDS_FILE = RESOURCES / "hazards.yaml"
_SENTENCE_END = re.compile(r"[。！!？?\n;；]")
# Rules look at this much of a letter; a danger told later than that is no call for help.
_LONGEST_READ = 4000


class Hazard(NamedTuple):
    """A danger as said: the script it calls for, its level, and the words (code points)."""

    script: str
    level: str
    start: int
    end: int
    is_direct: bool


@dataclass(frozen=True, slots=True)
class Danger:
    """All dangers of a text and what the words around them make of them."""

    hazards: tuple[Hazard, ...]
    is_self_harm: bool
    is_first_hand: bool
    is_calling: bool
    is_hypothetical: bool
    is_elsewhere: bool
    is_lesson: bool
    is_past: bool
    is_wish: bool
    is_joke: bool
    is_alarming: bool = False

    @property
    def is_told_only(self) -> bool:
        """News, drills, films, jokes: nothing is happening here."""
        return self.is_elsewhere or self.is_lesson or self.is_joke


class _Frame(NamedTuple):
    script: str
    level: str
    window: int
    source: re.Pattern[str]
    state: re.Pattern[str]


class Rules(NamedTuple):
    """Everything of the hazard file, compiled."""

    frames: tuple[_Frame, ...]
    direct: tuple[tuple[str, re.Pattern[str]], ...]
    self_harm: re.Pattern[str]
    self_harm_not: re.Pattern[str]
    first_hand: re.Pattern[str]
    calling: re.Pattern[str]
    suppress: dict[str, re.Pattern[str]]
    alarming: re.Pattern[str]
    p1: tuple[re.Pattern[str], ...]
    worry: re.Pattern[str]
    vulnerable: re.Pattern[str]
    vulnerable_needs: re.Pattern[str]
    improve: re.Pattern[str]
    tags: dict[str, re.Pattern[str]]


@cache
def rules() -> Rules:
    """The shipped rules, compiled on first use.

    Raises:
        ResourceError: a rule is missing or no pattern; with file and line.
    """
    raw: dict[str, Any] = read_yaml(HAZARDS_FILE)

    def pattern(expression: str) -> re.Pattern[str]:
        try:
            return re.compile(expression)
        except re.error as problem:
            line = line_of(HAZARDS_FILE, expression[:30])
            raise ResourceError(f"{HAZARDS_FILE.name}:{line}: {problem}") from problem

    def words(listed: list[str]) -> re.Pattern[str]:
        return re.compile("|".join(re.escape(word) for word in sorted(set(map(str, listed)), key=len, reverse=True)))

    try:
        return Rules(
            frames=tuple(
                _Frame(
                    frame["script"], frame["level"], int(frame["window"]), words(frame["source"]), words(frame["state"])
                )
                for frame in raw["frames"]
            ),
            direct=tuple((entry["script"], pattern(entry["find"])) for entry in raw["direct"]),
            self_harm=pattern(raw["self_harm"][0]["find"]),
            self_harm_not=pattern(raw["self_harm_not"]),
            first_hand=pattern(raw["first_hand"]),
            calling=pattern(raw["calling"]),
            suppress={name: pattern(expression) for name, expression in raw["suppress"].items()},
            alarming=pattern(raw["alarming"]),
            p1=tuple(pattern(expression) for expression in raw["levels"]["P1"]),
            worry=pattern(raw["levels"]["worry"]),
            vulnerable=pattern(raw["levels"]["vulnerable"]),
            vulnerable_needs=pattern(raw["levels"]["vulnerable_needs"]),
            improve=pattern(raw["levels"]["improve"]),
            tags={name: pattern(expression) for name, expression in raw["tags"].items()},
        )
    except (KeyError, TypeError, IndexError) as problem:
        raise ResourceError(f"{HAZARDS_FILE.name}:1: an entry is missing ({problem})") from problem


def find_danger(text: str) -> Danger:
    """The dangers named in a normalised text."""
    known = rules()
    read = text[:_LONGEST_READ]
    suppress = known.suppress
    hazards = _find(read, known)
    if hazards:
        negated = [found.span() for found in suppress["negated"].finditer(read)]
        figures = [found.span() for found in suppress["figure"].finditer(read)]
        hazards = [hazard for hazard in hazards if not _covered(hazard, negated) and not _covered(hazard, figures)]
        if any(hazard.script == "S-FALL" for hazard in hazards):
            # A wall that somebody knocks down, or a canopy broken by works, is damage and no danger from above.
            broken = [found.span() for found in suppress["done_on_purpose"].finditer(read)]
            hazards = [
                hazard
                for hazard in hazards
                if hazard.script != "S-FALL" or hazard.is_direct or not _covered(hazard, broken)
            ]
    without = known.self_harm_not.sub(lambda found: "\0" * len(found.group()), read)
    is_past = False
    if hazards:
        is_past = suppress["past"].search(read) is not None
    return Danger(
        hazards=tuple(sorted(hazards, key=lambda hazard: (not hazard.is_direct, hazard.start))),
        is_self_harm=known.self_harm.search(without) is not None,
        is_first_hand=known.first_hand.search(read) is not None,
        is_calling=known.calling.search(read) is not None,
        is_hypothetical=suppress["hypothetical"].search(read) is not None,
        is_elsewhere=suppress["elsewhere"].search(read) is not None,
        is_lesson=suppress["lesson"].search(read) is not None,
        is_past=is_past,
        is_wish=suppress["wish"].search(read) is not None,
        is_joke=suppress["joke"].search(read) is not None,
        is_alarming=known.alarming.search(read) is not None,
    )


def _find(text: str, known: Rules) -> list[Hazard]:
    found: list[Hazard] = []
    for script, pattern in known.direct:
        match = pattern.search(text)
        if match:
            found.append(Hazard(script, "P0", match.start(), match.end(), True))
    for frame in known.frames:
        hazard = _in_frame(text, frame)
        if hazard is not None:
            found.append(hazard)
    return found


def _in_frame(text: str, frame: _Frame) -> Hazard | None:
    for state in frame.state.finditer(text):
        low = max(0, state.start() - frame.window)
        before = text[low : state.start()]
        ends = [end.end() for end in _SENTENCE_END.finditer(before)]
        if ends:
            low += ends[-1]
            before = text[low : state.start()]
        after = text[state.end() : state.end() + frame.window]
        stop = _SENTENCE_END.search(after)
        if stop:
            after = after[: stop.start()]
        sources = list(frame.source.finditer(before))
        if sources:
            return Hazard(frame.script, frame.level, low + sources[-1].start(), state.end(), False)
        later = frame.source.search(after)
        if later:
            return Hazard(frame.script, frame.level, state.start(), state.end() + later.end(), False)
    return None


def _covered(hazard: Hazard, spans: list[tuple[int, int]]) -> bool:
    return any(start < hazard.end and hazard.start < end for start, end in spans)
