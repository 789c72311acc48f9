"""Reads what was sent from the residents' page: words, a tap, photos; what cannot be taken is named, never lost."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from flask import Request
from werkzeug.datastructures import FileStorage

from services.photos import MAX_BYTES, PhotoFolder, PhotoRefused
from services.ports import StoredPhoto

LONGEST_TEXT = 10_000
LARGEST_BODY = 160 * 1024 * 1024
"""A body with a huge photo is still read, so that the words beside it are kept; the photo itself is refused."""
LARGEST_FIELDS = 1024 * 1024
MOST_PHOTOS = 9
_HINT = re.compile(r"[\w.\-]{1,16}")


@dataclass(frozen=True, slots=True)
class Said:
    """One form. ``problem`` names the sentence when nothing can be taken; ``photo_problems`` one per refused photo."""

    text: str
    button: str | None
    turn: str
    photos: tuple[StoredPhoto, ...] = ()
    photo_problems: tuple[str, ...] = ()
    problem: str | None = None
    after: int = 0
    hint: dict[str, str] = field(default_factory=dict)


def read_form(request: Request, photos: PhotoFolder, *, is_trusted: bool) -> Said:
    """Read the form. Photos are kept only for a form that came from her own page (``is_trusted``)."""
    text = clean(request.form.get("text", ""))
    button = clean(request.form.get("button", ""))[:60] or None
    stored, problems = _read_photos(request.files.getlist("photos"), photos) if is_trusted else ([], [])
    problem = None
    if len(text) > LONGEST_TEXT:
        problem = "too_long"
    elif not text and button is None and not stored:
        problem = problems[0] if problems else "empty"
    return Said(
        text=text,
        button=button,
        turn=request.form.get("turn", ""),
        photos=tuple(stored),
        photo_problems=tuple(problems),
        problem=problem,
        after=_number(request.form.get("after", "")),
        hint=hint_of(request.form),
    )


def clean(text: str) -> str:
    """Her words with plain line ends; control characters no database keeps are dropped."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip()


def hint_of(fields: object) -> dict[str, str]:
    """Building and unit of a stairwell's code, as far as they look like such names."""
    get = getattr(fields, "get")  # noqa: B009 - query and form are both multi-dicts, without a common typed base
    return {name: value for name in ("b", "u") if (value := str(get(name) or "").strip()) and _HINT.fullmatch(value)}


def _read_photos(files: list[FileStorage], folder: PhotoFolder) -> tuple[list[StoredPhoto], list[str]]:
    stored: list[StoredPhoto] = []
    problems: list[str] = []
    for file in [file for file in files if file.filename]:
        if len(stored) == MOST_PHOTOS:
            problems.append("too_many")
            break
        data = file.stream.read(MAX_BYTES + 1)
        try:
            photo = folder.save(data)
        except PhotoRefused as refused:
            problems.append(refused.reason)
            continue
        if all(photo.sha256 != other.sha256 for other in stored):
            stored.append(photo)
    return stored, problems


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0
