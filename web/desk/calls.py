"""The call list: who has to be telephoned, the words to say, and what came of it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from services import calls
from services.permissions import Permission
from services.vault import masked
from web.desk.frame import page
from web.house import house
from web.language import gettext as _
from web.security import current_act, current_viewer, requires

blueprint = Blueprint("calls", __name__, url_prefix="/desk/calls")


@blueprint.get("")
@requires(Permission.CALLS_HANDLE)
def show() -> ResponseReturnValue:
    return _page()


@blueprint.post("/<int:call_id>/reveal")
@requires(Permission.CALLS_HANDLE)
def reveal(call_id: int) -> ResponseReturnValue:
    """Show one telephone number; who looked is recorded."""
    with house().database.transaction() as session:
        call = calls.access_call(session, current_viewer(), call_id)
        phone, name = calls.reveal(session, call, house().vault, current_act())
    return _page(revealed=call_id, phone=phone or _("没留电话"), name=name or "")


@blueprint.post("/<int:call_id>/done")
@requires(Permission.CALLS_HANDLE)
def done(call_id: int) -> ResponseReturnValue:
    result = request.form.get("result", "")
    with house().database.transaction() as session:
        calls.finish(session, calls.access_call(session, current_viewer(), call_id), result, current_act())
    words = {"reached": _("记下了：说到了。"), "no_answer": _("记下了：没人接，还留在名单里。")}
    flash(words.get(result, _("记下了：号码不对。")))
    return redirect(url_for("calls.show"))


def _page(**revealed: object) -> str:
    try:
        after = max(int(request.args.get("after", "0")), 0)
    except ValueError:
        after = 0
    with house().database.reader() as session:
        waiting = calls.list_waiting(session, current_viewer(), after_id=after)
        shown = waiting[: calls.LISTED]
        phones = {call.id: masked(house().vault.open(call.resident.phone)) for call in shown if call.resident.phone}
        values = {"revealed": None, "phone": "", "name": ""} | revealed
        return page(
            "desk/calls/show.html",
            session,
            active="calls",
            calls=shown,
            phones=phones,
            next_id=shown[-1].id if len(waiting) > calls.LISTED else None,
            **values,
        )
