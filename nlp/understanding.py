"""The one answer of this room: what a message says, with the evidence for it.

All offsets are Unicode code points into the resident's own text. Everything here is frozen: an understanding is a
fact about a text, a time and a place, and may be kept, compared and shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Intent(StrEnum):
    """The fifteen intents of the taxonomy (codes are contracts)."""

    REPORT = "report"
    EMERGENCY = "emergency"
    SUGGESTION = "suggestion"
    INQUIRY = "inquiry"
    STATUS = "status"
    FEEDBACK = "feedback"
    OPINION = "opinion"
    PRAISE = "praise"
    SUPPLEMENT = "supplement"
    WITHDRAW = "withdraw"
    HUMAN = "human"
    PRIVACY = "privacy"
    GREETING = "greeting"
    SPAM = "spam"
    OTHER = "other"

    # A code is looked up by its letters, as everywhere else; the hash that enumerations bring is many times slower.
    __hash__ = str.__hash__


@dataclass(frozen=True, slots=True)
class PlaceMention:
    """Where, as said: bare codes ("3", "B7", "乙"), top floor "top", several buildings "3,4"; None when not said."""

    building: str | None = None
    unit: str | None = None
    floor: str | None = None
    room: str | None = None
    landmark: str | None = None
    is_whole_community: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.building or self.unit or self.floor or self.room or self.landmark or self.is_whole_community)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason for a category: the words, how much they weigh, and which rule or feature weighed them."""

    text: str
    start: int
    end: int
    weight: float
    why: str

    def to_json(self) -> dict[str, Any]:
        return {"text": self.text, "start": self.start, "end": self.end, "weight": self.weight, "why": self.why}


@dataclass(frozen=True, slots=True)
class Problem:
    """One span of evidence for one subject (A01 … N12); problems may repeat a category."""

    text: str
    start: int
    end: int
    category: str
    item: str | None
    confidence: float
    evidence: tuple[Evidence, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "start": self.start,
            "end": self.end,
            "category": self.category,
            "item": self.item,
            "confidence": self.confidence,
            "evidence": [one.to_json() for one in self.evidence],
        }


SURE_FROM = 0.825
"""The confidence from which nobody need look before a complaint is passed on.

The lowest at which the upper 95 % limit of the share wrong is 5 % on the readable measuring messages
(``python -m benchmarks.quality.understand`` prints that; it is chosen again with a new model). The limit, not the share
itself: those messages were read while the product was mended, so it does better on them than on the next ones.
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    category: str
    confidence: float

    def to_json(self) -> dict[str, Any]:
        return {"category": self.category, "confidence": self.confidence}


@dataclass(frozen=True, slots=True)
class TimeExpression:
    """A time as said. ``start`` and ``end`` are code points; ``since`` and ``until`` aware datetimes or None.

    ``precision`` is minute, hour, part_of_day, day, week, month or year; ``repeat`` says how it recurs
    ("daily", "weekly", "yearly", "rain", …) or is None.
    """

    text: str
    start: int
    end: int
    since: datetime | None
    until: datetime | None
    precision: str | None
    repeat: str | None


@dataclass(frozen=True, slots=True)
class ComplaintDraft:
    """One category at one place: what would be filed. ``problems`` index into Understanding.problems."""

    category: str
    item: str | None
    confidence: float
    place: PlaceMention
    problems: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Understanding:
    """Everything one message says. ``categories`` is the answer, primary first; ``candidates`` the three best."""

    text: str
    intent: Intent
    categories: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    urgency: str | None
    ask_safety: bool
    place: PlaceMention
    times: tuple[TimeExpression, ...]
    safety_script: str | None
    problems: tuple[Problem, ...]
    complaints: tuple[ComplaintDraft, ...]
    is_self_harm: bool = False
    tags: frozenset[str] = field(default_factory=frozenset)
    """Facts about the message: long_unresolved, vulnerable, whole_building, angry, hypothetical, past, asks_human."""


@dataclass(frozen=True, slots=True)
class GazetteerBuilding:
    """A building as the gazetteer knows it: bare code and every name it goes by."""

    code: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """The names of one community's places. Names are matched here and never enter jieba's dictionary."""

    community: str = ""
    names: tuple[str, ...] = ()
    buildings: tuple[GazetteerBuilding, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """What may be known beside the text: when it was sent (aware), and the names of the community's places."""

    at: datetime
    gazetteer: Gazetteer | None = None
