"""Decides what one turn is about: danger first, then the question that waits, then what the text itself says."""

from __future__ import annotations

from bot.dialogue import (
    corrections,
    filing,
    handover,
    moods,
    photos,
    place,
    privacy_requests,
    reading,
    safety,
    small_talk,
    status,
    weighing,
    withdrawal,
)
from bot.dialogue.memory import JOIN_SECONDS
from bot.dialogue.turn import Turn, mention_of
from models.workflow import COMPLAINT_TRANSITIONS, ComplaintState
from nlp.understanding import Intent, PlaceMention
from services import complaints, talks
from services.numbers import find_by_number

_REPORTS = frozenset({Intent.REPORT, Intent.EMERGENCY})
ANSWER = 24
_FILES = _REPORTS | {Intent.SUGGESTION, Intent.INQUIRY, Intent.OPINION}


def route(turn: Turn) -> None:
    """Run the one flow this turn is about."""
    misses = turn.memory.misses
    turn.follows_place, turn.memory.told_place = turn.memory.told_place, False
    _keep_phone(turn)
    if turn.inbound.button is not None:
        press(turn, turn.inbound.button)
    elif turn.text.strip():
        _read(turn)
    elif turn.photos:
        photos.without_words(turn)
    elif not photos.refused(turn):
        turn.say("empty")
    photos.say_refused(turn)
    paused = turn.memory.paused_seconds(turn.at)
    if paused is not None and paused <= JOIN_SECONDS:
        turn.memory.breath_at = turn.at.isoformat()
    if turn.memory.misses == misses:
        turn.memory.misses = 0


def press(turn: Turn, value: str) -> None:
    """A tap on a button of an earlier answer, or on one that always stands on the screen."""
    kind, _, detail = value.partition(":")
    if kind == "danger":
        safety.press_red(turn)
    elif kind == "safety":
        tap, _, number = detail.partition(":")
        if tap in safety.TAP_SCRIPTS or tap == "none":
            safety.press_tap(turn, tap, int(number) if number.isdecimal() else None)
        else:
            turn.say("help")
    elif kind in ("place", "building"):
        place.press(turn, value)
    elif kind == "withdraw":
        withdrawal.press(turn, detail)
    elif kind == "privacy":
        privacy_requests.press(turn, detail)
    elif kind == "urge":
        status.urge(turn, int(detail) if detail.isdecimal() else None)
    elif kind == "human":
        handover.start(turn, "asked")
    elif kind == "status":
        status.own(turn)
    else:
        # A page's quick button puts words into the box; a channel that sends them as a tap means the words.
        turn.text = value
        _read(turn)


def _read(turn: Turn) -> None:
    named = reading.command(turn.text)
    if named is not None:
        small_talk.run_command(turn, named[0])
        return
    if reading.is_red_button(turn.text):
        safety.press_red(turn)
        return
    if turn.understanding.is_self_harm:
        safety.self_harm(turn, turn.understanding)
        return
    if privacy_requests.answer_typed(turn) or _answers_withdrawal(turn) or safety.answer_typed(turn):
        return
    if reading.says_delete(turn.text):
        privacy_requests.start(turn)
        return
    if _denies_danger(turn):
        return
    understanding = turn.understanding
    if understanding.urgency == "P0" and understanding.intent in _FILES | {Intent.OTHER, Intent.FEEDBACK}:
        filing.report(turn, understanding)
        return
    if _asks_status(turn) or _answers_place(turn):
        return
    if reading.is_injected(turn.text) and understanding.place.is_empty:
        turn.say("not_possible")
        return
    if reading.asks_phone(turn.text) and understanding.intent not in _REPORTS:
        turn.say("telephone", phone=turn.phone)
        return
    if weighing.vents_only(turn):
        handover.hear_anger(turn)
        return
    if reading.is_acknowledgement(turn.text) or moods.thanks_by_sign(turn.text):
        small_talk.acknowledge(turn)
        return
    if reading.is_place_words(turn.text) and not understanding.place.is_empty:
        _supplement(turn)
        return
    if _places_a_danger(turn):
        return
    if reading.asks_help(turn.text):
        turn.say("help")
        return
    if reading.asks_about_others(turn.text) and not understanding.complaints:
        turn.say("not_possible")
        return
    if turn.photos and len(turn.text) < weighing.SHORT and weighing.is_unclear(turn) and understanding.place.is_empty:
        photos.without_words(turn)
        return
    if reading.asks_next(turn.text) and turn.own_open:
        status.own(turn)
        return
    correction = corrections.read(turn.text) if turn.own_open and not reading.says_withdraw(turn.text) else None
    if correction is not None and corrections.apply(turn, correction):
        return
    _by_intent(turn)
    if turn.talk.conversation.handed_over_at is None or turn.filed:
        handover.count_anger(turn)


