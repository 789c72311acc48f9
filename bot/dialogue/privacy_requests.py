"""What is kept about me, and erase it: shown at once, erased after one tap, each request recorded once."""

from __future__ import annotations

from bot.dialogue import reading
from bot.dialogue.memory import Memory
from bot.dialogue.turn import Turn
from bot.replies.wording import button
from bot.replies.words import place_words
from nlp.understanding import PlaceMention
from services import privacy
from services.vault import masked

NOTHING = "没有"


def start(turn: Turn) -> None:
    """A request to see or to erase."""
    if not reading.deletes(turn.text):
        privacy.note_request(turn.session, turn.talk.resident, "show", turn.act)
        _show(turn)
        return
    scope = "erase_phone" if reading.means_phone(turn.text) else "erase"
    privacy.note_request(turn.session, turn.talk.resident, scope, turn.act)
    if scope == "erase_phone":
        turn.ask("erase_phone", [], "ask_erase_phone", [button("privacy:erase_phone"), button("privacy:keep")])
        return
    turn.ask("erase", [], "ask_erase", [button("privacy:erase"), button("privacy:keep")])


def answer_typed(turn: Turn) -> bool:
    """是, 删掉 or 不删 while the question waits; True when it was answered."""
    asked = turn.memory.question
    if asked is None or asked.kind not in ("erase", "erase_phone"):
        return False
    if reading.is_no(turn.text):
        press(turn, "keep")
        return True
    confirms = reading.is_yes(turn.text) or (
        len(turn.text) <= 8 and reading.deletes(turn.text) and not reading.refuses(turn.text)
    )
    if confirms:
        press(turn, asked.kind)
    return confirms


def press(turn: Turn, value: str) -> None:
    """The confirming tap erases only while its question waits, so an old button cannot do it by mistake."""
    asked = turn.memory.question
    waits = asked is not None and asked.kind in ("erase", "erase_phone")
    if waits:
        turn.memory.question = None
    if value == "keep":
        turn.say("erase_kept")
        return
    if not waits or asked is None or asked.kind != value:
        scope = "erase_phone" if value == "erase_phone" else "erase"
        privacy.note_request(turn.session, turn.talk.resident, scope, turn.act)
        sentence = "ask_erase_phone" if scope == "erase_phone" else "ask_erase"
        turn.ask(scope, [], sentence, [button(f"privacy:{scope}"), button("privacy:keep")])
        return
    if value == "erase_phone":
        privacy.erase_phone(turn.session, turn.talk.resident, turn.act)
        turn.say("erased_phone")
        return
    privacy.erase(turn.session, turn.talk.resident, turn.act)
    turn.memory = Memory(hint=turn.memory.hint)
    turn.say("erased")


def _show(turn: Turn) -> None:
    resident = turn.talk.resident
    held = privacy.held_of(turn.session, resident, turn.talk.conversation, turn.vault)
    home = place_words(PlaceMention(*held.home), turn.building_names)
    turn.say("held_talk", messages=held.messages, photos=held.photos, complaints=held.complaints, kind="privacy")
    turn.say(
        "held_person",
        name=held.name or NOTHING,
        phone=masked(held.phone) if held.phone else NOTHING,
        home=home or NOTHING,
        kind="privacy",
    )
    turn.say("held_until", years=turn.settings.privacy.keep_years, kind="privacy")
