"""Fits the three heads of the model and calibrates them on held-out messages; deterministic for the same resources."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix, diags
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from nlp import model as linear
from nlp.lexicon import STRONG, lexicon
from nlp.model import Head, LinearModel, Vector
from nlp.training.examples import Example, fingerprint, hazard_examples, intent_examples, subject_examples
from nlp.training.vectors import training_text, training_vector, worded_vector

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# The subject is told by one margin per label, which holds better on unseen wordings than one choice among all; the
# other heads have few labels and rest on the rules.
STRENGTH = {"subject": 0.1, "intent": 4.0, "hazard": 4.0}
# Features of the lexicon and by how much they are damped for the subject.
_OF_LEXICON = frozenset({"s:", "g:", "p:"})
_LEXICON_DAMPING = 0.36
# One part in so many is held out to calibrate the scores and to report how good the model is.
_HELD_OUT = 6
# So many of the heaviest features are kept: the others change hardly an answer and cost memory and time.
_MOST_FEATURES = 80_000
# The messages held out stand where subjects border on each other, more of them than people send; on messages written
# without the sheets in view (the part "tune" of the benchmark) the subject's scores deserve so much more trust.
_SURER_IN_USE = {"subject": 0.6, "intent": 1.0, "hazard": 1.0}
_TEMPERATURES = np.geomspace(0.04, 2.5, 80)
_LENT_REPORT = 0.03
_LENT_NONE = 0.25
_FLOOD = "S-FLOOD"
_WISH = r"建议|希望|能不能|可不可以|最好|想要|盼|要是能|如果能|请问|咨询|多少钱|怎么办|什么|哪|吗|么|[?？]|想"
# Subjects whose messages are not dangers.
_HARMLESS = frozenset(
    [
        "A07",
        "B01",
        "B04",
        "B05",
        "B08",
        "B09",
        "B10",
        "B11",
        "B12",
        "C01",
        "C03",
        "C04",
        "C05",
        "C06",
        "C07",
        "C08",
        "C09",
        "C10",
        "D01",
        "D03",
        "D06",
        "D07",
        "N01",
        "N03",
        "N06",
        "N08",
        "N10",
        "N12",
    ]
)
# A lexicon word alone is a weak message; it only makes sure that every word is known to the model.
_WORD_WEIGHT = 0.25


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


def _example_set(examples: Sequence[Example], *, with_signals: bool = True) -> _Set:
    unrolled = _Set()
    for number, example in enumerate(examples):
        vector = training_vector(example.text) if with_signals else worded_vector(training_text(example.text))
        unrolled.add(vector, example.labels, 1.0, number)
    return unrolled


def subject_set(subjects: Sequence[Example]) -> _Set:
    """The training set of the subject alone."""
    unrolled = _example_set(subjects, with_signals=False)
    _with_words(unrolled)
    return unrolled


def _with_words(unrolled: _Set) -> None:
    for word, (_, subjects) in sorted(lexicon().words.items()):
        strong = [code for code, weight in subjects if weight == STRONG]
        if strong and len(word) > 1:
            unrolled.add(worded_vector(word), strong, _WORD_WEIGHT, -1)


class Fitted(NamedTuple):
    """What one head has learned: weights (one row per label, one column per feature), bias and labels in order."""

    weights: np.ndarray
    bias: np.ndarray
    labels: list[str]

    def scores(self, matrix: csr_matrix) -> np.ndarray:
        """One row per text, one column per label."""
        return np.asarray(matrix @ self.weights.T + self.bias)


def fit(matrix: csr_matrix, names: Sequence[str], unrolled: _Set, rows: np.ndarray, head: str) -> Fitted:
    """Trains one head on some rows of the matrix whose columns are named.

    The subject is learned with the lexicon's features damped: at full weight the model leans on them and learns less
    from the wording, which is all there is when a word of the lexicon is missing.
    """
    damping = np.ones(len(names))
    if head == "subject":
        damping[[column for column, name in enumerate(names) if name[:2] in _OF_LEXICON]] = _LEXICON_DAMPING
    fitted = (
        LinearSVC(C=STRENGTH[head], random_state=0)
        if head == "subject"
        else LogisticRegression(C=STRENGTH[head], max_iter=150, tol=1e-3)
    )
    labels, weights = np.array(unrolled.labels), np.array(unrolled.weights)
    taught = (matrix[rows] @ diags(damping)).tocsr()
    taught.indices, taught.indptr = taught.indices.astype(np.int32), taught.indptr.astype(np.int32)
    fitted.fit(taught, labels[rows], sample_weight=weights[rows])
    return Fitted(fitted.coef_ * damping, fitted.intercept_, [str(label) for label in fitted.classes_])


def learned_from(unrolled: _Set, head: str) -> list[Vector]:
    """The vectors as a head learns from them: the subject from all features, the others from those seen twice."""
    if head == "subject":
        return unrolled.vectors
    counts: dict[str, int] = {}
    for vector in unrolled.vectors:
        for feature in vector:
            counts[feature] = counts.get(feature, 0) + 1
    return [{name: value for name, value in vector.items() if counts[name] > 1} for vector in unrolled.vectors]


def calibrate(unrolled: _Set, head: str) -> tuple[float, float, float]:
    """Share of held-out messages right at first and within three, and the temperature that calibrates them best."""
    vectorizer = DictVectorizer()
    matrix = vectorizer.fit_transform(learned_from(unrolled, head)).tocsr()
    labels = np.array(unrolled.labels)
    messages = np.array(unrolled.messages)
    held_messages = {message for message in set(messages.tolist()) if message >= 0 and message % _HELD_OUT == 0}
    is_held = np.array([message in held_messages for message in messages.tolist()])
    allowed: dict[int, set[str]] = {}
    first: dict[int, int] = {}
    for index in np.flatnonzero(is_held).tolist():
        first.setdefault(int(messages[index]), index)
        allowed.setdefault(int(messages[index]), set()).add(str(labels[index]))
    fitted = fit(matrix, vectorizer.get_feature_names_out(), unrolled, np.flatnonzero(~is_held), head)
    classes = fitted.labels
    rows = [index for index in first.values() if str(labels[index]) in classes]
    scored = fitted.scores(matrix[rows])
    order = np.argsort(-scored, axis=1)
    good = [allowed[int(messages[index])] for index in rows]
    right = sum(classes[places[0]] in fine for places, fine in zip(order, good, strict=True))
    near = sum(any(classes[place] in fine for place in places[:3]) for places, fine in zip(order, good, strict=True))
    truths = np.array([classes.index(str(labels[index])) for index in rows])
    losses = [_loss(scored / temperature, truths) for temperature in _TEMPERATURES]
    return right / len(rows), near / len(rows), float(_TEMPERATURES[int(np.argmin(losses))])


def _loss(scored: np.ndarray, truths: np.ndarray) -> float:
    shifted = scored - scored.max(axis=1, keepdims=True)
    log = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return float(-log[np.arange(len(truths)), truths].mean())


def head_sets(
    subjects: Sequence[Example] | None = None,
    intents: Sequence[Example] | None = None,
    hazards: Sequence[Example] | None = None,
) -> dict[str, _Set]:
    """The training set of each head; by default from all examples shipped."""
    subjects = subject_examples() if subjects is None else subjects
    intents = intent_examples() if intents is None else intents
    hazards = hazard_examples() if hazards is None else hazards
    # What the rules for intents and dangers say must not sway the subject.
    sets = {"subject": subject_set(subjects), "intent": _example_set(intents), "hazard": _example_set(hazards)}
    _lend(sets, subjects, hazards)
    return sets


def _lend(sets: dict[str, _Set], subjects: Sequence[Example], hazards: Sequence[Example]) -> None:
    """Lends examples to the heads that lack them: a plain account of a trouble is a report and mostly no danger.

    Where the rules see a danger the message is not lent, unless its subject has none.
    """
    wish = re.compile(_WISH)
    lent = sets["subject"]
    for index, number in enumerate(lent.messages):
        if number < 0 or (index and lent.messages[index - 1] == number):
            continue
        example = subjects[number]
        is_account = not wish.search(example.text)
        vector = training_vector(example.text)
        if is_account:
            sets["intent"].add(vector, ("report",), _LENT_REPORT, -1)
        if example.labels[0] in _HARMLESS or not _names_danger(vector):
            # Numbered on from the hazards' own: the scores are calibrated on the mixture that is met in use.
            sets["hazard"].add(vector, ("NONE",), _LENT_NONE, len(hazards) + number)
    for vector, label, number in zip(
        list(sets["hazard"].vectors), list(sets["hazard"].labels), list(sets["hazard"].messages), strict=True
    ):
        if number >= 0 and label != "NONE":
            sets["intent"].add(vector, ("report", "emergency"), 2 * _LENT_REPORT, -1)


def _names_danger(vector: Vector) -> bool:
    """Whether the rules found a danger to people; the subjects' sheets do not say whether a message tells one."""
    return any(name[:2] in ("h:", "d:") and not name.endswith(_FLOOD) for name in vector)


