"""Who may reach a route: every view names its permission, and a view without one is refused."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, abort, current_app, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSessionInterface
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response as BaseResponse

from models import StaffUser
from services import staff
from services.access import Viewer
from services.permissions import Permission
from services.ports import Act
from web.house import house

log = structlog.get_logger(__name__)
View = TypeVar("View", bound=Callable[..., Any])

csrf = CSRFProtect()
"""Guards every form; ``csrf.exempt`` only where a route has another proof of its own."""
limiter = Limiter(get_remote_address, strategy="fixed-window", headers_enabled=False)
"""Counts attempts where ``web.rate_limit_storage`` says: in this process, or in the Redis that several share."""

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def requires(permission: Permission) -> Callable[[View], View]:
    """Say what a view needs. Stands below the route decorator: ``@blueprint.get(…)`` then ``@requires(…)``."""

    def keep(view: View) -> View:
        view.required_permission = permission  # type: ignore[attr-defined]  # a function carries its permission
        return view

    return keep


def permission_of(app: Flask, endpoint: str) -> Permission | None:
    """The permission an endpoint asks for; None when it names none (and so nobody gets in)."""
    view = app.view_functions.get(endpoint)
    if view is None:
        return None
    if endpoint == "static":
        return Permission.PUBLIC
    return cast("Permission | None", getattr(view, "required_permission", None))


class PerRequestSecureCookies(SecureCookieSessionInterface):
    """The session cookie carries Secure whenever the request came by https; plain http still can sign in."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure


def guard(app: Flask) -> None:
    """Put the guard before every request, and the headers after every answer."""
    app.session_interface = PerRequestSecureCookies()
    csrf.init_app(app)
    limiter.init_app(app)
    app.before_request(_admit)
    app.after_request(_harden)


def _admit() -> BaseResponse | None:
    if request.endpoint is None:
        return None  # no such address: the error page answers
    permission = permission_of(current_app, request.endpoint)
    if permission is Permission.PUBLIC:
        return None
    if permission is None:
        log.error("route_without_permission", endpoint=request.endpoint)
        abort(403)
    viewer = find_viewer()
    if viewer is None:
        return _to_sign_in()
    if not viewer.may(permission):
        abort(403)
    return None


def find_viewer() -> Viewer | None:
    """Who is signed in; None for nobody, for a closed account and for a session that was ended elsewhere."""
    if "viewer" not in g:
        g.viewer = None
        staff_id, version = session.get("staff"), session.get("version")
        if isinstance(staff_id, int) and isinstance(version, int):
            with house().database.reader() as reading:
                g.viewer = staff.find_viewer(reading, staff_id, version)
    return cast("Viewer | None", g.viewer)


def current_viewer() -> Viewer:
    """The signed-in person. Views behind a permission always have one; elsewhere it answers 401."""
    viewer = find_viewer()
    if viewer is None:
        abort(401)
    return viewer


def current_act() -> Act:
    """An act by the signed-in person, now."""
    viewer = current_viewer()
    return house().act(f"staff:{viewer.username}", staff_id=viewer.staff_id)


def sign_in(person: StaffUser) -> None:
    """Begin a session of this person; whatever the cookie held before is thrown away."""
    language = session.get("language")
    session.clear()
    session["staff"], session["version"] = person.id, person.session_version
    session["language"] = person.locale or language or "zh"
    session.permanent = True
    g.pop("viewer", None)


def sign_out() -> None:
    session.clear()
    g.pop("viewer", None)


def safe_next(target: str | None) -> str:
    """A way on inside this site; the desk for everything else."""
    if target:
        parts = urlsplit(target)
        is_inside = target.startswith("/") and not target.startswith(("//", "/\\")) and "\\" not in target
        if is_inside and not parts.scheme and not parts.netloc:
            return target
    return url_for("inbox.show")


def same(left: str, right: str) -> bool:
    """Whether two secrets are equal, in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())


def wants_json() -> bool:
    """Whether the caller reads JSON rather than a page."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return request.is_json or best == "application/json"


def _to_sign_in() -> BaseResponse:
    if request.headers.get("HX-Request"):
        return Response(status=401, headers={"HX-Redirect": url_for("signin.show")})
    if wants_json() or request.method not in ("GET", "HEAD"):
        abort(401)
    way_back = request.full_path.rstrip("?") if request.query_string else request.path
    return redirect(url_for("signin.show", next=way_back if way_back != "/desk/" else None))


def _harden(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "geolocation=(), camera=(), microphone=(), interest-cohort=()")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint != "static" and request.path.startswith("/desk"):
        headers.setdefault("Cache-Control", "no-store")
    return response
