"""Reads the labelled messages the model learns from, and fingerprints everything it depends on."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from nlp.lexicon import LEXICON_FILE
from nlp.loading import RESOURCES, ResourceError, read_text
from nlp.segment import WORDS_FILE
from nlp.spelling import SPELLING_FILE
from nlp.taxonomy import taxonomy
from nlp.understanding import Intent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MESSAGES = RESOURCES / "messages"


class Example(NamedTuple):
    """A text and its labels, first the primary one."""

    text: str
    labels: tuple[str, ...]


def _rows(path: Path) -> Iterator[tuple[int, tuple[str, ...], str]]:
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        label, tab, text = line.partition("\t")
        if not tab or not text.strip():
            raise ResourceError(f"{path.name}:{number}: a label, a tab and a text are expected")
        yield number, tuple(label.strip().split("+")), text.strip()


def subject_examples() -> list[Example]:
    """Messages with their subjects, from every file that is not about intents or hazards.

    Raises:
        ResourceError: a line is not in form or names an unknown subject; with file and line.
    """
    known = taxonomy()
    examples = []
    for path in sorted(MESSAGES.glob("*.tsv")):
        if path.name in ("intents.tsv", "hazards.tsv"):
            continue
        for number, labels, text in _rows(path):
            for label in labels:
                if not known.has_subject(label):
                    raise ResourceError(f"{path.name}:{number}: {label} is no subject")
            examples.append(Example(text, labels))
    return examples


def intent_examples() -> list[Example]:
    """Messages with their intent."""
    path = MESSAGES / "intents.tsv"
    examples = []
    for number, labels, text in _rows(path):
        if labels[0] not in {intent.value for intent in Intent}:
            raise ResourceError(f"{path.name}:{number}: {labels[0]} is no intent")
        examples.append(Example(text, labels))
    return examples


def hazard_examples() -> list[Example]:
    """Messages with the safety script they call for, or NONE."""
    path = MESSAGES / "hazards.tsv"
    known = {script.code for script in taxonomy().scripts} | {"NONE"}
    examples = []
    for number, labels, text in _rows(path):
        if labels[0] not in known:
            raise ResourceError(f"{path.name}:{number}: {labels[0]} is no safety script")
        examples.append(Example(text, labels))
    return examples


def fingerprint() -> str:
    """A hash over every file the model depends on; equal fingerprints mean the shipped model is up to date."""
    digest = hashlib.sha256()
    code = RESOURCES.parent
    files = [*sorted(MESSAGES.glob("*.tsv")), LEXICON_FILE, WORDS_FILE, SPELLING_FILE]
    files += [code / "model.py", code / "lexicon.py", code / "training" / "fit.py"]
    for path in files:
        digest.update(path.name.encode())
        digest.update(read_text(path).encode())
    return digest.hexdigest()
