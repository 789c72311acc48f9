"""Where: fills what a text leaves open, asks for it once, takes the answer, and handles unknown places."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue import reading
from bot.dialogue.memory import JOIN_SECONDS
from bot.dialogue.telling import is_building_unknown, tell
from bot.dialogue.turn import Turn, has_place, mention_of
from bot.replies.wording import button
from bot.replies.words import building_words, place_words
from models import Complaint
from nlp.understanding import PlaceMention
from services import complaints
from services.places import resolve
from services.ports import Button
from services.residents import home_of
from services.talks import RECENT

AT_HOME = frozenset({"A01", "A02", "A03", "A04", "A06", "A07", "A11", "A14", "B12", "D03", "D04", "D05", "N02", "N07"})
"""Subjects that are as a rule in the speaker's own home."""
AT_THE_STAIRCASE = frozenset({"A08", "A09", "A12", "A13", "B11", "N09"})
"""Subjects that are as a rule in the speaker's own staircase: building and unit, not the room."""
ANYWHERE = frozenset({"A10", "B07", "B10", "D06", "D07", "N01", "N08", "N10", "N11"})
"""Subjects that somebody can take up without a building; so is the whole of class C."""
BUTTONS_AT_MOST = 6
_OUT_OF_THE_HOME = ("楼道", "楼梯", "门口", "楼下", "院子", "外面", "走廊")
_SAME_SPOT = ("还有", "也", "另外", "这里", "这儿", "我家", "我们")

_FOR_ALL = ("小区里", "小区内", "全小区", "整个小区")


def fill(turn: Turn, mention: PlaceMention, category: str, text: str) -> tuple[PlaceMention, str | None]:
    """What a text leaves open, from what is known; with the sentence that says where it was taken from.

    What was said always stands. A landmark or the whole community is a place and is not filled.
    """
    if mention.building or mention.landmark or mention.is_whole_community:
        return mention, None
    home = home_of(turn.talk.resident)
    is_inside = category in AT_HOME and not any(cue in text for cue in _OUT_OF_THE_HOME)
    said, hint = _remembered(turn.memory.said), _hint(turn)
    if said is not None and (filled := _completed(mention, said)):
        return filled, "place_from_before"
    if hint is not None and not _is_for_all(category, text) and (filled := _completed(mention, hint)):
        if home is not None and is_inside and mention.is_empty and _agree(home, hint):
            return home, "place_from_home"
        return filled, "place_from_code"
    before = _before(turn)
    ago = turn.memory.paused_seconds(turn.at)
    is_same_breath = ago is not None and ago <= JOIN_SECONDS
    if before is not None and (is_same_breath or not mention.is_empty or any(cue in text for cue in _SAME_SPOT)):
        source = before if is_inside else replace(before, floor=None, room=None)
        if filled := _completed(mention, source):
            return filled, "place_from_before"
    if home is not None and (category in AT_HOME | AT_THE_STAIRCASE or not mention.is_empty):
        source = home if is_inside else replace(home, floor=None, room=None)
        if filled := _completed(mention, source):
            return filled, "place_from_home"
    return mention, None


def _is_for_all(category: str, text: str) -> bool:
    """Something for the whole community: the doorway she stood in says nothing about it."""
    return category[0] == "C" or category in ANYWHERE or any(cue in text for cue in _FOR_ALL)


def matters(category: str, intent: str) -> bool:
    """Whether somebody must know the building to take it up."""
    return intent not in ("suggestion", "inquiry", "opinion") and category[0] != "C" and category not in ANYWHERE


def learn_hint(turn: Turn) -> None:
    """Keep a stairwell code's place when the sheets hold it; a forged or outdated one is ignored."""
    building, unit = turn.inbound.building, turn.inbound.unit
    if not building:
        return
    known = {row.code.upper(): row.code for row in turn.gazetteer.buildings}
    code = known.get(building.strip().upper())
    if code is None:
        return
    hint = {"building": code, "unit": (unit or "").strip() or None}
    if turn.memory.hint is not None and turn.memory.hint.get("given") == hint:
        return
    place = resolve(turn.session, turn.community, PlaceMention(code, hint["unit"]))
    turn.memory.hint = {"building": code, "unit": hint["unit"] if place.unknown is None else None, "given": hint}


