"""File for someone: one page, with a telephone at the ear, in under thirty seconds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from models import Community, Session, Source
from nlp.taxonomy import taxonomy
from nlp.understanding import Understanding
from services import filing
from services.access import access_community, access_complaints, list_communities
from services.deadlines import limits_for
from services.duplicates import find_neighbours, list_of_home
from services.errors import InvalidInput, NotFound
from services.permissions import Permission
from services.photos import PhotoRefused
from services.places import resolve
from services.ports import StoredPhoto
from web.desk import labels
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
        return render_template(
            "desk/filing/understood.html", is_piece=True, **_understood(session, community, text, dict(given))
        )


def _understood(session: Session, community: Community, text: str, given: dict[str, str]) -> dict[str, Any]:
    now = house().clock.now()
    understanding: Understanding = filing.read_words(session, community, text, now)
    form = _form({**given, "text": text}, ())
    drafts = filing.drafts_of(understanding, form)
    level = understanding.urgency or taxonomy().subject(drafts[0].category).default_urgency
    if form.tap not in (None, "none"):
        level = "P0"
    limits = limits_for(level, now)
    places = [resolve(session, community, draft.place) for draft in drafts]
    caller = filing.find_by_telephone(session, community, form.phone, house().vault)
    return {
        "pieces": mark_up(text, filing.as_problems(understanding)),
        "said": understanding.place,
        "drafts": list(zip(drafts, places, strict=True)),
        "neighbours": find_neighbours(session, community.id, understanding, drafts, now),
        "earlier": list_of_home(session, places[0].household_id, caller.id if caller is not None else None),
        "is_home_known": places[0].household_id is not None or caller is not None,
        "aloud": read_aloud((), level, limits.contact_by, community.contact_name, now),
        "candidates": understanding.candidates,
        "level": level,
        "limits": limits,
        "community": community,
        "asks_safety": understanding.ask_safety and form.tap is None,
        "now": now,
    }


def read_aloud(serials: tuple[str, ...], level: str, contact_by: datetime, who: str, now: datetime) -> str:
    """The sentence for the resident's ear, always in Chinese; a gap for the number while nothing is filed."""
    with force_locale("zh"):
        number = "、".join(serials) or "______"
        if level == "P0":
            return _("记下了，编号 %(number)s，说编号就能查。这是急事，马上有人跟您联系。", number=number)
        return _(
            "记下了，编号 %(number)s，说编号就能查。%(when)s前，%(who)s给您回电话。",
            number=number,
            when=labels.moment(contact_by, now),
            who=who or _("社区"),
        )


def _page(session: Session, given: dict[str, str], **extra: Any) -> str:
    viewer = current_viewer()
    values: dict[str, Any] = {"errors": {}, "filed": []} | extra
    communities = list_communities(session, viewer, limit=600)
    filed = values["filed"]
    if filed:
        one = filed[0]
        serials = tuple(str(each.serial) for each in filed)
        values["aloud"] = read_aloud(
            serials, one.urgency, one.contact_due_at, one.community.contact_name, house().clock.now()
        )
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
        wants_call=given.get("news", "call") != "none",
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
