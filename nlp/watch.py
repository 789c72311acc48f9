"""Searches many patterns in one text at little cost: a pattern is tried only where words stand that it needs.

Every watched pattern is taken apart once; what comes out is a set of words of which each match must hold one. One pass
over a text finds the words of all patterns together, and what it found holds for every part of the text as well.
"""

from __future__ import annotations

import json
import re
from functools import cache
from itertools import product
from re import _constants as kinds  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any, TypeVar

from ahocorasick_rs import AhoCorasick

from nlp.loading import RESOURCES, ResourceError, read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

NEEDS_FILE = RESOURCES / "watched.json"
# A set of words larger than this is not worth watching for.
_MOST_WORDS = 400
_MOST_STRINGS = 96
_MOST_IN_A_RANGE = 26
_MOST_NEEDS = 2
_ZERO_WIDTH = frozenset({kinds.AT, kinds.ASSERT, kinds.ASSERT_NOT})
_BLANK = re.compile(r"[\s\0]")

Marks = frozenset[int] | set[int]
"""The numbers of the needs that a text meets; no part of it meets others."""

Loaded = TypeVar("Loaded")

_patterns: list[Watched] = []
_loaders: list[Callable[[], Any]] = []
# All needs of all patterns; None for a pattern without any, which is always tried.
_needs: list[frozenset[str] | None] = []


class Watched:
    """A compiled pattern and what no match can do without.

    ``needs`` are at most two sets of words; every match holds a word of each, in two different places.
    """

    __slots__ = ("expression", "flags", "needs", "numbers", "pattern")

    pattern: re.Pattern[str]

    def __init__(self, expression: str, flags: int = 0) -> None:
        """Registers the pattern; raises re.error where it is none."""
        self.expression, self.flags = expression, int(flags)
        known = _known().get(_key(self))
        if known is None:
            self.pattern = re.compile(expression, flags)
            known = needed_words(expression, self.pattern.flags)
        self.needs = known
        first = len(_needs)
        _needs.extend(self.needs or [None])
        self.numbers = frozenset(range(first, len(_needs)))
        _patterns.append(self)
        _sweeper.cache_clear()

    def __getattr__(self, name: str) -> re.Pattern[str]:
        # Most patterns are not tried on most messages: a known one is compiled when it first is.
        if name != "pattern":
            raise AttributeError(name)
        self.pattern = re.compile(self.expression, self.flags)
        return self.pattern

    def may_match(self, marks: Marks) -> bool:
        """Whether a part of the text that the marks were made from may hold a match."""
        return self.numbers <= marks

    def search(self, text: str, marks: Marks) -> re.Match[str] | None:
        """The first match in a part of the text that the marks were made from."""
        return self.pattern.search(text) if self.numbers <= marks else None

    def finds(self, text: str, marks: Marks) -> bool:
        """Whether there is a match in a part of the text that the marks were made from."""
        return self.numbers <= marks and self.pattern.search(text) is not None

    def sub(self, replace: Callable[[re.Match[str]], str], text: str, marks: Marks) -> str:
        """The part of the text with every match replaced."""
        return self.pattern.sub(replace, text) if self.numbers <= marks else text

    def finditer(self, text: str, marks: Marks) -> Iterator[re.Match[str]]:
        """All matches, in order, in a part of the text that the marks were made from."""
        return self.pattern.finditer(text) if self.numbers <= marks else iter(())


def watching(load: Callable[[], Loaded]) -> Callable[[], Loaded]:
    """Marks a function that loads rules and registers their patterns: it runs once, before any text is swept.

    Marks made before a pattern was registered would not know of it.
    """
    loader = cache(load)
    _loaders.append(loader)
    _sweeper.cache_clear()
    return loader


def watched_words(words: Sequence[str]) -> Watched:
    """A watched pattern that finds any of the words, the longest first."""
    return Watched("|".join(re.escape(word) for word in sorted(set(map(str, words)), key=_longest_first)))


def _longest_first(word: str) -> tuple[int, str]:
    return -len(word), word


def marks_of(text: str) -> set[int]:
    """What may match in a text: one pass over it, whatever the number of patterns."""
    find, numbers, always = _sweeper()
    found = set(always)
    for word in {match[0] for match in find(text, overlapping=True)}:
        found.update(numbers[word])
    return found


def watched() -> tuple[Watched, ...]:
    """Every pattern watched so far."""
    return tuple(_patterns)


def save_needs(path: Path = NEEDS_FILE) -> None:
    """Writes down the needs of every pattern watched so far, so that the next start need not take them apart."""
    needs = {
        _key(one): [sorted(words) for words in needed_words(one.expression, one.pattern.flags)] for one in _patterns
    }
    lines = [f"{json.dumps(key, ensure_ascii=False)}: {json.dumps(needs[key], ensure_ascii=False)}" for key in needs]
    path.write_text("{\n" + ",\n".join(sorted(lines)) + "\n}\n", encoding="utf-8")


def _key(one: Watched) -> str:
    return f"{one.flags}:{one.expression}"


