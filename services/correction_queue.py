"""The correction queue: complaints nobody decided yet, the possibly dangerous and the uncertain first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from models import Community, Complaint, ComplaintState, Correction, SafetyState, Session
from nlp.taxonomy import taxonomy
from nlp.understanding import SURE_FROM
from services.access import Viewer, visible_community_ids
from services.corrections import live_category

LOOKED_AT = 2_000
"""The newest undecided complaints of the viewer's places that are put in order."""
CLOSE = 0.10
"""A candidate with at least this share may be what was meant."""
_OVER = (ComplaintState.WITHDRAWN, ComplaintState.MERGED, ComplaintState.REJECTED)
_ASKING = frozenset({SafetyState.ASKED, SafetyState.UNANSWERED, SafetyState.DANGER})


@dataclass(frozen=True, slots=True)
class Case:
    """The complaint to decide. ``why`` holds danger and unsure where they apply; ``left`` counts what is undecided."""

    complaint: Complaint
    why: tuple[str, ...]
    left: int
    looked_at: int


@dataclass(frozen=True, slots=True)
class _Place:
    rank: tuple[float, int]
    number: str
    why: tuple[str, ...]


def next_case(session: Session, viewer: Viewer, *, after: str | None = None) -> Case | None:
    """The first case of the queue, or the one that follows ``after``; from the end it begins anew. Three queries.

    The order: what may be dangerous, then how unsure the understanding was, then the newest.
    """
    places = _in_order(session, viewer)
    if not places:
        return None
    at = 0
    if after is not None:
        at = next((index + 1 for index, place in enumerate(places) if place.number == after), 0) % len(places)
    place = places[at]
    complaint = session.scalars(
        select(Complaint)
        .where(Complaint.number == place.number)
        .options(joinedload(Complaint.community).load_only(Community.name, Community.code))
    ).one()
    return Case(complaint, place.why, len(places), LOOKED_AT)


def _in_order(session: Session, viewer: Viewer) -> list[_Place]:
    decided = select(Correction.id).where(Correction.complaint_id == Complaint.id, live_category()).exists()
    query = (
        select(
            Complaint.id, Complaint.number, Complaint.confidence, Complaint.candidates, Complaint.safety_state,
            Complaint.subject_code, Complaint.urgency,
        )
        .where(~decided, Complaint.state.not_in(_OVER))
        .order_by(Complaint.id.desc())
        .limit(LOOKED_AT)
    )  # fmt: skip
    mine = visible_community_ids(session, viewer)
    if mine is not None:
        query = query.where(Complaint.community_id.in_(mine))
    places = []
    for row in session.execute(query):
        is_risky = _may_be_dangerous(row.safety_state, row.urgency, row.subject_code, row.candidates)
        doubt = 1.0 - min(max(row.confidence, 0.0), 1.0)
        why = (*(("danger",) if is_risky else ()), *(("unsure",) if row.confidence < SURE_FROM else ()))
        places.append(_Place((-(is_risky + doubt), -row.id), row.number, why))
    return sorted(places, key=lambda place: place.rank)


def _may_be_dangerous(
    safety: SafetyState, urgency: str, subject: str, candidates: Sequence[Mapping[str, Any]] | None
) -> bool:
    """A safety question is open, or something risky was nearly understood instead and nobody was called."""
    if safety in _ASKING:
        return True
    if urgency == "P0" or safety is SafetyState.SAFE:
        return False
    risky = taxonomy().ask_safety
    return subject not in risky and any(
        one.get("category") in risky and float(one.get("confidence", 0.0)) >= CLOSE for one in candidates or ()
    )
