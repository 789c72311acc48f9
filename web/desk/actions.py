"""What can be done with a complaint: one tap for what only the desk sees, a confirm step for what residents read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from models import Complaint, Session
from nlp.taxonomy import taxonomy
from nlp.understanding import PlaceMention
from services import chats, complaints
from services.access import access_complaint
from services.case_file import check_unchanged, is_reached_by_chat, lock, preview_news
from services.destinations import destination_of
from services.errors import Conflict, InvalidInput, NotFound
from services.permissions import Permission
from services.ports import Act
from web.desk import labels
from web.desk.complaint import case_page
from web.desk.frame import page
from web.house import house
from web.language import gettext as _
from web.security import current_act, current_viewer, requires

blueprint = Blueprint("actions", __name__, url_prefix="/desk/complaints")


@dataclass(frozen=True, slots=True)
class Told:
    """An action the resident is told of: its fields, the tag of its news, and how it is done."""

    fields: tuple[str, ...]
    required: str
    news: str
    do: Callable[[Session, Complaint, Mapping[str, str], Act], None]


def _redirect(session: Session, complaint: Complaint, given: Mapping[str, str], act: Act) -> None:
    complaints.redirect(session, complaint, given["destination"], given["phone"], act, given["note"])


def _dispatch(session: Session, complaint: Complaint, given: Mapping[str, str], act: Act) -> None:
    complaints.dispatch(session, complaint, given["destination"], act, phone=given["phone"], copy_to=given["copy_to"])


def _close(session: Session, complaint: Complaint, given: Mapping[str, str], act: Act) -> None:
    complaints.close(session, complaint, given["outcome"], act)


def _reject(session: Session, complaint: Complaint, given: Mapping[str, str], act: Act) -> None:
    complaints.reject(session, complaint, given["outcome"], act)


def _reopen(session: Session, complaint: Complaint, given: Mapping[str, str], act: Act) -> None:
    complaints.reopen(session, complaint, act, given["note"])
    complaints.tell(session, complaint, "reopened", act)


ACTIONS: dict[str, Told] = {
    "redirect": Told(("destination", "phone", "note"), "destination", "redirected", _redirect),
    "dispatch": Told(("destination", "phone", "copy_to"), "destination", "dispatched", _dispatch),
    "close": Told(("outcome",), "outcome", "closed", _close),
    "reject": Told(("outcome",), "outcome", "rejected", _reject),
    "reopen": Told(("note",), "", "reopened", _reopen),
}
PLACE_FIELDS = ("building", "unit", "floor", "room")
LONGEST = {"destination": 120, "phone": 40, "copy_to": 120, "note": 1000, "outcome": 1000}


@blueprint.post("/<number>/take-in")
@requires(Permission.COMPLAINT_HANDLE)
def take_in(number: str) -> ResponseReturnValue:
    return _at_once(number, lambda session, complaint, act: complaints.take_in(session, complaint, act), _("已受理。"))


@blueprint.post("/<number>/category")
@requires(Permission.COMPLAINT_HANDLE)
def category(number: str) -> ResponseReturnValue:
    chosen = request.form.get("category", "")
    before = request.form.get("before", "")

    def correct(session: Session, complaint: Complaint, act: Act) -> None:
        complaints.set_category(session, complaint, chosen, act)

    done = _("类别改成了 %(code)s %(name)s，已记下。", code=chosen, name=labels.subject_name(chosen))
    return _at_once(number, correct, done if before != chosen else "")


@blueprint.post("/<number>/place")
@requires(Permission.COMPLAINT_HANDLE)
def place(number: str) -> ResponseReturnValue:
    """Put it where it is; the fields left empty stay empty, and a tapped room keeps the rest."""

    def correct(session: Session, complaint: Complaint, act: Act) -> None:
        given = {name: request.form.get(name, "").strip()[:32] or None for name in PLACE_FIELDS}
        landmark = request.form.get("landmark", "").strip()[:120] or None
        if "only_room" in request.form:
            mention = PlaceMention(
                complaint.building, complaint.unit, complaint.floor, request.form["only_room"][:32], complaint.landmark
            )
        else:
            mention = PlaceMention(**given, landmark=landmark, is_whole_community="whole" in request.form)
        complaints.set_place(session, complaint, mention, act)
        complaints.mark(session, complaint, "place", act, labels.place_text(complaint))

    return _at_once(number, correct, _("位置改好了，已记下。"))


@blueprint.post("/<number>/urgency")
@requires(Permission.COMPLAINT_HANDLE)
def urgency(number: str) -> ResponseReturnValue:
    def change(session: Session, complaint: Complaint, act: Act) -> None:
        chosen, why = request.form.get("urgency", ""), request.form.get("note", "")[:500]
        complaints.set_urgency(session, complaint, chosen, act, why)

    return _at_once(number, change, _("紧急程度改好了。"))


@blueprint.post("/<number>/reply")
@requires(Permission.COMPLAINT_HANDLE)
def reply(number: str) -> ResponseReturnValue:
    """Into the resident's chat; for somebody without one, a line of the call list."""
    text = request.form.get("text", "")
    with house().database.transaction() as session:
        complaint = access_complaint(session, current_viewer(), number)
        try:
            is_in_chat = chats.reply_about(session, complaint, text, current_act())
        except InvalidInput as error:
            words = _("先写几个字再发。") if error.facts["reason"] == "required" else _("太长了，分两次发。")
            return case_page(session, complaint, errors={"reply": words}, draft=text), 400
    flash(_("发到居民的聊天里了。") if is_in_chat else _("居民没有聊天，已放进电话名单。"))
    return redirect(url_for("complaint.show", number=number) + "#talk")


