"""A person takes over: when asked, after two turns not understood, after anger twice; the telephone goes along."""

from __future__ import annotations

from datetime import timedelta

from bot.dialogue import moods
from bot.dialogue.turn import Turn
from services import talks
from services.deadlines import next_working_moment

MISSES = 2
ANGRY = 2


def start(turn: Turn, reason: str) -> None:
    """Hand the conversation to staff and say who answers when, with the telephone that rings."""
    is_new = talks.hand_over(turn.session, turn.talk.conversation, reason, turn.at)
    turn.memory.misses = turn.memory.angry = 0
    opens = next_working_moment(turn.at)
    if opens - turn.at > timedelta(minutes=1):
        phone = turn.community.night_phone or turn.phone
        turn.say("handed_over", phone=phone)
        turn.say("handed_over_later", when=turn.moment(opens))
    else:
        turn.say("handed_over" if is_new else "handed_over_still", phone=turn.phone)


def not_understood(turn: Turn) -> None:
    """Ask once to say it again, with the telephone; the second time a person takes over."""
    turn.memory.misses += 1
    if turn.memory.misses >= MISSES:
        start(turn, "not_understood")
        return
    turn.say("not_understood", phone=turn.phone)


def count_anger(turn: Turn) -> None:
    """Anger twice in a row goes to a person, beside whatever is filed."""
    if "angry" not in turn.understanding.tags and not moods.vents(turn.text):
        turn.memory.angry = 0
        return
    turn.memory.angry += 1
    if turn.memory.angry >= ANGRY:
        start(turn, "angry")


def hear_anger(turn: Turn) -> None:
    """Anger without anything to file: sorry the first time, a person the second time, and at once at a threat."""
    if turn.talk.conversation.handed_over_at is not None:
        pass_on(turn)
        return
    turn.memory.angry += 1
    if turn.memory.angry >= ANGRY or moods.threatens(turn.text):
        start(turn, "angry")
    else:
        turn.say("sorry", phone=turn.phone)


def pass_on(turn: Turn) -> None:
    """While a person has the conversation, what is no report of its own waits for them."""
    turn.talk.conversation.needs_answer = True
    turn.say("handed_over_still", phone=turn.phone)
