"""One complaint's page: her words first, then all that helps to decide, and what to do."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, make_response
from flask.typing import ResponseReturnValue

from models import Complaint, Session
from nlp.taxonomy import taxonomy
from services import triage
from services.access import access_complaint
from services.case_file import CaseFile, find_photo, read_case
from services.permissions import Permission
from services.places import list_building_names
from web.desk.frame import page
from web.desk.history import story
from web.desk.reading import best_three, mark_up, reasons
from web.house import house
from web.security import current_viewer, requires

blueprint = Blueprint("complaint", __name__, url_prefix="/desk/complaints")


@blueprint.get("/<number>")
@requires(Permission.COMPLAINT_VIEW)
def show(number: str) -> ResponseReturnValue:
    viewer = current_viewer()
    with house().database.reader() as session:
        complaint = access_complaint(session, viewer, number)
        body = case_page(session, complaint)
        is_unread, complaint_id = not complaint.is_read, complaint.id
    if is_unread and viewer.may(Permission.COMPLAINT_HANDLE):
        with house().database.transaction() as writing:
            triage.mark_read(writing, complaint_id)
    return body


@blueprint.get("/<number>/photos/<int:photo_id>")
@requires(Permission.COMPLAINT_VIEW)
def photo(number: str, photo_id: int) -> ResponseReturnValue:
    """A photo, only for those who may see the complaint."""
    with house().database.reader() as session:
        found = find_photo(session, access_complaint(session, current_viewer(), number), photo_id)
        if found is None:
            abort(404)
        path, mime = found.path, found.mime
    try:
        data = house().photos.read(path)
    except FileNotFoundError:
        abort(404)
    answer: Response = make_response(data)
    answer.headers["Content-Type"] = mime
    answer.headers["Cache-Control"] = "private, max-age=86400"
    return answer


def _undo(case: CaseFile) -> str | None:
    """The category before, when the last thing that happened is this person's own correction."""
    last = case.history[-1] if case.history else None
    if last is None or last.mark != "corrected" or last.by != f"staff:{current_viewer().username}":
        return None
    before = last.note.split("→", 1)[0]
    return before if taxonomy().has_subject(before) else None


def case_page(session: Session, complaint: Complaint, **extra: Any) -> str:
    """The page; ``extra`` holds ``conflict`` (by, at), ``errors`` by field, and ``draft`` of a reply."""
    now = house().clock.now()
    case = read_case(session, complaint, now)
    values: dict[str, Any] = {"conflict": None, "errors": {}, "draft": ""} | extra
    return page(
        "desk/complaint/show.html",
        session,
        active="inbox",
        complaint=complaint,
        case=case,
        pieces=mark_up(complaint.first_text, complaint.problems),
        reasons=reasons(complaint.problems, complaint.subject_code),
        candidates=best_three(complaint),
        classes=taxonomy().classes,
        buildings=list_building_names(session, complaint.community_id),
        story=story(case),
        undo=_undo(case),
        later_words=complaint.words[len(complaint.first_text) :].strip()
        if complaint.words.startswith(complaint.first_text)
        else "",
        **values,
    )
