"""What the use cases need from outside, as Protocols; linli/bootstrap passes the instances in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from models import Channel


@dataclass(frozen=True, slots=True)
class Button:
    """One tap. ``value`` comes back as it is; at most 60 bytes, so that every channel can carry it."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One short utterance of the bot or of staff.

    ``kind`` tells a rich channel how to draw it (say, understood, safety, question, status, notice, privacy);
    ``facts`` holds the same content as data; ``text`` alone must always be enough.
    """

    text: str
    buttons: tuple[Button, ...] = ()
    kind: str = "say"
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "buttons": [{"label": button.label, "value": button.value} for button in self.buttons],
            "kind": self.kind,
            "facts": dict(self.facts),
        }

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Reply:
        return Reply(
            text=value["text"],
            buttons=tuple(Button(**button) for button in value.get("buttons", ())),
            kind=value.get("kind", "say"),
            facts=value.get("facts", {}),
        )


class Wording(Protocol):
    """The words of everything residents are told outside an answer; bot/replies implements it."""

    def news(self, tag: str, facts: Mapping[str, Any]) -> tuple[Reply, ...]:
        """The replies for ``tag`` (adopted, declined, redirected, …). Raises KeyError for an unknown tag."""
        ...


class Clock(Protocol):
    def now(self) -> datetime:
        """The present, aware, UTC."""
        ...


@dataclass(frozen=True, slots=True)
class Sent:
    """A reply arrived at the outside."""

    external_id: str = ""


class DeliveryError(Exception):
    """Sending failed. ``retry_after`` seconds when the outside named them; ``is_final`` when it never will work.

    ``is_unsure``: it may have arrived all the same. ``is_unreachable``: this address takes nothing any more.
    """

    def __init__(
        self,
        reason: str,
        *,
        retry_after: float | None = None,
        is_final: bool = False,
        is_unsure: bool = False,
        is_unreachable: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
        self.is_final = is_final
        self.is_unsure = is_unsure
        self.is_unreachable = is_unreachable


class OutsideChannel(Protocol):
    """A channel that pushes to the outside (Telegram, later WeChat). Pages and consoles fetch, so need none."""

    channel: Channel

    def send(self, external_id: str, reply: Reply) -> Sent:
        """Send one reply. Raises DeliveryError."""
        ...


class FileStore(Protocol):
    """Keeps photos. ``save`` re-encodes: no EXIF, no GPS. Raises PhotoRefused with a reason."""

    def save(self, data: bytes) -> StoredPhoto: ...

    def read(self, path: str) -> bytes: ...


@dataclass(frozen=True, slots=True)
class StoredPhoto:
    path: str
    mime: str
    width: int
    height: int
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something, when, and the words it is told in. ``by`` is resident, linli or staff:<user name>.

    ``next_call_after`` is how long an alert waits for 已接 before the next person is told.
    """

    by: str
    now: datetime
    wording: Wording
    staff_id: int | None = None
    next_call_after: timedelta = timedelta(minutes=5)