def build(
    subjects: Sequence[Example] | None = None,
    intents: Sequence[Example] | None = None,
    hazards: Sequence[Example] | None = None,
    tell: Callable[[str], None] = lambda _head: None,
) -> tuple[LinearModel, dict[str, tuple[float, float, float]]]:
    """The model over all examples, and for each head (first right, within three, temperature) on held-out messages.

    Args:
        subjects, intents, hazards: the examples of each head; by default all that are shipped.
        tell: called with the name of each head before it is learned.
    """
    sets = head_sets(subjects, intents, hazards)
    vectorizer = DictVectorizer()
    vectorizer.fit([vector for name, unrolled in sets.items() for vector in learned_from(unrolled, name)])
    names = list(vectorizer.get_feature_names_out())
    columns: list[np.ndarray] = []
    bias: list[np.ndarray] = []
    heads: dict[str, Head] = {}
    report: dict[str, tuple[float, float, float]] = {}
    at = 0
    for name in linear.HEADS:
        tell(name)
        unrolled = sets[name]
        report[name] = calibrate(unrolled, name)
        matrix = vectorizer.transform(unrolled.vectors).tocsr()
        fitted = fit(matrix, names, unrolled, np.arange(len(unrolled.labels)), name)
        columns.append(fitted.weights.T)
        bias.append(fitted.bias)
        labels = tuple(fitted.labels)
        heads[name] = Head(labels, slice(at, at + len(labels)), report[name][2] * _SURER_IN_USE[name])
        at += len(labels)
    weights = np.hstack(columns)
    cooled = [weight / heads[name].temperature for name, weight in zip(linear.HEADS, columns, strict=True)]
    heaviest = np.argsort(-np.abs(np.hstack(cooled)).max(axis=1), kind="stable")[:_MOST_FEATURES]
    useful = np.sort(heaviest)
    kept = [names[place] for place in useful.tolist()]
    fitted_model = LinearModel(
        kept, weights[useful].astype(np.float16), np.concatenate(bias).astype(np.float32), heads, fingerprint()
    )
    return fitted_model, report
