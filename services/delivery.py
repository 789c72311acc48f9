"""The outbox: written with the change that caused it, claimed, sent, tried again, or put aside with its reason."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import Table, and_, case, exists, insert, or_, select, update
from sqlalchemy.orm import aliased, joinedload

from models import (
    Alert,
    Author,
    CallTask,
    Channel,
    Complaint,
    ContactPoint,
    Conversation,
    Message,
    Outbox,
    OutboxKind,
    OutboxState,
    Resident,
    Session,
    append_rows,
)
from services import audit
from services.ports import Act, Reply
from services.residents import contacts_of

_MESSAGES = cast(Table, Message.__table__)
_NEW_MESSAGE = insert(_MESSAGES).returning(_MESSAGES.c.id)

PULL_CHANNELS = frozenset({Channel.WEB, Channel.CONSOLE})
"""Their page or terminal fetches what was said, so a row is delivered when it stands."""

WANTS_NO_CALL = "wants_no_call"
"""Set in the state of a conversation at the desk: whoever came by or was met on a walk asked for no call."""

Mode = Literal["off", "safelist", "live"]


@dataclass(frozen=True, slots=True)
class Unasked:
    """Something sent unasked to one contact."""

    kind: OutboxKind
    replies: Sequence[Reply]
    complaint_id: int | None = None
    notice_id: int | None = None
    alert_id: int | None = None
    dedupe_key: str | None = None


def queue_answer(
    session: Session, conversation: Conversation, channel: Channel, replies: Sequence[Reply], now: datetime
) -> None:
    """The answer inside a conversation: a message to read back, and an outbox row to send. Always goes."""
    message_id, stored = _say(session, conversation, replies, now, Author.BOT)
    values = _outbox_values(conversation.id, conversation.contact_point_id, message_id, stored, now)
    _queue(session, channel, values)


def say_as_staff(session: Session, conversation: Conversation, text: str, act: Act) -> None:
    """A reply typed at the desk arrives in the resident's chat. It answers, so it always goes."""
    replies = (Reply(text, kind="staff"),)
    message_id, stored = _say(session, conversation, replies, act.now, Author.STAFF, act.staff_id)
    contact = session.get_one(ContactPoint, conversation.contact_point_id)
    _queue(session, contact.channel, _outbox_values(conversation.id, contact.id, message_id, stored, act.now))
    conversation.needs_answer = False


def tell_resident(session: Session, complaint: Complaint, replies: Sequence[Reply], act: Act) -> bool:
    """News about a complaint: in the chat they used; a resident without a chat goes on the call list.

    False when nobody is told: it was filed at the desk for somebody who wants no call (see ``WANTS_NO_CALL``).
    """
    contact, conversation = None, None
    if complaint.conversation_id is not None:
        conversation = session.get_one(Conversation, complaint.conversation_id)
        contact = session.get_one(ContactPoint, conversation.contact_point_id)
    if contact is None or contact.channel is Channel.PHONE or contact.unreachable_at is not None:
        contact = next(
            (
                other
                for other in contacts_of(session, complaint.resident_id)
                if other.channel is not Channel.PHONE and other.unreachable_at is None
            ),
            None,
        )
    if contact is None:
        if conversation is not None and conversation.state.get(WANTS_NO_CALL):
            return False
        put_on_call_list(
            session, complaint.community_id, complaint.resident_id, replies, act, complaint_id=complaint.id
        )
        return True
    send_unasked(session, contact, Unasked(OutboxKind.NEWS, replies, complaint_id=complaint.id), act.now)
    return True


def put_on_call_list(
    session: Session,
    community_id: int,
    resident_id: int,
    replies: Sequence[Reply],
    act: Act,
    *,
    complaint_id: int | None = None,
    notice_id: int | None = None,
) -> None:
    session.add(
        CallTask(
            community_id=community_id,
            resident_id=resident_id,
            complaint_id=complaint_id,
            notice_id=notice_id,
            words="\n".join(reply.text for reply in replies),
            created_at=act.now,
        )
    )


def send_unasked(session: Session, contact: ContactPoint, unasked: Unasked, now: datetime) -> None:
    """Queue something unasked for one contact; whether it may go is decided when it is due, by delivery.mode."""
    conversation = session.scalar(select(Conversation).where(Conversation.contact_point_id == contact.id))
    row = Outbox(
        kind=unasked.kind,
        contact_point_id=contact.id,
        staff_id=contact.staff_id,
        conversation_id=conversation.id if conversation else None,
        complaint_id=unasked.complaint_id,
        notice_id=unasked.notice_id,
        alert_id=unasked.alert_id,
        replies=[reply.to_json() for reply in unasked.replies],
        state=OutboxState.QUEUED,
        due_at=now,
        dedupe_key=unasked.dedupe_key,
        created_at=now,
    )
    session.add(row)


