"""The append-only audit trail, and the audit tags of one turn."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from models import Event, Session, append_rows


def record(session: Session, tag: str, subject: object, *, actor: str, now: datetime, **fields: Any) -> None:
    """Append an event. ``subject`` is an entity with an id; ``fields`` are ids, codes and counts, never words."""
    if getattr(subject, "id", None) is None:
        session.flush()
    append_rows(
        session,
        Event,
        {
            "at": now,
            "tag": tag,
            "actor": actor,
            "subject_type": type(subject).__name__.lower(),
            "subject_id": getattr(subject, "id", None),
            "fields": fields,
        },
    )
    session.info.setdefault("tags", []).append(tag)


def tags_of(session: Session) -> list[str]:
    """The tags recorded in this session so far, in order."""
    return list(session.info.get("tags", ()))
