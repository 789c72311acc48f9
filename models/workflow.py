"""States and transitions as data: complaints, work items, notices, outbox rows."""

from __future__ import annotations

from enum import StrEnum


class ComplaintState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    ACKNOWLEDGED = "acknowledged"
    TRIAGED = "triaged"
    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    DONE_CLAIMED = "done_claimed"
    CALLBACK = "callback"
    CLOSED = "closed"
    REOPENED = "reopened"
    MERGED = "merged"
    REDIRECTED = "redirected"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    PLAN_CANDIDATE = "plan_candidate"


S = ComplaintState

COMPLAINT_TRANSITIONS: dict[ComplaintState, frozenset[ComplaintState]] = {
    S.DRAFT: frozenset({S.SUBMITTED, S.WITHDRAWN}),
    S.SUBMITTED: frozenset({S.ACKNOWLEDGED, S.MERGED, S.REDIRECTED, S.REJECTED, S.WITHDRAWN}),
    S.ACKNOWLEDGED: frozenset({S.TRIAGED, S.MERGED, S.REDIRECTED, S.REJECTED, S.WITHDRAWN, S.PLAN_CANDIDATE}),
    S.TRIAGED: frozenset({S.DISPATCHED, S.MERGED, S.REDIRECTED, S.REJECTED, S.PLAN_CANDIDATE, S.WITHDRAWN, S.CLOSED}),
    S.DISPATCHED: frozenset({S.ACCEPTED, S.TRIAGED, S.WITHDRAWN, S.REDIRECTED}),
    S.ACCEPTED: frozenset({S.IN_PROGRESS, S.WITHDRAWN}),
    S.IN_PROGRESS: frozenset({S.DONE_CLAIMED, S.WITHDRAWN, S.PLAN_CANDIDATE}),
    S.DONE_CLAIMED: frozenset({S.CALLBACK, S.IN_PROGRESS}),
    S.CALLBACK: frozenset({S.CLOSED, S.REOPENED}),
    S.CLOSED: frozenset({S.REOPENED}),
    S.REOPENED: frozenset({S.TRIAGED, S.DISPATCHED, S.PLAN_CANDIDATE, S.WITHDRAWN, S.REDIRECTED}),
    S.MERGED: frozenset(),
    S.REDIRECTED: frozenset({S.REOPENED}),
    S.REJECTED: frozenset({S.REOPENED}),
    S.WITHDRAWN: frozenset({S.REOPENED}),
    S.PLAN_CANDIDATE: frozenset({S.CLOSED, S.TRIAGED, S.REOPENED, S.WITHDRAWN}),
}
"""What may follow what. ``plan_candidate`` ends in ``closed`` when its item is handed over or declined."""

ENDED = frozenset({S.CLOSED, S.MERGED, S.REDIRECTED, S.REJECTED, S.WITHDRAWN})
WAITING = frozenset({S.SUBMITTED, S.ACKNOWLEDGED, S.REOPENED})
"""States in which somebody at the desk has to decide."""


class WorkItemState(StrEnum):
    CANDIDATE = "candidate"
    ADOPTED = "adopted"
    DECLINED = "declined"
    DESIGNED = "designed"
    UNDER_CONSTRUCTION = "under_construction"
    INSPECTED = "inspected"
    HANDED_OVER = "handed_over"


W = WorkItemState

WORK_ITEM_TRANSITIONS: dict[WorkItemState, frozenset[WorkItemState]] = {
    W.CANDIDATE: frozenset({W.ADOPTED, W.DECLINED}),
    W.ADOPTED: frozenset({W.DESIGNED, W.DECLINED}),
    W.DECLINED: frozenset({W.CANDIDATE}),
    W.DESIGNED: frozenset({W.UNDER_CONSTRUCTION, W.DECLINED}),
    W.UNDER_CONSTRUCTION: frozenset({W.INSPECTED}),
    W.INSPECTED: frozenset({W.HANDED_OVER, W.UNDER_CONSTRUCTION}),
    W.HANDED_OVER: frozenset(),
}


class NoticeState(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


NOTICE_TRANSITIONS: dict[NoticeState, frozenset[NoticeState]] = {
    NoticeState.DRAFT: frozenset({NoticeState.SCHEDULED, NoticeState.CANCELLED}),
    NoticeState.SCHEDULED: frozenset({NoticeState.DELIVERED, NoticeState.CANCELLED, NoticeState.DRAFT}),
    NoticeState.DELIVERED: frozenset(),
    NoticeState.CANCELLED: frozenset({NoticeState.DRAFT}),
}


class OutboxState(StrEnum):
    QUEUED = "queued"
    CLAIMED = "claimed"
    SENT = "sent"
    HELD = "held"
    FAILED = "failed"


class InboxState(StrEnum):
    RECEIVED = "received"
    PROCESSED = "processed"
    FAILED = "failed"
    UNREADABLE = "unreadable"


class Role(StrEnum):
    GRID_WORKER = "grid_worker"
    CLERK = "clerk"
    HANDLING_UNIT = "handling_unit"
    SUPERVISOR = "supervisor"
    PLANNER = "planner"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Source(StrEnum):
    """How it came: 查实情 (building_walk), 听民意 (the rest); 汇民智 is counted by intent."""

    WEB = "web"
    TELEGRAM = "telegram"
    CONSOLE = "console"
    PHONE = "phone"
    WALK_IN = "walk_in"
    PAPER = "paper"
    BUILDING_WALK = "building_walk"


class Channel(StrEnum):
    WEB = "web"
    TELEGRAM = "telegram"
    CONSOLE = "console"
    PHONE = "phone"
    """A resident who is telephoned: what is sent becomes a line on the call list."""


class SafetyState(StrEnum):
    """The one-tap safety question of a complaint."""

    NOT_ASKED = "not_asked"
    ASKED = "asked"
    UNANSWERED = "unanswered"
    SAFE = "safe"
    DANGER = "danger"
