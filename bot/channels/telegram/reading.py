"""Reads one raw update: what it is, who sent it, and what the inbox keeps of it. Pure: no network, no database."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from telegram import CallbackQuery, ChatMember, ChatMemberUpdated, Message, Update

from bot.messages import Inbound
from models import Channel
from services.inbox import Arrival

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
"""Sent with every request: Telegram remembers an older list otherwise."""

MAX_FILE_BYTES = 20 * 1024 * 1024
"""More cannot be fetched through the Bot API."""

LINK = re.compile(r"^/(?:start(?:@\w+)?\s+link-|link(?:@\w+)?\s+(?:link-)?)(\S+)\s*$", re.IGNORECASE)
START = re.compile(r"^/start(?:@\w+)?(?:\s+(\S+))?\s*$", re.IGNORECASE)
NAMES = frozenset({"first_name", "last_name", "username", "phone_number", "vcard"})
"""Fields of the raw update that say who somebody is; nobody needs them, so they are not kept."""


class Unreadable(Exception):
    """The update cannot be understood."""


@dataclass(frozen=True, slots=True)
class Extra:
    """What belongs to an update besides what was said; kept in the inbox under ``telegram``.

    ``files`` are photos still to be fetched; ``album`` groups pieces of one report; ``event`` is edited, blocked,
    back or ignored; ``start`` and ``link`` are what followed those commands.
    """

    files: tuple[str, ...] = ()
    refused: int = 0
    album: str | None = None
    event: str | None = None
    start: str | None = None
    link: str | None = None
    callback: str | None = None
    message_id: int | None = None

    @property
    def needs_work(self) -> bool:
        """Whether something has to be done before the dialogue may see it."""
        return bool(self.files or self.refused or self.album or self.event or self.start is not None or self.link)

    def to_json(self) -> dict[str, Any]:
        found = {name: getattr(self, name) for name in self.__slots__}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items() if value}

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Extra:
        return Extra(**{**value, "files": tuple(value.get("files", ()))})


def arrival_of(raw: Any, now: datetime) -> Arrival:
    """The inbox row of one raw update; what cannot be read is kept as it came and marked."""
    try:
        return _read(raw, now)
    except Exception as error:  # noqa: BLE001 - whatever an update holds, it must not stop those behind it
        return Arrival(
            Channel.TELEGRAM,
            external_id_of(raw),
            "?",
            {"raw": _without_names(raw), "reason": type(error).__name__},
            is_readable=False,
        )


def external_id_of(raw: Any) -> str:
    """ "u123" by the update's own id, else by its content."""
    update_id = update_id_of(raw)
    if update_id is not None:
        return f"u{update_id}"
    return "x" + hashlib.sha256(json.dumps(raw, sort_keys=True, default=str).encode()).hexdigest()[:32]


def update_id_of(raw: Any) -> int | None:
    found = raw.get("update_id") if isinstance(raw, Mapping) else None
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _read(raw: Any, now: datetime) -> Arrival:
    if update_id_of(raw) is None:
        raise Unreadable
    update = Update.de_json(raw, None)
    if update.message is not None:
        inbound, extra = _message(update.message, external_id_of(raw))
    elif update.callback_query is not None:
        inbound, extra = _press(update.callback_query, external_id_of(raw), now)
    elif update.edited_message is not None:
        chat = update.edited_message.chat
        event = "edited" if chat.type == chat.PRIVATE else "ignored"
        inbound, extra = _empty(raw, str(chat.id), now), Extra(event=event)
    elif update.my_chat_member is not None:
        inbound, extra = _membership(update.my_chat_member, raw, now)
    else:
        raise Unreadable
    payload = {**inbound.to_json(), "telegram": extra.to_json(), "raw": _without_names(raw)}
    if extra.needs_work:
        payload["is_incomplete"] = True
    return Arrival(Channel.TELEGRAM, inbound.external_id, inbound.sender, payload)


def _message(message: Message, external_id: str) -> tuple[Inbound, Extra]:
    text = clean(message.text or message.caption or "")
    contact = message.contact
    if not text and contact is not None and message.from_user and contact.user_id == message.from_user.id:
        text = clean(contact.phone_number)
    inbound = Inbound(Channel.TELEGRAM, external_id, str(message.chat.id), message.date, text)
    if message.chat.type != message.chat.PRIVATE or message.migrate_to_chat_id is not None:
        return inbound, Extra(event="ignored")
    link = LINK.match(text)
    if link:
        return inbound, Extra(link=link.group(1))
    start = START.match(text)
    if start:
        return inbound, Extra(start=start.group(1) or "")
    files, refused = _files(message)
    return inbound, Extra(files=files, refused=refused, album=message.media_group_id)


def _files(message: Message) -> tuple[tuple[str, ...], int]:
    """File ids of the photos of a message (a picture sent as a file is one), and how many are too big to fetch."""
    if message.photo:
        return (message.photo[-1].file_id,), 0
    document = message.document
    if document is not None and (document.mime_type or "").startswith("image/"):
        if (document.file_size or 0) > MAX_FILE_BYTES:
            return (), 1
        return (document.file_id,), 0
    return (), 0


def _press(query: CallbackQuery, external_id: str, now: datetime) -> tuple[Inbound, Extra]:
    """A button; the message it hung on may be too old to be readable, but still has its chat and id."""
    message = query.message
    chat_id = message.chat.id if message is not None else query.from_user.id
    inbound = Inbound(Channel.TELEGRAM, external_id, str(chat_id), now, button=clean(query.data or ""))
    if message is not None and message.chat.type != message.chat.PRIVATE:
        return inbound, Extra(event="ignored", callback=query.id)
    return inbound, Extra(callback=query.id, message_id=message.message_id if message is not None else None)


def _membership(change: ChatMemberUpdated, raw: Any, now: datetime) -> tuple[Inbound, Extra]:
    inbound = _empty(raw, str(change.chat.id), now)
    if change.chat.type != change.chat.PRIVATE:
        return inbound, Extra(event="ignored")
    is_gone = change.new_chat_member.status in (ChatMember.BANNED, ChatMember.LEFT)
    return inbound, Extra(event="blocked" if is_gone else "back")


def _empty(raw: Any, sender: str, now: datetime) -> Inbound:
    return Inbound(Channel.TELEGRAM, external_id_of(raw), sender, now)


def clean(text: str) -> str:
    """Without what no database takes: NUL, and halves of characters."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")


def _without_names(raw: Any) -> Any:
    if isinstance(raw, Mapping):
        return {key: _without_names(value) for key, value in raw.items() if key not in NAMES}
    if isinstance(raw, list):
        return [_without_names(value) for value in raw]
    return raw
