"""Danger: the safety words first, the one-tap question, its answers tapped or typed, and words of self-harm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.dialogue import moods, reading, weighing
from bot.dialogue.telling import tell_filed
from bot.dialogue.turn import Turn, has_place
from bot.replies.catalogue import SAFETY_TAPS
from bot.replies.wording import safety_buttons, say
from models import Complaint, SafetyState
from nlp.safety import render_script, scripts_for_tap
from nlp.taxonomy import taxonomy
from nlp.understanding import PlaceMention, Understanding
from services import alerts, complaints, safety_review, talks
from services.ports import Reply
from services.residents import home_of
from services.talks import RECENT

SELF_HARM_SCRIPT = "S-CRIME"
SHORT_CRY = 12
TAPPED_SUBJECT = {"injured": "N12", "leak": "A06", "fire": "A08", "falling": "A12"}
"""Where a danger is filed of which nothing but the tap is known; a person sorts it."""
TAP_SCRIPTS = {
    "injured": frozenset({"S-MED"}),
    "leak": frozenset({"S-GAS", "S-ELEC"}),
    "fire": frozenset({"S-FIRE"}),
    "falling": frozenset({"S-FALL", "S-MANHOLE", "S-STRUCT"}),
}


def show(turn: Turn, scripts: Sequence[str]) -> None:
    """Put the safety words before everything else in this answer; each script whole, with the known numbers."""
    shown = [script_reply(turn, code) for code in dict.fromkeys(scripts)]
    known = {reply.facts.get("script") for reply in turn.replies if reply.kind == "safety"}
    turn.replies[:0] = [reply for reply in shown if reply.facts["script"] not in known]
    if turn.script is None and scripts:
        turn.script = scripts[0]


def script_reply(turn: Turn, code: str) -> Reply:
    """One script as a reply; an unset number is left out with its words."""
    community = turn.community
    return _rendered(
        code,
        {
            "gas_hotline": community.gas_hotline,
            "property_phone": community.property_phone,
            "housing_phone": community.housing_phone,
            "water_hotline": community.water_hotline,
        },
    )


def script_without_numbers(code: str) -> Reply:
    """A script where no community is known: the national numbers only."""
    return _rendered(code, {})


def _rendered(code: str, numbers: dict[str, str]) -> Reply:
    rendered = render_script(code, numbers)
    calls = [{"label": call.label, "number": call.number} for call in rendered.calls]
    facts: dict[str, Any] = {"script": code, "lines": list(rendered.lines), "calls": calls}
    return Reply(rendered.text, kind="safety", facts=facts)


def ask(turn: Turn, wanted: Sequence[Complaint]) -> None:
    """Ask once for everything filed now and everything still unanswered."""
    asked = turn.memory.question
    before = turn.by_ids(asked.complaints) if asked is not None and asked.kind == "safety" else []
    every = list(dict.fromkeys([*before, *wanted]))
    turn.ask("safety", every, "ask_safety", safety_buttons(every[0].id if every else None))


def press_red(turn: Turn) -> None:
    """The red button asks the same, before anything was said too; an open question stays about its complaint."""
    asked = turn.memory.question
    waiting = turn.by_ids(asked.complaints) if asked is not None and asked.kind in ("safety", "danger") else []
    turn.ask("danger", waiting, "ask_safety", safety_buttons(waiting[0].id if waiting else None))


def press_tap(turn: Turn, tap: str, complaint_id: int | None) -> None:
    """A tap on one of the five. A tap that knows its complaint is about it, even after the question has passed."""
    asked = turn.memory.question
    pending = turn.by_ids(asked.complaints) if asked is not None and asked.kind in ("safety", "danger") else []
    named = turn.by_ids([complaint_id]) if complaint_id is not None else []
    about = pending if not named or set(named) <= set(pending) else named
    answer(turn, tap, about)


def answer_typed(turn: Turn) -> bool:
    """Typed words that answer the waiting question; True when they were one and nothing else is left to read."""
    asked = turn.memory.question
    is_next = asked is not None and asked.kind in ("safety", "danger")
    if not is_next and not turn.memory.safety_open:
        return False
    tap, rest = reading.safety_tap(turn.text)
    about = turn.by_ids(asked.complaints if asked is not None and is_next else turn.memory.safety_open)
    if tap is None:
        if is_next and asked is not None and reading.is_yes(turn.text):
            turn.ask(asked.kind, about, "ask_which_danger", safety_buttons(about[0].id if about else None))
            return True
        return False
    if tap != "none" and about and _is_elsewhere(turn, about[0]):
        return False
    if tap != "none" and _is_own_report(turn, about):
        if not about:
            turn.memory.question = None
        return False
    if tap == "none" and about and moods.names_no_harm(turn.text):
        complaints.add_words(turn.session, about[0], turn.message, turn.act)
    if tap != "none" and reading.plain(turn.text) not in SAFETY_TAPS.values() and turn.photos == []:
        for complaint in about[:1]:
            complaints.add_words(turn.session, complaint, turn.message, turn.act)
    answer(turn, tap, about)
    if not rest:
        return True
    turn.text = rest
    turn.__dict__.pop("understanding", None)
    says_nothing = weighing.is_unclear(turn) and turn.understanding.place.is_empty
    return says_nothing and turn.understanding.urgency != "P0" and not weighing.is_fresh(turn)


def leave_open(turn: Turn) -> bool:
    """不晓得 to the waiting question: a person looks at it, and the talk goes on; True when one waited."""
    asked = turn.memory.question
    if asked is None or asked.kind not in ("safety", "danger"):
        return False
    turn.memory.question = None
    for complaint in turn.by_ids(asked.complaints):
        if complaint.safety_state is SafetyState.ASKED:
            safety_review.leave_to_a_person(turn.session, complaint, turn.act)
    turn.say("unsure")
    return True


def answer(turn: Turn, tap: str, about: Sequence[Complaint]) -> None:
    """Take the answer: a danger makes it a P0 with its words and an alert, 都没有 closes the question."""
    if turn.memory.question is not None and turn.memory.question.kind in ("safety", "danger"):
        turn.memory.question = None
    answered = {complaint.id for complaint in about}
    turn.memory.safety_open = [number for number in turn.memory.safety_open if number not in answered]
    if tap == "none":
        _answer_none(turn, about)
        return
    understanding = _understanding_of(turn, about)
    if not about:
        _file_tapped(turn, tap)
        return
    chosen = [row for row in about if TAP_SCRIPTS[tap] & set(taxonomy().subject(row.subject_code).scripts)] or list(
        about
    )
    for complaint in about:
        if complaint not in chosen and complaint.safety_state is SafetyState.ASKED:
            safety_review.leave_to_a_person(turn.session, complaint, turn.act)
    scripts = scripts_for_tap(tap, understanding)
    for complaint in chosen:
        if complaint.safety_state is not SafetyState.DANGER or complaint.safety_answer != tap:
            complaints.answer_safety(turn.session, complaint, tap, scripts, turn.act)
    show(turn, scripts)
    for complaint in chosen:
        tell_filed(turn, complaint)
    _want_place(turn, chosen)


def self_harm(turn: Turn, understanding: Understanding) -> None:
    """Words of self-harm: S-CRIME and an alert always, and a person takes over, whether anything is filed or not."""
    from bot.dialogue import filing

    safety_script = understanding.safety_script or SELF_HARM_SCRIPT
    if understanding.complaints and understanding.urgency == "P0" and not _is_only_a_threat(understanding):
        filing.report(turn, understanding)
    if "alert:raised" not in turn.session.info.get("tags", ()):
        cause = alerts.Cause(turn.community.id, conversation_id=turn.talk.conversation.id, script=SELF_HARM_SCRIPT)
        alerts.raise_alert(turn.session, cause, turn.act)
        turn.say_watched("danger_noted")
    show(turn, list(dict.fromkeys([SELF_HARM_SCRIPT, safety_script])))
    turn.script = SELF_HARM_SCRIPT
    talks.hand_over(turn.session, turn.talk.conversation, "self_harm", turn.at)
    turn.say("handed_over_still", phone=turn.phone)


def _is_only_a_threat(understanding: Understanding) -> bool:
    return all(
        draft.category in ("N04", "N12") or draft.confidence < weighing.CLEAR for draft in understanding.complaints
    )


def _answer_none(turn: Turn, about: Sequence[Complaint]) -> None:
    for complaint in about:
        if complaint.safety_state is SafetyState.DANGER:
            _say_stands(turn, complaint)
            return
    for complaint in about:
        if complaint.safety_state is not SafetyState.SAFE:
            complaints.answer_safety(turn.session, complaint, "none", (), turn.act)
    turn.replies.append(say("safe"))


def _say_stands(turn: Turn, complaint: Complaint) -> None:
    sentence = "danger_stands" if turn.is_watched else "danger_filed"
    turn.say(sentence, serial=complaint.serial, number=complaint.number)
    if not turn.is_watched:
        turn.say_ring()


def _file_tapped(turn: Turn, tap: str) -> None:
    """Pressed before anything was said: a P0 all the same, at the place that is known, else asked next."""
    from bot.dialogue import filing

    recent = next(
        (
            row
            for row in turn.own_open
            if row.safety_state is SafetyState.DANGER
            and row.safety_answer == tap
            and abs(turn.at - row.submitted_at) <= RECENT
        ),
        None,
    )
    scripts = scripts_for_tap(tap, None)
    if recent is not None:
        show(turn, scripts)
        _say_stands(turn, recent)
        _want_place(turn, [recent])
        return
    mention, source = _likely_place(turn)
    complaint = filing.file_tapped(turn, TAPPED_SUBJECT[tap], mention, scripts[0] if scripts else None)
    complaint.safety_state, complaint.safety_answer = SafetyState.DANGER, tap
    show(turn, scripts)
    tell_filed(turn, complaint)
    if source is not None:
        turn.say(source)
    _want_place(turn, [complaint])


def _likely_place(turn: Turn) -> tuple[PlaceMention, str | None]:
    for kept, source in ((turn.memory.hint, "place_from_code"), (turn.memory.said, "place_from_before")):
        if kept and kept.get("building"):
            return PlaceMention(kept["building"], kept.get("unit")), source
    home = home_of(turn.talk.resident)
    return (home, "place_from_home") if home is not None else (PlaceMention(), None)


def _want_place(turn: Turn, chosen: Sequence[Complaint]) -> None:
    for complaint in chosen:
        if not has_place(complaint) and complaint.id not in turn.memory.place_wanted:
            turn.memory.place_wanted.append(complaint.id)


def _is_elsewhere(turn: Turn, complaint: Complaint) -> bool:
    """Whether the words name another building than the complaint's: then they are a report of their own."""
    building = turn.understanding.place.building
    return building is not None and complaint.building is not None and building != complaint.building


def _is_own_report(turn: Turn, about: Sequence[Complaint]) -> bool:
    """Whether the words tell a danger of its own kind, not only which danger the asked complaint is."""
    understanding = turn.understanding
    if understanding.urgency != "P0" or not understanding.complaints or reading.is_plain_danger(turn.text):
        return False
    if len(turn.text) <= SHORT_CRY and understanding.place.is_empty and _wet_wires(understanding, about):
        return False
    known = {row.subject_code for row in about}
    return all(draft.category not in known for draft in understanding.complaints)


def _wet_wires(understanding: Understanding, about: Sequence[Complaint]) -> bool:
    """灯那里漏电: the current comes with what was reported, a leak or a cable, and is the answer about it."""
    return understanding.safety_script == "S-ELEC" and any(
        "S-ELEC" in taxonomy().subject(row.subject_code).scripts for row in about
    )


def _understanding_of(turn: Turn, about: Sequence[Complaint]) -> Understanding | None:
    """What the words say: those just typed, else those the question was about."""
    if turn.inbound.button is None and turn.text.strip():
        typed = turn.understanding
        if typed.safety_script is not None:
            return typed
    return turn.understood(about[0].first_text) if about and about[0].first_text else None
