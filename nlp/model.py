"""The linear model: turns a text into features, looks up their weights and adds them; numpy only."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from operator import add
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nlp.lexicon import Reading
from nlp.loading import RESOURCES, ResourceError
from nlp.segment import cut, segment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MODEL_FILE = RESOURCES / "model" / "linear.npz"
HEADS = ("subject", "intent", "hazard")
# Beyond this much text a message says nothing new, and the time taken stays linear.
_MAX_GRAMS_TEXT = 1200

# Chinese or Latin letters between everything else.
_RUN = re.compile(r"[\u4e00-\u9fffa-z]+")

# So many of the likeliest labels are put in order.
_RANKED = 8

Vector = dict[str, float]


@dataclass(frozen=True, slots=True)
class Head:
    """One question the model answers: its labels and how far its scores are to be trusted."""

    labels: tuple[str, ...]
    columns: slice
    temperature: float


class Opinion(NamedTuple):
    """What the model makes of one text: probabilities by head, in the order of the head's labels.

    ``ranked`` are the likeliest places in the labels of the first head, best first.
    """

    shares: list[list[float]]
    ranked: list[int]


class Part(NamedTuple):
    """One text to weigh: the rows of its grams, each once and all with the same scale, and what has its own value."""

    rows: list[int]
    scale: float
    others: Vector


class LinearModel:
    """Weights by feature for every label of every head.

    ``weights`` has one row per feature and one column per label; ``bias`` one value per label.
    """

    def __init__(
        self,
        features: list[str],
        weights: np.ndarray,
        bias: np.ndarray,
        heads: dict[str, Head],
        fingerprint: str,
    ) -> None:
        self.index = {feature: row for row, feature in enumerate(features)}
        # Kept in single precision: converting rows on every call costs more than the memory.
        self.weights = weights.astype(np.float32)
        self.bias = bias.astype(np.float32)
        self.heads = heads
        self.fingerprint = fingerprint
        ordered = [heads[name] for name in HEADS]
        lengths = [len(head.labels) for head in ordered]
        self._starts = np.array([head.columns.start for head in ordered])
        self._cuts = [head.columns for head in ordered]
        self._cooled = np.repeat(np.array([1 / head.temperature for head in ordered], dtype=np.float32), lengths)
        self._of_head = np.repeat(np.arange(len(ordered)), lengths)

    def weigh(self, parts: Sequence[Part]) -> list[Opinion]:
        """An opinion on each of the parts, all in one go; features the model does not know count for nothing.

        All heads are asked about the first part, the first head about the others.
        """
        get = self.index.get
        rows: list[int] = []
        values: list[list[float]] = []
        for part in parts:
            rows += part.rows
            own: list[float] = []
            for name, value in part.others.items():
                row = get(name)
                if row is not None:
                    rows.append(row)
                    own.append(value)
            values.append(own)
        scores = np.empty((len(parts), len(self.bias)), dtype=np.float32)
        scores[:] = self.bias
        if rows:
            weights = np.zeros((len(parts), len(rows)), dtype=np.float32)
            at = 0
            for line, (part, own) in enumerate(zip(parts, values, strict=True)):
                after = at + len(part.rows)
                weights[line, at:after] = part.scale
                at = after + len(own)
                if own:
                    weights[line, after:at] = own
            scores += weights @ self.weights.take(rows, axis=0)
        scores *= self._cooled
        scores -= scores.max(axis=1, keepdims=True)
        # In double precision no head's scores vanish beside those of a surer one.
        shares = np.exp(scores, dtype=np.float64)
        shares /= np.add.reduceat(shares, self._starts, axis=1).take(self._of_head, axis=1)
        first = shares[:, self._cuts[0]]
        order = (-first).argsort(axis=1, kind="stable")[:, :_RANKED].tolist()
        others = [shares[0, cut].tolist() for cut in self._cuts[1:]]
        return [
            Opinion([line, *others] if index == 0 else [line], ranked)
            for index, (line, ranked) in enumerate(zip(first.tolist(), order, strict=True))
        ]


class Spread:
    """Where the model knows the letters of a text: for each place the rows of the grams that begin there, or None.

    Made once for a message; any part of it is then weighed without looking at its letters again. Characters in rows
    of one to three, what runs of letters begin and end with, and words.
    """

    __slots__ = ("_low", "_model", "_pairs", "_singles", "_triples", "_words")

    def __init__(self, model: LinearModel, text: str) -> None:
        low = _lowered(text)
        get = model.index.get
        pairs = list(map(add, low, low[1:]))
        self._model = model
        self._low = low
        self._singles = list(map(get, low))
        self._pairs = list(map(get, pairs))
        self._triples = list(map(get, map(add, pairs, low[2:])))
        words: list[tuple[int, int, int]] = []
        at = 0
        for word in cut(text):
            length = len(word)
            if length > 1:
                row = get("w:" + word)
                if row is not None:
                    words.append((at, at + length, row))
            at += length
        self._words = words

    def part(self, start: int, end: int, others: Vector) -> Part:
        """The stretch from ``start`` to ``end`` (code points); of a long one its beginning."""
        end = min(end, start + _MAX_GRAMS_TEXT)
        low, get = self._low, self._model.index.get
        rows = {*self._singles[start:end], *self._pairs[start : max(start, end - 1)]}
        rows.update(self._triples[start : max(start, end - 2)])
        letters = 0
        for run in _RUN.finditer(low, start, end):
            first, last = run.span()
            letters += last - first
            rows.add(get("^" + low[first : min(first + 2, last)]))
            rows.add(get(low[max(first, last - 2) : last] + "$"))
        rows.update([row for first, last, row in self._words if first >= start and last <= end])
        rows.discard(None)
        return Part(list(rows), gram_scale(letters), others)  # type: ignore[arg-type]

    def reasons(self, start: int, end: int, column: int, floor: float) -> list[tuple[float, int, int]]:
        """The pairs, triples and words of a stretch that speak for a column: weight, start and end of each."""
        grams = [
            (row, at, at + 2)
            for at, row in enumerate(self._pairs[start : max(start, end - 1)], start)
            if row is not None
        ]
        grams += [
            (row, at, at + 3)
            for at, row in enumerate(self._triples[start : max(start, end - 2)], start)
            if row is not None
        ]
        grams += [(row, first, last) for first, last, row in self._words if first >= start and last <= end]
        if not grams:
            return []
        weights = self._model.weights[[row for row, _, _ in grams], column].tolist()
        return [
            (weight, first, last) for weight, (_, first, last) in zip(weights, grams, strict=True) if weight > floor
        ]


def gram_scale(letters: int) -> float:
    """The value of each gram of a text with so many letters: long texts must not outweigh short ones."""
    return 3.0 / (3.3 * letters) ** 0.5 if letters else 1.0


def gram_names(text: str) -> tuple[list[str], float]:
    """The grams of a text by name, each once, and their common value: what ``Spread`` looks up, for learning."""
    low = _lowered(text)[:_MAX_GRAMS_TEXT]
    found: list[str] = []
    letters = 0
    for run in _RUN.findall(low):
        letters += len(run)
        found += ["^" + run[:2], run[-2:] + "$", *run]
        found += [run[at : at + 2] for at in range(len(run) - 1)]
        found += [run[at : at + 3] for at in range(len(run) - 2)]
    found += ["w:" + word for word in segment(text[:_MAX_GRAMS_TEXT]) if len(word) > 1]
    return list(dict.fromkeys(found)), gram_scale(letters)


def other_features(text: str, reading: Reading) -> Vector:
    """Word groups, near pairs of groups, the lexicon's scores, and how the text is written."""
    others: Vector = {"g:" + group: 0.35 for group in reading.groups}
    for pair in reading.pairs[:40]:
        others["p:" + pair] = 0.5
    for subject, score in reading.scores.items():
        others["s:" + subject] = min(score, 6.0) / 3.0
    if len(text) <= 8:
        others["short"] = 0.5
    if "?" in text or "？" in text:
        others["question"] = 0.6
    if "!" in text or "！" in text:
        others["exclamation"] = 0.3
    return others


