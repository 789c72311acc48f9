"""Reads config.yaml and the environment into Settings, or says in one sentence what is wrong."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from settings.schema import Settings

PREFIX = "LINLI_"
PLACES_OF_THEIR_OWN = {"LINLI_CONFIG"}


class SettingsError(Exception):
    """A setting is wrong; the message is one sentence with its path."""


def unwritable(data_dir: Path, error: OSError) -> SettingsError:
    """What to raise when the data folder does not take what must be written."""
    return SettingsError(f"The data folder {data_dir} cannot be used: {error.strerror}; set LINLI_DATA_DIR.")


def load_settings(environ: Mapping[str, str] | None = None, *, config: Path | None = None) -> Settings:
    """Settings from ``config`` (or LINLI_CONFIG, or ./config.yaml beside the code) with LINLI_<SECTION>__<KEY> on top.

    Raises SettingsError with the path of the setting that is wrong.
    """
    env = os.environ if environ is None else environ
    path = config or Path(env.get("LINLI_CONFIG") or Path(__file__).resolve().parent.parent / "config.yaml")
    values = _read_yaml(path, is_required=config is not None or "LINLI_CONFIG" in env)
    for name, value in env.items():
        if name.startswith(PREFIX) and name not in PLACES_OF_THEIR_OWN:
            _put(values, name.removeprefix(PREFIX).lower().split("__"), value, name)
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "settings"
        if first["type"] == "extra_forbidden":
            raise SettingsError(f"There is no setting called {where}; check the spelling.") from None
        raise SettingsError(f"Setting {where} is wrong: {first['msg']}.") from None


def _read_yaml(path: Path, *, is_required: bool) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if is_required:
            raise SettingsError(f"The settings file {path} does not exist.") from None
        return {}
    except OSError as error:
        raise SettingsError(f"The settings file {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise SettingsError(f"The settings file {path} is not UTF-8 text.") from None
    try:
        loaded = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" at line {mark.line + 1}" if mark else ""
        raise SettingsError(f"The settings file {path} is not valid YAML{line}.") from None
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise SettingsError(f"The settings file {path} must hold sections, not a {type(loaded).__name__}.")
    return loaded


def _put(values: dict[str, Any], keys: list[str], value: str, name: str) -> None:
    target = values
    for key in keys[:-1]:
        inner = target.setdefault(key, {})
        if not isinstance(inner, dict):
            raise SettingsError(f"The environment sets {name}, but {key} is not a section.")
        target = inner
    target[keys[-1]] = value
