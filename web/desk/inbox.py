"""The inbox: decide the next thing without opening it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from models import Complaint, Session
from services import triage
from services.access import access_complaint, list_communities
from services.permissions import Permission
from web.desk import labels
from web.desk.frame import page
from web.desk.reading import best_three, mark_up
from web.house import house
from web.language import gettext as _
from web.security import current_viewer, requires

blueprint = Blueprint("inbox", __name__, url_prefix="/desk")


@blueprint.get("/")
@blueprint.get("/inbox", endpoint="also")
@requires(Permission.COMPLAINT_VIEW)
def show() -> ResponseReturnValue:
    viewer, now = current_viewer(), house().clock.now()
    filters = _filters()
    with house().database.reader() as session:
        found = triage.list_inbox(session, viewer, filters, now, cursor=request.args.get("after"))
        counts, anchor = triage.count_views(session, viewer, filters)
        first = found.rows[0] if found.rows else None
        return page(
            "desk/inbox/show.html",
            session,
            active="inbox",
            rows=found.rows,
            next_cursor=found.next_cursor,
            is_first=not request.args.get("after"),
            filters=filters,
            is_filtered=_is_filtered(filters),
            counts=counts,
            views=_views(),
            communities=list_communities(session, viewer, limit=600),
            anchor=anchor,
            kept=_kept(filters),
            is_compact=request.args.get("rows") == "compact",
            **(_preview(session, first.complaint, first.neighbours) if first is not None else {}),
        )


@blueprint.get("/inbox/preview/<number>")
@requires(Permission.COMPLAINT_VIEW)
def preview(number: str) -> ResponseReturnValue:
    """The right-hand pane: the chosen row's words, what the machine makes of them, and what to do."""
    viewer, now = current_viewer(), house().clock.now()
    with house().database.reader() as session:
        complaint = access_complaint(session, viewer, number)
        voices = triage.count_voices(session, complaint, now)
        return render_template(
            "desk/inbox/preview.html", viewer=viewer, now=now, **_preview(session, complaint, voices)
        )


@blueprint.get("/inbox/new")
@requires(Permission.COMPLAINT_VIEW)
def new() -> ResponseReturnValue:
    """How many came since the page was opened: a line that moves nothing."""
    try:
        anchor = max(int(request.args.get("since", "0")), 0)
    except ValueError:
        anchor = 0
    with house().database.reader() as session:
        count = triage.count_new(session, current_viewer(), anchor)
    answer = make_response(render_template("desk/inbox/new.html", count=count, shown=triage.capped(count)))
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.set_etag(f"new-{anchor}-{count}")
    return answer.make_conditional(request)


def _preview(session: Session, complaint: Complaint, voices: int) -> dict[str, Any]:
    return {
        "complaint": complaint,
        "pieces": mark_up(complaint.first_text, complaint.problems),
        "candidates": best_three(complaint),
        "talk": triage.last_words(session, complaint, limit=4),
        "voices": voices,
    }


def _filters() -> triage.Filters:
    given = request.args
    view = given.get("view", "waiting")
    return triage.Filters(
        view=view if view in triage.VIEWS else "waiting",
        community=given.get("community") or None,
        class_code=given.get("class") if given.get("class") in labels.CLASSES else None,
        urgency=given.get("urgency") if given.get("urgency") in labels.URGENCIES else None,
        state=given.get("state") if given.get("state") in labels.STATES else None,
        query=given.get("q", "")[:80],
    )


def _is_filtered(filters: triage.Filters) -> bool:
    return bool(filters.community or filters.class_code or filters.urgency or filters.state or filters.query)


def _kept(filters: triage.Filters) -> dict[str, str]:
    """The filters as address values, so that links keep them."""
    values = {
        "community": filters.community,
        "class": filters.class_code,
        "urgency": filters.urgency,
        "state": filters.state,
        "q": filters.query,
        "rows": request.args.get("rows"),
    }
    return {name: value for name, value in values.items() if value}


def _views() -> list[tuple[str, str]]:
    return [
        ("waiting", _("待受理")),
        ("safety", _("待安全确认")),
        ("reopened", _("重办")),
        ("redirected", _("已转办")),
        ("all", _("全部在办")),
    ]
