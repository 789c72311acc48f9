"""Hot topics: what several homes say of the same matter, where, since when, and how hot it is."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from nlp.topics.heat import HALF_LIFE_DAYS, URGENCY_WEIGHTS
from services import topics
from services.access import list_communities
from services.permissions import Permission
from web.desk.frame import page
from web.house import house
from web.security import current_viewer, requires

blueprint = Blueprint("topics", __name__, url_prefix="/desk/topics")

_DAYS = 30


@blueprint.get("")
@requires(Permission.COMPLAINT_VIEW)
def show() -> ResponseReturnValue:
    asked = request.args.get("days", "")
    days = int(asked) if asked in {str(period) for period in topics.PERIODS} else _DAYS
    community = request.args.get("community") or None
    with house().database.reader() as session:
        viewer = current_viewer()
        found = topics.list_topics(session, viewer, house().clock.now(), days=days, community=community)
        return page(
            "desk/topics/show.html",
            session,
            active="topics",
            found=found,
            days=days,
            periods=topics.PERIODS,
            community=community,
            communities=list_communities(session, viewer, limit=600),
            half_life=HALF_LIFE_DAYS,
            weights=URGENCY_WEIGHTS,
            most=topics.READ,
        )
