"""Trains a new version of the product's own model from the shipped messages and what people corrected at the desk."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from sklearn.feature_extraction import DictVectorizer

from nlp.engine import Engine, shipped
from nlp.model import LinearModel
from nlp.training.examples import Example
from nlp.training.fit import build, fit, learned_from, subject_set
from nlp.training.messages import NO_HAZARD, Kind, LabelledMessage, Split, load_messages
from nlp.training.vectors import scored_vector
from nlp.understand import understand
from nlp.understanding import Context

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HELD_OUT_PART = 5
"""The corrections of one complaint in this many are never learned from, only asked about."""
ENOUGH_HELD_OUT = 20
"""With fewer held-out corrections than this the shipped held-out messages decide with them."""
LOST_SHARE = 0.005
"""A new version may lose at most this share of the held-out messages; more is more than chance."""
CONFUSIONS_KEPT = 15

STEPS = ("read", "subject", "intent", "hazard", "compare", "save")
_AT = datetime(2026, 11, 24, 8, tzinfo=UTC)


class Taught(NamedTuple):
    """What a person at the desk said a complaint is: its number, the resident's words, the subject."""

    number: str
    text: str
    label: str


class Card(NamedTuple):
    """How a model does on messages it never learned from.

    ``subjects`` holds (n, predicted, right) by subject; ``confusions`` (wanted, got, count), commonest first.
    """

    n: int
    right: int
    near: int
    subjects: dict[str, tuple[int, int, int]]
    confusions: tuple[tuple[str, str, int], ...]


class Versus(NamedTuple):
    """Old against new on the same ``n``: how many right at first."""

    n: int
    old: int
    new: int


class Comparison(NamedTuple):
    """The figures a new version is judged by. Of ``dangers`` it is the missed ones that are counted."""

    corrections: Versus
    messages: Versus
    dangers: Versus
    card: Card
    learned: int

    @property
    def verdict(self) -> str:
        """What follows: better, too_few_better, loses_dangers, loses_messages or no_better; the first two are used.

        too_few_better: there are too few held-out corrections to decide by them alone, and the new version is better
        on them and the held-out messages together.
        """
        if self.dangers.new > self.dangers.old:
            return "loses_dangers"
        if self.messages.new < self.messages.old - LOST_SHARE * self.messages.n:
            return "loses_messages"
        gained = self.corrections.new - self.corrections.old
        if self.corrections.n >= ENOUGH_HELD_OUT:
            return "better" if gained > 0 else "no_better"
        is_better = gained >= 0 and gained + self.messages.new - self.messages.old > 0
        return "too_few_better" if is_better else "no_better"


def is_held_out(number: str) -> bool:
    """Whether the corrections of this complaint are kept to ask about; by a hash of its number, so it never changes."""
    return int.from_bytes(hashlib.sha256(number.encode()).digest()[:8], "big") % HELD_OUT_PART == 0


def make_version(
    taught: Sequence[Taught],
    before: Sequence[Taught],
    in_use: Engine,
    tell: Callable[[str], None] = lambda _step: None,
    messages: Sequence[LabelledMessage] | None = None,
    known: tuple[int, int] | None = None,
) -> tuple[LinearModel, Comparison]:
    """A new model, and how it compares with the one in use.

    Args:
        taught: every correction that counts, one for each complaint.
        before: those the model in use has learned from.
        in_use: the engine in use.
        tell: called with each of STEPS as it begins.
        messages: the labelled messages to learn from besides; by default all that are shipped.
        known: (n, right) on the held-out messages of the model in use, where its card holds it; else it is measured.

    Raises:
        ResourceError: a sheet of messages is malformed; with file and line.
    """
    tell("read")
    if messages is None:
        messages = load_messages()
    learned = _learned(taught)
    subjects, intents, hazards = (_examples(messages, kind) for kind in (Kind.SUBJECT, Kind.INTENT, Kind.HAZARD))
    model, _ = build([*subjects, *learned], intents, hazards, tell)
    model.fingerprint = shipped().model.fingerprint  # versions belong to the release they were made with
    tell("compare")
    new = Engine(in_use.lexicon, model, in_use.taught)
    held = [one for one in taught if is_held_out(one.number)]
    card = card_of(messages, learned)
    if learned == _learned(before):
        old_right = card.right
    elif known is not None and known[0] == card.n:
        old_right = known[1]
    else:
        old_right = card_of(messages, _learned(before)).right
    dangers = [one.text for one in messages if one.kind is Kind.HAZARD and one.label != NO_HAZARD]
    return model, Comparison(
        Versus(len(held), _right(in_use, held), _right(new, held)),
        Versus(card.n, old_right, card.right),
        Versus(len(dangers), _missed(in_use, dangers), _missed(new, dangers)),
        card,
        len(learned),
    )


def card_of(messages: Sequence[LabelledMessage], learned: Sequence[Example] = ()) -> Card:
    """Trains the subject on the training part of the messages and on what was learned, and asks about the rest."""
    train = _examples([one for one in messages if one.split is Split.TRAIN], Kind.SUBJECT)
    held = [one for one in messages if one.kind is Kind.SUBJECT and one.split is Split.HELD_OUT]
    unrolled = subject_set([*train, *learned])
    vectorizer = DictVectorizer()
    matrix = vectorizer.fit_transform(learned_from(unrolled, "subject")).tocsr()
    fitted = fit(matrix, vectorizer.get_feature_names_out(), unrolled, np.arange(len(unrolled.labels)), "subject")
    asked = vectorizer.transform([scored_vector(one.text, "subject") for one in held])
    ranked = [[fitted.labels[place] for place in row[:3]] for row in np.argsort(-fitted.scores(asked), axis=1)]
    wanted: Counter[str] = Counter()
    predicted: Counter[str] = Counter()
    hit: Counter[str] = Counter()
    confused: Counter[tuple[str, str]] = Counter()
    near = 0
    for one, row in zip(held, ranked, strict=True):
        # Of a message with several subjects the one that was named counts, or else its first.
        meant = row[0] if row[0] in one.labels else one.label
        wanted[meant] += 1
        predicted[row[0]] += 1
        near += not set(row).isdisjoint(one.labels)
        if meant == row[0]:
            hit[meant] += 1
        else:
            confused[meant, row[0]] += 1
    codes = sorted(wanted.keys() | predicted.keys())
    return Card(
        len(held),
        hit.total(),
        near,
        {code: (wanted[code], predicted[code], hit[code]) for code in codes},
        tuple((one, other, count) for (one, other), count in confused.most_common(CONFUSIONS_KEPT)),
    )


def _examples(messages: Sequence[LabelledMessage], kind: Kind) -> list[Example]:
    return [Example(one.text, one.labels) for one in messages if one.kind is kind]


def _learned(taught: Sequence[Taught]) -> list[Example]:
    return [Example(one.text, (one.label,)) for one in taught if not is_held_out(one.number)]


def _right(engine: Engine, held: Sequence[Taught]) -> int:
    context = Context(at=_AT)
    return sum(understand(one.text, context, engine).candidates[0].category == one.label for one in held)


def _missed(engine: Engine, dangers: Sequence[str]) -> int:
    context = Context(at=_AT)
    missed = 0
    for text in dangers:
        read = understand(text, context, engine)
        missed += not (read.urgency == "P0" or read.ask_safety or read.is_self_harm)
    return missed