@blueprint.post("/<number>/hand-back")
@requires(Permission.COMPLAINT_HANDLE)
def hand_back(number: str) -> ResponseReturnValue:
    with house().database.transaction() as session:
        complaint = access_complaint(session, current_viewer(), number)
        if complaint.conversation is None:
            raise NotFound(what="conversation")
        chats.hand_back(session, complaint.conversation, current_act())
    flash(_("交还给邻里了，下一句由它回答。"))
    return redirect(url_for("complaint.show", number=number))


@blueprint.route("/<number>/<any(redirect, dispatch, close, reject, reopen):action>", methods=["GET", "POST"])
@requires(Permission.COMPLAINT_HANDLE)
def form(number: str, action: str) -> ResponseReturnValue:
    """Fill in, read what the resident will read, and only then send."""
    told = ACTIONS[action]
    if request.method == "GET":
        with house().database.reader() as session:
            complaint = access_complaint(session, current_viewer(), number)
            return _form_page(session, complaint, action, _suggested(complaint, action))
    given = {name: request.form.get(name, "").strip()[: LONGEST[name]] for name in told.fields}
    step = request.form.get("step", "preview")
    with house().database.transaction() as session:
        complaint = access_complaint(session, current_viewer(), number)
        lock(session, complaint)
        if step == "edit":
            return _form_page(session, complaint, action, given)
        try:
            check_unchanged(session, complaint, request.form.get("seen", ""))
        except Conflict as conflict:
            return _form_page(session, complaint, action, given, conflict=conflict.facts), 409
        if told.required and not given[told.required]:
            return _form_page(session, complaint, action, given, errors={told.required: _("这一项要填。")}), 400
        if step != "send":
            return _confirm_page(session, complaint, action, given)
        told.do(session, complaint, given, current_act())
        is_in_chat = is_reached_by_chat(session, complaint)
    line = _("办好了，居民会在聊天里看到。") if is_in_chat else _("办好了，居民没有聊天，已放进电话名单。")
    if is_in_chat and house().settings.delivery.mode != "live":
        line += _("现在是试发，不在名单上的扣在发件箱里。")
    flash(line)
    return redirect(url_for("complaint.show", number=number))


def _at_once(number: str, do: Callable[[Session, Complaint, Act], None], done: str) -> ResponseReturnValue:
    """Do something nobody outside is told of; a page that is older than the row overwrites nothing."""
    with house().database.transaction() as session:
        complaint = access_complaint(session, current_viewer(), number)
        lock(session, complaint)
        try:
            check_unchanged(session, complaint, request.form.get("seen", ""))
            do(session, complaint, current_act())
        except Conflict as conflict:
            return case_page(session, complaint, conflict=conflict.facts), 409
        except InvalidInput as error:
            field = str(error.facts["field"])
            return case_page(session, complaint, errors={field: _fault(field, str(error.facts["reason"]))}), 400
    if done:
        flash(done)
    return redirect(url_for("complaint.show", number=number))


def _fault(field: str, reason: str) -> str:
    if field == "note":
        return _("特急往下调，要写原因。")
    return _("这一项不对，重新选一下。") if reason == "unknown" else _("这一项要填。")


def _suggested(complaint: Complaint, action: str) -> dict[str, str]:
    """What usually goes in: the department of the taxonomy, or the unit that builds."""
    if action in ("redirect", "dispatch") and taxonomy().has_subject(complaint.subject_code):
        where = destination_of(complaint)
        if where.action == action or action == "redirect":
            return {"destination": where.name, "phone": where.phone, "copy_to": where.copy_to, "note": ""}
    return {}


def _form_page(
    session: Session,
    complaint: Complaint,
    action: str,
    given: Mapping[str, str],
    *,
    errors: Mapping[str, str] | None = None,
    conflict: Mapping[str, Any] | None = None,
) -> str:
    return page(
        "desk/complaint/act.html",
        session,
        active="inbox",
        complaint=complaint,
        action=action,
        given=given,
        errors=errors or {},
        conflict=conflict,
        given_fields=ACTIONS[action].fields,
    )


def _confirm_page(session: Session, complaint: Complaint, action: str, given: Mapping[str, str]) -> str:
    told = ACTIONS[action]
    return page(
        "desk/complaint/act.html",
        session,
        active="inbox",
        complaint=complaint,
        action=action,
        given=given,
        errors={},
        conflict=None,
        replies=preview_news(complaint, told.news, current_act(), **given),
        is_in_chat=is_reached_by_chat(session, complaint),
        is_confirm=True,
    )
