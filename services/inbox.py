"""The inbox: what arrives is written raw and committed before it is confirmed, then taken in order per sender."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
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


def receive(session: Session, arrival: Arrival, now: datetime) -> tuple[int, bool]:
    """Write it down once. Returns the row's id and whether it is new; a repeated one changes nothing."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    inserted = session.scalar(
        dialect.insert(Inbox)
        .values(
            channel=arrival.channel,
            external_id=arrival.external_id,
            sender=arrival.sender,
            payload=dict(arrival.payload),
            received_at=now,
            state=InboxState.RECEIVED if arrival.is_readable else InboxState.UNREADABLE,
            attempts=0,
        )
        .on_conflict_do_nothing()
        .returning(Inbox.id)
    )
    if inserted is not None:
        return inserted, True
    known = session.scalar(
        select(Inbox.id).where(Inbox.channel == arrival.channel, Inbox.external_id == arrival.external_id)
    )
    assert known is not None
    return known, False


def take(session: Session, inbox_id: int) -> Inbox:
    """The row, with its sender locked for this transaction, so that order is kept between processes."""
    row = session.get_one(Inbox, inbox_id)
    if session.get_bind().dialect.name == "postgresql":
        session.execute(
            sql("SELECT pg_advisory_xact_lock(hashtext(:who))"), {"who": f"{row.channel}:{row.sender}"}
        )
        session.refresh(row)
    return row


def earlier_waiting(session: Session, row: Inbox) -> list[int]:
    """Ids of what the same sender said before and nobody has taken yet, in order."""
    return list(
        session.scalars(
            select(Inbox.id)
            .where(
                Inbox.channel == row.channel,
                Inbox.sender == row.sender,
                Inbox.id < row.id,
                Inbox.state == InboxState.RECEIVED,
            )
            .order_by(Inbox.id)
        )
    )


def list_waiting(
    session: Session, *, limit: int = 200, after_id: int = 0, before: datetime | None = None
) -> list[int]:
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
    mark_processed(session.get_one(Inbox, inbox_id), nothing, now)


def list_rows(session: Session, ids: Sequence[int]) -> list[Inbox]:
    """These rows in order of arrival."""
    return list(session.scalars(select(Inbox).where(Inbox.id.in_(ids)).order_by(Inbox.id)))


def mark_processed(row: Inbox, answer: Mapping[str, Any], now: datetime) -> None:
    row.state, row.processed_at, row.answer, row.error = InboxState.PROCESSED, now, dict(answer), None


def mark_attempt_failed(session: Session, inbox_id: int, error: str) -> None:
    """Count a failed attempt; after three the row is put aside so that it blocks nobody."""
    row = session.get_one(Inbox, inbox_id)
    row.attempts += 1
    row.error = error[:400]
    if row.attempts >= MAX_ATTEMPTS:
        row.state = InboxState.FAILED
