"""Notices about works: written, checked, scheduled, and delivered by the clock through the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import func, select, update
from sqlalchemy.orm import joinedload, selectinload

from models import (
    Building,
    CallTask,
    Community,
    Notice,
    NoticeBuilding,
    NoticeState,
    Outbox,
    OutboxKind,
    OutboxState,
    Session,
    WorkItem,
)
from models.workflow import NOTICE_TRANSITIONS
from services import audit, delivery
from services.access import Viewer, visible_community_ids
from services.deadlines import ZONE
from services.delivery import Unasked
from services.errors import Conflict, InvalidInput, StatusNotAllowed
from services.notice_reach import Reach, reach, residents_of, usable_contacts
from services.ports import Act, Reply, Wording

__all__ = [
    "LEAD_TIMES",
    "Delivered",
    "Finding",
    "NewNotice",
    "Reach",
    "cancel",
    "check",
    "check_unchanged",
    "deliver_due",
    "delivered",
    "draft",
    "edit",
    "fingerprint",
    "list_notices",
    "reach",
    "replies_of",
    "schedule",
    "to_draft",
]  # fmt: skip

N = NoticeState

LEAD_TIMES: dict[str, timedelta] = {
    "water": timedelta(hours=24),
    "gas": timedelta(hours=48),
    "power": timedelta(days=7),
    "noise": timedelta(days=3),
    "parking": timedelta(days=3),
    "other": timedelta(days=3),
}
"""How long before it residents must be told: by law for water, gas and power, by custom for the rest."""

LONGEST_BODY = 600


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A notice as written. ``buildings`` are ids, none for the whole community; ``publish_at`` None means at once."""

    community: Community
    kind: str
    title: str
    body: str
    starts_at: datetime
    ends_at: datetime
    buildings: Sequence[int] = ()
    publish_at: datetime | None = None
    work_item_id: int | None = None
    is_demo: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to know before it goes out.

    ``code`` is lead_time or lead_time_kept (with the time given and needed), or clash (with the other notice).
    """

    code: str
    given: timedelta = timedelta()
    needed: timedelta = timedelta()
    other: Notice | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a notice: outbox rows by state, and lines of the call list, open and done."""

    sent: int = 0
    waiting: int = 0
    held: int = 0
    failed: int = 0
    calls: int = 0
    calls_done: int = 0
    reasons: tuple[str, ...] = field(default=())


def draft(session: Session, new: NewNotice, act: Act) -> Notice:
    """Keep a notice as a draft. Raises InvalidInput naming the wrong field."""
    check_fields(session, new, act.now)
    notice = Notice(
        community_id=new.community.id,
        state=N.DRAFT,
        created_by=act.by,
        created_at=act.now,
        is_demo=new.is_demo or new.community.is_demo,
        **_columns(new),
    )
    notice.buildings = [NoticeBuilding(building_id=building_id) for building_id in dict.fromkeys(new.buildings)]
    session.add(notice)
    session.flush()
    audit.record(session, "notice:drafted", notice, actor=act.by, now=act.now, kind=new.kind)
    return notice


def edit(session: Session, notice: Notice, new: NewNotice, act: Act) -> None:
    """Change a draft. Raises InvalidInput, and StatusNotAllowed for anything that is no draft."""
    if notice.state is not N.DRAFT:
        raise StatusNotAllowed(state=notice.state, wanted="edit")
    check_fields(session, new, act.now)
    for name, value in _columns(new).items():
        setattr(notice, name, value)
    notice.buildings.clear()
    session.flush()
    notice.buildings = [NoticeBuilding(building_id=building_id) for building_id in dict.fromkeys(new.buildings)]
    session.flush()
    audit.record(session, "notice:edited", notice, actor=act.by, now=act.now)


def fingerprint(notice: Notice) -> str:
    """What a form showed, in sixteen letters: any change of the notice changes it."""
    parts = [notice.state, notice.kind, notice.title, notice.body, notice.starts_at, notice.ends_at, notice.publish_at]
    buildings = sorted(link.building_id for link in notice.buildings)
    return sha256(repr([*map(str, parts), notice.work_item_id, buildings]).encode()).hexdigest()[:16]


def check_unchanged(notice: Notice, seen: str) -> None:
    """Raises Conflict when the notice is not as the form showed it; ``seen`` is the form's fingerprint."""
    if seen != fingerprint(notice):
        raise Conflict(what="notice")


