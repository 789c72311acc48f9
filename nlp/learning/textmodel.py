"""A learned model of classes of texts: a straight line per class, and the likeness to learned texts beside it.

Scoring needs numpy only. The first part weighs every feature; the second compares the text's direction in a small space
of meaning with landmarks, which are texts that were learned from, kept as directions and never as words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nlp.learning.features import Counts, count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

Label = str | int

HEAD_SHARE = 0.5
"""Length of the beginning's part of a vector where the whole text's part has 1."""

WIDTH = 1.0
"""How fast likeness falls with the distance of two directions: exp(-WIDTH · distance²)."""


class Vector(NamedTuple):
    """A text as rows of the vocabulary and their values, of length 1; empty where no feature is known."""

    rows: NDArray[np.int64]
    values: Floats


class Answer(NamedTuple):
    """A label and how probable it is, 0 to 1."""

    label: Label
    confidence: float


@dataclass(frozen=True)
class Vocabulary:
    """The features in use: ``rarity`` and ``contrast`` are one number a feature, those of a beginning start with ^."""

    index: dict[str, int]
    rarity: Floats
    contrast: Floats

    def vector(self, counts: Counts) -> Vector:
        """The vector of a text: damped counts by rarity, the beginning apart, then each by how much it tells."""
        index = self.index
        rows: list[int] = []
        values: list[float] = []
        borders = [0]
        for part in counts:
            for gram, times in part.items():
                row = index.get(gram)
                if row is not None:
                    rows.append(row)
                    values.append(times)
            borders.append(len(rows))
        found = np.array(rows, dtype=np.int64)
        weights = (1.0 + np.log(np.array(values, dtype=np.float32))) * self.rarity[found]
        for start, end, share in zip(borders, borders[1:], (1.0, HEAD_SHARE), strict=False):
            length = float(np.linalg.norm(weights[start:end]))
            if length:
                weights[start:end] *= share / length
        weights *= self.contrast[found]
        length = float(np.linalg.norm(weights))
        return Vector(found, (weights / length if length else weights).astype(np.float32))


@dataclass(frozen=True)
class Likeness:
    """The second part. ``space`` is features x dimensions as whole numbers, ``scale`` their size per dimension.

    ``place`` maps a row of the vocabulary to a row of ``space`` (-1: not in it), ``landmarks`` are landmarks x
    dimensions of length 1, ``weights`` landmarks x labels.
    """

    place: NDArray[np.int64]
    space: NDArray[np.int8]
    scale: Floats
    landmarks: Floats
    weights: Floats

    def direction(self, vector: Vector) -> Floats:
        """Where the text lies in the space of meaning: dimensions numbers, of length 1 or all 0."""
        places = self.place[vector.rows]
        known = places >= 0
        sums = vector.values[known] @ self.space[places[known]].astype(np.float32) * self.scale
        length = float(np.linalg.norm(sums))
        return np.asarray(sums / length if length else sums, dtype=np.float32)

    def scores(self, directions: Floats) -> Floats:
        """Scores of texts (n x labels) from their directions (n x dimensions)."""
        return np.asarray(likeness(directions, self.landmarks) @ self.weights)


def likeness(ones: Floats, others: Floats) -> Floats:
    """How alike two sets of directions are, 1 for the same: n x m."""
    return np.asarray(np.exp(2.0 * WIDTH * (ones @ others.T - 1.0)), dtype=np.float32)


@dataclass(frozen=True)
class Scale:
    """How the parts become one probability, found on texts that were not learned from.

    The second part counts ``mix`` times; ``sharpness`` turns scores into log odds for a text of many features,
    ``sharpness_short`` for one of few.
    """

    mix: float = 1.0
    sharpness: float = 2.0
    sharpness_short: float = 2.0

    def probabilities(self, line: Floats, like: Floats | None, features: NDArray[np.int64]) -> Floats:
        """n x labels from the scores of both parts and the number of known features of each of the n texts."""
        scores = line if like is None else line + self.mix * like
        share = np.clip((np.log1p(features) - _FEW) / (_MANY - _FEW), 0.0, 1.0)
        scores = scores * (self.sharpness_short + share * (self.sharpness - self.sharpness_short))[:, None]
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(scores / scores.sum(axis=1, keepdims=True), dtype=np.float32)


# Logarithms of 20 and of 150 features: a title and a letter.
_FEW = 3.0
_MANY = 5.0


@dataclass(frozen=True)
class TextModel:
    """Labels and what tells them apart. ``weights`` is features x labels, ``bias`` and ``shares`` one per label.

    ``shares`` is how common each label was among the examples; it answers where a text holds nothing that is known.
    ``text_field`` names the field the examples had their text in.
    """

    labels: tuple[Label, ...]
    vocabulary: Vocabulary
    weights: Floats
    bias: Floats
    shares: Floats
    likeness: Likeness | None
    scale: Scale
    text_field: str = "text"

    def probabilities(self, text: str) -> Floats:
        """One probability per label for any text; they add up to 1."""
        vector = self.vocabulary.vector(count(text))
        if not vector.rows.size:
            return self.shares
        line = (vector.values @ self.weights[vector.rows] + self.bias)[None]
        like = self.likeness.scores(self.likeness.direction(vector)[None]) if self.likeness else None
        return np.asarray(self.scale.probabilities(line, like, np.array([vector.rows.size]))[0])

    def answers(self, text: str, most: int = 3) -> list[Answer]:
        """The most probable labels, most probable first; among equals the order of ``labels``."""
        probabilities = self.probabilities(text)
        ranked = np.argsort(-probabilities, kind="stable")[:most]
        return [Answer(self.labels[place], round(float(probabilities[place]), 4)) for place in ranked]
