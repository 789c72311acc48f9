"""A group in words: the place most of its messages name, and what else they share."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from nlp.loading import RESOURCES, read_text
from nlp.segment import segment
from nlp.topics.traits import character_pairs, common_pairs, places, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

_READ = 600
_MEMBERS = 40
_WORDS = 4
_LONGER = 3
_NO_PART = frozenset("市区县镇乡路的在了对是我把将请到从和与及省")
EMPTY_FILE = RESOURCES / "topics" / "empty_words.txt"


class Description(NamedTuple):
    """``topic`` reads "place：words"; ``place`` is None where the messages name none."""

    topic: str
    place: str | None


def describe(messages: Sequence[tuple[str, str]], subject: str = "", place: str | None = None) -> Description:
    """The group in words.

    Args:
        messages: headline and text of each, in order of time; forty at most are read.
        subject: what the group is about, in the words of the taxonomy, where it is known.
        place: where it is, where it is known; else it is read from the messages.
    """
    read = [(plain(title), plain(text[:_READ])) for title, text in messages[:_MEMBERS]]
    place = place or _place(read)
    shared = _shared_words(read, (place or "") + subject)
    words = " ".join(shared) or _shortest(read)
    about = "、".join(part for part in (subject, words) if part)
    return Description(f"{place}：{about}" if place and about else place or about, place)


def shared_words(texts: Sequence[str], used: str = "") -> tuple[str, ...]:
    """What most of these texts say, in the order it is said; words that stand in ``used`` are left out."""
    return tuple(_shared_words([("", plain(text[:_READ])) for text in texts[:_MEMBERS]], used))


def _place(read: Sequence[tuple[str, str]]) -> str | None:
    """The name that at least half of the messages hold, the stranger and the more often headlined one first."""
    held: Counter[str] = Counter()
    headlined: Counter[str] = Counter()
    for title, text in read:
        heads = {place.name + place.kind for place in places(title)}
        headlined.update(heads)
        held.update(heads | {place.name + place.kind for place in places(text)})
    worth = {
        name: (count + headlined[name]) * (1 + _strangeness(name))
        for name, count in held.items()
        if count * 2 >= len(read) and _strangeness(name) > 0 and not name[0].isdigit()
    }
    if not worth:
        return None
    return _whole(max(worth, key=lambda name: (worth[name], len(name), name)), read)


def _whole(name: str, read: Sequence[tuple[str, str]]) -> str:
    """The name with what nearly always stands before it: names are searched in a few characters only."""
    for _ in range(_LONGER):
        before: Counter[str] = Counter()
        for part in (part for both in read for part in both):
            before.update(found.group(1) for found in re.finditer(f"(.){re.escape(name)}", part))
        letter, count = before.most_common(1)[0] if before else ("", 0)
        is_part = count >= 2 and count * 4 >= before.total() * 3 and letter + name[0] not in common_pairs()
        if not is_part or not "\u4e00" <= letter <= "\u9fff" or letter in _NO_PART:
            break
        name = letter + name
    return name


def _strangeness(name: str) -> float:
    pairs = character_pairs(name)
    return sum(pair not in common_pairs() for pair in pairs) / len(pairs) if pairs else 0.0


def _shared_words(read: Sequence[tuple[str, str]], used: str) -> list[str]:
    empty = _empty_words()
    held: Counter[str] = Counter()
    headlined: Counter[str] = Counter()
    first: dict[str, int] = {}
    for title, text in read:
        heads = set(segment(title))
        headlined.update(heads)
        for word in dict.fromkeys((*segment(title), *segment(text))):
            if len(word) > 1 and word not in empty and word not in used and _is_han(word):
                held[word] += 1
                first.setdefault(word, len(first))
    shared = [word for word, count in held.items() if count >= 2 and count * 2 >= len(read)]
    best = sorted(shared, key=lambda word: (-held[word] - headlined[word], first[word]))[:_WORDS]
    return sorted(best, key=first.__getitem__)


@cache
def _empty_words() -> frozenset[str]:
    lines = (line for line in read_text(EMPTY_FILE).splitlines() if not line.startswith("#"))
    return frozenset(word for line in lines for word in line.split())


def _is_han(word: str) -> bool:
    return all("\u4e00" <= letter <= "\u9fff" for letter in word)


def _shortest(read: Sequence[tuple[str, str]]) -> str:
    lines = [line for title, text in read if (line := (title or text).strip())]
    return min(lines, key=len)[:40] if lines else ""
