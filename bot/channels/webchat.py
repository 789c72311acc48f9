"""The residents' page as a channel: a filled-in form becomes an Inbound, once, whoever sends it again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from bot.messages import Inbound
from models import Channel
from services.ports import StoredPhoto


@dataclass(frozen=True, slots=True)
class Form:
    """What a resident sent from the page of ``community``.

    ``turn`` names the point of the talk at which it was said; ``building`` and ``unit`` are the stairwell's hint.
    """

    community: str
    turn: str
    text: str = ""
    button: str | None = None
    photos: Sequence[StoredPhoto] = ()
    building: str | None = None
    unit: str | None = None


def sender_of(browser_key: str, community: str) -> str:
    """The channel's name for this browser in this community: a hash, so the key itself is never stored."""
    return hashlib.sha256(f"{browser_key}:{community.upper()}".encode()).hexdigest()


def to_inbound(form: Form, sender: str, at: datetime) -> Inbound:
    """The same words said twice at the same point of the talk are one message.

    So a double click, a resend after a lost answer and a second tab file once, while a new sentence written on a page
    that was gone back to is a new message.
    """
    photos: tuple[Mapping[str, Any], ...] = tuple(asdict(photo) for photo in form.photos)
    said = "\x1f".join((sender, form.turn, form.text, form.button or "", *(photo.sha256 for photo in form.photos)))
    return Inbound(
        channel=Channel.WEB,
        external_id=hashlib.sha256(said.encode()).hexdigest(),
        sender=sender,
        at=at,
        text=form.text,
        button=form.button,
        photos=photos,
        community=form.community,
        building=form.building,
        unit=form.unit,
    )
