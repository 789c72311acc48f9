"""Whether the process lives, and whether it may be used."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import structlog
from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue

from services.permissions import Permission
from web.security import csrf, requires

log = structlog.get_logger(__name__)
blueprint = Blueprint("health", __name__)
csrf.exempt(blueprint)


@blueprint.get("/healthz")
@requires(Permission.PUBLIC)
def live() -> ResponseReturnValue:
    return jsonify(status="ok")


@blueprint.get("/readyz")
@requires(Permission.PUBLIC)
def ready() -> ResponseReturnValue:
    """200 only when serving says so: migrations are in and, where a demo belongs to it, the demo is loaded."""
    asked = cast("Callable[[], bool]", current_app.extensions["readiness"])
    try:
        is_ready = asked()
    except Exception as error:  # noqa: BLE001 - a database that does not answer is a reason, not a crash
        log.warning("readiness_failed", error=type(error).__name__)
        return jsonify(status="not ready", reason="the database does not answer"), 503
    if not is_ready:
        return jsonify(status="not ready", reason="the database or the demo is not in place yet"), 503
    return jsonify(status="ready")
