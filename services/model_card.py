"""The figures of the model in use: on messages it never learned from, and on what people corrected."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models import ModelVersion, Session
from nlp.engine import shipped
from nlp.loading import RESOURCES, ResourceError, read_text
from services.corrections import list_known
from services.model_versions import version_in_use

SHIPPED_CARD = RESOURCES / "model" / "card.json"
CONFUSIONS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class SubjectFigures:
    """One subject: ``n`` messages of it, ``predicted`` taken for it, ``right`` of both."""

    code: str
    n: int
    predicted: int
    right: int

    @property
    def precision(self) -> float | None:
        return self.right / self.predicted if self.predicted else None

    @property
    def recall(self) -> float | None:
        return self.right / self.n if self.n else None


@dataclass(frozen=True, slots=True)
class Figures:
    """How a set of ``n`` texts was understood; ``near`` is None where only the first answer is known."""

    n: int
    right: int
    near: int | None
    subjects: tuple[SubjectFigures, ...]
    confusions: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class ModelCard:
    """``version`` is None for the shipped model, ``held_out`` None where it was never measured.

    ``corrected`` counts what was first understood of the complaints people decided; those are the doubtful ones, so
    it is no estimate for all.
    """

    version: ModelVersion | None
    made_at: datetime | None
    held_out: Figures | None
    corrected: Figures


def read_card(session: Session) -> ModelCard:
    """The card of the model in use: four queries."""
    version = version_in_use(session)
    made_at: datetime | None
    if version is None:
        card, made_at = _shipped_card()
    else:
        card, made_at = version.figures.get("card"), version.made_at
    return ModelCard(version, made_at, _figures(card) if card else None, _corrected(session))


def _corrected(session: Session) -> Figures:
    known = list_known(session)
    wanted, predicted = Counter(one.label for one in known), Counter(one.understood for one in known)
    right = Counter(one.label for one in known if one.label == one.understood)
    confused = Counter((one.label, one.understood) for one in known if one.label != one.understood)
    return Figures(
        len(known),
        right.total(),
        None,
        tuple(
            SubjectFigures(code, wanted[code], predicted[code], right[code])
            for code in sorted(wanted.keys() | predicted.keys())
        ),
        tuple((one, other, count) for (one, other), count in confused.most_common(CONFUSIONS_SHOWN)),
    )


def _figures(card: Mapping[str, Any]) -> Figures:
    return Figures(
        card["n"],
        card["right"],
        card["near"],
        tuple(SubjectFigures(code, *counts) for code, counts in sorted(card["subjects"].items())),
        tuple((one, other, count) for one, other, count in card["confusions"][:CONFUSIONS_SHOWN]),
    )


def _shipped_card() -> tuple[Mapping[str, Any] | None, datetime | None]:
    """The card that was written with the shipped model; nothing when it belongs to another one."""
    try:
        card = json.loads(read_text(SHIPPED_CARD))
    except (ResourceError, ValueError):
        return None, None
    if card.get("fingerprint") != shipped().model.fingerprint:
        return None, None
    return card, datetime.fromisoformat(card["made_at"])
