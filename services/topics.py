"""Hot topics of a community: what several complaints of a period say of the same matter, hottest first.

Groups are found when they are asked for and are not stored: the newest complaints of the period are few, a correction
on the desk is seen at once, and nothing has to be kept in step. They are read in the order they came in, and each is
placed once; so a later complaint moves no earlier one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload, load_only

from models import Community, Complaint, Session
from nlp.similarity import SAME_MATTER, Comparison, Matter
from nlp.taxonomy import taxonomy
from nlp.topics.describe import shared_words
from nlp.topics.heat import heat
from services.access import Viewer, access_community, visible_community_ids
from services.duplicates import words_of
from services.support import SILENT, voices_by_complaint

PERIODS = (7, 30, 90)
"""Days that may be asked for."""
READ = 500
"""So many of the newest complaints of the period are read; the page says when there were more."""
COMPARED = 24
"""A complaint is held against so many of the newest in its community and subject."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Topic:
    """Complaints of one community about one matter, oldest first.

    ``building`` holds codes joined by commas, as a complaint does; None where none was named or somebody spoke of all.
    """

    community: Community
    subject_code: str
    words: tuple[str, ...]
    complaints: tuple[Complaint, ...]
    households: int
    anonymous: int
    heat: float
    building: str | None
    landmark: str | None
    is_whole_community: bool
    unit: str | None = None
    room: str | None = None
    floor: str | None = None

    @property
    def since(self) -> datetime:
        return self.complaints[0].submitted_at

    @property
    def until(self) -> datetime:
        return self.complaints[-1].submitted_at


@dataclass(frozen=True, slots=True)
class Topics:
    """Topics of a period, hottest first; ``is_cut`` when more complaints came in than were read."""

    topics: tuple[Topic, ...]
    is_cut: bool


def list_topics(session: Session, viewer: Viewer, now: datetime, *, days: int, community: str | None = None) -> Topics:
    """What two voices or more said of the same matter in the last ``days``. Four queries, whatever is stored.

    Raises NotFound (community absent or not the viewer's).
    """
    query = select(Complaint).where(Complaint.submitted_at >= now - days * _DAY, Complaint.state.not_in(SILENT))
    if community is not None:
        query = query.where(Complaint.community_id == access_community(session, viewer, community).id)
    else:
        visible = visible_community_ids(session, viewer)
        if visible is not None:
            query = query.where(Complaint.community_id.in_(visible))
    newest = query.order_by(Complaint.submitted_at.desc(), Complaint.id.desc()).limit(READ + 1)
    rows = session.scalars(newest.options(joinedload(Complaint.community), load_only(*_NEEDED))).all()
    groups = [group for group in _grouped(rows[READ - 1 :: -1] if len(rows) > READ else rows[::-1]) if len(group) > 1]
    voices = voices_by_complaint(session, [complaint.id for group in groups for complaint in group])
    topics = [_topic(group, voices, now) for group in groups]
    # One home that says the same thing twice makes no topic.
    heard = [topic for topic in topics if topic.households + topic.anonymous > 1]
    return Topics(tuple(sorted(heard, key=lambda topic: (-topic.heat, -topic.complaints[-1].id))), len(rows) > READ)


_NEEDED = (
    Complaint.number,
    Complaint.serial,
    Complaint.community_id,
    Complaint.subject_code,
    Complaint.building,
    Complaint.unit,
    Complaint.floor,
    Complaint.room,
    Complaint.landmark,
    Complaint.is_whole_community,
    Complaint.problems,
    Complaint.first_text,
    Complaint.urgency,
    Complaint.state,
    Complaint.submitted_at,
)


def _grouped(complaints: Sequence[Complaint]) -> list[list[Complaint]]:
    """Oldest first; each complaint goes once to the group that is nearest on average, or begins one."""
    groups: list[list[Complaint]] = []
    newest: dict[tuple[int, str], list[tuple[Complaint, int]]] = {}
    for complaint in complaints:
        known = newest.setdefault((complaint.community_id, complaint.subject_code), [])
        group = _nearest(complaint, known[-COMPARED:])
        if group is None:
            group = len(groups)
            groups.append([])
        groups[group].append(complaint)
        known.append((complaint, group))
    return groups


def _nearest(complaint: Complaint, known: Sequence[tuple[Complaint, int]]) -> int | None:
    if not known:
        return None
    comparison = Comparison(Matter((complaint.subject_code,), complaint, _said(complaint)))
    scores: dict[int, list[float]] = {}
    for other, group in known:
        days = (complaint.submitted_at - other.submitted_at) / _DAY
        scores.setdefault(group, []).append(comparison.score(other.subject_code, other, _said(other), days))
    average, best = max((sum(found) / len(found), group) for group, found in scores.items())
    return best if average >= SAME_MATTER else None


def _said(complaint: Complaint) -> str:
    return words_of(complaint.first_text, complaint.problems)


def _topic(group: Sequence[Complaint], voices: dict[int, tuple[str, bool]], now: datetime) -> Topic:
    code = group[0].subject_code
    name = taxonomy().subject(code).short_name if taxonomy().has_subject(code) else code
    heard = [(*voices[complaint.id], complaint) for complaint in group if complaint.id in voices]
    buildings = dict.fromkeys(one for c in group if c.building for one in c.building.split(","))
    is_whole = any(complaint.is_whole_community for complaint in group)
    landmarks = Counter(complaint.landmark for complaint in group if complaint.landmark)
    return Topic(
        community=group[0].community,
        subject_code=code,
        words=shared_words([_said(complaint) for complaint in group], name),
        complaints=tuple(group),
        households=len({voice for voice, is_home, _ in heard if is_home}),
        anonymous=len({voice for voice, is_home, _ in heard if not is_home}),
        heat=heat(((voice, complaint.submitted_at, complaint.urgency) for voice, _, complaint in heard), now),
        building=None if is_whole else ",".join(sorted(buildings, key=lambda one: (one.zfill(6), one))) or None,
        landmark=landmarks.most_common(1)[0][0] if landmarks else None,
        is_whole_community=is_whole,
    )
