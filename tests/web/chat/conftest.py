"""A phone without a browser: keeps cookies, reads the page's form, sends it back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest


@dataclass
class Phone:
    """One browser without JavaScript on the page of one community."""

    address: str
    code: str
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.address, follow_redirects=True, timeout=30)

    def page(self, query: str = "") -> str:
        return self.client.get(f"/c/{self.code}{query}").text

    def form(self, page: str | None = None) -> dict[str, str]:
        """The hidden fields of the page's form."""
        return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page or self.page()))

    def say(self, text: str = "", **fields: Any) -> httpx.Response:
        photos = fields.pop("photos", [])
        form = fields.pop("form", None) or self.form()
        files = [("photos", (name, data, "image/jpeg")) for name, data in photos] or [("photos", ("", b""))]
        return self.client.post(f"/c/{self.code}/say", data={**form, "text": text, **fields}, files=files)

    def news(self, after: int = 0, etag: str = "") -> httpx.Response:
        headers = {"If-None-Match": etag} if etag else {}
        return self.client.get(f"/c/{self.code}/news", params={"after": after}, headers=headers)


@pytest.fixture
def phone(server: str, community: str) -> Iterator[Phone]:
    made = Phone(server, community)
    yield made
    made.client.close()


@pytest.fixture
def other_phone(server: str, community: str) -> Iterator[Phone]:
    """A neighbour's browser on the same page."""
    made = Phone(server, community)
    yield made
    made.client.close()
