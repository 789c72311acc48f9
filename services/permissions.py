"""Who may do what: one table of roles and permissions."""

from __future__ import annotations

from enum import StrEnum

from models import Role


class Permission(StrEnum):
    PUBLIC = "public"
    """No sign-in: the residents' page, health, static files."""
    SIGNED_IN = "signed_in"
    COMPLAINT_VIEW = "complaint.view"
    COMPLAINT_HANDLE = "complaint.handle"
    COMPLAINT_FILE = "complaint.file"
    ALERT_ACKNOWLEDGE = "alert.acknowledge"
    PLAN_VIEW = "plan.view"
    PLAN_EDIT = "plan.edit"
    PLAN_DECIDE = "plan.decide"
    NOTICE_VIEW = "notice.view"
    NOTICE_PUBLISH = "notice.publish"
    CALLS_HANDLE = "calls.handle"
    OUTBOX_VIEW = "outbox.view"
    COMMUNITY_EDIT = "community.edit"
    LEARNING_VIEW = "learning.view"
    LEXICON_EDIT = "lexicon.edit"
    MODEL_TRAIN = "model.train"


P = Permission
_LOOK = {P.SIGNED_IN, P.COMPLAINT_VIEW, P.PLAN_VIEW, P.NOTICE_VIEW}
_HANDLE = _LOOK | {
    P.COMPLAINT_HANDLE,
    P.COMPLAINT_FILE,
    P.ALERT_ACKNOWLEDGE,
    P.CALLS_HANDLE,
    P.OUTBOX_VIEW,
    P.LEARNING_VIEW,
}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.GRID_WORKER: frozenset(_LOOK | {P.COMPLAINT_FILE, P.ALERT_ACKNOWLEDGE, P.CALLS_HANDLE}),
    Role.CLERK: frozenset(_HANDLE | {P.PLAN_EDIT, P.NOTICE_PUBLISH, P.COMMUNITY_EDIT}),
    Role.HANDLING_UNIT: frozenset(_LOOK | {P.ALERT_ACKNOWLEDGE}),
    Role.SUPERVISOR: frozenset(
        _HANDLE | {P.PLAN_EDIT, P.PLAN_DECIDE, P.NOTICE_PUBLISH, P.COMMUNITY_EDIT, P.LEXICON_EDIT}
    ),
    Role.PLANNER: frozenset(_HANDLE | {P.PLAN_EDIT, P.PLAN_DECIDE, P.NOTICE_PUBLISH, P.LEXICON_EDIT}),
    Role.AUDITOR: frozenset(_LOOK | {P.OUTBOX_VIEW, P.LEARNING_VIEW}),
    Role.ADMINISTRATOR: frozenset(P),
}


def may(role: Role, permission: Permission) -> bool:
    return permission is Permission.PUBLIC or permission in ROLE_PERMISSIONS[role]
