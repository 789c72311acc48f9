"""What the desk learns from: the shelf of what nothing covered, and the queue of what to put right."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from models import Complaint
from services import corrections, shelf
from services.access import access_complaint
from services.case_file import check_unchanged, lock
from services.correction_queue import next_case
from services.errors import Conflict, InvalidInput
from services.permissions import Permission
from web.desk import labels
from web.desk.frame import page
from web.desk.reading import Choice, best_three, mark_up, reasons
from web.house import house
from web.language import gettext as _
from web.security import current_act, current_viewer, requires

blueprint = Blueprint("teaching", __name__, url_prefix="/desk/lexicon")


@blueprint.get("/shelf")
@requires(Permission.LEARNING_VIEW)
def show_shelf() -> ResponseReturnValue:
    with house().database.reader() as session:
        found = shelf.read_shelf(session, current_viewer())
        return page("desk/lexicon/shelf.html", session, active="lexicon", tab="shelf", shelf=found, why=_why_words())


@blueprint.get("/queue")
@requires(Permission.COMPLAINT_HANDLE)
def show_queue() -> ResponseReturnValue:
    after = request.args.get("after", "")[:20] or None
    with house().database.reader() as session:
        case = next_case(session, current_viewer(), after=after)
        complaint = case.complaint if case is not None else None
        return page(
            "desk/lexicon/queue.html",
            session,
            active="lexicon",
            tab="queue",
            case=case,
            complaint=complaint,
            pieces=mark_up(complaint.first_text, complaint.problems) if complaint else [],
            reasons=reasons(complaint.problems, complaint.subject_code) if complaint else [],
            candidates=_right_first(complaint) if complaint else [],
            undo=request.args.get("undo", "")[:20],
        )


@blueprint.post("/queue/<number>")
@requires(Permission.COMPLAINT_HANDLE)
def decide(number: str) -> ResponseReturnValue:
    """Right as it is, or another subject; the next case follows at once."""
    chosen = request.form.get("category", "")
    with house().database.transaction() as session:
        complaint = access_complaint(session, current_viewer(), number)
        lock(session, complaint)
        try:
            check_unchanged(session, complaint, request.form.get("seen", ""))
            corrections.decide(session, complaint, chosen, current_act())
        except Conflict:
            flash(_("%(number)s 刚被别人改过，没有记。", number=number), "error")
            return redirect(url_for("teaching.show_queue"))
        except InvalidInput:
            flash(_("这一项不对，重新选一下。"), "error")
            return redirect(url_for("teaching.show_queue"))
    flash(_("%(number)s 记下了：%(code)s %(name)s。", number=number, code=chosen, name=labels.subject_name(chosen)))
    return redirect(url_for("teaching.show_queue", undo=number))


@blueprint.post("/queue/<number>/undo")
@requires(Permission.COMPLAINT_HANDLE)
def undo(number: str) -> ResponseReturnValue:
    with house().database.transaction() as session:
        complaint = access_complaint(session, current_viewer(), number)
        lock(session, complaint)
        try:
            code = corrections.take_back(session, complaint, current_act())
        except Conflict:
            flash(_("没有能撤销的，可能别人又改过。"), "error")
            return redirect(url_for("teaching.show_queue"))
    flash(_("%(number)s 撤销了，还是 %(code)s %(name)s。", number=number, code=code, name=labels.subject_name(code)))
    return redirect(url_for("teaching.show_queue"))


def _right_first(complaint: Complaint) -> list[Choice]:
    """The present category under the first key, the other candidates behind it."""
    choices = sorted(best_three(complaint), key=lambda choice: not choice.is_chosen)
    return [replace(choice, key=key) for key, choice in enumerate(choices, 1)]


def _why_words() -> dict[str, str]:
    return {"unsorted": _("归不了类"), "unsure": _("拿不准"), "no_word": _("没有词管到")}
