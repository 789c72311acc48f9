"""Who is writing: the browser's key in a cookie, and the turn token that ties a form to it."""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from urllib.parse import urlsplit

from flask import Request, Response

from bot.channels.webchat import sender_of

KEY_COOKIE = "linli_key"
KEY_SECONDS = 2 * 365 * 24 * 3600
_KEY = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser on the page of one community. ``is_new`` when it brought no key and was given one now."""

    key: str
    community: str
    is_new: bool

    @property
    def sender(self) -> str:
        return sender_of(self.key, self.community)


def visitor_of(request: Request, community: str) -> Visitor:
    key = request.cookies.get(KEY_COOKIE, "")
    if _KEY.fullmatch(key):
        return Visitor(key, community, is_new=False)
    return Visitor(secrets.token_urlsafe(32), community, is_new=True)


def remember(response: Response, visitor: Visitor, request: Request) -> Response:
    """Give a new visitor its key. Not on a request from another site: it must not replace the key she has."""
    if visitor.is_new and not is_cross_site(request):
        response.set_cookie(
            KEY_COOKIE,
            visitor.key,
            max_age=KEY_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure,
            path="/",
        )
    return response


def is_cross_site(request: Request) -> bool:
    """Whether another site made the browser send this."""
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        return request.method != "GET"
    origin = request.headers.get("Origin")
    return request.method != "GET" and origin not in (None, "null") and urlsplit(origin).netloc != request.host


def turn_token(secret: str, visitor: Visitor, last_id: int, now: datetime) -> str:
    """Names this point of her talk and proves that the form came from her own page.

    It never expires while the cookie lives, so no text is lost to a page left open over lunch. Before the first word
    the day stands in for the last message, because there is no message to tell one beginning from another.
    """
    point = str(last_id) if last_id else f"0d{now:%Y%m%d}"
    return f"{point}.{_mac(secret, visitor, point)}"


def is_her_turn(secret: str, visitor: Visitor, token: str) -> bool:
    point, _, mac = token.partition(".")
    return not visitor.is_new and hmac.compare_digest(mac.encode(), _mac(secret, visitor, point).encode())


def _mac(secret: str, visitor: Visitor, point: str) -> str:
    said = f"chat-turn|{visitor.key}|{visitor.community.upper()}|{point}"
    return hmac.new(secret.encode(), said.encode(), sha256).hexdigest()[:40]
