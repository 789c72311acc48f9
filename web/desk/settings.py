"""Settings: a community's telephones, its builder, who is on call; and one's own chat for alerts and password."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from models import Session
from services import community_settings, staff
from services.access import access_community, list_communities
from services.alerts import list_on_call
from services.errors import InvalidInput
from services.permissions import Permission
from web.desk.frame import page
from web.house import house
from web.language import gettext as _
from web.security import current_act, current_viewer, requires, sign_in

blueprint = Blueprint("settings", __name__, url_prefix="/desk")

ON_CALL_PLACES = 5


@blueprint.get("/settings")
@requires(Permission.SIGNED_IN)
def show() -> ResponseReturnValue:
    return _own_page()


@blueprint.post("/settings/link")
@requires(Permission.SIGNED_IN)
def link() -> ResponseReturnValue:
    """A code to type in the chat that shall wake this person; good once, for half an hour."""
    with house().database.transaction() as session:
        code = staff.make_link_code(session, current_viewer().staff_id, house().clock.now())
    return _own_page(code=code)


@blueprint.post("/settings/unlink/<int:contact_id>")
@requires(Permission.SIGNED_IN)
def unlink(contact_id: int) -> ResponseReturnValue:
    with house().database.transaction() as session:
        staff.unlink_contact(session, current_viewer().staff_id, contact_id, house().clock.now())
    flash(_("解绑了，有特急不再叫这个聊天。"))
    return redirect(url_for("settings.show"))


@blueprint.post("/settings/password")
@requires(Permission.SIGNED_IN)
def password() -> ResponseReturnValue:
    """A new password ends every other session of this person."""
    viewer, now = current_viewer(), house().clock.now()
    with house().database.transaction() as session:
        person = staff.authenticate(session, viewer.username, request.form.get("old", ""), now)
        if person is None:
            return _own_page(errors={"old": _("现在的密码不对。")}), 400
        try:
            staff.set_password(session, person, request.form.get("new", ""), now, by=f"staff:{viewer.username}")
        except InvalidInput:
            return _own_page(errors={"new": _("新密码至少 8 位。")}), 400
        session.flush()
        session.refresh(person)
        sign_in(person)
    flash(_("密码改好了，别的地方的登录都退出了。"))
    return redirect(url_for("settings.show"))


@blueprint.get("/communities/<code>")
@requires(Permission.COMMUNITY_EDIT)
def community(code: str) -> ResponseReturnValue:
    with house().database.reader() as session:
        return _community_page(session, code)


@blueprint.post("/communities/<code>")
@requires(Permission.COMMUNITY_EDIT)
def save(code: str) -> ResponseReturnValue:
    try:
        with house().database.transaction() as session:
            found = access_community(session, current_viewer(), code)
            community_settings.save(session, found, request.form, current_act())
            if "on_call" in request.form:
                community_settings.save_on_call(session, found, request.form.getlist("on_call"), current_act())
    except InvalidInput as error:
        field = str(error.facts["field"])
        words = _("这不像电话号码。") if error.facts["reason"] == "not_a_phone" else _("这个人不管这个小区，换一个。")
        with house().database.reader() as session:
            return _community_page(session, code, given=request.form, errors={field: words}), 400
    flash(_("存好了。"))
    return redirect(url_for("settings.community", code=code))


def _own_page(**extra: Any) -> str:
    viewer = current_viewer()
    values: dict[str, Any] = {"code": None, "errors": {}} | extra
    with house().database.reader() as session:
        return page(
            "desk/settings/show.html",
            session,
            active="settings",
            contacts=[one for one in staff.list_contacts(session, viewer.staff_id) if one.unreachable_at is None],
            communities=list_communities(session, viewer, limit=600) if viewer.may(Permission.COMMUNITY_EDIT) else [],
            has_telegram=bool(house().settings.telegram.token),
            **values,
        )


def _community_page(session: Session, code: str, **extra: Any) -> str:
    found = access_community(session, current_viewer(), code)
    values: dict[str, Any] = {"given": {}, "errors": {}} | extra
    return page(
        "desk/settings/community.html",
        session,
        active="settings",
        community=found,
        people=community_settings.list_for_on_call(session, found),
        on_call=[entry.staff.username for entry in list_on_call(session, found.id)],
        places=ON_CALL_PLACES,
        minutes=house().settings.alerts.next_person_after_minutes,
        **values,
    )
