"""What goes in and out of the dialogue, the same for every channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models import Channel
from services.ports import Button, Reply

__all__ = ["Answer", "Button", "Inbound", "Reply"]


@dataclass(frozen=True, slots=True)
class Inbound:
    """One thing a resident said or pressed, in the channel's name for it and for them.

    ``photos`` are StoredPhotos as mappings, already re-encoded; one that could not be kept is {"refused": reason} and
    is said in the answer. ``building`` and ``unit`` are a stairwell code's hint, never a right. ``at`` is when it was
    said; every rule about time runs on it.
    """

    channel: Channel
    external_id: str
    sender: str
    at: datetime
    text: str = ""
    button: str | None = None
    photos: tuple[Mapping[str, Any], ...] = ()
    community: str | None = None
    building: str | None = None
    unit: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "external_id": self.external_id,
            "sender": self.sender,
            "at": self.at.isoformat(),
            "text": self.text,
            "button": self.button,
            "photos": [dict(photo) for photo in self.photos],
            "community": self.community,
            "building": self.building,
            "unit": self.unit,
        }

    @staticmethod
    def from_json(channel: Channel, value: Mapping[str, Any]) -> Inbound:
        return Inbound(
            channel=channel,
            external_id=value["external_id"],
            sender=value["sender"],
            at=datetime.fromisoformat(value["at"]),
            text=value.get("text", ""),
            button=value.get("button"),
            photos=tuple(value.get("photos", ())),
            community=value.get("community"),
            building=value.get("building"),
            unit=value.get("unit"),
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """One turn's answer: replies in order, numbers newly filed, the safety script shown, audit tags of the turn."""

    replies: tuple[Reply, ...]
    complaints: tuple[str, ...] = ()
    safety_script: str | None = None
    events: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        return {
            "replies": [reply.to_json() for reply in self.replies],
            "complaints": list(self.complaints),
            "safety_script": self.safety_script,
            "events": list(self.events),
        }

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Answer:
        return Answer(
            tuple(Reply.from_json(reply) for reply in value["replies"]),
            tuple(value["complaints"]),
            value["safety_script"],
            tuple(value["events"]),
        )