def alert_staff(
    session: Session,
    alert: Alert,
    staff_id: int,
    contact: ContactPoint | None,
    replies: Sequence[Reply],
    act: Act,
) -> None:
    """Tell one on-call person; without a linked contact the outbox shows that nobody could be told."""
    if contact is not None:
        send_unasked(
            session, contact, Unasked(OutboxKind.ALERT, replies, alert.complaint_id, alert_id=alert.id), act.now
        )
        return
    session.add(
        Outbox(
            kind=OutboxKind.ALERT,
            staff_id=staff_id,
            complaint_id=alert.complaint_id,
            alert_id=alert.id,
            replies=[reply.to_json() for reply in replies],
            state=OutboxState.HELD,
            reason="no_contact_linked",
            due_at=act.now,
            created_at=act.now,
        )
    )


@dataclass(frozen=True, slots=True)
class Claim:
    """A row that is ours until the lease ends. ``progress`` replies of it have been sent before.

    ``reason`` is why the attempt before this one failed.
    """

    outbox_id: int
    channel: Channel
    external_id: str
    replies: tuple[Reply, ...]
    progress: int
    attempts: int
    reason: str | None = None


UNSURE = "unsure"
"""How the reason begins when a reply may have arrived: it is repeated once."""

_RANK = {OutboxKind.ALERT: 0, OutboxKind.ANSWER: 1, OutboxKind.NEWS: 2, OutboxKind.NOTICE: 3}


def claim_due(
    session: Session,
    *,
    now: datetime,
    mode: Mode,
    by: str,
    lease: timedelta,
    limit: int = 20,
    channels: Collection[Channel] | None = None,
) -> list[Claim]:
    """Take what is due, one row per contact so that order is kept; hold what may not go.

    Alerts go before answers, answers before news and notices, then the oldest first. Rows of pages and consoles are
    delivered here, by standing in the conversation. ``channels`` are the ones that can be served just now; the rest
    stays queued. Claims are conditional updates with a lease, so a second sender or a crash does no harm.
    """
    earlier = aliased(Outbox)
    is_ready = or_(
        and_(Outbox.state == OutboxState.QUEUED, Outbox.due_at <= now),
        and_(Outbox.state == OutboxState.CLAIMED, Outbox.claimed_until < now),
    )
    # Order is kept among equals; what is more urgent does not wait behind news that is being tried again.
    is_in_hand = and_(earlier.state == OutboxState.CLAIMED, earlier.claimed_until >= now)
    waits_for_earlier = exists().where(
        earlier.contact_point_id == Outbox.contact_point_id,
        earlier.id != Outbox.id,
        earlier.state.in_((OutboxState.QUEUED, OutboxState.CLAIMED)),
        or_(
            is_in_hand,
            and_(earlier.id < Outbox.id, case(_RANK, value=earlier.kind) <= case(_RANK, value=Outbox.kind)),
        ),
    )
    query = select(Outbox).where(is_ready, ~waits_for_earlier)
    if channels is not None:
        is_served = exists().where(
            ContactPoint.id == Outbox.contact_point_id, ContactPoint.channel.in_({*channels, *PULL_CHANNELS})
        )
        query = query.where(or_(Outbox.contact_point_id.is_(None), is_served))
    rows = session.scalars(
        query.order_by(case(_RANK, value=Outbox.kind), Outbox.due_at, Outbox.id)
        .limit(limit)
        .options(joinedload(Outbox.contact, innerjoin=False))
        .with_for_update(skip_locked=True, of=Outbox)
    ).all()
    claims: list[Claim] = []
    in_hand: set[int] = set()
    for row in rows:
        contact = row.contact
        if row.contact_point_id in in_hand:
            continue
        if contact is None:
            row.state, row.reason = OutboxState.HELD, "no_contact_linked"
            continue
        reason = _may_not_go(row, contact, mode)
        if reason is not None:
            row.state, row.reason = OutboxState.HELD, reason
            continue
        if contact.channel in PULL_CHANNELS:
            _deliver_by_standing(session, row, now)
            continue
        attempts = row.attempts + 1
        taken = session.execute(
            update(Outbox)
            .where(Outbox.id == row.id, Outbox.state == row.state, Outbox.attempts == row.attempts)
            .values(state=OutboxState.CLAIMED, claimed_by=by, claimed_until=now + lease, attempts=attempts)
        )
        if taken.rowcount == 1:  # type: ignore[attr-defined]  # a CursorResult: this is an UPDATE
            in_hand.add(contact.id)
            claims.append(
                Claim(
                    row.id,
                    contact.channel,
                    contact.external_id,
                    tuple(Reply.from_json(reply) for reply in row.replies),
                    row.progress,
                    attempts,
                    row.reason,
                )
            )
    return claims


def note_progress(session: Session, outbox_id: int, sent: int, *, claimed_until: datetime | None = None) -> None:
    """So many replies of this row have arrived; a retry goes on behind them. The lease may be made longer."""
    values: dict[str, object] = {"progress": sent, "reason": None}
    if claimed_until is not None:
        values["claimed_until"] = claimed_until
    session.execute(update(Outbox).where(Outbox.id == outbox_id).values(values))


