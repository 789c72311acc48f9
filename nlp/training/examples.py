"""Gives the labelled messages to the model's heads, and fingerprints everything it depends on."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

from nlp.lexicon import lexicon
from nlp.loading import read_text
from nlp.training.messages import MESSAGES, Kind, load_messages
from nlp.training.vectors import training_vector

_SAMPLED = 50


class Example(NamedTuple):
    """A text and its labels, first the primary one."""

    text: str
    labels: tuple[str, ...]


def examples(kind: Kind) -> list[Example]:
    """All shipped messages of one kind, in order.

    Raises:
        ResourceError: a sheet is missing or malformed; with file and line.
    """
    return [Example(message.text, message.labels) for message in load_messages() if message.kind is kind]


def subject_examples() -> list[Example]:
    """Messages with their subjects."""
    return examples(Kind.SUBJECT)


def intent_examples() -> list[Example]:
    """Messages with their intent."""
    return examples(Kind.INTENT)


def hazard_examples() -> list[Example]:
    """Messages with the safety script they call for, or NONE."""
    return examples(Kind.HAZARD)


def fingerprint() -> str:
    """A hash over all the model depends on; equal fingerprints mean the shipped model is up to date.

    It covers the messages, the way they are learned from, and the features of every fiftieth message, which change
    with the lexicon, the spelling, the rules and the code that reads them.
    """
    digest = hashlib.sha256()
    for path in (*sorted(MESSAGES.glob("*.tsv")), Path(__file__).with_name("fit.py")):
        digest.update(path.name.encode())
        digest.update(read_text(path).encode())
    for message in load_messages()[::_SAMPLED]:
        for feature, value in sorted(training_vector(message.text).items()):
            digest.update(f"{feature}={value:.4f}\n".encode())
    for word, (groups, subjects) in sorted(lexicon().words.items()):
        digest.update(f"{word}:{groups}:{subjects}\n".encode())
    return digest.hexdigest()
