"""How likely two messages speak of one event: a small forest over six measures, each tree readable in its file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp.loading import RESOURCES, ResourceError, read_text

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

LIKENESS_FILE = RESOURCES / "topics" / "likeness.json"
MEASURES = ("pairs", "rare", "problem", "names", "apart", "gap")
"""In this order: four cosines; 1 where both name regions and none is shared; logarithm of 1 + days between."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """Trees side by side, shape (trees, nodes); a leaf points at itself."""

    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    value: NDArray[np.float64]
    base: float
    depth: int
    enough: float
    """Log odds from which a message joins a group."""

    def log_odds(self, measures: NDArray[np.float64]) -> NDArray[np.float64]:
        """The log odds that each pair is one event; ``measures`` has shape (pairs, 6), the answer (pairs,)."""
        pairs = len(measures)
        trees = np.arange(len(self.feature))
        at = np.zeros((pairs, len(trees)), dtype=np.int64)
        rows = np.arange(pairs)[:, None]
        for _ in range(self.depth):
            goes_left = measures[rows, self.feature[trees, at]] <= self.threshold[trees, at]
            at = np.where(goes_left, self.left[trees, at], self.right[trees, at])
        return np.asarray(self.value[trees, at].sum(axis=1) + self.base)


def load(path: Path) -> Likeness:
    """Reads the forest.

    Raises:
        ResourceError: the file is missing or holds something else.
    """
    try:
        raw: dict[str, Any] = json.loads(read_text(path))
        trees = raw["trees"]
        width = max(len(tree["value"]) for tree in trees)

        def table(key: str, kind: type) -> NDArray[Any]:
            return np.array([tree[key] + [0] * (width - len(tree[key])) for tree in trees], dtype=kind)

        if tuple(raw["measures"]) != MEASURES:
            raise ResourceError(f"{path.name}: made for other measures; fit it again")
        return Likeness(
            feature=table("feature", int),
            threshold=table("threshold", float),
            left=table("left", int),
            right=table("right", int),
            value=table("value", float),
            base=float(raw["base"]),
            depth=int(raw["depth"]),
            enough=float(raw["enough"]),
        )
    except (ValueError, KeyError, TypeError) as problem:
        raise ResourceError(f"{path.name}: is no forest of likeness ({problem})") from problem


@cache
def likeness() -> Likeness:
    """The shipped forest, loaded on first use."""
    return load(LIKENESS_FILE)
