"""Signing in and out, and the language of the desk."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address

from services import staff
from services.permissions import Permission
from web.house import house
from web.language import gettext as _
from web.security import find_viewer, limiter, requires, safe_next, sign_in, sign_out

blueprint = Blueprint("signin", __name__, url_prefix="/desk")

ATTEMPTS = "5 per 5 minutes"
ATTEMPTS_OF_ONE_MACHINE = "40 per 5 minutes"
WRONG = 401


def _who_tries() -> str:
    return f"{get_remote_address()}|{request.form.get('username', '').strip().lower()[:60]}"


@blueprint.get("/sign-in")
@requires(Permission.PUBLIC)
def show() -> ResponseReturnValue:
    if find_viewer() is not None:
        return redirect(safe_next(request.args.get("next")))
    return _page("", None)


@blueprint.post("/sign-in")
@limiter.limit(ATTEMPTS_OF_ONE_MACHINE, deduct_when=lambda response: response.status_code == WRONG)
@limiter.limit(ATTEMPTS, key_func=_who_tries, deduct_when=lambda response: response.status_code == WRONG)
@requires(Permission.PUBLIC)
def enter() -> ResponseReturnValue:
    """One answer for a wrong name and a wrong password; after five wrong ones, a wait."""
    username, password = request.form.get("username", ""), request.form.get("password", "")
    with house().database.transaction() as writing:
        person = staff.authenticate(writing, username, password, house().clock.now())
    if person is None:
        left = max((limiter.current_limit.remaining if limiter.current_limit else 1) - 1, 0)
        words = (
            _("名字或密码不对。再错 %(left)s 次要等 5 分钟。", left=left)
            if left
            else _("名字或密码不对。请等 5 分钟再试。")
        )
        return _page(username, words), WRONG
    sign_in(person)
    return redirect(safe_next(request.form.get("next")))


@blueprint.post("/sign-out")
@requires(Permission.PUBLIC)
def leave() -> ResponseReturnValue:
    sign_out()
    return redirect(url_for("signin.show"))


@blueprint.post("/language")
@requires(Permission.PUBLIC)
def language() -> ResponseReturnValue:
    chosen = request.form.get("language", "zh")
    if chosen in ("zh", "en"):
        session["language"] = chosen
        viewer = find_viewer()
        if viewer is not None:
            with house().database.transaction() as writing:
                staff.set_language(writing, viewer.staff_id, chosen)
    return redirect(safe_next(request.form.get("next")))


def _page(username: str, error: str | None) -> str:
    return render_template("desk/signin/show.html", username=username, error=error, next=request.values.get("next", ""))
