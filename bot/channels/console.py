"""The terminal as a channel: one JSON line in, one JSON line out; and a plain mode for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any
from uuid import uuid4

from bot.messages import Answer, Inbound
from bot.reception import Reception
from bot.replies.wording import say
from models import Channel
from services.photos import MAX_BYTES, PhotoRefused
from services.ports import Clock, FileStore

FIRST_RESIDENT = "r1"


class BadLine(ValueError):
    """A line that cannot be taken; the message is shown."""


class Console:
    """One community's residents at one terminal. ``resident`` names them, also in a later process."""

    def __init__(self, reception: Reception, photos: FileStore, clock: Clock, zone: tzinfo, community: str) -> None:
        self._reception = reception
        self._photos = photos
        self._clock = clock
        self._zone = zone
        self._community = community

    def answer_line(self, line: str) -> dict[str, Any]:
        """The object to write for one line read. Raises BadLine."""
        try:
            given = json.loads(line)
        except (ValueError, RecursionError):
            raise BadLine("not a JSON object") from None
        if not isinstance(given, dict):
            raise BadLine("not a JSON object")
        return as_json(self.hear(given))

    def hear(self, given: Mapping[str, Any]) -> Answer:
        """One turn: text or button, photos, resident, at. Raises BadLine for anything that is not that."""
        text = _string(given, "text") or ""
        button = _string(given, "button")
        resident = _string(given, "resident") or FIRST_RESIDENT
        if len(resident) > 60:
            raise BadLine('"resident" is longer than 60 characters')
        paths = given.get("photos") or []
        if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
            raise BadLine('"photos" is no list of paths')
        if "text" not in given and button is None and not paths:
            raise BadLine('neither "text" nor "button" nor "photos"')
        inbound = Inbound(
            channel=Channel.CONSOLE,
            external_id=str(uuid4()),
            sender=f"{self._community}:{resident}",
            at=self._moment(given.get("at")),
            text=text.replace("\x00", ""),
            button=button,
            photos=tuple(self._kept(path) for path in paths),
            community=self._community,
        )
        answer = self._reception.hear(inbound)
        return answer if answer is not None else Answer((say("kept_for_later"),))

    def _moment(self, given: object) -> datetime:
        if given is None:
            return self._clock.now()
        if not isinstance(given, str):
            raise BadLine('"at" is no ISO 8601 time')
        try:
            at = datetime.fromisoformat(given)
        except ValueError:
            raise BadLine('"at" is no ISO 8601 time') from None
        return at if at.tzinfo is not None else at.replace(tzinfo=self._zone)

    def _kept(self, path: str) -> dict[str, Any]:
        """The photo in the store, or why it is not there: the words are taken all the same."""
        try:
            file = Path(path)
            if file.stat().st_size > MAX_BYTES:
                return {"refused": "too_big"}
            return asdict(self._photos.save(file.read_bytes()))
        except PhotoRefused as refusal:
            return {"refused": refusal.reason}
        except (OSError, ValueError):
            return {"refused": "missing"}


def as_json(answer: Answer) -> dict[str, Any]:
    """An answer as the terminal writes it."""
    return {
        "replies": [
            {
                "text": reply.text,
                "buttons": [{"label": button.label, "value": button.value} for button in reply.buttons],
            }
            for reply in answer.replies
        ],
        "complaints": list(answer.complaints),
        "safety_script": answer.safety_script,
        "events": list(answer.events),
    }


def _string(given: Mapping[str, Any], name: str) -> str | None:
    value = given.get(name)
    if value is not None and not isinstance(value, str):
        raise BadLine(f'"{name}" is no string')
    return value
