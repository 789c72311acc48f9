"""The red bar: what is in danger now, who was told, and 已接."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from services import alerts
from services.permissions import Permission
from web.desk.frame import open_alerts
from web.house import house
from web.language import gettext as _
from web.security import current_act, current_viewer, requires, safe_next

blueprint = Blueprint("alerts", __name__, url_prefix="/desk/alerts")


@blueprint.get("/bar")
@requires(Permission.SIGNED_IN)
def bar() -> ResponseReturnValue:
    """The bar alone, asked for every five seconds by every open desk page."""
    viewer = current_viewer()
    with house().database.reader() as session:
        return render_template(
            "desk/alerts/bar.html",
            open_alerts=open_alerts(session, viewer),
            viewer=viewer,
            now=house().clock.now(),
        )


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