def schedule(session: Session, notice: Notice, act: Act, *, publish_at: datetime | None = None) -> None:
    """Let the clock deliver it at ``publish_at`` (by default the draft's, or at once).

    Raises InvalidInput when what it announces has begun, or when it would be told only afterwards.
    """
    if notice.starts_at <= act.now:
        raise InvalidInput(field="starts_at", reason="past")
    at = publish_at or notice.publish_at or act.now
    if at >= notice.starts_at:
        raise InvalidInput(field="publish_at", reason="after_start")
    _move(session, notice, N.SCHEDULED, act)
    notice.publish_at = max(at, act.now)


def cancel(session: Session, notice: Notice, act: Act) -> None:
    """Take it back before it was delivered."""
    _move(session, notice, N.CANCELLED, act)


def to_draft(session: Session, notice: Notice, act: Act) -> None:
    """Open a scheduled or cancelled notice for changes."""
    _move(session, notice, N.DRAFT, act)
    notice.publish_at = None


def deliver_due(session: Session, act: Act) -> int:
    """Queue every notice whose time has come, once. Returns how many.

    The state changes by a conditional update in the transaction of the outbox rows, so a crash, a second clock or a
    stopped hour sends nothing twice. What was announced and is over meanwhile is cancelled instead of told.
    """
    due = session.scalars(
        select(Notice)
        .where(Notice.state == N.SCHEDULED, Notice.publish_at <= act.now)
        .order_by(Notice.publish_at, Notice.id)
        .options(joinedload(Notice.community))
    ).all()
    delivered = 0
    for notice in due:
        is_over = notice.ends_at <= act.now
        to = N.CANCELLED if is_over else N.DELIVERED
        taken = session.execute(
            update(Notice)
            .where(Notice.id == notice.id, Notice.state == N.SCHEDULED)
            .values(state=to, delivered_at=None if is_over else act.now)
            .execution_options(synchronize_session=False)
        )
        session.refresh(notice)
        if taken.rowcount != 1:  # type: ignore[attr-defined]  # a CursorResult: this is an UPDATE
            continue
        if is_over:
            audit.record(session, "notice:missed", notice, actor=act.by, now=act.now)
            continue
        _deliver(session, notice, act)
        delivered += 1
    return delivered


def replies_of(notice: Notice | NewNotice, wording: Wording) -> tuple[Reply, ...]:
    """Exactly what a chat shows, and what is read out on the telephone."""
    facts = {
        "title": notice.title,
        "body": notice.body,
        "kind": notice.kind,
        "starts_at": notice.starts_at.isoformat(),
        "ends_at": notice.ends_at.isoformat(),
        "phone": notice.community.phone,
        "community": notice.community.name,
    }
    return wording.news("notice", facts)


def check(session: Session, new: NewNotice, now: datetime, *, notice_id: int | None = None) -> list[Finding]:
    """What to know before it goes out: too short a lead, and other notices for the same homes on the same days."""
    found: list[Finding] = []
    needed = LEAD_TIMES.get(new.kind, LEAD_TIMES["other"])
    given = new.starts_at - max(new.publish_at or now, now)
    found.append(Finding("lead_time" if given < needed else "lead_time_kept", given, needed))
    found += [Finding("clash", other=other) for other in _clashes(session, new, notice_id)]
    return found


def list_notices(session: Session, viewer: Viewer, *, limit: int = 100) -> list[Notice]:
    """The notices of the viewer's communities: drafts first, then what comes next, then what is over."""
    query = select(Notice).options(
        joinedload(Notice.community), selectinload(Notice.buildings).joinedload(NoticeBuilding.building)
    )
    ids = visible_community_ids(session, viewer)
    if ids is not None:
        query = query.where(Notice.community_id.in_(ids))
    rows = session.scalars(query.order_by(Notice.created_at.desc(), Notice.id.desc()).limit(limit)).all()
    rank = {N.DRAFT: 0, N.SCHEDULED: 1, N.DELIVERED: 2, N.CANCELLED: 3}
    return sorted(rows, key=lambda notice: (rank[notice.state], -notice.starts_at.timestamp()))


