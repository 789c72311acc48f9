"""Writes one reply as Telegram messages, and says what a failure means for it. Plain text: nothing to escape."""

from __future__ import annotations

from datetime import timedelta

import httpx
import structlog
from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import InlineKeyboardButtonLimit, MessageLimit
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)

from services.ports import Button, DeliveryError

log = structlog.get_logger(__name__)

MAX_DATA_BYTES = int(InlineKeyboardButtonLimit.MAX_CALLBACK_DATA)
ROW_WIDTH = 14
"""Characters of the labels in one row of buttons; more would be cut on a small phone."""
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
"""Faults before the request left: it surely did not arrive."""


def pieces(text: str, limit: int = int(MessageLimit.MAX_TEXT_LENGTH)) -> list[str]:
    """The text in parts of at most ``limit`` UTF-16 units, cut at the end of a paragraph, a line or a sentence."""
    parts: list[str] = []
    rest = text.strip()
    while _units(rest) > limit:
        head = _first(rest, limit)
        for mark in ("\n\n", "\n", "。", "；", "，"):
            end = head.rfind(mark)
            if end > len(head) // 3:
                head = head[: end + len(mark)]
                break
        parts.append(head.strip())
        rest = rest[len(head) :].strip()
    if rest or not parts:
        parts.append(rest)
    return [part for part in parts if part] or ["…"]


def keyboard(buttons: tuple[Button, ...]) -> InlineKeyboardMarkup | None:
    """The buttons in rows that fit a small phone; None without buttons."""
    rows: list[list[InlineKeyboardButton]] = []
    width = ROW_WIDTH
    for button in buttons:
        if not 1 <= len(button.value.encode("utf-8")) <= MAX_DATA_BYTES:
            log.error("button_value_does_not_fit", label=button.label)
            continue
        if width + len(button.label) + 1 > ROW_WIDTH:
            rows.append([])
            width = 0
        rows[-1].append(InlineKeyboardButton(button.label, callback_data=button.value))
        width += len(button.label) + 1
    return InlineKeyboardMarkup(rows) if rows else None


def as_delivery_error(error: TelegramError) -> DeliveryError:
    """What a failure means: wait, give up, try again, or not known whether it arrived."""
    if isinstance(error, RetryAfter):
        return DeliveryError("too_many_requests", retry_after=seconds(error.retry_after))
    if isinstance(error, Forbidden):
        return DeliveryError("blocked_by_recipient", is_final=True, is_unreachable=True)
    if isinstance(error, ChatMigrated):
        return DeliveryError("chat_moved", is_final=True, is_unreachable=True)
    if isinstance(error, BadRequest):
        is_gone = "chat not found" in str(error).lower() or "user not found" in str(error).lower()
        reason = "chat_not_found" if is_gone else f"refused: {error}"
        return DeliveryError(reason, is_final=True, is_unreachable=is_gone)
    if isinstance(error, InvalidToken):
        return DeliveryError("token_refused")
    if isinstance(error, Conflict) or isinstance(error.__cause__, NOT_SENT):
        return DeliveryError(f"not_reached: {type(error.__cause__ or error).__name__}")
    return DeliveryError(type(error.__cause__ or error).__name__, is_unsure=True)


def seconds(value: int | float | timedelta) -> float:
    return value.total_seconds() if isinstance(value, timedelta) else float(value)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _first(text: str, limit: int) -> str:
    """As many whole characters as fit into ``limit`` UTF-16 units."""
    if _units(text[:limit]) <= limit:
        return text[:limit]
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if _units(text[:middle]) <= limit:
            low = middle
        else:
            high = middle - 1
    return text[:low]
