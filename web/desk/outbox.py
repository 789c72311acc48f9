"""The outbox: what did not go out, why, and letting it go."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from models import OutboxState
from services import sendings
from services.permissions import Permission
from web.desk.frame import page
from web.house import house
from web.language import gettext as _
from web.security import current_act, current_viewer, requires

blueprint = Blueprint("outbox", __name__, url_prefix="/desk/outbox")

SHOWN = (OutboxState.HELD, OutboxState.FAILED, OutboxState.QUEUED, OutboxState.SENT)


@blueprint.get("")
@requires(Permission.OUTBOX_VIEW)
def show() -> ResponseReturnValue:
    chosen = request.args.get("state", "held")
    state = OutboxState(chosen) if chosen in set(SHOWN) else OutboxState.HELD
    before = request.args.get("before", "")
    with house().database.reader() as session:
        found = sendings.list_sendings(
            session, current_viewer(), state, before_id=int(before) if before.isdecimal() else None
        )
        shown = found[: sendings.LISTED]
        return page(
            "desk/outbox/show.html",
            session,
            active="outbox",
            sendings=shown,
            state=state,
            states=_states(),
            reasons=_reasons(),
            next_id=shown[-1].row.id if len(found) > sendings.LISTED else None,
        )


@blueprint.post("/<int:outbox_id>/release")
@requires(Permission.COMPLAINT_HANDLE)
def release(outbox_id: int) -> ResponseReturnValue:
    with house().database.transaction() as session:
        sendings.release(session, current_viewer(), outbox_id, current_act())
    flash(_("放行了，马上就发。以后给这个人的消息也直接发。"))
    return redirect(url_for("outbox.show"))


def _states() -> list[tuple[OutboxState, str]]:
    words = {
        OutboxState.HELD: _("扣着"),
        OutboxState.FAILED: _("没发成"),
        OutboxState.QUEUED: _("排队"),
        OutboxState.SENT: _("发了"),
    }
    return list(words.items())


def _reasons() -> dict[str, str]:
    return {
        "no_contact_linked": _("值班人没绑聊天，没法叫醒"),
        "delivery_off": _("发送关着"),
        "not_listed": _("不在名单里"),
    }
