"""Gives the labelled messages to the model's heads, and fingerprints everything it depends on."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from nlp.lexicon import LEXICON_FILE
from nlp.loading import RESOURCES, read_text
from nlp.segment import WORDS_FILE
from nlp.spelling import SPELLING_FILE
from nlp.training.messages import MESSAGES, Kind, load_messages


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
    """A hash over every file the model depends on; equal fingerprints mean the shipped model is up to date."""
    digest = hashlib.sha256()
    code = RESOURCES.parent
    files = [*sorted(MESSAGES.glob("*.tsv")), LEXICON_FILE, WORDS_FILE, SPELLING_FILE]
    files += [RESOURCES / "intents.yaml", RESOURCES / "hazards.yaml"]
    files += [code / name for name in ("model.py", "lexicon.py", "signals.py", "training/fit.py")]
    for path in files:
        digest.update(path.name.encode())
        digest.update(read_text(path).encode())
    return digest.hexdigest()
