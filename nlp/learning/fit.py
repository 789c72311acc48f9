"""Fits a model of classes of texts to labelled examples; deterministic, and linear in their number."""

from __future__ import annotations

import zlib
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, vstack
from sklearn.svm import LinearSVC

from nlp.learning.features import Counts, count, only_beginning
from nlp.learning.textmodel import Likeness, Scale, TextModel, Vocabulary, likeness

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlp.learning.labelled import Example
    from nlp.learning.textmodel import Floats

# Settings: chosen by cross-validation over groups of near-duplicates (docs/understanding.md).
_STRENGTH = 0.66
_BEGINNING_COUNTS = 0.3
_CONTRAST = 0.7
_CONTRAST_DAMPING = 1e-3
_MOST_WEIGHTS = 5_000_000
_MOST_FEATURES = 1 << 17
_SPACE_FEATURES = 20_000
_DIMENSIONS = 200
_LANDMARKS = 3000
_RIDGE = 0.1
_LIKENESS_SHARE = 0.5
_MANY_EXAMPLES = 500
_CALIBRATION_PARTS = 4
_CALIBRATION_ENOUGH = 1000
_CHUNK = 4096


class Fitted(NamedTuple):
    """The model and its own figures: ``right`` of ``n`` examples that were kept back to set the confidence.

    ``n`` is 0 where there were too few examples to keep any back.
    """

    model: TextModel
    right: int
    n: int


class _Parts(NamedTuple):
    """Everything of a model but its scale."""

    vocabulary: Vocabulary
    weights: Floats
    bias: Floats
    likeness: Likeness | None

    def scores(self, counts: Sequence[Counts]) -> tuple[Floats, Floats | None, np.ndarray]:
        vectors = [self.vocabulary.vector(one) for one in counts]
        line = np.stack([vector.values @ self.weights[vector.rows] + self.bias for vector in vectors])
        features = np.array([vector.rows.size for vector in vectors])
        if self.likeness is None:
            return line, None, features
        directions = np.stack([self.likeness.direction(vector) for vector in vectors])
        return line, self.likeness.scores(directions), features


def fit(examples: Sequence[Example], text_field: str = "text") -> Fitted:
    """Learns from the examples, in the order given.

    Raises:
        ValueError: fewer than two different labels.
    """
    labels = tuple(sorted({example.label for example in examples}, key=lambda label: (str(label), str(type(label)))))
    if len(labels) < 2:
        raise ValueError("at least two different labels are needed")
    number = {label: place for place, label in enumerate(labels)}
    classes = np.array([number[example.label] for example in examples])
    counts = [count(example.text) for example in examples]
    scale, right, n = _calibrate(counts, classes, len(labels))
    parts = _fit_parts(counts, classes, len(labels))
    shares = np.bincount(classes, minlength=len(labels)) / len(classes)
    model = TextModel(
        labels,
        parts.vocabulary,
        parts.weights.astype(np.float16).astype(np.float32),
        parts.bias,
        shares.astype(np.float32),
        parts.likeness,
        scale,
        text_field,
    )
    return Fitted(model, right, n)


def _fit_parts(counts: Sequence[Counts], classes: np.ndarray, labels: int) -> _Parts:
    vocabulary = _vocabulary(counts, classes, labels)
    whole = _matrix(vocabulary, counts)
    short = [place for place, one in enumerate(counts) if _is_longer_than_its_beginning(one)]
    beginnings = _matrix(vocabulary, [only_beginning(counts[place]) for place in short])
    weights, bias = _fit_line(whole, beginnings, classes, classes[short], labels)
    return _Parts(vocabulary, weights, bias, _fit_likeness(whole, classes, labels))


def _is_longer_than_its_beginning(counts: Counts) -> bool:
    return counts.body.total() > counts.head.total()


