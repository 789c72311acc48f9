"""The red bar: what is in danger now, who was told, and 已接."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from services import alerts
from services.permissions import Permission
from web.desk.frame import alert_values
from web.house import house
from web.language import gettext as _
from web.security import current_act, current_viewer, requires, safe_next

blueprint = Blueprint("alerts", __name__, url_prefix="/desk/alerts")


@blueprint.get("/bar")
@requires(Permission.SIGNED_IN)
def bar() -> ResponseReturnValue:
    """The bar alone, asked for every five seconds by every open desk page.

    204 when the page has it already: what is being pressed or read out stays as it is.
    """
    viewer = current_viewer()
    with house().database.reader() as session:
        values = alert_values(session, viewer)
        if request.args.get("have") == values["alerts_mark"]:
            return "", 204
        return render_template("desk/alerts/bar.html", viewer=viewer, now=house().clock.now(), **values)


@blueprint.post("/<int:alert_id>/acknowledge")
@requires(Permission.ALERT_ACKNOWLEDGE)
def acknowledge(alert_id: int) -> ResponseReturnValue:
    viewer = current_viewer()
    with house().database.transaction() as session:
        alert = alerts.acknowledge(session, viewer, alert_id, current_act())
        number = alert.complaint.number if alert.complaint is not None else None
        is_mine = alert.acknowledged_by_id == viewer.staff_id
        other = alert.acknowledged_by.name if alert.acknowledged_by is not None else ""
    if is_mine:
        flash(_("您接了。请马上联系居民。"))
    else:
        flash(_("%(name)s 已经接了。", name=other))
    return redirect(safe_next(f"/desk/complaints/{number}" if number else request.form.get("next")))