def delivered(session: Session, notices: Sequence[Notice]) -> dict[int, Delivered]:
    """What became of each, in two queries."""
    ids = [notice.id for notice in notices]
    counts: dict[int, dict[str, int]] = {notice_id: {} for notice_id in ids}
    reasons: dict[int, set[str]] = {notice_id: set() for notice_id in ids}
    for notice_id, state, reason, count in session.execute(
        select(Outbox.notice_id, Outbox.state, Outbox.reason, func.count())
        .where(Outbox.notice_id.in_(ids))
        .group_by(Outbox.notice_id, Outbox.state, Outbox.reason)
    ):
        assert notice_id is not None
        name = {OutboxState.QUEUED: "waiting", OutboxState.CLAIMED: "waiting"}.get(state, state.value)
        counts[notice_id][name] = counts[notice_id].get(name, 0) + count
        if reason and state is OutboxState.HELD:
            reasons[notice_id].add(reason)
    for notice_id, is_open, count in session.execute(
        select(CallTask.notice_id, CallTask.done_at.is_(None), func.count())
        .where(CallTask.notice_id.in_(ids))
        .group_by(CallTask.notice_id, CallTask.done_at.is_(None))
    ):
        assert notice_id is not None
        name = "calls" if is_open else "calls_done"
        counts[notice_id][name] = counts[notice_id].get(name, 0) + count
    return {notice_id: Delivered(**counts[notice_id], reasons=tuple(sorted(reasons[notice_id]))) for notice_id in ids}


def _deliver(session: Session, notice: Notice, act: Act) -> None:
    replies = replies_of(notice, act.wording)
    buildings = [link.building_id for link in notice.buildings]
    told = called = 0
    for resident in residents_of(session, notice.community_id, buildings):
        usable = usable_contacts(resident)
        if not usable:
            delivery.put_on_call_list(session, notice.community_id, resident.id, replies, act, notice_id=notice.id)
            called += 1
        for contact in usable:
            key = f"notice:{notice.id}:contact:{contact.id}"
            delivery.send_unasked(
                session,
                contact,
                Unasked(OutboxKind.NOTICE, replies, notice_id=notice.id, dedupe_key=key),
                act.now,
            )
            told += 1
    audit.record(session, "notice:delivered", notice, actor=act.by, now=act.now, contacts=told, calls=called)
    session.flush()


def check_fields(session: Session, new: NewNotice, now: datetime) -> None:
    """Raises InvalidInput naming the first wrong field."""
    if new.kind not in LEAD_TIMES:
        raise InvalidInput(field="kind", reason="unknown")
    title = " ".join(new.title.split())
    if not title:
        raise InvalidInput(field="title", reason="required")
    if len(title) > 120:
        raise InvalidInput(field="title", reason="too_long")
    if len(new.body.strip()) > LONGEST_BODY:
        raise InvalidInput(field="body", reason="too_long")
    if new.starts_at <= now:
        raise InvalidInput(field="starts_at", reason="past")
    if new.ends_at <= new.starts_at:
        raise InvalidInput(field="ends_at", reason="before_start")
    if new.publish_at is not None and new.publish_at >= new.starts_at:
        raise InvalidInput(field="publish_at", reason="after_start")
    known = session.scalars(
        select(Building.id).where(Building.community_id == new.community.id, Building.id.in_(new.buildings))
    ).all()
    if set(known) != set(new.buildings):
        raise InvalidInput(field="buildings", reason="unknown")
    if new.work_item_id is not None:
        item = session.get(WorkItem, new.work_item_id)
        if item is None or item.plan.community_id != new.community.id:
            raise InvalidInput(field="work_item", reason="unknown")


def _columns(new: NewNotice) -> dict[str, object]:
    return {
        "kind": new.kind,
        "title": " ".join(new.title.split()),
        "body": new.body.strip(),
        "starts_at": new.starts_at,
        "ends_at": new.ends_at,
        "publish_at": new.publish_at,
        "work_item_id": new.work_item_id,
    }


def _clashes(session: Session, new: NewNotice, notice_id: int | None) -> list[Notice]:
    """Other announced notices that touch one of these homes on one of these days."""
    first = new.starts_at.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    last = new.ends_at.astimezone(ZONE).replace(hour=23, minute=59, second=59)
    others = session.scalars(
        select(Notice)
        .where(
            Notice.community_id == new.community.id,
            Notice.state.in_((N.SCHEDULED, N.DELIVERED)),
            Notice.id != (notice_id or 0),
            Notice.starts_at <= last,
            Notice.ends_at >= first,
        )
        .options(selectinload(Notice.buildings))
        .order_by(Notice.starts_at)
    ).all()
    mine = set(new.buildings)
    return [
        other
        for other in others
        if not mine or not other.buildings or mine & {link.building_id for link in other.buildings}
    ]


def _move(session: Session, notice: Notice, to: NoticeState, act: Act) -> None:
    if to not in NOTICE_TRANSITIONS[notice.state]:
        raise StatusNotAllowed(state=notice.state, wanted=to)
    notice.state = to
    audit.record(session, f"notice:{to}", notice, actor=act.by, now=act.now)
