"""Routes of the residents' page: the talk, what is sent from it, its news, her photos, the full privacy notice."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from bot.channels.webchat import Form, to_inbound
from models import Channel, Community, Session
from services.conversations import find_own_photo, last_message_id, read_talk
from services.permissions import Permission
from services.places import find_community, only_community, search_communities
from web.chat.identity import Visitor, is_cross_site, is_her_turn, remember, turn_token, visitor_of
from web.chat.saying import LARGEST_BODY, LARGEST_FIELDS, Said, clean, hint_of, read_form
from web.chat.showing import SIZES, doorway_of, draw, problem_words, size_of, telephones_of
from web.house import house
from web.security import csrf, limiter, requires, wants_json

blueprint = Blueprint("chat", __name__)
csrf.exempt(blueprint)  # the turn token is this page's proof: bound to the browser's key, and it never goes stale

LONGEST_DRAFT_IN_ADDRESS = 600
SIZE_SECONDS = 2 * 365 * 24 * 3600


@blueprint.get("/")
@requires(Permission.PUBLIC)
def front() -> ResponseReturnValue:
    """The only community's page, or a list to choose from."""
    words = clean(request.args.get("q", ""))[:40]
    with house().database.reader() as session:
        only = only_community(session)
        if only is not None:
            return redirect(url_for("chat.show", code=only.code))
        return _list_of_communities(session, words)


@blueprint.get("/c/<code>")
@requires(Permission.PUBLIC)
def show(code: str) -> ResponseReturnValue:
    with house().database.reader() as session:
        community = find_community(session, code)
        if community is None:
            return _unknown(session, code)
        draft = clean(request.args.get("say", ""))[:LONGEST_DRAFT_IN_ADDRESS]
        problems = [words for name in request.args.getlist("problem")[:3] if (words := problem_words(name, ""))]
        return _page(session, community, draft=draft, problems=problems)


@blueprint.post("/c/<code>/say")
@limiter.limit("120 per minute")
@requires(Permission.PUBLIC)
def say(code: str) -> ResponseReturnValue:
    """What she wrote, pressed or photographed: durable first, then answered in this same response."""
    request.max_content_length = LARGEST_BODY
    request.max_form_memory_size = LARGEST_FIELDS
    with house().database.reader() as session:
        community = find_community(session, code)
        if community is None:
            return _unknown(session, code)
        code = community.code
    visitor = visitor_of(request, code)
    try:
        is_trusted = not is_cross_site(request) and is_her_turn(
            house().keys.secret, visitor, request.form.get("turn", "")
        )
        said = read_form(request, house().photos, is_trusted=is_trusted)
    except RequestEntityTooLarge:
        return _refuse(code, Said("", None, ""), "too_big", 413)
    if not is_trusted:
        return _refuse(code, said, "stale", 409)
    if said.problem is not None:
        return _refuse(code, said, said.problem, 413 if said.problem == "too_big" else 422)
    _hear(said, visitor)
    if wants_json():
        return _news_as_json(code, visitor, said.after, said.photo_problems)
    draft = said.text if said.button is not None else ""
    query = [("say", draft[:LONGEST_DRAFT_IN_ADDRESS])] if draft else []
    query += [*said.hint.items(), *(("problem", f"photo_{name}") for name in dict.fromkeys(said.photo_problems))]
    address = url_for("chat.show", code=code) + (f"?{urlencode(query)}" if query else "")
    return remember(cast(Response, redirect(f"{address}#now", 303)), visitor, request)


@blueprint.get("/c/<code>/news")
@limiter.limit("240 per minute")
@requires(Permission.PUBLIC)
def news(code: str) -> ResponseReturnValue:
    """What was said since ``after``; 304 while nothing was."""
    after = request.args.get("after", "0")
    with house().database.reader() as session:
        community = find_community(session, code)
        if community is None:
            return _unknown(session, code)
        code = community.code
    visitor = visitor_of(request, code)
    return _news_as_json(code, visitor, int(after) if after.isdecimal() and len(after) < 19 else 0)


@blueprint.get("/c/<code>/photo/<int:photo_id>")
@requires(Permission.PUBLIC)
def photo(code: str, photo_id: int) -> ResponseReturnValue:
    """A photo of her own; somebody else's is as absent as one that never was."""
    with house().database.reader() as session:
        community = find_community(session, code)
        path = None
        if community is not None and photo_id < 2**63:
            sender = visitor_of(request, community.code).sender
            path = find_own_photo(session, Channel.WEB, sender, photo_id)
    if path is None:
        return Response(status=404)
    try:
        data = house().photos.read(path)
    except FileNotFoundError:
        return Response(status=404)
    return Response(data, mimetype="image/jpeg", headers={"Cache-Control": "private, max-age=86400"})


@blueprint.post("/c/<code>/size")
@requires(Permission.PUBLIC)
def size(code: str) -> ResponseReturnValue:
    """Choose the text size; what stood in the box stays there. Changes nothing but how this browser shows the page."""
    chosen = request.form.get("size", "")
    with house().database.reader() as session:
        community = find_community(session, code)
        if community is None:
            return _unknown(session, code)
        text = clean(request.form.get("text", ""))
        chosen = chosen if chosen in SIZES else size_of(request)
        response = make_response(_page(session, community, draft=text, size=chosen, hint=hint_of(request.form)))
    response.set_cookie("linli_size", chosen, max_age=SIZE_SECONDS, samesite="Lax", secure=request.is_secure)
    return response