def ask(turn: Turn, wanted: list[Complaint], *, is_danger: bool = False) -> None:
    """Ask for the place of these complaints, once."""
    unknown = next((row for row in wanted if row.building and row.needs_place_check), None)
    if unknown is not None:
        nearest = _nearest(turn, unknown.building or "")
        if unknown.submitted_at < turn.at:  # something else was said since: name what is asked about
            said = "、".join(building_words(code, turn.building_names) for code in (unknown.building or "").split(","))
            turn.ask("building", [unknown], "ask_building_later", nearest, said=said)
        else:
            turn.ask("building", [unknown], "ask_building", nearest)
        return
    codes = [row.code for row in turn.gazetteer.buildings]
    buttons = []
    if 0 < len(codes) <= BUTTONS_AT_MOST:
        buttons = [_building_button(turn, code) for code in codes]
    if not is_danger:
        buttons += [button("place:whole"), button("place:unsure")]
    turn.ask("place", wanted, "ask_place_danger" if is_danger else "ask_place", buttons)


def put(turn: Turn, complaint: Complaint, mention: PlaceMention, *, words: bool = True) -> None:
    """Put a complaint at a place that was told now, keeping what was told before of the same building."""
    complaints.set_place(turn.session, complaint, merged(mention_of(complaint), mention), turn.act)
    if words:
        complaints.add_words(turn.session, complaint, turn.message, turn.act)


def merged(old: PlaceMention, new: PlaceMention) -> PlaceMention:
    """The new place over the old one: what is said now stands, finer parts are kept where nothing else is said."""
    if new.is_whole_community and new.building is None:
        spot = new.landmark or (old.landmark if old.building is None else None)
        return PlaceMention(is_whole_community=True, landmark=spot)
    floor, room = new.floor or old.floor, new.room or old.room
    if new.floor and not new.room and new.floor != old.floor:
        room = None
    if new.building is None and new.landmark and not (new.unit or new.floor or new.room):
        return replace(old, landmark=new.landmark)
    return PlaceMention(
        building=new.building or old.building,
        unit=new.unit or old.unit,
        floor=floor,
        room=room,
        landmark=new.landmark or (old.landmark if new.building is None else None),
        is_whole_community=False,
    )


def take_supplement(turn: Turn, mention: PlaceMention) -> bool:
    """Words that only say where complete what lacks a place, else the latest complaint; True when they did."""
    asked = turn.memory.question
    targets: list[Complaint] = []
    if asked is not None and asked.kind in ("place", "building"):
        targets = turn.by_ids(asked.complaints)
        turn.memory.question = None
    if not targets:
        targets = [row for row in turn.by_ids(turn.memory.place_wanted) if not has_place(row)]
    if not targets:
        targets = [row for row in turn.own_open[:5] if not has_place(row) and _is_recent(turn, row)][:1]
    if not targets:
        targets = [row for row in turn.latest if _is_recent(turn, row)][-1:]
    if not targets:
        return False
    for complaint in targets:
        is_other = bool(complaint.building and mention.building and complaint.building != mention.building)
        put(turn, complaint, mention)
        tell(turn, complaint, "corrected" if is_other else "added")
    turn.memory.place_wanted = [
        number for number in turn.memory.place_wanted if number not in {row.id for row in targets}
    ]
    turn.memory.told_place = True
    unknown = [row for row in targets if is_building_unknown(row)]
    if unknown and asked is None:
        turn.memory.place_wanted.extend(row.id for row in unknown)
    return True


def own_building(turn: Turn) -> PlaceMention | None:
    """The building of 我们这栋, where her home or her stairwell's code tells it."""
    known = home_of(turn.talk.resident) or _hint(turn)
    return PlaceMention(known.building, known.unit) if known is not None and known.building else None


def note_for_later(turn: Turn, mention: PlaceMention) -> None:
    """A place before any problem: kept for what comes next."""
    turn.memory.said = {
        "building": mention.building,
        "unit": mention.unit,
        "floor": mention.floor,
        "room": mention.room,
    }
    turn.say("place_noted", place=place_words(mention, turn.building_names))


