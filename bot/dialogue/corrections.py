"""Correcting: 不是3栋是5栋, 说错了是楼道不是阳台; the complaint changes, its words are kept, the reading is said."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.dialogue import place, reading
from bot.dialogue.telling import tell
from bot.dialogue.turn import Turn, mention_of
from models import Complaint
from nlp.understanding import PlaceMention
from services import complaints
from services.numbers import find_by_number
from services.talks import RECENT

_NOT_BUT = re.compile(
    r"不是(?P<wrong>[^,，。;；]{1,16}?)[,，、\s]*(?:而是|应该是|应是|是|在)(?P<right>[^,，。;；]{1,40})"
)
_BUT_NOT = re.compile(r"(?:是|在)(?P<right>[^,，。;；不]{1,30}?)[,，、\s]*(?:而)?不是(?P<wrong>[^,，。;；]{1,16})")
_CUE = re.compile(
    r"^(?:哦|啊|哎|唉|对不起|不好意思|抱歉|不对|刚才|刚刚|我)*[,，\s]*(?:说错|写错|打错|搞错|弄错|讲错|记错|报错|错了|不对|更正|改一?下|改成|改为|应该是|应是)"
)
_AFTER_CUE = re.compile(r"(?:应该是|应是|改成|改为|更正为?|是|在)(?P<right>[^,，。;；]{1,40})[。.!！\s]*$")


@dataclass(frozen=True, slots=True)
class Correction:
    right: str
    wrong: str


def read(text: str) -> Correction | None:
    """What is right and what was wrong, when the text corrects something."""
    said = reading.plain(text)
    if len(said) > 60:
        return None
    found = _NOT_BUT.search(said)
    if found is None and _CUE.search(said):
        found = _BUT_NOT.search(said)
    elif found is None:
        found = re.search(r"^" + _BUT_NOT.pattern + r"[。.!！\s]*$", said)
    if found is not None:
        return Correction(found["right"].strip(" 啊哦呢的了吧"), found["wrong"].strip(" 啊哦呢的了吧"))
    if not _CUE.search(said):
        return None
    after = _AFTER_CUE.search(said)
    if after is not None:
        return Correction(after["right"].strip(" 啊哦呢了吧"), "")
    rest = _CUE.sub("", said).strip(" ,，。了:：")
    return Correction(rest, "") if rest else Correction("", "")


def apply(turn: Turn, correction: Correction) -> bool:
    """Correct what is meant; False when there is nothing to correct, so that the text is read as a new report."""
    target = _target(turn, correction)
    if target is None:
        return False
    if not correction.right:
        turn.say("ask_correction")
        return True
    new = turn.understood(correction.right).place
    is_place = not (new.building is None and new.unit is None and new.floor is None and new.room is None)
    if not is_place and (code := _building_named(turn, correction.right)):
        new, is_place = PlaceMention(building=code), True
    before = (mention_of(target), target.subject_code)
    if is_place or new.is_whole_community:
        mention = place.merged(mention_of(target), new)
        if new.building is not None and new.building != target.building and new.room is None and correction.wrong == "":
            # "更正，5栋" names another home: its floor and room are not those of the first.
            mention = new
        _forget_home(turn, target)
        complaints.set_place(turn.session, target, mention, turn.act)
    _correct_subject(turn, target, correction, is_place=is_place)
    complaints.add_words(turn.session, target, turn.message, turn.act)
    if turn.memory.question is not None and turn.memory.question.kind in ("place", "building"):
        turn.memory.question = None
    changed = (mention_of(target), target.subject_code) != before
    tell(turn, target, "corrected" if changed else "added")
    return True


def _forget_home(turn: Turn, target: Complaint) -> None:
    """A home learned from the wrong place is unlearned; the corrected place teaches the new one."""
    resident = turn.talk.resident
    if resident.home_building == target.building:
        resident.home_building = resident.home_unit = resident.home_floor = resident.home_room = None
        resident.household_id = None


def _correct_subject(turn: Turn, target: Complaint, correction: Correction, *, is_place: bool) -> None:
    first = target.first_text
    if correction.wrong and correction.wrong in first:
        whole = first.replace(correction.wrong, correction.right)
    elif is_place:
        return
    else:
        whole = (
            correction.right if not correction.wrong else f"{correction.right}，{first.replace(correction.wrong, '')}"
        )
    understanding = turn.understood(whole)
    if not understanding.categories:
        return
    if not is_place and understanding.place.landmark and not target.building:
        complaints.set_place(turn.session, target, understanding.place, turn.act)
    best = understanding.candidates[0].confidence if understanding.candidates else 0.0
    if best >= 0.3 and understanding.categories[0] != target.subject_code:
        complaints.set_category(turn.session, target, understanding.categories[0], turn.act)
    if understanding.urgency is not None and understanding.urgency < target.urgency:
        complaints.set_urgency(turn.session, target, understanding.urgency, turn.act, "更正后更急")


def _target(turn: Turn, correction: Correction) -> Complaint | None:
    if reading.names_number(turn.text):
        named = find_by_number(turn.session, reading.plain(turn.text), community=turn.community, now=turn.at)
        if named is not None and named.resident_id == turn.talk.resident.id and named.is_open:
            return named
    recent = [row for row in turn.own_open if abs(turn.at - row.submitted_at) <= RECENT * 48]
    wrong = turn.understood(correction.wrong).place.building if correction.wrong else None
    if wrong is not None:
        for row in recent:
            if row.building == wrong:
                return row
    if correction.wrong:
        for row in recent:
            if correction.wrong in row.words:
                return row
    latest = turn.latest
    return latest[-1] if latest and latest[-1] in recent else (recent[0] if recent else None)


def _building_named(turn: Turn, text: str) -> str | None:
    """A building by its bare code, as in 不是3是5."""
    known = {row.code.upper(): row.code for row in turn.gazetteer.buildings}
    return known.get(text.strip().upper())
