"""States of affairs that stop a use case; the caller turns them into words."""

from __future__ import annotations


class ServiceError(Exception):
    """Base of all of them. ``code`` names the sentence in the catalogue, ``facts`` fills it."""

    code = "error"

    def __init__(self, **facts: object) -> None:
        super().__init__(f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in facts.items())})")
        self.facts = facts


class NotFound(ServiceError):
    """Absent, or not yours: the same answer for both."""

    code = "not_found"


class StatusNotAllowed(ServiceError):
    """The state machine has no such step: facts ``state`` and ``wanted``."""

    code = "status_not_allowed"


class NotForPlan(ServiceError):
    """Class D or N cannot enter a plan: facts ``number``, ``class_code``, ``destination``, ``phone``."""

    code = "not_for_plan"


class InvalidInput(ServiceError):
    """A field is wrong: facts ``field`` and ``reason`` (a code)."""

    code = "invalid_input"


class Conflict(ServiceError):
    """Somebody else changed it meanwhile."""

    code = "conflict"
