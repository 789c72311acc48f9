"""The outbox as the desk sees it: what is held or failed and why, and letting it go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from models import (
    Channel,
    Complaint,
    ContactPoint,
    Outbox,
    OutboxState,
    Resident,
    Session,
    StaffUser,
)
from services import delivery
from services.access import Viewer
from services.errors import NotFound
from services.ports import Act
from services.triage import Scope, scope_of

LISTED = 60


@dataclass(frozen=True, slots=True)
class Sending:
    """One row with whom it is for: ``staff_name``, or the complaint of a resident."""

    row: Outbox
    channel: Channel | None
    staff_name: str | None
    number: str | None

    @property
    def text(self) -> str:
        return "\n".join(str(reply["text"]) for reply in self.row.replies)


def list_sendings(
    session: Session, viewer: Viewer, state: OutboxState, *, before_id: int | None = None
) -> list[Sending]:
    """Rows in this state, newest first, of the viewer's places; one more than LISTED says that there are more."""
    query = _query(scope_of(session, viewer)).where(Outbox.state == state)
    if before_id is not None:
        query = query.where(Outbox.id < before_id)
    rows = session.execute(query.order_by(Outbox.id.desc()).limit(LISTED + 1)).all()
    return [Sending(row[0], row.channel, row.name, row.number) for row in rows]


def release(session: Session, viewer: Viewer, outbox_id: int, act: Act) -> None:
    """Let a held row go, or try a failed one again. Raises NotFound."""
    found = session.execute(_query(scope_of(session, viewer)).where(Outbox.id == outbox_id)).one_or_none()
    if found is None:
        raise NotFound(what="outbox")
    row: Outbox = found[0]
    if row.state is OutboxState.HELD:
        delivery.release_held(session, row.id, act)
    elif row.state is OutboxState.FAILED and row.contact_point_id is not None:
        row.state, row.due_at, row.reason, row.attempts = OutboxState.QUEUED, act.now, None, 0


def _query(scope: Scope) -> Any:
    query = (
        select(Outbox, ContactPoint.channel, StaffUser.name, Complaint.number)
        .outerjoin(ContactPoint, ContactPoint.id == Outbox.contact_point_id)
        .outerjoin(Resident, Resident.id == ContactPoint.resident_id)
        .outerjoin(StaffUser, StaffUser.id == Outbox.staff_id)
        .outerjoin(Complaint, Complaint.id == Outbox.complaint_id)
    )
    if scope.community_ids is None:
        return query
    mine: ColumnElement[bool] = or_(
        Resident.community_id.in_(scope.community_ids), Complaint.community_id.in_(scope.community_ids)
    )
    return query.where(mine)
