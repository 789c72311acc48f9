"""Conversations that wait for a person: answered in place, or given back to the bot."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from services import chats
from services.errors import InvalidInput
from services.permissions import Permission
from web.desk.frame import page
from web.house import house
from web.language import gettext as _
from web.security import current_act, current_viewer, requires

blueprint = Blueprint("chats", __name__, url_prefix="/desk/chats")


@blueprint.get("")
@requires(Permission.COMPLAINT_HANDLE)
def show() -> ResponseReturnValue:
    return _page()


@blueprint.post("/<int:conversation_id>/reply")
@requires(Permission.COMPLAINT_HANDLE)
def reply(conversation_id: int) -> ResponseReturnValue:
    text = request.form.get("text", "")
    try:
        with house().database.transaction() as session:
            conversation = chats.access_conversation(session, current_viewer(), conversation_id)
            chats.reply(session, conversation, text, current_act())
    except InvalidInput as error:
        words = _("先写几个字再发。") if error.facts["reason"] == "required" else _("太长了，分两次发。")
        return _page(fault=(conversation_id, words), draft=text), 400
    flash(_("发到居民的聊天里了。"))
    return redirect(url_for("chats.show"))


@blueprint.post("/<int:conversation_id>/hand-back")
@requires(Permission.COMPLAINT_HANDLE)
def hand_back(conversation_id: int) -> ResponseReturnValue:
    with house().database.transaction() as session:
        chats.hand_back(session, chats.access_conversation(session, current_viewer(), conversation_id), current_act())
    flash(_("交还给邻里了，下一句由它回答。"))
    return redirect(url_for("chats.show"))


def _page(*, fault: tuple[int, str] | None = None, draft: str = "") -> str:
    with house().database.reader() as session:
        waiting = chats.list_waiting(session, current_viewer())
        return page("desk/chats/show.html", session, active="chats", chats=waiting, fault=fault, draft=draft)
