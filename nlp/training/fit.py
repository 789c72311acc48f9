"""Fits the three heads of the model and calibrates them by cross-validation; deterministic for the same resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from nlp import model as linear
from nlp.lexicon import STRONG, lexicon
from nlp.model import Head, LinearModel, Vector
from nlp.places import find_places
from nlp.spelling import normalise
from nlp.training.examples import Example, fingerprint, hazard_examples, intent_examples, subject_examples

if TYPE_CHECKING:
    from collections.abc import Sequence

_C = {"subject": 4.0, "intent": 4.0, "hazard": 4.0}
_FOLDS = 5
# A lexicon word alone is a weak message; it only makes sure that every word is known to the model.
_WORD_WEIGHT = 0.25


def training_text(text: str) -> str:
    """The text as scored in use: one spelling, addresses blanked out."""
    plain = normalise(text)
    letters = list(plain)
    for start, end in find_places(plain).spans:
        letters[start:end] = " " * (end - start)
    return "".join(letters)


class _Set:
    """Examples of one head, unrolled to one label each, with weights and the number of the message they come from."""

    def __init__(self) -> None:
        self.vectors: list[Vector] = []
        self.labels: list[str] = []
        self.weights: list[float] = []
        self.messages: list[int] = []

    def add(self, vector: Vector, labels: Sequence[str], weight: float, message: int) -> None:
        for label in labels:
            self.vectors.append(vector)
            self.labels.append(label)
            self.weights.append(weight / len(labels))
            self.messages.append(message)


def _example_set(examples: Sequence[Example]) -> _Set:
    unrolled = _Set()
    for number, example in enumerate(examples):
        unrolled.add(linear.features(training_text(example.text)), example.labels, 1.0, number)
    return unrolled


def _with_words(unrolled: _Set) -> None:
    for word, (_, subjects) in sorted(lexicon().words.items()):
        strong = [code for code, weight in subjects if weight == STRONG]
        if strong and len(word) > 1:
            unrolled.add(linear.features(word), strong, _WORD_WEIGHT, -1)


def _fit(matrix: object, labels: Sequence[str], weights: Sequence[float], strength: float) -> LogisticRegression:
    fitted = LogisticRegression(C=strength, max_iter=400, tol=1e-4)
    fitted.fit(matrix, np.array(labels), sample_weight=np.array(weights))
    return fitted


def cross_validate(unrolled: _Set, strength: float) -> tuple[float, float, float]:
    """Share of messages right at first and within three, and the temperature that calibrates the scores best."""
    matrix = DictVectorizer().fit_transform(unrolled.vectors).tocsr()
    labels = np.array(unrolled.labels)
    weights = np.array(unrolled.weights)
    messages = np.array(unrolled.messages)
    own = np.flatnonzero(messages >= 0)
    first = np.array(sorted({int(message): index for index, message in reversed(list(enumerate(messages))) if message >= 0}.values()))
    allowed: dict[int, set[str]] = {}
    for index in own:
        allowed.setdefault(int(messages[index]), set()).add(str(labels[index]))
    right = near = 0
    logits: list[np.ndarray] = []
    truths: list[int] = []
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=7)
    for train, test in folds.split(first, labels[first]):
        held = set(messages[first[test]].tolist())
        keep = np.array([index for index in range(len(labels)) if int(messages[index]) not in held])
        fitted = _fit(matrix[keep], labels[keep].tolist(), weights[keep].tolist(), strength)
        scored = fitted.decision_function(matrix[first[test]])
        classes = fitted.classes_.tolist()
        for row, index in zip(scored, first[test], strict=True):
            order = np.argsort(-row)
            good = allowed[int(messages[index])]
            right += classes[order[0]] in good
            near += any(classes[place] in good for place in order[:3])
            if str(labels[index]) in classes:
                logits.append(row)
                truths.append(classes.index(str(labels[index])))
    temperatures = np.arange(0.4, 2.5, 0.05)
    stacked = np.array(logits)
    losses = []
    for temperature in temperatures:
        part = stacked / temperature
        part = part - part.max(axis=1, keepdims=True)
        log = part - np.log(np.exp(part).sum(axis=1, keepdims=True))
        losses.append(float(-log[np.arange(len(truths)), truths].mean()))
    best = float(temperatures[int(np.argmin(losses))])
    return right / len(first), near / len(first), best


def head_sets() -> dict[str, _Set]:
    """The training set of each head."""
    subjects = _example_set(subject_examples())
    _with_words(subjects)
    return {
        "subject": subjects,
        "intent": _example_set(intent_examples()),
        "hazard": _example_set(hazard_examples()),
    }


def build() -> tuple[LinearModel, dict[str, tuple[float, float, float]]]:
    """The model over all examples, and for each head (first right, within three, temperature) by cross-validation."""
    sets = head_sets()
    vectorizer = DictVectorizer()
    vectorizer.fit([vector for unrolled in sets.values() for vector in unrolled.vectors])
    names = list(vectorizer.get_feature_names_out())
    columns: list[np.ndarray] = []
    bias: list[np.ndarray] = []
    heads: dict[str, Head] = {}
    report: dict[str, tuple[float, float, float]] = {}
    at = 0
    for name in linear.HEADS:
        unrolled = sets[name]
        report[name] = cross_validate(unrolled, _C[name])
        fitted = _fit(vectorizer.transform(unrolled.vectors), unrolled.labels, unrolled.weights, _C[name])
        columns.append(fitted.coef_.T)
        bias.append(fitted.intercept_)
        labels = tuple(str(label) for label in fitted.classes_)
        heads[name] = Head(labels, slice(at, at + len(labels)), report[name][2])
        at += len(labels)
    weights = np.hstack(columns)
    useful = np.abs(weights).max(axis=1) > 0.01
    kept = [name for name, is_useful in zip(names, useful, strict=True) if is_useful]
    fitted_model = LinearModel(
        kept, weights[useful].astype(np.float16), np.concatenate(bias).astype(np.float32), heads, fingerprint()
    )
    return fitted_model, report
