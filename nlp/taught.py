"""Lets what the desk taught weigh beside what the model learned from messages."""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nlp.lexicon import Reading

GAIN = 2.0
"""How many times e one point of a taught weight raises a subject's share against the others."""


def weigh_taught(taught: Mapping[str, Mapping[str, float]], reading: Reading, subjects: dict[str, float]) -> bool:
    """Raises and lowers the shares of the subjects by the taught words in a text; they still add up to 1.

    The model has never seen a word taught since it was trained, or has learned the word for another subject; a
    lexicon feature alone would hardly move it.

    Args:
        taught: by word, how far its weight for a subject was moved from the shipped one.
        reading: what the lexicon found in the text; each word counts once.
        subjects: the model's share by subject; changed in place.

    Returns:
        Whether anything was changed.
    """
    shift: dict[str, float] = {}
    for word in {hit.word for hit in reading.hits if hit.word in taught}:
        for code, weight in taught[word].items():
            if code in subjects:
                shift[code] = shift.get(code, 0.0) + weight
    if not shift:
        return False
    for code, weight in shift.items():
        subjects[code] *= exp(GAIN * weight)
    total = sum(subjects.values())
    for code, share in subjects.items():
        subjects[code] = share / total
    return True
