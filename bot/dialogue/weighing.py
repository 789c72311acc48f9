"""Weighs whether a text is a report of its own, a detail of what was just filed, or too little to say which."""

from __future__ import annotations

from bot.dialogue import moods, reading, small_talk
from bot.dialogue.memory import JOIN_SECONDS
from bot.dialogue.turn import Turn
from nlp.understanding import Intent
from services.talks import RECENT

SURE = 0.35
"""Below this the best subject is a guess."""
CLEAR = 0.5
SHORT = 8
STORY = 16
DETAIL = 14
"""Words of at most this length that name no subject are a detail of what was just filed."""


def is_fresh(turn: Turn) -> bool:
    """Whether something was filed in this talk within the last half hour."""
    ago = turn.memory.filed_seconds_ago(turn.at)
    return ago is not None and ago <= RECENT.total_seconds() and bool(turn.latest)


def is_unclear(turn: Turn) -> bool:
    """Whether no subject stands out: none, only the one for everything else, or a guess."""
    understanding = turn.understanding
    best = understanding.candidates[0].confidence if understanding.candidates else 0.0
    return understanding.categories in ((), ("N12",)) or best < SURE


def is_weak_report(turn: Turn) -> bool:
    """Whether a "report" is more likely a detail of the last one, or too short to say what is wrong."""
    understanding = turn.understanding
    if understanding.urgency == "P0":
        return False
    if turn.latest and moods.says_same(turn.text) and is_fresh(turn):
        return True
    if not is_unclear(turn):
        return False
    follows = turn.latest and is_detail(turn, is_weak=True)
    is_short = len(reading.plain(turn.text)) < SHORT
    return bool(follows) or is_short or _is_place_only(turn)


def _is_place_only(turn: Turn) -> bool:
    waits = turn.memory.question is not None and turn.memory.question.kind in ("place", "building")
    return waits and not turn.understanding.place.is_empty and len(turn.text) <= 16


def _is_same_breath(turn: Turn) -> bool:
    paused = turn.memory.paused_seconds(turn.at)
    return paused is not None and paused <= JOIN_SECONDS


def is_detail(turn: Turn, *, is_weak: bool = False) -> bool:
    """Whether words that are no report, or only a weak one, belong to what was filed last."""
    ago = turn.memory.filed_seconds_ago(turn.at)
    if ago is None or not is_fresh(turn):
        return False
    understanding = turn.understanding
    if understanding.intent is Intent.SUPPLEMENT or understanding.times or reading.adds(turn.text):
        return True
    if turn.photos or reading.phone_in(turn.text) or moods.says_same(turn.text):
        return True
    if is_weak and len(turn.text) <= DETAIL and reading.holds_words(turn.text):
        return True
    return _is_same_breath(turn) and reading.is_worth_adding(turn.text)


def tells_of_old(turn: Turn, categories: tuple[str, ...], known: set[str]) -> bool:
    """A long-standing matter told as a story, 报过好多次, of which nothing is filed here: it is a report."""
    understanding = turn.understanding
    if is_unclear(turn) or set(categories) & known or reading.asks_how_it_goes(turn.text):
        return False
    return understanding.place.building is not None or len(turn.text) >= STORY


def thanks_and_reports(turn: Turn) -> bool:
    """先谢谢你, and then what is wrong."""
    best = turn.understanding.candidates[:1]
    is_sure = bool(best) and best[0].confidence >= CLEAR and best[0].category not in ("N12", "N01")
    return is_sure and not small_talk.is_content(turn.text) and reading.tells_trouble(turn.text)


def vents_only(turn: Turn) -> bool:
    """Whether a text is anger and nothing that could be filed or looked up."""
    understanding = turn.understanding
    if not moods.vents(turn.text) or not understanding.place.is_empty or len(turn.text) > 30:
        return False
    if understanding.intent is Intent.STATUS and turn.own_open:
        return False
    blamed = ("N12", "N04", "N01") if moods.vents(turn.text, strongly=True) else ("N12",)
    best = understanding.candidates[0] if understanding.candidates else None
    return best is None or best.confidence < SURE or best.category in blamed