def press(turn: Turn, value: str) -> None:
    """A tap on a building, 整个小区, 说不清 or 不是这个小区的; after its question has passed it concerns the latest."""
    asked = turn.memory.question
    kind, _, detail = value.partition(":")
    targets = turn.by_ids(asked.complaints) if asked is not None and asked.kind in ("place", "building") else []
    if targets:
        turn.memory.question = None
    else:
        wanting = [row for row in turn.own_open[:5] if not has_place(row) or is_building_unknown(row)]
        targets = [row for row in wanting if _is_recent(turn, row)][:1]
    if kind == "place" and detail in ("unsure", "other"):
        for complaint in targets:
            complaints.add_words(turn.session, complaint, turn.message, turn.act)
        turn.say("place_unsure" if detail == "unsure" else "place_elsewhere")
        return
    mention = PlaceMention(is_whole_community=True) if kind == "place" else PlaceMention(building=detail)
    if kind == "building" and detail not in {row.code for row in turn.gazetteer.buildings}:
        mention = PlaceMention()
    if mention.is_empty or (not targets and kind == "place"):
        turn.say("nothing_to_correct")
        return
    if not targets and not take_supplement(turn, mention):
        note_for_later(turn, mention)
        return
    for complaint in targets:
        put(turn, complaint, mention)
        tell(turn, complaint, "corrected" if asked is not None and asked.kind == "building" else "added")


def bare_building(turn: Turn) -> PlaceMention | None:
    """ "5" while the place is asked for is building 5, if there is one; a word that is a building's whole name too."""
    digits = reading.bare_digits(turn.text)
    known = {row.code.upper(): row.code for row in turn.gazetteer.buildings}
    code = known.get((digits.lstrip("0") or digits) if digits else reading.plain(turn.text).upper())
    return PlaceMention(building=code) if code else None


def _hint(turn: Turn) -> PlaceMention | None:
    return _remembered(turn.memory.hint)


def _remembered(kept: dict[str, str | None] | None) -> PlaceMention | None:
    if not kept or not kept.get("building"):
        return None
    return PlaceMention(kept["building"], kept.get("unit"), kept.get("floor"), kept.get("room"))


def _completed(mention: PlaceMention, source: PlaceMention) -> PlaceMention | None:
    """The mention inside the source's building; finer parts only where nothing finer was said."""
    if source.building is None or "," in source.building:
        return None
    if mention.is_empty:
        return source
    unit = mention.unit or source.unit
    floor, room = mention.floor, mention.room
    if mention.floor is None and mention.room is None and mention.unit in (None, source.unit):
        floor, room = source.floor, source.room
    return PlaceMention(source.building, unit, floor, room)


def _agree(home: PlaceMention, hint: PlaceMention) -> bool:
    return home.building == hint.building and (hint.unit is None or home.unit in (None, hint.unit))


def _before(turn: Turn) -> PlaceMention | None:
    """The place of what was reported just before."""
    for complaint in turn.own_open[:3]:
        if complaint.building and not complaint.needs_place_check and _is_recent(turn, complaint):
            return mention_of(complaint)
    return None


def _is_recent(turn: Turn, complaint: Complaint) -> bool:
    """Filed within the last day by the messages' clock: what is said about a place now is about it."""
    return abs(turn.at - complaint.submitted_at) <= RECENT * 48


def _nearest(turn: Turn, said: str) -> list[Button]:
    """The existing buildings whose numbers lie nearest to what was said, in the sheets' order."""
    codes = [row.code for row in turn.gazetteer.buildings]
    first = said.split(",")[0]
    if first.isdecimal():
        wanted = int(first)
        near = sorted(
            range(len(codes)),
            key=lambda index: (abs(int(codes[index]) - wanted) if codes[index].isdecimal() else 10_000, index),
        )[:BUTTONS_AT_MOST]
        codes = [codes[index] for index in sorted(near)]
    buttons = [_building_button(turn, code) for code in codes[:BUTTONS_AT_MOST]]
    return [*buttons, button("place:other")]


def _building_button(turn: Turn, code: str) -> Button:
    return button(f"building:{code}", building_words(code, turn.building_names))
