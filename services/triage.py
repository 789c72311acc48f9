"""The desk's inbox: what to decide next, most urgent and newest first, as quick with a million rows as with few."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, or_, select, union_all, update
from sqlalchemy.orm import joinedload

from models import (
    Attachment,
    Author,
    CallTask,
    Community,
    Complaint,
    ComplaintState,
    Conversation,
    Message,
    OnCall,
    SafetyState,
    Session,
    StaffUser,
)
from models.workflow import WAITING
from services.access import Viewer, visible_communities
from services.numbers import FULL_NUMBER

URGENCIES = ("P0", "P1", "P2", "P3")
COUNT_CAP = 1000
FILTERED_COUNT_CAP = 100
"""No index holds the class, so rows are read to be counted: fewer of them."""
PAGE_SIZE = 40
MOST_ARMS = 120
"""A page is merged from one index walk per community and state; beyond so many the county's index is walked."""
VOICES_COUNTED = timedelta(days=60)
SEARCHED_BACK = 20_000
"""How many of the newest complaints a search through the words reads."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The communities somebody works for; ``community_ids`` is None for all of them."""

    community_ids: tuple[int, ...] | None
    only_name: str | None = None


@dataclass(frozen=True, slots=True)
class Filters:
    """What the inbox shows. ``view`` is waiting, all, safety, reopened or redirected."""

    view: str = "waiting"
    community: str | None = None
    class_code: str | None = None
    urgency: str | None = None
    state: str | None = None
    query: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the inbox."""

    complaint: Complaint
    community_name: str
    photos: int
    neighbours: int = 0


@dataclass(frozen=True, slots=True)
class InboxPage:
    """Some lines, and the cursor behind them; None when nothing follows."""

    rows: tuple[Row, ...]
    next_cursor: str | None


VIEWS = ("waiting", "safety", "reopened", "redirected", "all")


def scope_of(session: Session, viewer: Viewer) -> Scope:
    """The viewer's communities, looked up once in a session."""
    known = session.info.get("scope")
    if isinstance(known, Scope):
        return known
    if viewer.scope_path is None:
        scope = Scope(None)
    else:
        rows = session.execute(visible_communities(viewer).with_only_columns(Community.id, Community.name)).all()
        session.info.setdefault("visible_communities", {})[viewer.scope_path] = [row.id for row in rows]
        scope = Scope(tuple(row.id for row in rows), rows[0].name if len(rows) == 1 else None)
    session.info["scope"] = scope
    return scope


def list_inbox(
    session: Session, viewer: Viewer, filters: Filters, now: datetime, *, cursor: str | None = None
) -> InboxPage:
    """One page of the inbox. An unreadable cursor begins at the top. At most eight queries, whatever is stored."""
    since = now - VOICES_COUNTED
    ids = _community_ids(session, viewer, filters)
    if ids == ():
        return InboxPage((), None)
    if filters.query.strip():
        found = _search(session, ids, filters)
        return InboxPage(_rows(session, found, since), None)
    wanted = PAGE_SIZE + 1
    start = _read_cursor(cursor)
    picked: list[int] = []
    levels = [filters.urgency] if filters.urgency in URGENCIES else list(URGENCIES)
    for level in levels:
        if start is not None and level < start[0]:
            continue
        behind = start if start is not None and level == start[0] else None
        query = _walk(ids, filters, level, behind, wanted - len(picked))
        picked += [row.id for row in session.execute(query)]
        if len(picked) >= wanted:
            break
    rows = _rows(session, picked[:PAGE_SIZE], since)
    last = rows[-1].complaint if len(picked) > PAGE_SIZE else None
    return InboxPage(rows, _cursor(last) if last is not None else None)


