"""What the dialogue remembers between two turns; kept as JSON in the conversation, so a restart forgets nothing."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

JOIN_SECONDS = 5
"""What follows a filing within these seconds is the same breath: it amends, and stands at the same place."""


@dataclass(slots=True)
class Question:
    """The one question that waits. ``kind`` is safety, danger, place, building, withdraw, erase or erase_phone.

    ``complaints`` are the ids it is about.
    """

    kind: str
    complaints: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Memory:
    """``place_wanted`` are complaints whose place has still to be asked, once; ``latest`` what was filed last.

    ``misses`` counts turns in a row that were not understood, ``angry`` angry ones. ``loose_photos`` are attachments
    that wait for words. ``hint`` is the checked place of a stairwell code, ``said`` a place told before any problem.
    """

    question: Question | None = None
    place_wanted: list[int] = field(default_factory=list)
    safety_open: list[int] = field(default_factory=list)
    """Complaints whose safety question was asked before another question and is still unanswered."""
    latest: list[int] = field(default_factory=list)
    latest_at: str | None = None
    breath_at: str | None = None
    """When the last message came that followed a filing without a pause."""
    misses: int = 0
    angry: int = 0
    loose_photos: list[int] = field(default_factory=list)
    hint: dict[str, Any] | None = None
    said: dict[str, Any] | None = None
    told_place: bool = False
    """Whether the turn before did nothing but say where, so that a bare number is likely a room."""
    waiting: list[int] = field(default_factory=list)
    """Messages of somebody whose community is not known yet, by id; taken up once it is."""

    def to_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value not in (None, [], 0)}

    @staticmethod
    def from_json(value: dict[str, Any] | None) -> Memory:
        # A copy: lists changed in place would make the old state equal the new one, and it would not be written.
        known = {name: item for name, item in deepcopy(value or {}).items() if name in Memory.__slots__}
        asked = known.pop("question", None)
        return Memory(question=Question(**asked) if asked else None, **known)

    def paused_seconds(self, now: datetime) -> float | None:
        """Seconds since the last message of the breath in which something was filed; None when nothing was."""
        last = max(
            (at for at in (self.latest_at, self.breath_at) if at is not None), key=datetime.fromisoformat, default=None
        )
        return None if last is None else abs((now - datetime.fromisoformat(last)).total_seconds())

    def filed_seconds_ago(self, now: datetime) -> float | None:
        """Seconds since something was filed last, as the messages tell the time; None when nothing was."""
        if self.latest_at is None:
            return None
        return abs((now - datetime.fromisoformat(self.latest_at)).total_seconds())