def release_claims(session: Session, by: str | None = None) -> int:
    """Give back what a sender that ends, or died (``by`` None: every sender), had in hand. Returns how many."""
    query = update(Outbox).where(Outbox.state == OutboxState.CLAIMED)
    if by is not None:
        query = query.where(Outbox.claimed_by == by)
    result = session.execute(
        query.values(state=OutboxState.QUEUED, claimed_by=None, claimed_until=None, attempts=Outbox.attempts - 1)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]  # a CursorResult: this is an UPDATE


def mark_sent(session: Session, outbox_id: int, now: datetime) -> None:
    row = session.get_one(Outbox, outbox_id)
    row.state, row.sent_at, row.reason, row.claimed_until = OutboxState.SENT, now, None, None
    _stand_in_conversation(session, row, now)


def mark_retry(session: Session, outbox_id: int, at: datetime, reason: str) -> None:
    session.execute(
        update(Outbox)
        .where(Outbox.id == outbox_id)
        .values(state=OutboxState.QUEUED, due_at=at, reason=reason[:400], claimed_until=None)
    )


def mark_failed(session: Session, outbox_id: int, reason: str, now: datetime, *, is_unreachable: bool = False) -> None:
    """Put aside with its reason; an unreachable contact is marked, and news goes to the call list instead."""
    row = session.get_one(Outbox, outbox_id)
    row.state, row.reason, row.claimed_until = OutboxState.FAILED, reason[:400], None
    if is_unreachable and row.contact_point_id is not None:
        contact = session.get_one(ContactPoint, row.contact_point_id)
        contact.unreachable_at = now
        if row.kind in (OutboxKind.NEWS, OutboxKind.NOTICE) and contact.resident_id is not None:
            resident = session.get_one(Resident, contact.resident_id)
            session.add(
                CallTask(
                    community_id=resident.community_id,
                    resident_id=resident.id,
                    complaint_id=row.complaint_id,
                    notice_id=row.notice_id,
                    words="\n".join(reply["text"] for reply in row.replies),
                    created_at=now,
                )
            )


def release_held(session: Session, outbox_id: int, act: Act) -> None:
    """Staff let one held row go: its contact counts as listed from now on, so what else waited for that goes too."""
    row = session.get_one(Outbox, outbox_id)
    if row.state is not OutboxState.HELD or row.contact_point_id is None:
        return
    session.get_one(ContactPoint, row.contact_point_id).is_listed = True
    waiting = session.scalars(
        select(Outbox)
        .where(
            Outbox.contact_point_id == row.contact_point_id,
            Outbox.state == OutboxState.HELD,
            or_(Outbox.id == row.id, Outbox.reason == "not_listed"),
        )
        .order_by(Outbox.id)
    )
    for each in waiting.all():
        each.state, each.due_at, each.reason = OutboxState.QUEUED, act.now, None
        audit.record(session, "outbox:released", each, actor=act.by, now=act.now)


def _may_not_go(row: Outbox, contact: ContactPoint, mode: Mode) -> str | None:
    if row.kind is OutboxKind.ANSWER or mode == "live":
        return None
    if mode == "off":
        return "delivery_off"
    return None if contact.is_listed else "not_listed"


def _say(
    session: Session,
    conversation: Conversation,
    replies: Sequence[Reply],
    now: datetime,
    author: Author,
    staff_id: int | None = None,
) -> tuple[int, list[dict[str, Any]]]:
    """Let it stand in a stored conversation. Returns the message's id and the replies as they are stored."""
    stored = [reply.to_json() for reply in replies]
    conversation.last_message_at = now
    session.flush()  # everything before it in one go, so that the commit finds nothing left to write
    message_id = session.connection().scalar(
        _NEW_MESSAGE,
        {
            "conversation_id": conversation.id,
            "author": author,
            "staff_id": staff_id,
            "text": "\n".join(reply.text for reply in replies),
            "replies": stored,
            "at": now,
        },
    )
    assert message_id is not None
    return int(message_id), stored


def _outbox_values(
    conversation_id: int, contact_point_id: int, message_id: int, replies: list[dict[str, Any]], now: datetime
) -> dict[str, Any]:
    return {
        "kind": OutboxKind.ANSWER,
        "contact_point_id": contact_point_id,
        "conversation_id": conversation_id,
        "message_id": message_id,
        "replies": replies,
        "due_at": now,
        "created_at": now,
    }


def _queue(session: Session, channel: Channel, values: dict[str, Any]) -> None:
    if channel in PULL_CHANNELS:  # it stands in the conversation: nothing is left to do with the row
        append_rows(session, Outbox, values | {"state": OutboxState.SENT, "sent_at": values["due_at"]})
    else:
        session.add(Outbox(**values, state=OutboxState.QUEUED))


def _deliver_by_standing(session: Session, row: Outbox, now: datetime) -> None:
    row.state, row.sent_at = OutboxState.SENT, now
    _stand_in_conversation(session, row, now)


def _stand_in_conversation(session: Session, row: Outbox, now: datetime) -> None:
    """What was sent unasked is part of the conversation too, so that the page and the desk show it."""
    if row.message_id is not None or row.conversation_id is None:
        return
    conversation = session.get_one(Conversation, row.conversation_id)
    row.message_id, _ = _say(session, conversation, [Reply.from_json(reply) for reply in row.replies], now, Author.BOT)
