"""Reads this room's resource files and says which file and line is broken when one is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

RESOURCES = Path(__file__).parent / "resources"

_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ResourceError(RuntimeError):
    """A resource file is missing or broken; the message names the file and, where known, the line."""


def read_text(path: Path) -> str:
    """The whole file as text.

    Raises:
        ResourceError: the file is missing or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as problem:
        raise ResourceError(f"{path.name}: cannot be read ({problem.strerror})") from problem
    except UnicodeDecodeError as problem:
        raise ResourceError(f"{path.name}: is not UTF-8 (byte {problem.start})") from problem


def read_yaml(path: Path) -> dict[str, Any]:
    """The file as a mapping.

    Raises:
        ResourceError: missing, not YAML (with the line), or not a mapping.
    """
    try:
        loaded = yaml.load(read_text(path), Loader=_Loader)  # noqa: S506 - a safe loader, C where it exists
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        line = f"{path.name}:{mark.line + 1}" if mark else path.name
        reason = getattr(problem, "problem", None) or "is not YAML"
        raise ResourceError(f"{line}: {reason}") from problem
    if not isinstance(loaded, dict):
        raise ResourceError(f"{path.name}:1: a mapping is expected")
    return loaded


def line_of(path: Path, needle: str) -> int:
    """The first line (from 1) that holds ``needle``, or 1: tells a broken entry's place without a second parser."""
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if needle in line:
            return number
    return 1
