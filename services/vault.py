"""Keeps telephone numbers and names: encrypted at rest, findable by a blind index, shown masked."""

from __future__ import annotations

import hashlib
import hmac
import re

from cryptography.fernet import Fernet, InvalidToken


class Vault:
    """Encrypts and decrypts with the installation's key."""

    def __init__(self, key: str) -> None:
        self._fernet = Fernet(key.encode("ascii"))
        self._index_key = hashlib.sha256(b"blind index" + key.encode("ascii")).digest()

    def seal(self, text: str | None) -> str | None:
        if not text:
            return None
        return self._fernet.encrypt(text.encode("utf-8")).decode("ascii")

    def open(self, sealed: str | None) -> str | None:
        """The clear text; None when there is none or another key sealed it."""
        if not sealed:
            return None
        try:
            return self._fernet.decrypt(sealed.encode("ascii")).decode("utf-8")
        except InvalidToken:
            return None

    def index(self, phone: str | None) -> str | None:
        """The same for the same number, and nothing can be read from it."""
        digits = re.sub(r"\D", "", phone or "")
        if not digits:
            return None
        return hmac.new(self._index_key, digits.encode(), hashlib.sha256).hexdigest()


def masked(phone: str | None) -> str:
    """尾号 only: "•••• 0037"."""
    digits = re.sub(r"\D", "", phone or "")
    return f"•••• {digits[-4:]}" if len(digits) >= 7 else "••••"
