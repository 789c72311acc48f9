"""Notices: written, previewed with whom they reach and miss, scheduled, cancelled; what was held is shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from models import Community, Notice, Session
from services import notices, plans
from services.access import access_communities_item, access_community, access_notice, list_communities
from services.deadlines import ZONE
from services.errors import Conflict, InvalidInput
from services.notices import NewNotice
from services.permissions import Permission
from services.places import list_buildings
from web.desk.fields import read_ids, read_moment, words_for
from web.desk.frame import page
from web.house import house
from web.language import gettext as _
from web.security import current_act, current_viewer, requires

blueprint = Blueprint("notices", __name__, url_prefix="/desk/notices")


@blueprint.get("/")
@requires(Permission.NOTICE_VIEW)
def index() -> ResponseReturnValue:
    with house().database.reader() as session:
        found = notices.list_notices(session, current_viewer())
        return page(
            "desk/notices/list.html",
            session,
            active="notices",
            found=found,
            results=notices.delivered(session, found),
            kinds=kinds(),
            communities=list_communities(session, current_viewer(), limit=600),
            latest=max(found, key=lambda one: one.id).community.code if found else "",
        )


@blueprint.get("/new")
@requires(Permission.NOTICE_PUBLISH)
def compose() -> ResponseReturnValue:
    with house().database.reader() as session:
        community = access_community(session, current_viewer(), request.args.get("community", ""))
        return _form(session, community, None, {}, {})


@blueprint.post("/new")
@requires(Permission.NOTICE_PUBLISH)
def create() -> ResponseReturnValue:
    """Preview, keep as a draft, or schedule, by the button that was pressed."""
    return _save(request.form.get("community", ""), None)


@blueprint.get("/<int:notice_id>")
@requires(Permission.NOTICE_VIEW)
def show(notice_id: int) -> ResponseReturnValue:
    with house().database.reader() as session:
        notice = access_notice(session, current_viewer(), notice_id)
        return _form(session, notice.community, notice, {}, {})


@blueprint.post("/<int:notice_id>")
@requires(Permission.NOTICE_PUBLISH)
def change(notice_id: int) -> ResponseReturnValue:
    with house().database.reader() as session:
        code = access_notice(session, current_viewer(), notice_id).community.code
    return _save(code, notice_id)


@blueprint.post("/<int:notice_id>/cancel")
@requires(Permission.NOTICE_PUBLISH)
def cancel(notice_id: int) -> ResponseReturnValue:
    with house().database.transaction() as session:
        notice = access_notice(session, current_viewer(), notice_id)
        notices.check_unchanged(notice, request.form.get("seen", ""))
        notices.cancel(session, notice, current_act())
    flash(_("取消了，不会发出去。"), "good")
    return redirect(url_for("notices.index"))


@blueprint.post("/<int:notice_id>/reopen")
@requires(Permission.NOTICE_PUBLISH)
def reopen(notice_id: int) -> ResponseReturnValue:
    with house().database.transaction() as session:
        notice = access_notice(session, current_viewer(), notice_id)
        notices.check_unchanged(notice, request.form.get("seen", ""))
        notices.to_draft(session, notice, current_act())
    return redirect(url_for("notices.show", notice_id=notice_id))


def kinds() -> dict[str, str]:
    return {
        "water": _("停水"), "power": _("停电"), "gas": _("停气"),
        "noise": _("施工噪声"), "parking": _("挪车"), "other": _("别的"),
    }  # fmt: skip


def _save(code: str, notice_id: int | None) -> ResponseReturnValue:
    given = request.form
    try:
        with house().database.transaction() as session:
            viewer, act = current_viewer(), current_act()
            community = access_community(session, viewer, code)
            new = _typed(session, community)
            notice = access_notice(session, viewer, notice_id) if notice_id is not None else None
            if given.get("do") in ("draft", "schedule"):
                if notice is None:
                    notice = notices.draft(session, new, act)
                else:
                    notices.check_unchanged(notice, given.get("seen", ""))
                    notices.edit(session, notice, new, act)
                if given["do"] == "schedule":
                    notices.schedule(session, notice, act, publish_at=new.publish_at)
                line = _("安排好了，到时候自己发。") if given["do"] == "schedule" else _("草稿存好了。")
            else:
                notices.check_fields(session, new, act.now)
                return _form(session, community, notice, given, {}, new)
    except (InvalidInput, Conflict) as error:
        is_stale = isinstance(error, Conflict)
        errors = {"seen": _("别人刚改过这条通知。您写的还在；再按一次，就按您的存。")}
        if isinstance(error, InvalidInput):
            errors = dict([words_for(error)])
        with house().database.reader() as session:
            community = access_community(session, current_viewer(), code)
            notice = access_notice(session, current_viewer(), notice_id) if notice_id is not None else None
            return _form(session, community, notice, given, errors), 409 if is_stale else 400
    flash(line, "good")
    return redirect(url_for("notices.index"))


def _typed(session: Session, community: Community) -> NewNotice:
    given = request.form
    starts, ends = (
        read_moment(given.get("starts_at", ""), "starts_at"),
        read_moment(given.get("ends_at", ""), "ends_at"),
    )
    kind = given.get("kind", "")
    buildings = read_ids(given.getlist("buildings"), "buildings")
    item = given.get("item", "")
    return NewNotice(
        community=community,
        kind=kind,
        title=given.get("title", "").strip() or _title(session, community, kind, buildings, starts, ends),
        body=given.get("body", ""),
        starts_at=starts,
        ends_at=ends,
        buildings=buildings,
        publish_at=_publish_at(given, starts),
        work_item_id=access_communities_item(session, current_viewer(), community, item).id if item else None,
    )


def _publish_at(given: Mapping[str, str], starts: datetime) -> datetime | None:
    if given.get("publish") == "evening":
        return starts.astimezone(ZONE).replace(hour=19, minute=0, second=0, microsecond=0) - timedelta(days=1)
    return read_moment(given.get("publish_at", ""), "publish_at") if given.get("publish") == "at" else None


def _title(
    session: Session, community: Community, kind: str, buildings: list[int], starts: datetime, ends: datetime
) -> str:
    """What, where and exactly when: the title when none was typed; residents read it, so it is always Chinese."""
    with force_locale("zh"):
        return _title_in_chinese(session, community, kind, buildings, starts, ends)


def _title_in_chinese(
    session: Session, community: Community, kind: str, buildings: list[int], starts: datetime, ends: datetime
) -> str:
    names = "、".join(one.name for one in list_buildings(session, community) if one.id in buildings) or _("全小区")
    first, last = starts.astimezone(ZONE), ends.astimezone(ZONE)
    until = f"{last.hour}:{last.minute:02d}"
    if last.date() != first.date():
        until = _("%(m)s月%(d)s日 %(t)s", m=last.month, d=last.day, t=until)
    when = _("%(m)s月%(d)s日 %(t)s", m=first.month, d=first.day, t=f"{first.hour}:{first.minute:02d}")
    what = kinds().get(kind, "") if kind != "other" else _("施工")
    return f"{names} {when}–{until} {what}"[:120]


def _form(
    session: Session,
    community: Community,
    notice: Notice | None,
    given: Mapping[str, Any],
    errors: dict[str, str],
    new: NewNotice | None = None,
) -> str:
    now, mode = house().clock.now(), house().settings.delivery.mode
    values: dict[str, Any] = dict(given)
    ticked = set(request.form.getlist("buildings")) if given else set()
    if not given and notice is not None:
        ticked = {str(link.building_id) for link in notice.buildings}
        values = {
            "kind": notice.kind, "title": notice.title, "body": notice.body,
            "starts_at": _local(notice.starts_at), "ends_at": _local(notice.ends_at),
            "publish": "at" if notice.publish_at else "now",
            "publish_at": _local(notice.publish_at) if notice.publish_at else "",
            "item": str(notice.work_item_id or ""),
        }  # fmt: skip
    elif not given:
        values = {"kind": "water", "publish": "now", "item": request.args.get("item", "")}
    ids = [int(one) for one in ticked if one.isdecimal()]
    shown = new or notice
    plan = plans.find_plan(session, community)
    return page(
        "desk/notices/form.html",
        session,
        active="notices",
        community=community,
        notice=notice,
        seen=notices.fingerprint(notice) if notice else "",
        values=values,
        errors=errors,
        kinds=kinds(),
        buildings=list_buildings(session, community),
        ticked=ticked,
        items=[one for one in plan.items if one.state not in ("candidate", "declined")] if plan else [],
        reach=notices.reach(session, community, ids, mode),
        replies=notices.replies_of(shown, house().wording) if shown is not None else (),
        findings=notices.check(session, new, now, notice_id=notice.id if notice else None) if new else [],
        result=notices.delivered(session, [notice])[notice.id] if notice else None,
        is_editable=notice is None or notice.state == "draft",
    )


def _local(at: datetime) -> str:
    return at.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")
