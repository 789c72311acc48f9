"""How hot a topic is: one sum that a clerk can follow with a pencil."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

HALF_LIFE_DAYS = 30
URGENCY_WEIGHTS = {"P0": 4.0, "P1": 2.0, "P2": 1.0, "P3": 0.5}
_DAY = 86400.0


def voice_heat(at: datetime, now: datetime, urgency: str | None = None) -> float:
    """What one voice adds: the weight of its urgency (1 where none is known), halved for every thirty days of age."""
    age = max((now - at).total_seconds() / _DAY, 0.0)
    return float(URGENCY_WEIGHTS.get(urgency or "", 1.0) * 0.5 ** (age / HALF_LIFE_DAYS))


def heat(voices: Iterable[tuple[str, datetime, str | None]], now: datetime) -> float:
    """The heat of a topic: every household adds its hottest voice once; two decimals.

    Args:
        voices: household (or whoever spoke, where no household is known), time and urgency of each message.
        now: the moment the heat is asked for.
    """
    hottest: dict[str, float] = {}
    for household, at, urgency in voices:
        hottest[household] = max(hottest.get(household, 0.0), voice_heat(at, now, urgency))
    return round(sum(hottest.values()), 2)
