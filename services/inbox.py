"""The inbox: what arrives is written raw and committed before it is confirmed, then taken in order per sender."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, exists, insert, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import text as sql

from models import Channel, Inbox, InboxState, Session

MAX_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something that arrived: who, its own id at the channel, and its content as JSON."""

    channel: Channel
    external_id: str
    sender: str
    payload: Mapping[str, Any]
    is_readable: bool = True


@dataclass(frozen=True, slots=True)
class Held:
    """An inbox row as it stood when it was taken."""

    id: int
    channel: Channel
    sender: str
    state: InboxState
    payload: Mapping[str, Any]
    answer: Mapping[str, Any] | None
    is_behind: bool
    """The same sender said something before that nobody has taken yet."""


_ROWS = cast(Table, Inbox.__table__)
"""Every message passes here twice, so these statements go to the table and not through the unit of work."""


_INSERT_ONCE = insert(_ROWS).prefix_with("OR IGNORE", dialect="sqlite").returning(_ROWS.c.id)
"""SQLite's ON CONFLICT clause would be compiled anew each time; this form is kept compiled."""
_BEFORE = _ROWS.alias("before")
_TAKE = select(
    _ROWS.c.id,
    _ROWS.c.channel,
    _ROWS.c.sender,
    _ROWS.c.state,
    _ROWS.c.payload,
    _ROWS.c.answer,
    exists()
    .where(
        _BEFORE.c.channel == _ROWS.c.channel,
        _BEFORE.c.sender == _ROWS.c.sender,
        _BEFORE.c.id < _ROWS.c.id,
        _BEFORE.c.state == InboxState.RECEIVED,
    )
    .label("is_behind"),
).where(_ROWS.c.id == bindparam("inbox_id"))
_EARLIER = (
    select(_ROWS.c.id)
    .where(
        _ROWS.c.channel == bindparam("of_channel"),
        _ROWS.c.sender == bindparam("of_sender"),
        _ROWS.c.id < bindparam("before_id"),
        _ROWS.c.state == InboxState.RECEIVED,
    )
    .order_by(_ROWS.c.id)
)
_PROCESSED = update(_ROWS).where(_ROWS.c.id == bindparam("inbox_id"))


def receive(session: Session, arrival: Arrival, now: datetime) -> tuple[int, bool]:
    """Write it down once. Returns the row's id and whether it is new; a repeated one changes nothing."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        statement: Any = postgresql.insert(_ROWS).on_conflict_do_nothing().returning(_ROWS.c.id)
    else:
        statement = _INSERT_ONCE
    inserted = connection.scalar(
        statement,
        {
            "channel": arrival.channel,
            "external_id": arrival.external_id,
            "sender": arrival.sender,
            "payload": dict(arrival.payload),
            "received_at": now,
            "state": InboxState.RECEIVED if arrival.is_readable else InboxState.UNREADABLE,
            "attempts": 0,
        },
    )
    if inserted is not None:
        return int(inserted), True
    known = connection.scalar(
        select(_ROWS.c.id).where(_ROWS.c.channel == arrival.channel, _ROWS.c.external_id == arrival.external_id)
    )
    assert known is not None
    return int(known), False


def take(session: Session, inbox_id: int) -> Held:
    """The row, with its sender locked for this transaction, so that order is kept between processes."""
    connection = session.connection()
    held = Held(*connection.execute(_TAKE, {"inbox_id": inbox_id}).one())
    if connection.dialect.name == "postgresql":
        connection.execute(
            sql("SELECT pg_advisory_xact_lock(hashtext(:who))"), {"who": f"{held.channel}:{held.sender}"}
        )
        held = Held(*connection.execute(_TAKE, {"inbox_id": inbox_id}).one())
    return held


def earlier_waiting(session: Session, held: Held) -> list[int]:
    """Ids of what the same sender said before and nobody has taken yet, in order."""
    if not held.is_behind:
        return []
    who = {"of_channel": held.channel, "of_sender": held.sender, "before_id": held.id}
    return list(session.connection().scalars(_EARLIER, who))


def list_waiting(session: Session, *, limit: int = 200, after_id: int = 0, before: datetime | None = None) -> list[int]:
    """Ids of what was received (``before`` a moment, if given) and not yet taken, in order of arrival."""
    query = select(Inbox.id).where(Inbox.state == InboxState.RECEIVED, Inbox.id > after_id)
    if before is not None:
        query = query.where(Inbox.received_at < before)
    return list(session.scalars(query.order_by(Inbox.id).limit(limit)))


def list_waiting_of(session: Session, channel: Channel, *, limit: int = 500, after_id: int = 0) -> list[Inbox]:
    """The rows of one channel that were received and not yet taken, in order of arrival."""
    return list(
        session.scalars(
            select(Inbox)
            .where(Inbox.state == InboxState.RECEIVED, Inbox.channel == channel, Inbox.id > after_id)
            .order_by(Inbox.id)
            .limit(limit)
        )
    )


def is_complete(payload: Mapping[str, Any]) -> bool:
    """False while a channel still has to fetch something that belongs to it, as photos."""
    return not payload.get("is_incomplete", False)


def complete(
    session: Session, inbox_id: int, payload: Mapping[str, Any], now: datetime, *, pieces: Sequence[int] = ()
) -> None:
    """What was missing has been fetched: the row holds all of it now and can be answered.

    ``pieces`` are other rows that have become part of this one.
    """
    session.get_one(Inbox, inbox_id).payload = {**payload, "is_incomplete": False}
    for piece in pieces:
        settle(session, piece, now)


def settle(session: Session, inbox_id: int, now: datetime) -> None:
    """Nothing is to be said to this row, or it has been said."""
    nothing: dict[str, Any] = {"replies": [], "complaints": [], "safety_script": None, "events": []}
    mark_processed(session, inbox_id, nothing, now)


def list_rows(session: Session, ids: Sequence[int]) -> list[Inbox]:
    """These rows in order of arrival."""
    return list(session.scalars(select(Inbox).where(Inbox.id.in_(ids)).order_by(Inbox.id)))


def mark_processed(session: Session, inbox_id: int, answer: Mapping[str, Any], now: datetime) -> None:
    """It has been answered; a repeated delivery gets the same answer."""
    session.connection().execute(
        _PROCESSED,
        {
            "inbox_id": inbox_id,
            "state": InboxState.PROCESSED,
            "processed_at": now,
            "answer": dict(answer),
            "error": None,
        },
    )


def mark_attempt_failed(session: Session, inbox_id: int, error: str) -> None:
    """Count a failed attempt; after three the row is put aside so that it blocks nobody."""
    row = session.get_one(Inbox, inbox_id)
    row.attempts += 1
    row.error = error[:400]
    if row.attempts >= MAX_ATTEMPTS:
        row.state = InboxState.FAILED