def count_views(session: Session, viewer: Viewer, filters: Filters) -> tuple[dict[str, str], int]:
    """How many each view holds under these filters, "999+" from a thousand on; and the id above which all is new."""
    newest = select(func.max(Complaint.id)).scalar_subquery().label("newest")
    ids = _community_ids(session, viewer, filters)
    if ids == ():
        return dict.fromkeys(VIEWS, "0"), session.scalar(select(newest)) or 0
    columns = [newest]
    cap = COUNT_CAP if filters.class_code is None else FILTERED_COUNT_CAP
    for view in VIEWS:
        narrowed = Filters(view, filters.community, filters.class_code, filters.urgency, filters.state)
        columns.append(_capped_count(_conditions(ids, narrowed), cap).label(view))
    row = session.execute(select(*columns)).one()
    return {view: capped(getattr(row, view), cap) for view in VIEWS}, row.newest or 0


def count_new(session: Session, viewer: Viewer, after_id: int) -> int:
    """Complaints of the viewer's places that came after ``after_id``; walks only those."""
    scope = scope_of(session, viewer)
    conditions: list[ColumnElement[bool]] = [Complaint.id > after_id]
    if scope.community_ids is not None:
        conditions.append(Complaint.community_id.in_(scope.community_ids))
    return session.scalar(select(_capped_count(conditions))) or 0


def nav_counts(session: Session, scope: Scope) -> dict[str, str]:
    """The counts of the navigation, in one query: waiting complaints, conversations and calls."""
    if scope.community_ids == ():
        return {}
    waiting = _capped_count(_conditions(scope.community_ids, Filters()))
    chats: list[ColumnElement[bool]] = [Conversation.needs_answer.is_(True)]
    calls: list[ColumnElement[bool]] = [CallTask.done_at.is_(None)]
    if scope.community_ids is not None:
        chats.append(Conversation.community_id.in_(scope.community_ids))
        calls.append(CallTask.community_id.in_(scope.community_ids))
    row = session.execute(
        select(
            waiting.label("waiting"),
            _capped(select(Conversation.id).where(*chats)).label("chats"),
            _capped(select(CallTask.id).where(*calls)).label("calls"),
        )
    ).one()
    return {name: capped(count) if (count := getattr(row, name)) else "" for name in ("waiting", "chats", "calls")}


def on_call_chains(session: Session, community_ids: Iterable[int]) -> dict[int, list[str]]:
    """Names of those on call, in order, for several communities in one query."""
    wanted = set(community_ids)
    if not wanted:
        return {}
    chains: dict[int, list[str]] = {}
    rows = session.execute(
        select(OnCall.community_id, StaffUser.name)
        .join(StaffUser, StaffUser.id == OnCall.staff_id)
        .where(OnCall.community_id.in_(wanted))
        .order_by(OnCall.community_id, OnCall.position)
    )
    for community_id, name in rows:
        chains.setdefault(community_id, []).append(name)
    return chains


def capped(count: int, cap: int = COUNT_CAP) -> str:
    """The count as shown: "999+" from the cap on."""
    return f"{cap - 1}+" if count >= cap else str(count)


def _community_ids(session: Session, viewer: Viewer, filters: Filters) -> tuple[int, ...] | None:
    scope = scope_of(session, viewer)
    if filters.community is None:
        return scope.community_ids
    chosen = session.scalar(select(Community.id).where(Community.code == filters.community))
    if chosen is None or (scope.community_ids is not None and chosen not in scope.community_ids):
        return ()
    return (chosen,)


def _states(filters: Filters) -> tuple[ComplaintState, ...] | None:
    """The states a view is limited to; None when any open one will do."""
    if filters.state in set(ComplaintState):
        chosen: tuple[ComplaintState, ...] = (ComplaintState(filters.state),)
        if filters.view == "waiting":
            return tuple(state for state in chosen if state in WAITING) or chosen
        return chosen
    return {
        "waiting": tuple(sorted(WAITING)),
        "redirected": (ComplaintState.REDIRECTED,),
        "reopened": (ComplaintState.REOPENED,),
    }.get(filters.view)