def _by_intent(turn: Turn) -> None:
    understanding = turn.understanding
    intent = understanding.intent
    is_with_a_person = turn.talk.conversation.handed_over_at is not None
    if intent is Intent.WITHDRAW or reading.says_withdraw(turn.text):
        withdrawal.start(turn)
    elif intent is Intent.PRIVACY and reading.is_about_data(turn.text) and not reading.gives_phone(turn.text):
        privacy_requests.start(turn)
    elif intent is Intent.PRIVACY and small_talk.is_content(turn.text):
        turn.say("glad")
    elif intent is Intent.PRIVACY:
        # A number given for a call back beside a problem is no question about what is kept.
        _report_or_supplement(turn)
    elif intent is Intent.STATUS:
        _status(turn)
    elif intent in _REPORTS and reading.says_not_solved(turn.text) and _closed_before(turn):
        _feedback(turn)
    elif intent in _REPORTS and weighing.is_weak_report(turn):
        _supplement(turn)
    elif intent in _REPORTS:
        filing.report(turn, understanding)
    elif is_with_a_person and intent is Intent.SUPPLEMENT and place.take_supplement(turn, understanding.place):
        turn.talk.conversation.needs_answer = True
    elif is_with_a_person:
        # A report is filed whoever has the conversation; everything else is theirs to answer.
        handover.pass_on(turn)
    elif intent is Intent.HUMAN and not reading.names_a_person(turn.text) and weighing.is_fresh(turn):
        filing.add_detail(turn, turn.latest[-1])
    elif intent is Intent.HUMAN:
        handover.start(turn, "asked")
    elif intent is Intent.INQUIRY and weighing.is_unclear(turn) and weighing.is_detail(turn, is_weak=True):
        filing.add_detail(turn, turn.latest[-1])
        turn.say("inquiry")
    elif intent in _FILES:
        filing.report(turn, understanding)
    elif intent is Intent.FEEDBACK:
        _feedback(turn)
    elif intent is Intent.PRAISE and weighing.thanks_and_reports(turn):
        filing.report(turn, understanding)
    elif intent is Intent.PRAISE:
        _praise(turn)
    elif intent is Intent.GREETING:
        turn.say("greeting")
    elif intent is Intent.SPAM and len(turn.text) >= weighing.SHORT:
        turn.say("spam")
    else:
        _supplement(turn)


def _report_or_supplement(turn: Turn) -> None:
    candidates = turn.understanding.candidates
    if candidates and candidates[0].confidence >= weighing.SURE:
        filing.report(turn, turn.understanding)
    else:
        _supplement(turn)


def _asks_status(turn: Turn) -> bool:
    if reading.asks_for_own(turn.text):
        status.own(turn)
        return True
    if _gives_room(turn):
        return True
    if reading.only_a_number(turn.text) and not _is_asked_building(turn):
        status.by_number(turn)
        return True
    if reading.names_number(turn.text) and turn.understanding.intent in (Intent.STATUS, Intent.OTHER, Intent.GREETING):
        status.by_number(turn)
        return True
    return False


def _gives_room(turn: Turn) -> bool:
    """A bare 601 is the room of what was just filed, unless it is the number of something filed."""
    room = reading.room_number(turn.text)
    latest = turn.latest
    if room is None or not latest or not weighing.is_fresh(turn):
        return False
    complaint = latest[-1]
    if complaint.room or not (complaint.building and complaint.unit):
        return False
    numbered = find_by_number(turn.session, room, community=turn.community, now=turn.at)
    if numbered is not None and (numbered.resident_id == turn.talk.resident.id or not turn.follows_place):
        return False
    return place.take_supplement(turn, PlaceMention(floor=room[:-2], room=room))


def _denies_danger(turn: Turn) -> bool:
    """没有, 没伤到人 with no such question waiting: kept where it says something, answered shortly."""
    if not moods.denies_danger(turn.text):
        return False
    if moods.names_no_harm(turn.text) and weighing.is_fresh(turn):
        filing.add_detail(turn, turn.latest[-1])
    else:
        turn.say("noted")
    return True


def _is_asked_building(turn: Turn) -> bool:
    asked = turn.memory.question
    waits = (asked is not None and asked.kind in ("place", "building")) or bool(turn.memory.place_wanted)
    return waits and place.bare_building(turn) is not None


def _answers_place(turn: Turn) -> bool:
    """Typed words while the place is asked for: a bare number, 整个小区, 说不清."""
    asked = turn.memory.question
    waits = (asked is not None and asked.kind in ("place", "building")) or bool(turn.memory.place_wanted)
    said = reading.plain(turn.text).strip("。.!！ ")
    if reading.is_vague(turn.text) and safety.leave_open(turn):
        return True
    if not waits and not weighing.is_fresh(turn):
        return False
    if said == "不是这个小区的" or reading.is_vague(turn.text):
        if waits:
            place.press(turn, "place:other" if said.startswith("不是") else "place:unsure")
            turn.memory.place_wanted = []
        else:
            turn.say("unsure")
        return True
    if reading.says_everywhere(turn.text):
        return place.take_supplement(turn, PlaceMention(is_whole_community=True))
    if reading.says_own_building(turn.text):
        own = place.own_building(turn)
        if own is not None:
            return place.take_supplement(turn, own)
        if waits:
            place.press(turn, "place:unsure")
        else:
            filing.add_detail(turn, turn.latest[-1])
        turn.memory.place_wanted = []
        return True
    if not waits:
        return False
    named = place.bare_building(turn)
    if named is None and turn.understanding.place.building is None and reading.is_only_a_spot(turn.text):
        named = PlaceMention(landmark=reading.spot(said))
    return named is not None and place.take_supplement(turn, named)