@blueprint.get("/c/<code>/mine")
@requires(Permission.PUBLIC)
def mine(code: str) -> ResponseReturnValue:
    """A way to 我的诉求 by address: the page with the words ready to send."""
    return redirect(url_for("chat.show", code=code, say="我的诉求"))


@blueprint.get("/c/<code>/privacy")
@requires(Permission.PUBLIC)
def privacy(code: str) -> ResponseReturnValue:
    with house().database.reader() as session:
        community = find_community(session, code)
        if community is None:
            return _unknown(session, code)
        return render_template(
            "chat/privacy.html",
            community=doorway_of(session, community, hint_of(request.args)),
            privacy=house().settings.privacy,
            size=size_of(request),
        )


def _hear(said: Said, visitor: Visitor) -> None:
    """Bring it in. Photos pressed along with a button follow it as their own message, so neither is lost."""
    now = house().clock.now()
    form = Form(
        community=visitor.community,
        turn=said.turn,
        text="" if said.button is not None else said.text,
        button=said.button,
        photos=() if said.button is not None else said.photos,
        building=said.hint.get("b"),
        unit=said.hint.get("u"),
    )
    forms = [form]
    if said.button is not None and said.photos:
        forms.append(Form(visitor.community, said.turn, photos=said.photos))
    for each in forms:
        house().reception.hear(to_inbound(each, visitor.sender, now))


def _page(
    session: Session,
    community: Community,
    *,
    draft: str = "",
    problems: list[str] | None = None,
    size: str | None = None,
    hint: dict[str, str] | None = None,
) -> Response:
    visitor = visitor_of(request, community.code)
    now = house().clock.now()
    before = request.args.get("before", "")
    talk = read_talk(
        session,
        Channel.WEB,
        visitor.sender,
        now=now,
        before=int(before) if before.isdecimal() and len(before) < 19 else None,
    )
    newest = last_message_id(session, Channel.WEB, visitor.sender) if before else talk.last_id
    page = render_template(
        "chat/page.html",
        community=doorway_of(session, community, hint if hint is not None else hint_of(request.args)),
        blocks=draw(talk, telephones_of(community), now, house().settings.zone),
        talk=talk,
        last=newest,
        is_earlier=bool(before),
        turn=turn_token(house().keys.secret, visitor, newest, now),
        draft=draft,
        problems=problems or [],
        size=size or size_of(request),
        privacy=house().settings.privacy,
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return remember(response, visitor, request)


def _refuse(code: str, said: Said, problem: str, status: int) -> ResponseReturnValue:
    """Say in one sentence why nothing was taken. Her text stays in the box, her photos on her phone."""
    with house().database.reader() as session:
        community = find_community(session, code)
        assert community is not None
        words = problem_words(problem, community.phone)
        if not wants_json():
            return _page(session, community, draft=said.text, problems=[words], hint=said.hint), status
        visitor = visitor_of(request, code)
        last = last_message_id(session, Channel.WEB, visitor.sender)
    turn = turn_token(house().keys.secret, visitor, last, house().clock.now())
    response = jsonify(problem=problem, words=words, turn=turn)
    response.status_code = status
    return remember(response, visitor, request)


def _news_as_json(code: str, visitor: Visitor, after: int, photo_problems: tuple[str, ...] = ()) -> ResponseReturnValue:
    now = house().clock.now()
    with house().database.reader() as session:
        talk = read_talk(session, Channel.WEB, visitor.sender, now=now, after=after)
        last = talk.last_id or after
        etag = f"{after}-{last}-{'.'.join(str(row.inbox_id) for row in talk.unanswered)}"
        if request.method == "GET" and request.if_none_match.contains_weak(etag):
            response = Response(status=304)
        else:
            community = find_community(session, code)
            assert community is not None
            html = render_template(
                "chat/talk.html",
                blocks=draw(talk, telephones_of(community), now, house().settings.zone),
                community=doorway_of(session, community, {}),
            )
            response = jsonify(
                html=html,
                last=last,
                waiting=len(talk.unanswered),
                turn=turn_token(house().keys.secret, visitor, last, now),
                problems=[problem_words(f"photo_{name}", "") for name in dict.fromkeys(photo_problems)],
            )
    response.set_etag(etag, weak=True)
    response.headers["Cache-Control"] = "no-store"
    return response


def _list_of_communities(session: Session, words: str) -> ResponseReturnValue:
    found, has_more = search_communities(session, words)
    return render_template(
        "chat/front.html",
        communities=[(community.code, community.name) for community in found],
        has_more=has_more,
        words=words,
        size=size_of(request),
    )


def _unknown(session: Session, code: str) -> ResponseReturnValue:
    if wants_json():
        return jsonify(problem="unknown", words=problem_words("unknown", "")), 404
    found, has_more = search_communities(session, limit=12)
    page = render_template(
        "chat/unknown.html",
        code=code[:40],
        communities=[(community.code, community.name) for community in found],
        has_more=has_more,
        size=size_of(request),
    )
    return page, 404