def _vocabulary(counts: Sequence[Counts], classes: np.ndarray, labels: int) -> Vocabulary:
    """The features of at least two texts (of one, where texts are few), the commonest where they are too many."""
    texts: Counter[str] = Counter()
    for one in counts:
        texts.update(one.body.keys())
        texts.update(one.head.keys())
    least = 2 if len(counts) >= _MANY_EXAMPLES else 1
    most = min(_MOST_FEATURES, _MOST_WEIGHTS // labels)
    features = [gram for gram, times in sorted(texts.items(), key=lambda item: (-item[1], item[0])) if times >= least]
    index = {gram: row for row, gram in enumerate(features[:most])}
    seen = np.zeros((len(index), labels), dtype=np.float32)
    for one, label in zip(counts, classes, strict=True):
        for part in one:
            rows = [row for gram in part if (row := index.get(gram)) is not None]
            seen[rows, label] += 1.0
    rarity = np.log((1.0 + len(counts)) / (1.0 + seen.sum(axis=1))) + 1.0
    # How much commoner a feature is in its best label than on the average of the labels.
    shares = seen / np.maximum(np.bincount(classes, minlength=labels), 1)
    contrast = ((shares.max(axis=1) + _CONTRAST_DAMPING) / (shares.mean(axis=1) + _CONTRAST_DAMPING)) ** _CONTRAST
    return Vocabulary(index, rarity.astype(np.float32), contrast.astype(np.float32))


def _matrix(vocabulary: Vocabulary, counts: Sequence[Counts]) -> csr_matrix:
    vectors = [vocabulary.vector(one) for one in counts]
    borders = np.cumsum([0, *(vector.rows.size for vector in vectors)])
    rows = np.concatenate([vector.rows for vector in vectors]) if vectors else np.zeros(0, dtype=np.int64)
    values = np.concatenate([vector.values for vector in vectors]) if vectors else np.zeros(0, dtype=np.float32)
    return csr_matrix((values, rows, borders), shape=(len(vectors), len(vocabulary.index)))


def _fit_line(
    whole: csr_matrix, beginnings: csr_matrix, classes: np.ndarray, of_beginnings: np.ndarray, labels: int
) -> tuple[Floats, Floats]:
    matrix = vstack([whole, beginnings]).tocsr()
    wanted = np.concatenate([classes, of_beginnings])
    importance = np.concatenate([np.ones(len(classes)), np.full(len(of_beginnings), _BEGINNING_COUNTS)])
    weights = np.zeros((matrix.shape[1], labels), dtype=np.float32)
    bias = np.full(labels, -1.0, dtype=np.float32)
    for label in range(labels):
        is_label = wanted == label
        if not is_label.any():
            continue
        machine = LinearSVC(C=_STRENGTH, random_state=0).fit(matrix, is_label, sample_weight=importance)
        weights[:, label] = machine.coef_[0]
        bias[label] = machine.intercept_[0]
    return weights, bias


def _fit_likeness(whole: csr_matrix, classes: np.ndarray, labels: int) -> Likeness | None:
    mass = np.asarray(whole.multiply(whole).sum(axis=0)).ravel()
    used = np.sort(np.argsort(-mass, kind="stable")[:_SPACE_FEATURES])
    used = used[mass[used] > 0]
    dimensions = min(_DIMENSIONS, len(used) // 4, whole.shape[0] // 4)
    if dimensions < 2:
        return None
    random = np.random.default_rng(0)
    part = whole[:, used].tocsr()
    space = _main_directions(part, dimensions, random)
    scale = np.maximum(np.abs(space).max(axis=0) / 127.0, 1e-12).astype(np.float32)
    small = np.round(space / scale).astype(np.int8)
    directions = np.asarray(part @ (small.astype(np.float32) * scale), dtype=np.float32)
    directions /= np.maximum(np.linalg.norm(directions, axis=1, keepdims=True), 1e-12)
    chosen = np.sort(random.permutation(len(directions))[:_LANDMARKS])
    landmarks = directions[chosen].astype(np.float16).astype(np.float32)
    place = np.full(whole.shape[1], -1, dtype=np.int64)
    place[used] = np.arange(len(used))
    return Likeness(place, small, scale, landmarks, _fit_landmarks(directions, landmarks, classes, labels))


def _main_directions(matrix: csr_matrix, dimensions: int, random: np.random.Generator) -> Floats:
    """The leading right singular vectors (features x dimensions) by random projection with one round of refinement."""
    width = min(dimensions + 10, min(matrix.shape))
    turned = matrix.T.tocsr()
    basis = matrix @ random.standard_normal((matrix.shape[1], width)).astype(np.float32)
    basis = _upright(matrix @ (turned @ _upright(basis)))
    return _upright(turned @ basis)[:, :dimensions]


def _upright(columns: Floats) -> Floats:
    """Columns at right angles with the same span, heaviest direction first; what only rounding gave is left out.

    By way of the small square of products: the matrix itself is long and thin.
    """
    squares, turns = np.linalg.eigh((columns.T @ columns).astype(np.float64))
    kept = np.argsort(-squares, kind="stable")
    kept = kept[squares[kept] > 1e-6 * max(squares.max(), 1e-12)]
    return np.asarray(columns @ (turns[:, kept] / np.sqrt(squares[kept])).astype(np.float32), dtype=np.float32)


def _fit_landmarks(directions: Floats, landmarks: Floats, classes: np.ndarray, labels: int) -> Floats:
    """Ridge regression on the likeness to the landmarks, rare labels a little heavier."""
    sizes = np.bincount(classes, minlength=labels)
    importance = ((sizes[classes] / len(classes) * labels) ** -0.5).astype(np.float32)
    squares = _RIDGE * likeness(landmarks, landmarks).astype(np.float64)
    squares[np.diag_indices(len(landmarks))] += 1e-4
    sums = np.zeros((len(landmarks), labels))
    for start in range(0, len(classes), _CHUNK):
        part = slice(start, start + _CHUNK)
        alike = likeness(directions[part], landmarks)
        wanted = np.where(classes[part, None] == np.arange(labels), 1.0, -1.0).astype(np.float32)
        weighed = alike * importance[part, None]
        squares += weighed.T @ alike
        sums += weighed.T @ wanted
    return np.asarray(np.linalg.solve(squares, sums), dtype=np.float32)


def _calibrate(counts: Sequence[Counts], classes: np.ndarray, labels: int) -> tuple[Scale, int, int]:
    """The scale from examples kept back in turn until there are enough, how many were right, and of how many."""
    parts = _parts_of(counts)
    lines: list[Floats] = []
    likes: list[Floats] = []
    features: list[np.ndarray] = []
    wanted: list[np.ndarray] = []
    is_whole: list[np.ndarray] = []
    kept_back = 0
    for number in range(_CALIBRATION_PARTS):
        held = np.flatnonzero(parts == number).tolist()
        taught = np.flatnonzero(parts != number).tolist()
        if not held or len(set(classes[taught].tolist())) < 2:
            continue
        fitted = _fit_parts([counts[place] for place in taught], classes[taught], labels)
        asked = [counts[place] for place in held]
        short = [place for place in held if _is_longer_than_its_beginning(counts[place])]
        line, like, known = fitted.scores(asked + [only_beginning(counts[place]) for place in short])
        lines.append(line)
        likes.append(np.zeros_like(line) if like is None else like)
        features.append(known)
        wanted.append(np.concatenate([classes[held], classes[short]]))
        is_whole.append(np.arange(len(known)) < len(held))
        kept_back += len(held)
        if kept_back >= _CALIBRATION_ENOUGH:
            break
    if not lines:
        return Scale(), 0, 0
    line, like = np.concatenate(lines), np.concatenate(likes)
    known, right_ones, whole = np.concatenate(features), np.concatenate(wanted), np.concatenate(is_whole)
    scale = _scale(line, like, known, right_ones, whole)
    best = scale.probabilities(line[whole], like[whole], known[whole]).argmax(axis=1)
    return scale, int((best == right_ones[whole]).sum()), kept_back


def _scale(line: Floats, like: Floats, known: np.ndarray, wanted: np.ndarray, whole: np.ndarray) -> Scale:
    size, other = _spread(line[whole]), _spread(like[whole])
    mix = _LIKENESS_SHARE * size / other if other else 0.0

    def surprise(logarithms: np.ndarray) -> float:
        scale = Scale(mix, *np.exp(logarithms))
        chances = scale.probabilities(line, like, known)[np.arange(len(wanted)), wanted]
        return float(-np.log(np.maximum(chances, 1e-9)).mean())

    found = minimize(surprise, np.log([2.0, 2.0]), method="Nelder-Mead", options={"maxiter": 120, "xatol": 0.01})
    sharp, short = np.exp(np.clip(found.x, -2.0, 3.0))
    return Scale(float(mix), float(sharp), float(short))


def _spread(scores: Floats) -> float:
    return float((scores - scores.mean(axis=1, keepdims=True)).std())


def _parts_of(counts: Sequence[Counts]) -> np.ndarray:
    """The part each example belongs to. Most near-duplicates share theirs: it hangs on the smallest of their features.

    Texts that are alike share the smallest hash of their features as often as they share features (min-hash).
    """
    parts = np.zeros(len(counts), dtype=np.int64)
    hashes: dict[str, int] = {}
    for place, one in enumerate(counts):
        smallest = 0
        for gram in one.body:
            if len(gram) > 1:
                value = hashes.get(gram)
                if value is None:
                    value = hashes[gram] = zlib.crc32(gram.encode("utf-8", "replace"))
                if not smallest or value < smallest:
                    smallest = value
        parts[place] = zlib.crc32(smallest.to_bytes(4, "big")) % _CALIBRATION_PARTS
    return parts
