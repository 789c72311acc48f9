"""Messages in time order: each is compared with what came before and placed once; nothing is placed again."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from nlp.topics.likeness import Likeness, likeness

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from nlp.topics.traits import Counts, Traits

_VIEWS = ("pairs", "rare", "problem", "names")
# As if so many messages had been read before the first: early words are neither all rare nor all common.
_READ_BEFORE = 50
# Below this share of common pairs two messages cannot be one event.
_LEAST = 0.02
_NEVER = -9.0
_DAY = 86400.0


class Stream:
    """Groups that grow message by message.

    Rarity of words is that of the messages so far, so that what comes later changes nothing of what was placed:
    the groups of the first thousand messages are the same whether or not more follow.

    Args:
        forest: how likely two messages are one event; the shipped one unless given.
        remembered: so many of the newest messages are compared with; bounds time and memory.
    """

    def __init__(self, forest: Likeness | None = None, remembered: int = 20_000) -> None:
        self._forest = forest
        self._remembered = remembered
        self._seen = 0
        self._views = {view: _View() for view in _VIEWS}
        self._days = array("d")
        self._group = array("q")
        self._regions: list[frozenset[str]] = []
        self._groups = 0

    def add(self, traits: Traits, at: datetime) -> int:
        """Places the next message and says into which group: a number that counts groups from 0."""
        day = at.timestamp() / _DAY
        rows, measures = self._measure(traits, day)
        group = self._best(rows, measures)
        return self._store(traits, day, self._groups if group is None else group)

    def compare(self, traits: Traits, at: datetime) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """For fitting: takes the message as a group of its own and gives the earlier ones with their measures.

        Returns:
            The numbers of those messages, counted from 0, and an array of shape (messages, 6).
        """
        day = at.timestamp() / _DAY
        measured = self._measure(traits, day)
        self._store(traits, day, self._groups)
        return measured

    def _store(self, traits: Traits, day: float, group: int) -> int:
        self._groups = max(self._groups, group + 1)
        for view in self._views.values():
            view.keep(len(self._days))
        self._days.append(day)
        self._group.append(group)
        self._regions.append(traits.regions)
        if len(self._days) >= 2 * self._remembered:
            self._forget()
        return group

    def _measure(self, traits: Traits, day: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        self._seen += 1
        stored = len(self._days)
        scores = {
            view: self._views[view].compare(counts, self._seen, stored)
            for view, counts in zip(_VIEWS, (traits.pairs, traits.rare, traits.problem, traits.names), strict=True)
        }
        rows = np.flatnonzero(scores["pairs"] > _LEAST)
        own = traits.regions
        apart = [bool(own and self._regions[row] and own.isdisjoint(self._regions[row])) for row in rows]
        gaps = np.log1p(np.abs(day - np.frombuffer(self._days, dtype=np.float64)[rows])) if stored else np.zeros(0)
        columns = [*(scores[view][rows] for view in _VIEWS), np.array(apart, dtype=np.float64), gaps]
        return rows, np.stack(columns, axis=1)

    def _best(self, rows: NDArray[np.int64], measures: NDArray[np.float64]) -> int | None:
        if not len(rows):
            return None
        forest = self._forest or likeness()
        return best_group(rows, forest.log_odds(measures), np.frombuffer(self._group, dtype=np.int64), forest.enough)

    def _forget(self) -> None:
        cut = len(self._days) - self._remembered
        self._days = self._days[cut:]
        self._group = self._group[cut:]
        self._regions = self._regions[cut:]
        for view in self._views.values():
            view.forget(cut)


def best_group(
    rows: NDArray[np.int64], odds: NDArray[np.float64], placed: NDArray[np.int64], enough: float
) -> int | None:
    """The group that fits best, half by its nearest message and half by all of them; None when none fits enough.

    Args:
        rows: earlier messages that have anything in common with the new one, at least one.
        odds: log odds that each of them is one event with it, shape (rows,).
        placed: the group of every earlier message.
        enough: log odds from which a message joins.
    """
    odds = np.maximum(odds, _NEVER)
    groups, place = np.unique(placed[rows], return_inverse=True)
    sizes = np.bincount(placed)[groups]
    above = np.bincount(place, odds - _NEVER, len(groups))
    nearest = np.full(len(groups), _NEVER)
    np.maximum.at(nearest, place, odds)
    fits = (above / sizes + _NEVER + nearest) / 2
    best = int(fits.argmax())
    return int(groups[best]) if fits[best] >= enough else None


class _View:
    """One way to look at messages: who holds which term, with what weight."""

    def __init__(self) -> None:
        self._held_by: dict[str, tuple[array[int], array[float]]] = {}
        self._count: Counter[str] = Counter()
        self._fresh: list[tuple[str, float]] = []

    def compare(self, counts: Counts, seen: int, stored: int) -> NDArray[np.float64]:
        """The cosine with each of the ``stored`` messages; the term weights are kept for ``keep``."""
        self._count.update(counts.keys())
        weights: list[tuple[str, float]] = []
        for term, count in counts.items():
            rarity = math.log((_READ_BEFORE + seen) / (self._count[term] + 1))
            weights.append((term, (1 + math.log(count)) * max(rarity, 0.05)))
        length = math.sqrt(sum(weight * weight for _, weight in weights)) or 1.0
        self._fresh = [(term, weight / length) for term, weight in weights]
        rows: list[NDArray[np.int32]] = []
        parts: list[NDArray[np.float32]] = []
        for term, weight in self._fresh:
            held = self._held_by.get(term)
            if held is not None:
                rows.append(np.frombuffer(held[0], dtype=np.int32))
                parts.append(np.frombuffer(held[1], dtype=np.float32) * np.float32(weight))
        if not rows:
            return np.zeros(stored)
        return np.bincount(np.concatenate(rows), np.concatenate(parts), stored).astype(np.float64)

    def keep(self, row: int) -> None:
        """Stores what was compared last as message ``row``."""
        for term, weight in self._fresh:
            held = self._held_by.get(term)
            if held is None:
                held = self._held_by[term] = (array("i"), array("f"))
            held[0].append(row)
            held[1].append(weight)
        self._fresh = []

    def forget(self, cut: int) -> None:
        """Drops the first ``cut`` messages and renumbers the others."""
        left: dict[str, tuple[array[int], array[float]]] = {}
        for term, (rows, weights) in self._held_by.items():
            start = bisect_left(rows, cut)
            if start < len(rows):
                left[term] = (array("i", (row - cut for row in rows[start:])), weights[start:])
        self._held_by = left
