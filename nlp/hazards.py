"""Finds dangers: a source and a state near each other, phrases that say it outright, and what takes it back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from nlp.loading import RESOURCES, ResourceError, line_of, read_yaml
from nlp.watch import Marks, Watched, watched_words, watching

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
    """All dangers of a text and what the words around them make of them.

    ``sources`` and ``states`` are the scripts of whose frames one half is named anywhere in the text.
    """

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
    sources: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    hints: tuple[str, ...] = ()

    @property
    def is_told_only(self) -> bool:
        """News, drills, films, jokes: nothing is happening here."""
        return self.is_elsewhere or self.is_lesson or self.is_joke


class _Frame(NamedTuple):
    script: str
    level: str
    window: int
    source: Watched
    state: Watched


class Rules(NamedTuple):
    """Everything of the hazard file, compiled."""

    frames: tuple[_Frame, ...]
    direct: tuple[tuple[str, Watched], ...]
    self_harm: Watched
    self_harm_not: Watched
    first_hand: Watched
    calling: Watched
    suppress: dict[str, Watched]
    alarming: Watched
    hints: tuple[tuple[str, Watched], ...]
    p1: tuple[Watched, ...]
    worry: Watched
    vulnerable: Watched
    vulnerable_needs: Watched
    improve: Watched
    tags: dict[str, Watched]


@watching
def rules() -> Rules:
    """The shipped rules, compiled on first use.

    Raises:
        ResourceError: a rule is missing or no pattern; with file and line.
    """
    raw: dict[str, Any] = read_yaml(HAZARDS_FILE)

    def pattern(expression: str) -> Watched:
        try:
            return Watched(expression)
        except re.error as problem:
            line = line_of(HAZARDS_FILE, expression[:30])
            raise ResourceError(f"{HAZARDS_FILE.name}:{line}: {problem}") from problem

    try:
        return Rules(
            frames=tuple(
                _Frame(
                    frame["script"],
                    frame["level"],
                    int(frame["window"]),
                    watched_words(frame["source"]),
                    watched_words(frame["state"]),
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
            hints=tuple((kind, watched_words(listed)) for kind, listed in raw["hints"].items()),
            p1=tuple(pattern(expression) for expression in raw["levels"]["P1"]),
            worry=pattern(raw["levels"]["worry"]),
            vulnerable=pattern(raw["levels"]["vulnerable"]),
            vulnerable_needs=pattern(raw["levels"]["vulnerable_needs"]),
            improve=pattern(raw["levels"]["improve"]),
            tags={name: pattern(expression) for name, expression in raw["tags"].items()},
        )
    except (KeyError, TypeError, IndexError) as problem:
        raise ResourceError(f"{HAZARDS_FILE.name}:1: an entry is missing ({problem})") from problem


def find_danger(text: str, marks: Marks) -> Danger:
    """The dangers named in a normalised text with its marks (see ``nlp.watch``)."""
    known = rules()
    read = text[:_LONGEST_READ]
    suppress = known.suppress
    hazards = _find(read, known, marks)
    if hazards:
        negated = [found.span() for found in suppress["negated"].finditer(read, marks)]
        figures = [found.span() for found in suppress["figure"].finditer(read, marks)]
        hazards = [hazard for hazard in hazards if not _covered(hazard, negated) and not _covered(hazard, figures)]
        if any(hazard.script == "S-FALL" for hazard in hazards):
            # A wall that somebody knocks down, or a canopy broken by works, is damage and no danger from above.
            broken = [found.span() for found in suppress["done_on_purpose"].finditer(read, marks)]
            hazards = [
                hazard
                for hazard in hazards
                if hazard.script != "S-FALL" or hazard.is_direct or not _covered(hazard, broken)
            ]
    is_past = False
    if hazards:
        is_past = suppress["past"].finds(read, marks)
    return Danger(
        hazards=tuple(sorted(hazards, key=lambda hazard: (not hazard.is_direct, hazard.start))),
        is_self_harm=_is_self_harm(read, known, marks),
        is_first_hand=known.first_hand.finds(read, marks),
        is_calling=known.calling.finds(read, marks),
        is_hypothetical=suppress["hypothetical"].finds(read, marks),
        is_elsewhere=suppress["elsewhere"].finds(read, marks),
        is_lesson=suppress["lesson"].finds(read, marks),
        is_past=is_past,
        is_wish=suppress["wish"].finds(read, marks),
        is_joke=suppress["joke"].finds(read, marks),
        is_alarming=known.alarming.finds(read, marks),
        sources=frozenset(frame.script for frame in known.frames if frame.source.finds(read, marks)),
        states=frozenset(frame.script for frame in known.frames if frame.state.finds(read, marks)),
        hints=tuple(kind for kind, words in known.hints if words.finds(read, marks)),
    )


def _is_self_harm(text: str, known: Rules, marks: Marks) -> bool:
    if not known.self_harm.finds(text, marks):
        return False
    without = known.self_harm_not.pattern.sub(lambda found: "\0" * len(found.group()), text)
    return known.self_harm.pattern.search(without) is not None


def _find(text: str, known: Rules, marks: Marks) -> list[Hazard]:
    found: list[Hazard] = []
    for script, pattern in known.direct:
        match = pattern.search(text, marks)
        if match:
            found.append(Hazard(script, "P0", match.start(), match.end(), True))
    for frame in known.frames:
        if not frame.state.may_match(marks) or not frame.source.may_match(marks):
            continue
        hazard = _in_frame(text, frame)
        if hazard is not None:
            found.append(hazard)
    return found


def _in_frame(text: str, frame: _Frame) -> Hazard | None:
    for state in frame.state.pattern.finditer(text):
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
        sources = list(frame.source.pattern.finditer(before))
        if sources:
            return Hazard(frame.script, frame.level, low + sources[-1].start(), state.end(), False)
        later = frame.source.pattern.search(after)
        if later:
            return Hazard(frame.script, frame.level, state.start(), state.end() + later.end(), False)
    return None


def _covered(hazard: Hazard, spans: list[tuple[int, int]]) -> bool:
    return any(start < hazard.end and hazard.start < end for start, end in spans)
