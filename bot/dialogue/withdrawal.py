"""Taking back: the one that is meant, or the question which of several."""

from __future__ import annotations

import re

from bot.dialogue import reading
from bot.dialogue.turn import Turn
from bot.replies.wording import button
from bot.replies.words import category_words
from models import Complaint
from models.workflow import COMPLAINT_TRANSITIONS, ComplaintState
from services import complaints, talks
from services.numbers import find_by_number
from services.talks import RECENT

_BOTH = re.compile(r"都|全部|两[件个]|一起")
_FIRST = re.compile(r"第一|前一?[件个]|头一|先说的|上一?[件个]")
_SECOND = re.compile(r"第二|后一?[件个]|后面|最后|刚才|刚刚")


def start(turn: Turn) -> None:
    """Withdraw what is meant; with several that may be meant, ask which."""
    if reading.names_number(turn.text):
        named = find_by_number(turn.session, reading.plain(turn.text), community=turn.community, now=turn.at)
        if named is None or named.resident_id != turn.talk.resident.id:
            turn.say("status_not_found")
            return
        _withdraw(turn, [named])
        return
    waiting = turn.own_open
    if not waiting:
        turn.say("withdraw_none")
        return
    categories = turn.understanding.categories
    meant = [row for row in waiting if row.subject_code in categories]
    if len(meant) == 1:
        _withdraw(turn, meant)
        return
    latest = [row for row in waiting if abs(turn.at - row.submitted_at) <= RECENT]
    chosen = meant or latest or waiting
    if len(chosen) == 1:
        _withdraw(turn, chosen)
        return
    if choose_typed(turn, chosen):
        return
    _ask(turn, chosen)


def choose_typed(turn: Turn, choices: list[Complaint]) -> bool:
    """第一个, 都, or the subject's own words choose among several; True when they did."""
    text = reading.plain(turn.text)
    ordered = sorted(choices, key=lambda row: row.id)
    if _BOTH.search(text):
        chosen = ordered
    elif _FIRST.search(text):
        chosen = ordered[:1]
    elif _SECOND.search(text):
        chosen = ordered[-1:]
    else:
        named = set(turn.understanding.categories)
        if not named and turn.understanding.candidates and turn.understanding.candidates[0].confidence >= 0.5:
            named = {turn.understanding.candidates[0].category}
        said = [row for row in ordered if row.subject_code in named]
        chosen = said if len(said) == 1 else []
    if not chosen:
        return False
    _withdraw(turn, chosen)
    return True


def press(turn: Turn, value: str) -> None:
    """A tap on one of them, or on 都不撤."""
    if turn.memory.question is not None and turn.memory.question.kind == "withdraw":
        turn.memory.question = None
    if value == "none":
        turn.say("withdraw_kept")
        return
    chosen = turn.by_ids([int(value)]) if value.isdecimal() else []
    if not chosen:
        turn.say("withdraw_none")
        return
    _withdraw(turn, chosen)


def _ask(turn: Turn, choices: list[Complaint]) -> None:
    shown = sorted(choices, key=lambda row: row.id)[-5:]
    buttons = [button(f"withdraw:{row.id}", f"{row.serial} {category_words(row.subject_code)}"[:20]) for row in shown]
    turn.ask("withdraw", shown, "ask_withdraw", [*buttons, button("withdraw:none")])


def _withdraw(turn: Turn, chosen: list[Complaint]) -> None:
    for complaint in chosen:
        if ComplaintState.WITHDRAWN not in COMPLAINT_TRANSITIONS[complaint.state]:
            complaints.add_words(turn.session, complaint, turn.message, turn.act)
            talks.hand_over(turn.session, turn.talk.conversation, "withdraw_late", turn.at)
            turn.say("withdraw_not_now", serial=complaint.serial, number=complaint.number)
            continue
        complaints.withdraw(turn.session, complaint, turn.act, turn.text[:200])
        turn.say(
            "withdrawn",
            serial=complaint.serial,
            number=complaint.number,
            category=category_words(complaint.subject_code),
        )
        if complaint.urgency == "P0":
            turn.say_watched("withdrawn_danger")
    gone = {complaint.id for complaint in chosen}
    question = turn.memory.question
    if question is not None and (question.kind == "withdraw" or gone >= set(question.complaints)):
        turn.memory.question = None
    turn.memory.place_wanted = [number for number in turn.memory.place_wanted if number not in gone]