def _answers_withdrawal(turn: Turn) -> bool:
    asked = turn.memory.question
    if asked is None or asked.kind != "withdraw":
        return False
    if turn.understanding.urgency == "P0":
        return False
    if reading.is_no(turn.text):
        withdrawal.press(turn, "none")
        return True
    return len(turn.text) <= 20 and withdrawal.choose_typed(turn, turn.by_ids(asked.complaints))


def _status(turn: Turn) -> None:
    categories = turn.understanding.categories
    known = {row.subject_code for row in turn.own}
    category = next((code for code in categories if code in known), None)
    chosen = [row for row in turn.own_open if category in (None, row.subject_code)]
    if weighing.tells_of_old(turn, categories, known):
        filing.report(turn, turn.understanding)
        return
    if turn.talk.conversation.handed_over_at is not None and not turn.own:
        handover.pass_on(turn)
        return
    is_urged = small_talk.urges(turn.text) and bool(chosen)
    if is_urged:
        status.urge(turn, chosen[0].id)
    status.own(turn, category, is_urged=is_urged)


def _places_a_danger(turn: Turn) -> bool:
    """Whatever short words answer where a danger is, they give it its place; they are no second report."""
    asked = turn.memory.question
    if asked is None or asked.kind != "place" or len(turn.text) > ANSWER or reading.adds(turn.text):
        return False
    if not any(row.urgency == "P0" for row in turn.by_ids(asked.complaints)):
        return False
    named = turn.understanding.place
    if named.is_empty and reading.is_a_spot(turn.text) and not reading.tells_trouble(turn.text):
        named = PlaceMention(landmark=reading.spot(turn.text))
    return not named.is_empty and place.take_supplement(turn, named)


def _praise(turn: Turn) -> None:
    """Thanks; that it is done is kept with the one complaint that is open, for the clerk who calls back."""
    turn.say("praise")
    if len(turn.own_open) == 1 and small_talk.is_content(turn.text) and small_talk.says_done(turn.text):
        filing.add_detail(turn, turn.own_open[0])


def _closed_before(turn: Turn) -> bool:
    """Whether the same matter of this person at no other place was closed, so that "又堵了" is about it."""
    said = turn.understanding
    return any(
        row.state is ComplaintState.CLOSED
        and row.subject_code in said.categories
        and filing.compatible(mention_of(row), said.place)
        for row in turn.own
    )


def _feedback(turn: Turn) -> None:
    """It is done, or it is not: not done reopens what was closed, or is added to what is still open."""
    if small_talk.is_content(turn.text):
        turn.say("glad")
        return
    categories = () if weighing.is_unclear(turn) else turn.understanding.categories
    known = [row for row in turn.own if row.subject_code in categories] or (turn.own if not categories else [])
    if not known:
        if categories:
            filing.report(turn, turn.understanding)
        else:
            handover.not_understood(turn)
        return
    complaint = known[0]
    if complaint.is_open:
        filing.add_detail(turn, complaint)
    elif ComplaintState.REOPENED in COMPLAINT_TRANSITIONS[complaint.state]:
        complaints.reopen(turn.session, complaint, turn.act, turn.text[:200])
        complaints.add_words(turn.session, complaint, turn.message, turn.act)
        status.say_reopened(turn, complaint)
    else:
        filing.report(turn, turn.understanding)


def _supplement(turn: Turn) -> None:
    """No report of its own: a place, a telephone, a detail of what was just said, or words not understood."""
    understanding = turn.understanding
    mention = understanding.place
    if not mention.is_empty:
        if not place.take_supplement(turn, mention):
            place.note_for_later(turn, mention)
        return
    asked = turn.memory.question
    waits = asked is not None and asked.kind == "place"
    if waits and len(turn.text) <= 24 and reading.is_a_spot(turn.text):
        place.take_supplement(turn, PlaceMention(landmark=reading.spot(turn.text)))
        return
    latest = turn.latest
    if latest and weighing.is_detail(turn, is_weak=understanding.intent in _REPORTS):
        filing.add_detail(turn, latest[-1])
        return
    if reading.phone_in(turn.text) or reading.has_identity_number(turn.text):
        return
    if small_talk.urges(turn.text) and turn.own_open:
        _status(turn)
        return
    handover.not_understood(turn)


def _keep_phone(turn: Turn) -> None:
    """A telephone number in free text is kept encrypted, so that somebody can call back."""
    if turn.inbound.button is not None or not turn.text:
        return
    phone = reading.phone_in(turn.text)
    if phone is not None:
        talks.keep_phone(turn.talk.resident, phone, turn.vault)
        turn.say("phone_kept", tail=phone[-4:])
    if reading.has_identity_number(turn.text):
        turn.say("identity_number")
