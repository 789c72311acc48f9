"""95 % intervals: Wilson's for a share, the bootstrap over messages for everything else."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

Interval = tuple[float, float]

_Z = 1.959964
_RESAMPLES = 1000
_SEED = 20261124


def wilson(right: int, asked: int) -> Interval:
    """The interval of a share of ``asked`` independent answers; (0, 1) when nothing was asked."""
    if not asked:
        return 0.0, 1.0
    share, weight = right / asked, _Z * _Z / asked
    middle = (share + weight / 2) / (1 + weight)
    half = _Z * math.sqrt(share * (1 - share) / asked + weight / (4 * asked)) / (1 + weight)
    return max(0.0, middle - half), min(1.0, middle + half)


def bootstrap(rows: Sequence[Sequence[float]], figure: Callable[[NDArray[np.float64]], float]) -> Interval:
    """The interval of ``figure`` over messages drawn again and again; the same rows give the same interval.

    Args:
        rows: one row of numbers a message, shape (messages, numbers).
        figure: what is computed from such a matrix.
    """
    matrix = np.asarray(rows, dtype=np.float64)
    if not len(matrix):
        return 0.0, 1.0
    draws = np.random.default_rng(_SEED).integers(0, len(matrix), size=(_RESAMPLES, len(matrix)))
    low, high = np.percentile([figure(matrix[draw]) for draw in draws], [2.5, 97.5])
    return float(low), float(high)