@cache
def _known() -> dict[str, list[frozenset[str]]]:
    """The needs written down; a pattern that is not among them is taken apart when it is registered."""
    if not NEEDS_FILE.exists():
        return {}
    try:
        stored = json.loads(read_text(NEEDS_FILE))
        return {key: [frozenset(words) for words in needs] for key, needs in stored.items()}
    except (ValueError, AttributeError, TypeError) as problem:
        line = getattr(problem, "lineno", 1)
        raise ResourceError(
            f"{NEEDS_FILE.name}:{line}: cannot be read; rebuild it with python -m nlp.training"
        ) from problem


@cache
def _sweeper() -> tuple[Any, list[tuple[int, ...]], frozenset[int]]:
    for load in _loaders:
        load()
    by_word: dict[str, list[int]] = {}
    always: list[int] = []
    for number, words in enumerate(_needs):
        if words is None:
            always.append(number)
            continue
        for word in words:
            by_word.setdefault(word, []).append(number)
    automaton = AhoCorasick(list(by_word))
    return automaton.find_matches_as_indexes, [tuple(numbers) for numbers in by_word.values()], frozenset(always)


def needed_words(expression: str, flags: int = 0) -> list[frozenset[str]]:
    """The one or two best sets of words of each of which every match holds one; none where there are no such words."""
    return [_spelled(words, flags) for words in _needed(parser.parse(expression, flags))]


def _spelled(words: frozenset[str], flags: int) -> frozenset[str]:
    if flags & re.IGNORECASE:
        words = frozenset(spelled for word in words for spelled in _either_case(word))
    return frozenset(word for word in words if not any(other != word and other in word for other in words))


def _either_case(word: str) -> list[str]:
    """The ways a word may be cased; of a word with many letters only its first two are kept."""
    letters = sum(character.isascii() and character.isalpha() for character in word)
    short = word if letters <= 2 else word[:2]
    return ["".join(way) for way in product(*({c.lower(), c.upper()} for c in short))]


def _needed(items: Any) -> list[frozenset[str]]:
    """The two best sets of needed words of a sequence, the best first: long words before short, few before many."""
    offered: list[frozenset[str]] = []
    run: frozenset[str] = frozenset({""})

    def offer(words: frozenset[str]) -> None:
        # Addresses are blanked out after the sweep, so a blank is no word to watch for.
        if "" not in words and len(words) <= _MOST_WORDS and not any(_BLANK.search(word) for word in words):
            offered.append(words)

    for item in items:
        exact, inner = _of_item(item)
        if exact is not None and len(run) * len(exact) <= _MOST_STRINGS:
            run = frozenset(left + right for left in run for right in exact)
            continue
        offer(run)
        run = exact if exact is not None else frozenset({""})
        if exact is None:
            for words in inner:
                offer(words)
    offer(run)
    return sorted(offered, key=_worth, reverse=True)[:_MOST_NEEDS]


def _worth(words: frozenset[str]) -> tuple[int, int]:
    return min(2, *(len(word) for word in words), 2), -len(words)


def _of_item(item: Any) -> tuple[frozenset[str] | None, list[frozenset[str]]]:
    """All strings one item can match, where they are few, and the words needed inside it, where it has some."""
    kind, value = item
    if kind in _ZERO_WIDTH:
        return frozenset({""}), []
    if kind is kinds.LITERAL:
        return frozenset({chr(value)}), []
    if kind is kinds.IN:
        return _letters(value), []
    if kind is kinds.SUBPATTERN:
        inside = value[-1]
        return _exact(inside), _needed(inside)
    if kind is kinds.BRANCH:
        return _of_branch(value[1])
    if kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT, kinds.POSSESSIVE_REPEAT):
        least, most, inside = value
        if (least, most) == (0, 1):
            exact = _exact(inside)
            return (exact | {""} if exact is not None else None), []
        return None, _needed(inside) if least else []
    return None, []


def _of_branch(branches: Sequence[Any]) -> tuple[frozenset[str] | None, list[frozenset[str]]]:
    exact = [_exact(branch) for branch in branches]
    strings: frozenset[str] | None = None
    if all(one is not None for one in exact):
        strings = frozenset().union(*(one for one in exact if one is not None))
        if len(strings) > _MOST_STRINGS:
            strings = None
    inner = [_needed(branch) for branch in branches]
    if not all(inner):
        return strings, []
    # A branch with one need only meets both with it.
    return strings, [
        frozenset().union(*(needs[min(place, len(needs) - 1)] for needs in inner))
        for place in range(max(len(needs) for needs in inner))
    ]


def _exact(items: Any) -> frozenset[str] | None:
    """Every string a sequence can match, or None where they are many or without end."""
    strings: frozenset[str] = frozenset({""})
    for item in items:
        exact, _ = _of_item(item)
        if exact is None or len(strings) * len(exact) > _MOST_STRINGS:
            return None
        strings = frozenset(left + right for left in strings for right in exact)
    return strings


def _letters(members: Sequence[Any]) -> frozenset[str] | None:
    found: set[str] = set()
    for kind, value in members:
        if kind is kinds.LITERAL:
            found.add(chr(value))
        elif kind is kinds.RANGE and value[1] - value[0] < _MOST_IN_A_RANGE:
            found.update(chr(code) for code in range(value[0], value[1] + 1))
        elif kind is kinds.CATEGORY and value is kinds.CATEGORY_DIGIT:
            # One spelling has only these (see ``nlp.spelling``).
            found.update("0123456789")
        else:
            return None
    return frozenset(found) if len(found) <= _MOST_STRINGS else None
