"""The linear model: turns a text into features, looks up their weights and adds them; numpy only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from nlp.lexicon import Reading
from nlp.loading import RESOURCES, ResourceError
from nlp.segment import segment

if TYPE_CHECKING:
    from pathlib import Path

MODEL_FILE = RESOURCES / "model" / "linear.npz"
HEADS = ("subject", "intent", "hazard")
# Beyond this much text a message says nothing new, and the time taken stays linear.
_MAX_GRAMS_TEXT = 1200

Vector = dict[str, float]


@dataclass(frozen=True, slots=True)
class Head:
    """One question the model answers: its labels and how far its scores are to be trusted."""

    labels: tuple[str, ...]
    columns: slice
    temperature: float


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
        self.bias = bias
        self.heads = heads
        self.fingerprint = fingerprint
        self._parts: dict[str, np.ndarray] = {}

    def scores(self, vector: Vector, head: str | None = None) -> np.ndarray:
        """One score per column for a vector of features; unknown features count for nothing.

        With ``head`` only the columns of that head are worked out; the others are left at 0.
        """
        index = self.index
        rows: list[int] = []
        values: list[float] = []
        for feature, value in vector.items():
            row = index.get(feature)
            if row is not None:
                rows.append(row)
                values.append(value)
        if not rows:
            return self.bias.copy()
        weighing = np.array(values, dtype=np.float32)
        if head is None:
            return np.asarray(weighing @ self.weights[rows] + self.bias)
        columns = self.heads[head].columns
        part = np.zeros_like(self.bias)
        part[columns] = weighing @ self._of_head(head)[rows] + self.bias[columns]
        return part

    def _of_head(self, head: str) -> np.ndarray:
        if head not in self._parts:
            self._parts[head] = np.ascontiguousarray(self.weights[:, self.heads[head].columns])
        return self._parts[head]

    def probabilities(self, scores: np.ndarray, head: str) -> np.ndarray:
        """Calibrated probabilities over the labels of one head; they add up to 1."""
        chosen = self.heads[head]
        part = scores[chosen.columns] / chosen.temperature
        part = np.exp(part - part.max())
        return np.asarray(part / part.sum())


def features(text: str, reading: Reading, signals: Vector | None = None) -> Vector:
    """The features of a normalised text, scaled so that long texts do not outweigh short ones.

    Characters in rows of one to three, words, word groups, near pairs of groups, the lexicon's scores, and what the
    rules for intents and dangers found (``signals``, see ``nlp.signals``).
    """
    plain = text[:_MAX_GRAMS_TEXT]
    found: Vector = {}
    run: list[str] = []
    for character in plain + "\n":
        if "\u4e00" <= character <= "\u9fff" or (character.isascii() and character.isalpha()):
            run.append(character.lower())
            continue
        if run:
            _grams("".join(run), found)
            run = []
    for word in segment(plain):
        if len(word) > 1:
            found["w:" + word] = 1.0
    count = len(found)
    scale = 3.0 / (count**0.5) if count else 1.0
    for feature in found:
        found[feature] = scale
    for group in reading.groups:
        found["g:" + group] = 0.35
    for pair in reading.pairs[:40]:
        found["p:" + pair] = 0.5
    for subject, score in reading.scores.items():
        found["s:" + subject] = min(score, 6.0) / 3.0
    if signals:
        found.update(signals)
    if len(plain) <= 8:
        found["short"] = 0.5
    if "?" in plain or "？" in plain:
        found["question"] = 0.6
    if "!" in plain or "！" in plain:
        found["exclamation"] = 0.3
    return found


def _grams(run: str, found: Vector) -> None:
    length = len(run)
    found["^" + run[:2]] = 1.0
    found[run[-2:] + "$"] = 1.0
    for start in range(length):
        found[run[start]] = 1.0
        if start + 1 < length:
            found[run[start : start + 2]] = 1.0
            if start + 2 < length:
                found[run[start : start + 3]] = 1.0


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
