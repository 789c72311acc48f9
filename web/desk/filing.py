"""File for someone: one page, with a telephone at the ear, in under thirty seconds."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models import Community, Session, Source
from nlp.taxonomy import taxonomy
from nlp.understanding import Understanding
from services import filing
from services.access import access_community, access_complaints, list_communities
from services.deadlines import limits_for
from services.errors import InvalidInput, NotFound
from services.permissions import Permission
from services.photos import PhotoRefused
from services.places import resolve
from services.ports import StoredPhoto
from web.desk.frame import page
from web.desk.reading import mark_up
from web.house import house
from web.language import gettext as _
from web.security import current_act, current_viewer, requires

blueprint = Blueprint("filing", __name__, url_prefix="/desk/file")

MOST_PHOTOS = 6


@blueprint.get("")
@requires(Permission.COMPLAINT_FILE)
def show() -> ResponseReturnValue:
    """The empty form; after filing, the number and the sentence to read aloud stand beside it."""
    with house().database.reader() as session:
        numbers = [number for number in request.args.get("filed", "").split(",") if number][:6]
        filed = access_complaints(session, current_viewer(), numbers) if numbers else []
        given = {"source": request.args.get("source", "phone"), "community": request.args.get("community", "")}
        return _page(session, given, filed=filed)


@blueprint.post("")
@requires(Permission.COMPLAINT_FILE)
def send() -> ResponseReturnValue:
    given = {name: value for name, value in request.form.items() if name != "csrf_token"}
    try:
        photos = _photos()
    except PhotoRefused:
        with house().database.reader() as session:
            return _page(session, given, errors={"photos": _("有一张不是照片，或太大，没收下。")}), 400
    try:
        with house().database.transaction() as session:
            community = access_community(session, current_viewer(), given.get("community", ""))
            form = _form(given, photos)
            filed, _understood = filing.file_for_someone(session, community, form, current_act(), house().vault)
            numbers = ",".join(complaint.number for complaint in filed)
    except InvalidInput as error:
        with house().database.reader() as session:
            return _page(session, given, errors={str(error.facts["field"]): _fault(error)}), 400
    except NotFound:
        with house().database.reader() as session:
            return _page(session, given, errors={"community": _("先选小区。")}), 400
    source, code = given.get("source", "phone"), given.get("community", "")
    return redirect(url_for("filing.show", filed=numbers, source=source, community=code))


@blueprint.post("/understand")
@requires(Permission.COMPLAINT_FILE)
def understand() -> ResponseReturnValue:
    """The right-hand pane while the clerk types. Nothing is kept."""
    given = request.form
    text = given.get("text", "").strip()[: filing.LONGEST_WORDS]
    if not text:
        return Response("")
    with house().database.reader() as session:
        try:
            community = access_community(session, current_viewer(), given.get("community", ""))
        except NotFound:
            return Response("")
        return render_template("desk/filing/understood.html", **_understood(session, community, text, dict(given)))


def _understood(session: Session, community: Community, text: str, given: dict[str, str]) -> dict[str, Any]:
    now = house().clock.now()
    understanding: Understanding = filing.read_words(session, community, text, now)
    form = _form({**given, "text": text}, ())
    drafts = filing.drafts_of(understanding, form)
    level = understanding.urgency or taxonomy().subject(drafts[0].category).default_urgency
    if form.tap not in (None, "none"):
        level = "P0"
    limits = limits_for(level, now)
    return {
        "pieces": mark_up(text, filing.as_problems(understanding)),
        "drafts": [(draft, resolve(session, community, draft.place)) for draft in drafts],
        "candidates": understanding.candidates,
        "level": level,
        "limits": limits,
        "community": community,
        "asks_safety": understanding.ask_safety and form.tap is None,
        "now": now,
    }


def _page(session: Session, given: dict[str, str], **extra: Any) -> str:
    viewer = current_viewer()
    values: dict[str, Any] = {"errors": {}, "filed": []} | extra
    communities = list_communities(session, viewer, limit=600)
    chosen = next((one for one in communities if one.code == given.get("community")), None)
    if chosen is None and len(communities) == 1:
        chosen = communities[0]
    understood = None
    text = given.get("text", "").strip()
    if text and chosen is not None:
        understood = _understood(session, chosen, text[: filing.LONGEST_WORDS], given)
    return page(
        "desk/filing/show.html",
        session,
        active="file",
        given=given,
        communities=communities,
        chosen=chosen,
        classes=taxonomy().classes,
        key_of_form=given.get("key") or filing.new_key(),
        understood=understood,
        **values,
    )


def _form(given: dict[str, str], photos: tuple[StoredPhoto, ...]) -> filing.Form:
    source = given.get("source", "phone")

    def field(name: str, longest: int) -> str | None:
        return given.get(name, "").strip()[:longest] or None

    return filing.Form(
        text=given.get("text", ""),
        source=Source(source) if source in set(Source) else Source.WEB,
        key=given.get("key", "")[:40] or filing.new_key(),
        building=_bare(field("building", 16), "栋幢号楼座"),
        unit=_bare(field("unit", 16), "单元门"),
        room=field("room", 16),
        phone=field("phone", 40),
        name=field("name", 60),
        tap=field("tap", 16),
        category=field("category", 4),
        photos=photos,
    )


def _bare(text: str | None, endings: str) -> str | None:
    return text.rstrip(endings).upper() or None if text else None


def _photos() -> tuple[StoredPhoto, ...]:
    files = [file for file in request.files.getlist("photos") if file.filename]
    return tuple(house().photos.save(file.read()) for file in files[:MOST_PHOTOS])


def _fault(error: InvalidInput) -> str:
    if error.facts["field"] == "text":
        return _("写下他怎么说的，一句就够。") if error.facts["reason"] == "required" else _("太长了，一万字以内。")
    if error.facts["field"] == "phone":
        return _("电话号码不像是对的，核一下；没有可以不填。")
    return _("这一项不对，重新选一下。")