def _lowered(text: str) -> str:
    low = text.lower()
    return low if len(low) == len(text) else text


def save(path: Path, model: LinearModel) -> None:
    """Writes the model without pickle: half-precision weights and one JSON header."""
    header = {
        "fingerprint": model.fingerprint,
        "features": list(model.index),
        "heads": {
            name: {"labels": head.labels, "first": head.columns.start, "temperature": head.temperature}
            for name, head in model.heads.items()
        },
    }
    raw = np.frombuffer(json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode(), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        np.savez_compressed(stream, weights=model.weights.astype(np.float16), bias=model.bias, header=raw)


def load(path: Path) -> LinearModel:
    """Reads a model written by ``save``.

    Raises:
        ResourceError: the file is missing or is no model.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            header = json.loads(stored["header"].tobytes())
            weights = stored["weights"]
            bias = stored["bias"].astype(np.float32)
    except (OSError, ValueError, KeyError) as problem:
        raise ResourceError(
            f"{path.name}: the model cannot be read; rebuild it with python -m nlp.training"
        ) from problem
    heads = {
        name: Head(
            tuple(entry["labels"]),
            slice(entry["first"], entry["first"] + len(entry["labels"])),
            float(entry["temperature"]),
        )
        for name, entry in header["heads"].items()
    }
    return LinearModel(header["features"], weights, bias, heads, header["fingerprint"])


@cache
def model() -> LinearModel:
    """The shipped model, loaded on first use."""
    return load(MODEL_FILE)
