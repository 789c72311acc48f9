"""Measures how well the model does on messages it has not learned from: trained on one part, scored on the other."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np
from sklearn.feature_extraction import DictVectorizer

from nlp.training.examples import Example
from nlp.training.fit import fit, head_sets, learned_from
from nlp.training.messages import Kind, LabelledMessage, Split, load_messages
from nlp.training.vectors import scored_vector

_KIND_OF_HEAD = {"subject": Kind.SUBJECT, "intent": Kind.INTENT, "hazard": Kind.HAZARD}


class Score(NamedTuple):
    """The share of ``n`` held-out messages right at first and within three, and the confusions, commonest first."""

    n: int
    right: float
    near: float
    confusions: tuple[tuple[str, str, int], ...]
    misses: tuple[tuple[str, str, str], ...]


def evaluate() -> dict[str, Score]:
    """A score for each head, the model trained on ``Split.TRAIN`` only and asked about ``Split.HELD_OUT`` only."""
    messages = load_messages()
    taught: dict[str, list[Example]] = {}
    held: dict[str, list[LabelledMessage]] = {}
    for head, kind in _KIND_OF_HEAD.items():
        of_kind = [message for message in messages if message.kind is kind]
        taught[head] = [Example(one.text, one.labels) for one in of_kind if one.split is Split.TRAIN]
        held[head] = [one for one in of_kind if one.split is Split.HELD_OUT]
    sets = head_sets(taught["subject"], taught["intent"], taught["hazard"])
    scores: dict[str, Score] = {}
    for head, unrolled in sets.items():
        vectorizer = DictVectorizer()
        matrix = vectorizer.fit_transform(learned_from(unrolled, head)).tocsr()
        fitted = fit(matrix, vectorizer.get_feature_names_out(), unrolled, np.arange(len(unrolled.labels)), head)
        asked = vectorizer.transform([scored_vector(one.text, head) for one in held[head]])
        scores[head] = _score(held[head], fitted.labels, fitted.scores(asked))
    return scores


def _score(held: list[LabelledMessage], labels: list[str], scored: np.ndarray) -> Score:
    ranked = [[labels[place] for place in row] for row in np.argsort(-scored, axis=1)]
    right = sum(row[0] in one.labels for row, one in zip(ranked, held, strict=True))
    near = sum(not set(row[:3]).isdisjoint(one.labels) for row, one in zip(ranked, held, strict=True))
    misses = tuple(
        (one.label, row[0], one.text) for row, one in zip(ranked, held, strict=True) if row[0] not in one.labels
    )
    confused = Counter((wanted, got) for wanted, got, _ in misses)
    commonest = tuple((wanted, got, count) for (wanted, got), count in confused.most_common(12))
    return Score(len(held), right / len(held), near / len(held), commonest, misses)
