"""What belongs together: neighbours who said the same, earlier complaints of one home, rooms a place may mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import load_only

from models import Complaint, ComplaintState, Household, Session, Unit
from nlp.segment import segment
from nlp.understanding import PlaceMention

LOOKED_BACK = timedelta(days=60)
COMPARED = 200
"""So many of the newest in the same community and subject are compared; beyond that a list helps nobody."""
ROOMS_OFFERED = 4
_IRRELEVANT = frozenset("的了是在有我你他她们这那就都也还和很到上下个一不没说要吗呢吧啊，。！？、；：（）“”… ")
_NOT_COUNTED = (ComplaintState.WITHDRAWN, ComplaintState.REJECTED)


@dataclass(frozen=True, slots=True)
class Similar:
    """A complaint of somebody else about the same; ``score`` from 0 to 1."""

    complaint: Complaint
    score: float
    is_same_building: bool


def find_similar(session: Session, complaint: Complaint, now: datetime, *, limit: int = 8) -> list[Similar]:
    """Complaints of other households: same subject and community, lately; same building and shared words first."""
    others = _recent(session, complaint.community_id, complaint.subject_code, now - LOOKED_BACK)
    rows = [row for row in others if row.id != complaint.id and row.household_key != complaint.household_key]
    return _ranked(rows, complaint.building, complaint.unit, complaint.first_text, limit)


def find_neighbours(
    session: Session,
    community_id: int,
    subject_code: str,
    place: PlaceMention,
    words: str,
    now: datetime,
    *,
    limit: int = 4,
) -> list[Similar]:
    """The same for words that are not filed yet; whoever lives in the said room is no neighbour of it."""
    own = (place.building, place.unit, place.room)
    rows = [
        row
        for row in _recent(session, community_id, subject_code, now - LOOKED_BACK)
        if place.room is None or (row.building, row.unit, row.room) != own
    ]
    return _ranked(rows, place.building, place.unit, words, limit)


def _recent(session: Session, community_id: int, subject_code: str, since: datetime) -> Sequence[Complaint]:
    return session.scalars(
        select(Complaint)
        .where(
            Complaint.community_id == community_id,
            Complaint.subject_code == subject_code,
            Complaint.submitted_at >= since,
            Complaint.state.not_in(_NOT_COUNTED),
        )
        .order_by(Complaint.submitted_at.desc())
        .limit(COMPARED)
        .options(
            load_only(
                Complaint.number,
                Complaint.serial,
                Complaint.building,
                Complaint.unit,
                Complaint.floor,
                Complaint.room,
                Complaint.landmark,
                Complaint.is_whole_community,
                Complaint.first_text,
                Complaint.household_key,
                Complaint.state,
                Complaint.work_item_id,
                Complaint.submitted_at,
                Complaint.class_code,
            )
        )
    ).all()


def _ranked(rows: Iterable[Complaint], building: str | None, unit: str | None, words: str, limit: int) -> list[Similar]:
    own = _words(words)
    ranked = [_compare(building, unit, own, row) for row in rows]
    ranked.sort(key=lambda one: (-one.score, -one.complaint.submitted_at.timestamp()))
    return ranked[:limit]


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


def _compare(building: str | None, unit: str | None, own: frozenset[str], other: Complaint) -> Similar:
    theirs = _words(other.first_text)
    shared = len(own & theirs) / len(own | theirs) if own or theirs else 0.0
    is_same_building = building is not None and building == other.building
    is_same_unit = is_same_building and unit is not None and unit == other.unit
    score = 0.5 * shared + (0.3 if is_same_building else 0.0) + (0.2 if is_same_unit else 0.0)
    return Similar(other, round(score, 4), is_same_building)


def _words(text: str) -> frozenset[str]:
    return frozenset(_telling(segment(text[:500])))


def _telling(words: Iterable[str]) -> Iterable[str]:
    return (word for word in words if word not in _IRRELEVANT)
