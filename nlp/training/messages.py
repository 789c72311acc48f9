"""Loads the labelled messages the model learns from, each marked for training or for the part never tuned on."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from nlp.loading import RESOURCES, ResourceError, read_text
from nlp.taxonomy import taxonomy
from nlp.understanding import Intent

if TYPE_CHECKING:
    from pathlib import Path

MESSAGES = RESOURCES / "messages"
NO_HAZARD = "NONE"
"""The label of a message that only looks like a danger: denied, supposed, past, rehearsed, joked or advertised."""

HELD_OUT_PART = 5
"""One message in this many is held out."""

_NUMBER = r"[0-9零〇一二三四五六七八九十百千两俩几半壹贰叁肆伍陆]"
_PLACE = re.compile(rf"[a-z]?{_NUMBER}+(?:号楼|单元|门洞|[栋幢座号门梯楼层室房户#\-])?")
_NOT_WORDS = re.compile(r"[\W_]+")


class Kind(StrEnum):
    """What a sheet's labels are."""

    SUBJECT = "subject"
    INTENT = "intent"
    HAZARD = "hazard"


class Split(StrEnum):
    TRAIN = "train"
    HELD_OUT = "held_out"


SHEETS: dict[str, Kind] = {
    "A.tsv": Kind.SUBJECT,
    "B.tsv": Kind.SUBJECT,
    "C.tsv": Kind.SUBJECT,
    "D.tsv": Kind.SUBJECT,
    "N.tsv": Kind.SUBJECT,
    "intents.tsv": Kind.INTENT,
    "hazards.tsv": Kind.HAZARD,
}


@dataclass(frozen=True, slots=True)
class LabelledMessage:
    """One message with its labels, primary first. ``sheet`` and ``line`` (from 1) say where it stands."""

    text: str
    labels: tuple[str, ...]
    kind: Kind
    split: Split
    sheet: str
    line: int

    @property
    def label(self) -> str:
        """The primary label."""
        return self.labels[0]


def load_messages(folder: Path = MESSAGES) -> list[LabelledMessage]:
    """Every labelled message of every sheet, in the order of the sheets and their lines.

    Raises:
        ResourceError: a sheet is missing, or a line is malformed; the message names file and line.
    """
    messages: list[LabelledMessage] = []
    for name, kind in SHEETS.items():
        found, errors = read_sheet(folder / name, kind)
        if errors:
            raise ResourceError(errors[0])
        messages.extend(found)
    return messages


def read_sheet(path: Path, kind: Kind) -> tuple[list[LabelledMessage], list[str]]:
    """The well-formed messages of one sheet, and one sentence for each line that is not.

    A line is ``LABEL<TAB>text``; several labels are joined by ``+``. Blank lines and lines opening with # are skipped.

    Raises:
        ResourceError: the sheet cannot be read.
    """
    messages: list[LabelledMessage] = []
    errors: list[str] = []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split("\t")
        where = f"{path.name}:{number}"
        if len(fields) != 2 or not fields[1].strip():
            errors.append(f"{where}: a label, one tab and a text are expected")
            continue
        labels = tuple(fields[0].split("+"))
        problem = _problem_with(labels, kind, path)
        if problem:
            errors.append(f"{where}: {problem}")
            continue
        text = fields[1].strip()
        messages.append(LabelledMessage(text, labels, kind, split_of(text), path.name, number))
    return messages, errors


def split_of(text: str) -> Split:
    """Which part a text belongs to: fixed by its own words, so adding messages never moves another one.

    The hash is taken over the text without its places and numbers, so that two wordings that differ only in these
    land on the same side.
    """
    digest = hashlib.sha256(skeleton(text).encode()).digest()
    return Split.HELD_OUT if int.from_bytes(digest[:8], "big") % HELD_OUT_PART == 0 else Split.TRAIN


def skeleton(text: str) -> str:
    """The words of a text that say what is wrong: no numbers, places counted by them, punctuation or case.

    A text of nothing but a place ("3栋") is returned as it is, without punctuation.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _NOT_WORDS.sub("", _PLACE.sub("", folded)) or _NOT_WORDS.sub("", folded) or folded


@cache
def known_labels(kind: Kind) -> tuple[str, ...]:
    """Every label a sheet of this kind may use."""
    if kind is Kind.SUBJECT:
        return tuple(subject.code for subject in taxonomy().subjects)
    if kind is Kind.INTENT:
        return tuple(intent.value for intent in Intent)
    return (*(script.code for script in taxonomy().scripts), NO_HAZARD)


def _problem_with(labels: tuple[str, ...], kind: Kind, path: Path) -> str | None:
    for label in labels:
        if label not in known_labels(kind):
            return f"{label or 'an empty label'} is no {kind.value} of the taxonomy"
    if len(set(labels)) < len(labels):
        return "a label stands twice"
    if kind is Kind.INTENT and len(labels) > 1:
        return "a message has one intent"
    if kind is Kind.HAZARD and len(labels) > 1 and NO_HAZARD in labels:
        return f"{NO_HAZARD} stands beside a hazard"
    if kind is Kind.SUBJECT and labels[0][:1] != path.stem:
        return f"{labels[0]} belongs in {labels[0][:1]}.tsv"
    return None