def _conditions(ids: Sequence[int] | None, filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    states = _states(filters)
    if states is not None:
        conditions.append(Complaint.state.in_(states))
    else:
        conditions.append(Complaint.is_open.is_(True))
    if ids is not None:
        conditions.append(Complaint.community_id.in_(ids))
    if filters.urgency in URGENCIES:
        conditions.append(Complaint.urgency == filters.urgency)
    return conditions + _narrow(filters)


def _narrow(filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.class_code:
        conditions.append(Complaint.class_code == filters.class_code)
    if filters.view == "safety":
        # Written out, not bound: only so does the database see that the small partial index answers it.
        conditions.append(Complaint.safety_state == literal_column(f"'{SafetyState.UNANSWERED.value}'"))
    return conditions


def _capped_count(conditions: Sequence[ColumnElement[bool]], cap: int = COUNT_CAP) -> Any:
    return _capped(select(Complaint.id).where(*conditions), cap)


def _capped(query: Select[Any], cap: int = COUNT_CAP) -> Any:
    return select(func.count()).select_from(query.limit(cap).subquery()).scalar_subquery()


def _walk(
    ids: Sequence[int] | None,
    filters: Filters,
    level: str,
    behind: tuple[str, datetime, int] | None,
    limit: int,
) -> Select[Any]:
    """The newest ids of one urgency: an index walk per community and state, merged."""
    states = _states(filters)
    conditions = [Complaint.urgency == level, *_narrow(filters)]
    if behind is not None:
        _level, at, last_id = behind
        conditions.append(Complaint.submitted_at <= at)
        conditions.append(or_(Complaint.submitted_at < at, and_(Complaint.submitted_at == at, Complaint.id < last_id)))
    by_state: list[ColumnElement[bool]] = (
        [Complaint.is_open.is_(True)] if states is None else [Complaint.state == state for state in states]
    )
    if ids is None or len(ids) * len(by_state) > MOST_ARMS:
        if ids is not None:
            conditions.append(Complaint.community_id.in_(ids))
        arms = [[condition, *conditions] for condition in by_state]
    else:
        arms = [[Complaint.community_id == one, condition, *conditions] for one in ids for condition in by_state]
    newest_first = (Complaint.submitted_at.desc(), Complaint.id.desc())
    if len(arms) == 1:
        return select(Complaint.id, Complaint.submitted_at).where(*arms[0]).order_by(*newest_first).limit(limit)
    walks = []
    for arm in arms:
        inner = select(Complaint.id, Complaint.submitted_at).where(*arm).order_by(*newest_first).limit(limit)
        walks.append(select(inner.subquery()))
    merged = union_all(*walks).subquery()
    return (
        select(merged.c.id, merged.c.submitted_at)
        .order_by(merged.c.submitted_at.desc(), merged.c.id.desc())
        .limit(limit)
    )


def _search(session: Session, ids: Sequence[int] | None, filters: Filters) -> list[int]:
    """Ids that match a number in full or in short, a building, or words said lately; most recent first."""
    text = filters.query.strip()[:80]
    in_scope: list[ColumnElement[bool]] = [] if ids is None else [Complaint.community_id.in_(ids)]
    full = FULL_NUMBER.search(text)
    if full:
        number = f"{full.group(1).upper()}-{full.group(2)}-{int(full.group(3)):06d}"
        return list(session.scalars(select(Complaint.id).where(Complaint.number == number, *in_scope)))
    found: list[int] = []
    recent = select(Complaint.id).where(*in_scope).order_by(Complaint.id.desc()).limit(SEARCHED_BACK).subquery()
    matches: list[ColumnElement[bool]] = [Complaint.words.contains(text, autoescape=True)]
    if text.isdecimal() and len(text) <= 9:
        matches.append(Complaint.serial == int(text))
    building = text.removesuffix("栋").removesuffix("幢").removesuffix("号楼").strip()
    if building and building != text:
        matches.append(func.upper(Complaint.building) == building.upper())
    by_words = (
        select(Complaint.id)
        .join(recent, recent.c.id == Complaint.id)
        .where(or_(*matches), *_narrow(filters))
        .order_by(Complaint.id.desc())
        .limit(PAGE_SIZE)
    )
    if filters.urgency in URGENCIES:
        by_words = by_words.where(Complaint.urgency == filters.urgency)
    found += list(session.scalars(by_words))
    return found


def _rows(session: Session, ids: Sequence[int], since: datetime) -> tuple[Row, ...]:
    """The lines of these ids, in this order: two queries, however many lines."""
    if not ids:
        return ()
    photos = (
        select(func.count(Attachment.id)).where(Attachment.complaint_id == Complaint.id).correlate(Complaint)
    ).scalar_subquery()
    result = session.execute(
        select(Complaint, photos.label("photos")).where(Complaint.id.in_(ids)).options(joinedload(Complaint.community))
    ).all()
    voices = _voices(session, {(row[0].community_id, row[0].subject_code) for row in result}, since)
    by_id = {
        row[0].id: Row(
            row[0],
            row[0].community.name,
            row.photos,
            voices.get((row[0].community_id, row[0].subject_code), 0),
        )
        for row in result
    }
    return tuple(by_id[one] for one in ids if one in by_id)


def _voices(session: Session, pairs: set[tuple[int, str]], since: datetime) -> dict[tuple[int, str], int]:
    """Households that spoke of these subjects in these communities since then, in one query."""
    if not pairs:
        return {}
    counted = session.execute(
        select(Complaint.community_id, Complaint.subject_code, func.count(Complaint.household_key.distinct()))
        .where(
            or_(
                *(
                    and_(
                        Complaint.community_id == community_id,
                        Complaint.subject_code == subject,
                        Complaint.submitted_at >= since,
                    )
                    for community_id, subject in sorted(pairs)
                )
            ),
            Complaint.state != ComplaintState.WITHDRAWN,
        )
        .group_by(Complaint.community_id, Complaint.subject_code)
    )
    return {(community_id, subject): count for community_id, subject, count in counted}


def _cursor(complaint: Complaint) -> str:
    raw = f"{complaint.urgency}~{complaint.submitted_at.isoformat()}~{complaint.id}"
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def _read_cursor(text: str | None) -> tuple[str, datetime, int] | None:
    if not text:
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
        level, at, last_id = raw.split("~")
        moment = datetime.fromisoformat(at)
        if level not in URGENCIES or moment.tzinfo is None:
            return None
        return level, moment, int(last_id)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance as the preview shows it."""

    at: datetime
    author: Author
    text: str
    photos: int


def last_words(session: Session, complaint: Complaint, *, limit: int) -> list[Said]:
    """The end of the conversation the complaint came from, oldest first."""
    if complaint.conversation_id is None:
        return []
    photos = (
        select(func.count(Attachment.id)).where(Attachment.message_id == Message.id).correlate(Message)
    ).scalar_subquery()
    rows = session.execute(
        select(Message.at, Message.author, Message.text, photos.label("photos"))
        .where(Message.conversation_id == complaint.conversation_id)
        .order_by(Message.id.desc())
        .limit(limit)
    ).all()
    return [Said(row.at, row.author, row.text, row.photos) for row in reversed(rows)]


def count_voices(session: Session, complaint: Complaint, now: datetime) -> int:
    """Households that spoke of the same subject in this community lately, this one included."""
    pair = (complaint.community_id, complaint.subject_code)
    return _voices(session, {pair}, now - VOICES_COUNTED).get(pair, 0)


def mark_read(session: Session, complaint_id: int) -> None:
    """Somebody opened it: no longer bold. Leaves ``updated_at`` alone, since nothing was decided."""
    session.execute(update(Complaint).where(Complaint.id == complaint_id).values(is_read=True))
