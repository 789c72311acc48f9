"""Alerts: a P0 wakes a person, then the next after some minutes, until somebody presses 已接."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from models import Alert, AlertCall, Complaint, ContactPoint, OnCall, Session
from services import audit, delivery
from services.access import Viewer, visible_community_ids
from services.errors import NotFound
from services.ports import Act


@dataclass(frozen=True, slots=True)
class Cause:
    """What an alert is about: a complaint, or words of self-harm in a conversation."""

    community_id: int
    complaint: Complaint | None = None
    conversation_id: int | None = None
    script: str | None = None

    @staticmethod
    def of(complaint: Complaint) -> Cause:
        return Cause(complaint.community_id, complaint, complaint.conversation_id, complaint.safety_script)


def raise_alert(session: Session, cause: Cause, act: Act) -> Alert:
    """Open an alert and tell the first on-call person; a complaint that already has an open one keeps it."""
    if cause.complaint is not None:
        known = session.scalar(
            select(Alert).where(Alert.complaint_id == cause.complaint.id, Alert.acknowledged_at.is_(None))
        )
        if known is not None:
            return known
    alert = Alert(
        community_id=cause.community_id,
        complaint_id=cause.complaint.id if cause.complaint else None,
        conversation_id=cause.conversation_id,
        script=cause.script,
        raised_at=act.now,
        next_call_at=act.now,
    )
    session.add(alert)
    session.flush()
    audit.record(session, "alert:raised", alert, actor=act.by, now=act.now, script=cause.script)
    call_next(session, alert, act)
    return alert


def call_next(session: Session, alert: Alert, act: Act) -> None:
    """Tell the next on-call person, and say when the one after is due. After the last it begins again."""
    chain = list_on_call(session, alert.community_id)
    if not chain:
        alert.next_call_at = act.now + act.next_call_after
        return
    told = len(alert.calls)
    person = chain[told % len(chain)]
    contact = session.scalar(
        select(ContactPoint)
        .where(ContactPoint.staff_id == person.staff_id, ContactPoint.unreachable_at.is_(None))
        .order_by(ContactPoint.id)
        .limit(1)
    )
    alert.calls.append(AlertCall(staff_id=person.staff_id, at=act.now, has_contact=contact is not None))
    alert.next_call_at = act.now + act.next_call_after
    session.flush()
    facts = {
        "number": alert.complaint.number if alert.complaint else "",
        "words": alert.complaint.first_text[:120] if alert.complaint else "",
        "community": alert.community.name,
        "building": alert.complaint.building if alert.complaint else None,
        "unit": alert.complaint.unit if alert.complaint else None,
        "script": alert.script,
    }
    delivery.alert_staff(session, alert, person.staff_id, contact, act.wording.news("alert", facts), act)
    audit.record(session, "alert:called", alert, actor="linli", now=act.now, staff=person.staff_id)


def escalate_due(session: Session, act: Act, *, limit: int = 50) -> int:
    """Call the next person of every alert whose time has come; returns how many."""
    due = session.scalars(
        select(Alert)
        .where(Alert.acknowledged_at.is_(None), Alert.next_call_at <= act.now)
        .order_by(Alert.next_call_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for alert in due:
        call_next(session, alert, act)
    return len(due)


def acknowledge(session: Session, viewer: Viewer, alert_id: int, act: Act) -> Alert:
    """已接: stops the calling. The second who presses finds it taken, and sees by whom."""
    alert = session.scalar(select(Alert).where(Alert.id == alert_id).options(joinedload(Alert.acknowledged_by)))
    ids = visible_community_ids(session, viewer)
    if alert is None or (ids is not None and alert.community_id not in ids):
        raise NotFound(what="alert")
    if alert.acknowledged_at is None:
        alert.acknowledged_at = act.now
        alert.acknowledged_by_id = viewer.staff_id
        alert.next_call_at = None
        audit.record(session, "alert:acknowledged", alert, actor=act.by, now=act.now)
    return alert


def list_open(session: Session, viewer: Viewer) -> list[Alert]:
    """Open alerts of the viewer's places, oldest first, with who was told."""
    query = (
        select(Alert)
        .where(Alert.acknowledged_at.is_(None))
        .order_by(Alert.raised_at)
        .limit(20)
        .options(
            joinedload(Alert.complaint),
            joinedload(Alert.community),
            joinedload(Alert.calls).joinedload(AlertCall.staff),
        )
    )
    ids = visible_community_ids(session, viewer)
    if ids is not None:
        query = query.where(Alert.community_id.in_(ids))
    return list(session.scalars(query).unique())


def list_on_call(session: Session, community_id: int) -> list[OnCall]:
    """Who is woken, in order."""
    return list(
        session.scalars(
            select(OnCall)
            .where(OnCall.community_id == community_id)
            .order_by(OnCall.position)
            .options(joinedload(OnCall.staff))
        )
    )
