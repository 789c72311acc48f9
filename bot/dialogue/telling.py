"""Says what a complaint is: the line with its full number, its place, and what of it the sheets do not hold."""

from __future__ import annotations

from typing import Any

from bot.dialogue.turn import Turn
from bot.replies.words import building_words, category_words, floor_words
from models import Complaint
from services.complaints import due_text_moment


def understood_facts(turn: Turn, complaint: Complaint) -> dict[str, Any]:
    """What a rich channel draws of a complaint."""
    is_danger = complaint.urgency == "P0"
    return {
        "number": complaint.number,
        "serial": complaint.serial,
        "category": complaint.subject_code,
        "category_name": category_words(complaint.subject_code),
        "place_text": turn.place_text(complaint),
        "contact_name": turn.worker,
        "due_text": "" if is_danger else turn.moment(due_text_moment(complaint)),
        "urgency": complaint.urgency,
        "needs_place_check": complaint.needs_place_check,
    }


def tell(turn: Turn, complaint: Complaint, sentence: str) -> None:
    """One line: ``filed``, ``filed_danger``, ``added`` or ``corrected``, with the place where there is one."""
    is_unwatched = sentence == "filed_danger" and not turn.is_watched
    if is_unwatched:
        sentence = "filed"
    facts = understood_facts(turn, complaint)
    values = {
        "serial": complaint.serial,
        "number": complaint.number,
        "category": facts["category_name"],
        "kind": "understood",
        "facts": facts,
    }
    if facts["place_text"]:
        turn.say(sentence, place=facts["place_text"], **values)
    else:
        turn.say(f"{sentence}_nowhere", **values)
    if is_unwatched:
        turn.say_ring()
    _say_what_is_unknown(turn, complaint)


def tell_filed(turn: Turn, complaint: Complaint) -> None:
    tell(turn, complaint, "filed_danger" if complaint.urgency == "P0" else "filed")


def is_building_unknown(complaint: Complaint) -> bool:
    return bool(complaint.building) and complaint.needs_place_check and complaint.building_id is None


def _say_what_is_unknown(turn: Turn, complaint: Complaint) -> None:
    """Which part of a place the sheets do not hold; the complaint is filed all the same."""
    if not complaint.building or not complaint.needs_place_check:
        return
    if complaint.building_id is None:
        known = {row.code.upper() for row in turn.gazetteer.buildings}
        said = complaint.building.split(",")
        missing = [code for code in said if code.upper() not in known] or said
        turn.say("building_unknown", said="、".join(building_words(code, turn.building_names) for code in missing))
        return
    finer = complaint.room or (floor_words(complaint.floor) if complaint.floor else f"{complaint.unit}单元")
    turn.say("unit_unknown", said=f"{building_words(complaint.building, turn.building_names)}{finer}")
