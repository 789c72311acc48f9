"""The call list: residents without a chat who have to be telephoned with news, and what came of it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from models import CallTask, Session
from services import audit
from services.access import Viewer
from services.errors import InvalidInput, NotFound
from services.ports import Act
from services.triage import scope_of
from services.vault import Vault

RESULTS = ("reached", "no_answer", "wrong_number")
LISTED = 60


def list_waiting(session: Session, viewer: Viewer, *, after_id: int = 0, limit: int = LISTED) -> list[CallTask]:
    """Calls nobody has made yet, longest waiting first; one row more than ``limit`` says that there are more."""
    query = (
        select(CallTask)
        .where(CallTask.done_at.is_(None), CallTask.id > after_id)
        .order_by(CallTask.id)
        .limit(limit + 1)
        .options(joinedload(CallTask.community), joinedload(CallTask.resident), joinedload(CallTask.complaint))
    )
    scope = scope_of(session, viewer)
    if scope.community_ids is not None:
        query = query.where(CallTask.community_id.in_(scope.community_ids))
    return list(session.scalars(query))


def access_call(session: Session, viewer: Viewer, call_id: int) -> CallTask:
    """The call, if it is in the viewer's places. Raises NotFound."""
    call = session.scalar(select(CallTask).where(CallTask.id == call_id).options(joinedload(CallTask.resident)))
    scope = scope_of(session, viewer)
    if call is None or (scope.community_ids is not None and call.community_id not in scope.community_ids):
        raise NotFound(what="call")
    return call


def finish(session: Session, call: CallTask, result: str, act: Act) -> None:
    """Note what came of it. No answer leaves it on the list, marked. Raises InvalidInput for another result."""
    if result not in RESULTS:
        raise InvalidInput(field="result", reason="unknown")
    if call.done_at is not None:
        return
    call.result = result
    call.done_by = act.by
    if result == "no_answer":
        audit.record(session, "call:no_answer", call, actor=act.by, now=act.now)
        return
    call.done_at = act.now
    audit.record(session, "call:done", call, actor=act.by, now=act.now, result=result)


def reveal(session: Session, call: CallTask, vault: Vault, act: Act) -> tuple[str | None, str | None]:
    """Telephone and name in clear, recorded in the audit trail."""
    audit.record(session, "phone:revealed", call.resident, actor=act.by, now=act.now, call=call.id)
    return vault.open(call.resident.phone), vault.open(call.resident.name)
