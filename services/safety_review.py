"""Safety questions that nobody answered go to a person: asked, not answered in time, then in the review queue."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from models import Complaint, SafetyState, Session
from services import audit, complaints
from services.ports import Act


def expire_unanswered(session: Session, act: Act, after: timedelta, *, limit: int = 200) -> int:
    """Mark what was asked longer than ``after`` ago as unanswered, unread at the desk; returns how many."""
    waiting = session.scalars(
        select(Complaint)
        .where(Complaint.safety_state == SafetyState.ASKED, Complaint.safety_asked_at <= act.now - after)
        .order_by(Complaint.safety_asked_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for complaint in waiting:
        leave_to_a_person(session, complaint, act)
    return len(waiting)


def leave_to_a_person(session: Session, complaint: Complaint, act: Act) -> None:
    """One question that was not answered, or not for this complaint."""
    complaint.safety_state = SafetyState.UNANSWERED
    complaint.is_read = False
    complaints.mark(session, complaint, "safety_unanswered", act)
    audit.record(session, "complaint:safety_unanswered", complaint, actor=act.by, now=act.now)
