"""What belongs together: neighbours who said the same, earlier complaints of one home, rooms a place may mean."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from heapq import heappush, heappushpop
from typing import Any

from sqlalchemy import Row, Text, bindparam, cast, or_, select

from models import Community, Complaint, ComplaintState, Household, Session, Unit
from nlp.similarity import ALSO_LIKELY, SAME_MATTER, Comparison, Matter, Reason, matters_of
from nlp.understand import understand
from nlp.understanding import ComplaintDraft, Context, PlaceMention, Understanding
from services.engine_in_use import engine_in_use
from services.errors import InvalidInput
from services.places import gazetteer_of

LOOKED_BACK = timedelta(days=60)
"""What a clerk sees as said lately while filing."""
COMPARED = 64
"""So many of the newest in the same community and subject are compared; beyond that a list helps nobody."""
READ_CLOSELY = 24
"""Of those, so many are read word by word: the nearest that have most characters in common."""
ROOMS_OFFERED = 4
LONGEST_WORDS = 10_000
_NOT_COUNTED = (ComplaintState.WITHDRAWN, ComplaintState.REJECTED)
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Neighbour:
    """As much of a complaint as a list of neighbours shows."""

    id: int
    number: str
    serial: int
    subject_code: str
    building: str | None
    unit: str | None
    floor: str | None
    room: str | None
    landmark: str | None
    is_whole_community: bool
    first_text: str
    state: ComplaintState
    work_item_id: int | None
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class Similar:
    """A complaint about the same; ``score`` from 0 to 1, ``reasons`` what the two share. Only people merge."""

    complaint: Neighbour
    score: float
    reasons: tuple[Reason, ...]

    @property
    def is_same_matter(self) -> bool:
        """Whether it is sure enough to be offered as the same; wrong offers cost more than missed ones."""
        return self.score >= SAME_MATTER


_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_SHOWN = tuple(one.name for one in fields(Neighbour))
_STORED = Complaint.__table__.c
# Built once: putting it together would cost more than running it. An index walk, whatever is stored.
_NEWEST = (
    select(
        *(_STORED[name] for name in _SHOWN),
        _STORED.household_key,
        # As text: what will not be compared need not be taken apart.
        cast(_STORED.problems, Text).label("problems"),
    )
    .where(
        _STORED.community_id == bindparam("community"),
        _STORED.subject_code == bindparam("subject"),
        _STORED.submitted_at >= bindparam("since"),
        _STORED.state.not_in(_NOT_COUNTED),
    )
    .order_by(_STORED.submitted_at.desc())
    .limit(COMPARED)
)


@dataclass(frozen=True, slots=True)
class _Found:
    """A stored complaint that may be among the best, and what it was compared with."""

    score: float
    row: Row[Any]
    comparison: Comparison


def find_said(session: Session, community: Community, text: str, now: datetime, *, limit: int = 10) -> list[Similar]:
    """Complaints of this community about what a message says, surest first; whoever filed them.

    Raises InvalidInput (text missing or too long).
    """
    words = text.strip()
    if not words:
        raise InvalidInput(field="text", reason="required")
    if len(words) > LONGEST_WORDS:
        raise InvalidInput(field="text", reason="too_long")
    context = Context(at=now, gazetteer=gazetteer_of(session, community))
    understanding = understand(words, context, engine_in_use(session))
    return _ranked(session, community.id, matters_of(understanding), now, limit)


def find_similar(session: Session, complaint: Complaint, *, limit: int = 8) -> list[Similar]:
    """Complaints of other households that are like this one, surest first."""
    others = tuple(
        one["category"]
        for one in complaint.candidates or ()
        if one["confidence"] >= ALSO_LIKELY and one["category"] != complaint.subject_code
    )
    words = words_of(complaint.first_text, complaint.problems)
    matter = Matter((complaint.subject_code, *others), complaint, words)
    return _ranked(session, complaint.community_id, (matter,), complaint.submitted_at, limit, own=complaint)


def find_neighbours(
    session: Session,
    community_id: int,
    understanding: Understanding,
    drafts: Sequence[ComplaintDraft],
    now: datetime,
    *,
    limit: int = 4,
) -> list[Similar]:
    """What was said lately like words that are not filed yet; whoever lives in the said room is no neighbour of it."""
    matters = matters_of(understanding, drafts)
    return _ranked(session, community_id, matters, now, limit, home=drafts[0].place, since=now - LOOKED_BACK)


def _ranked(
    session: Session,
    community_id: int,
    matters: Sequence[Matter],
    at: datetime,
    limit: int,
    *,
    own: Complaint | None = None,
    home: PlaceMention | None = None,
    since: datetime = _EVER,
) -> list[Similar]:
    """The best of the newest in each subject a matter may have: one walk of an index each, whatever is stored.

    A complaint of another subject is among them only where it is surely the same matter.
    """
    best: dict[int, _Found] = {}
    for matter in matters:
        comparison = Comparison(matter)
        newest = (row for subject in matter.subjects for row in _newest(session, community_id, subject, since))
        for found in _best_of([row for row in newest if _counts(row, own, home)], comparison, at, limit):
            known = best.get(found.row.id)
            if known is None or known.score < found.score:
                best[found.row.id] = found
    chosen = sorted(best.values(), key=lambda one: (-one.score, -one.row.id))[:limit]
    return [
        Similar(
            Neighbour(*(getattr(one.row, name) for name in _SHOWN)),
            round(one.score, 4),
            one.comparison.reasons(
                one.row.subject_code, one.row, words_of(one.row.first_text, one.row.problems), _days(one.row, at)
            ),
        )
        for one in chosen
    ]


def _best_of(rows: Sequence[Row[Any]], comparison: Comparison, at: datetime, limit: int) -> list[_Found]:
    """Nearest in place and time, with the most characters in common, first: only so many are read closely."""
    reachable = []
    for row in rows:
        days = _days(row, at)
        at_most = comparison.at_most(row, days)
        reachable.append((at_most * (0.2 + comparison.touches(row.first_text)), row.id, at_most, days, row))
    reachable.sort(reverse=True)
    kept: list[tuple[float, int, _Found]] = []
    for _, number, at_most, days, row in reachable[: max(READ_CLOSELY, 2 * limit)]:
        if len(kept) == limit and at_most <= kept[0][0]:
            continue
        score = comparison.score(row.subject_code, row, words_of(row.first_text, row.problems), days)
        if row.subject_code != comparison.subject and score < SAME_MATTER:
            continue
        entry = (score, number, _Found(score, row, comparison))
        if len(kept) < limit:
            heappush(kept, entry)
        else:
            heappushpop(kept, entry)
    return [found for _, _, found in kept]


def _newest(session: Session, community_id: int, subject: str, since: datetime) -> Sequence[Row[Any]]:
    return session.connection().execute(_NEWEST, {"community": community_id, "subject": subject, "since": since}).all()


def _counts(row: Row[Any], own: Complaint | None, home: PlaceMention | None) -> bool:
    if own is not None:
        return bool(row.id != own.id and row.household_key != own.household_key)
    if home is not None and home.room is not None:
        return (row.building, row.unit, row.room) != (home.building, home.unit, home.room)
    return True


def words_of(first_text: str, problems: Any) -> str:
    """What was said of one complaint alone; the whole message where no words are accounted for."""
    spans = json.loads(problems) if isinstance(problems, str) else problems
    return "，".join(first_text[span["start"] : span["end"]] for span in spans or ()) or first_text


def _days(row: Row[Any], at: datetime) -> float:
    return float(abs((at - row.submitted_at).total_seconds()) / _DAY)


def list_of_home(session: Session, household_id: int | None, resident_id: int | None) -> list[Complaint]:
    """What this home, or whoever has this telephone, reported before; newest first, six at most."""
    same = []
    if household_id is not None:
        same.append(Complaint.household_id == household_id)
    if resident_id is not None:
        same.append(Complaint.resident_id == resident_id)
    if not same:
        return []
    return list(session.scalars(select(Complaint).where(or_(*same)).order_by(Complaint.id.desc()).limit(6)))


def list_earlier(session: Session, complaint: Complaint, *, limit: int = 6) -> list[Complaint]:
    """Earlier complaints of the same resident or home, newest first."""
    same = [Complaint.resident_id == complaint.resident_id]
    if complaint.household_id is not None:
        same.append(Complaint.household_id == complaint.household_id)
    return list(
        session.scalars(
            select(Complaint)
            .where(or_(*same), Complaint.id != complaint.id, Complaint.community_id == complaint.community_id)
            .order_by(Complaint.id.desc())
            .limit(limit)
        )
    )


def suggest_rooms(session: Session, complaint: Complaint) -> list[str]:
    """Rooms the words may mean when none was said: those of the unit on the said floor; empty when it is wide open."""
    if complaint.building_id is None or complaint.room is not None or complaint.floor is None:
        return []
    query = select(Household.room, Household.floor, Unit.code).outerjoin(Unit, Unit.id == Household.unit_id)
    query = query.where(Household.building_id == complaint.building_id).order_by(Household.room)
    if complaint.unit_id is not None:
        query = query.where(Household.unit_id == complaint.unit_id)
    homes = session.execute(query.limit(400)).all()
    floor = complaint.floor
    if floor == "top":
        storeys = [int(home.floor) for home in homes if home.floor and home.floor.isdecimal()]
        if not storeys:
            return []
        floor = str(max(storeys))
    rooms = list(dict.fromkeys(home.room for home in homes if home.floor == floor))
    return rooms if len(rooms) <= ROOMS_OFFERED else []
