"""Keys: from the settings, or made once under the data folder with mode 0600; a known placeholder is refused."""

from __future__ import annotations

import base64
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from settings.load import SettingsError, unwritable
from settings.schema import Settings

PLACEHOLDERS = frozenset({"changeme", "change-me", "secret", "password", "please-change", "dev", "test", "todo", "xxx"})


@dataclass(frozen=True)
class Keys:
    """``secret`` signs cookies and links; ``encryption`` is 32 bytes in urlsafe base64 for telephone numbers."""

    secret: str
    encryption: str


def refuse_placeholders(settings: Settings) -> None:
    """Raise SettingsError when a key is a placeholder from an example."""
    for name, given in (("secret_key", settings.secret_key), ("encryption_key", settings.encryption_key)):
        if given.strip().lower() in PLACEHOLDERS:
            raise SettingsError(f"Setting {name} is a placeholder; set a real key or leave it empty.")


def load_keys(settings: Settings) -> Keys:
    """The keys of these settings, made where none are given. Raises SettingsError with one plain sentence."""
    refuse_placeholders(settings)
    return Keys(
        secret=_key(settings.secret_key, "secret_key", settings.data_dir, lambda: secrets.token_urlsafe(48)),
        encryption=_encryption_key(settings),
    )


def made_once(data_dir: Path, name: str, make: object) -> str:
    """The value kept in ``data_dir/keys/name``, made by ``make()`` the first time. Raises SettingsError."""
    assert callable(make)
    folder = data_dir / "keys"
    path = folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text(encoding="ascii").strip()
        value = str(make())
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(value + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise unwritable(data_dir, error) from None
    return value


def _key(given: str, name: str, data_dir: Path, make: object) -> str:
    return given or made_once(data_dir, name, make)


def _encryption_key(settings: Settings) -> str:
    value = _key(
        settings.encryption_key,
        "encryption_key",
        settings.data_dir,
        lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    )
    try:
        is_right = len(base64.urlsafe_b64decode(value)) == 32
    except ValueError:
        is_right = False
    if not is_right:
        raise SettingsError("Setting encryption_key must be 32 bytes in urlsafe base64.")
    return value
