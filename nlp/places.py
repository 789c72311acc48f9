"""Finds where: building, unit, floor, room and landmark, from the text alone or with a community's names.

What is not said stays None; a number that may be something else is left alone rather than guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from ahocorasick_rs import AhoCorasick, MatchKind

from nlp import landmarks
from nlp import place_patterns as patterns
from nlp.numerals import parse_number
from nlp.place_codes import bare_code, building_code, floor_code, listed_codes, room_floor
from nlp.understanding import PlaceMention
from nlp.watch import Watched, marks_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nlp.understanding import Gazetteer
    from nlp.watch import Marks

_HOME_BEFORE = re.compile(r"(?:我们?是|我们?住|住在|家在|本人是?|业主是?|我家|我们家)(?:在|的)?\s*$")
# How far something is carried or a lift button pressed: a distance, not an address.
_CARRIED_UP = re.compile(r"(?:扛|背|抬|搬|提|拎|爬).{0,4}上?到?$|(?:按|跑到|贴到)$")
# "是5栋不是3栋": what is taken back is no place.
_TAKEN_BACK = re.compile(
    r"(?:^|(?<=[，, 。栋幢楼室号元门]))不是\s*[0-9一二三四五六七八九十]{1,3}\s*(?:号?楼|栋|幢|单元|室|号)"
)


@dataclass(frozen=True, slots=True)
class LocatedPlace:
    """One place as said, with the stretch of text it was read from (code points)."""

    place: PlaceMention
    start: int
    end: int
    is_home: bool = False


@dataclass(frozen=True, slots=True)
class Places:
    """All places of a text: ``overall`` is the answer, ``located`` the places in order, ``spans`` what was used up."""

    overall: PlaceMention
    located: tuple[LocatedPlace, ...]
    spans: tuple[tuple[int, int], ...]


@dataclass(slots=True)
class _Piece:
    kind: str
    value: str
    start: int
    end: int


class _Scan:
    """The text while it is being read: what has been understood or ruled out is blotted out."""

    def __init__(self, text: str, marks: Marks) -> None:
        self.text = text
        self.marks = marks
        self.pieces: list[_Piece] = []

    def each(self, pattern: Watched) -> Iterator[re.Match[str]]:
        """The matches of a pattern in what has not been blotted out when it is asked for."""
        return pattern.finditer(self.text, self.marks)

    def blot(self, start: int, end: int) -> None:
        self.text = self.text[:start] + "\0" * (end - start) + self.text[end:]

    def take(self, kind: str, value: str | None, start: int, end: int) -> bool:
        if value is None:
            return False
        self.pieces.append(_Piece(kind, value, start, end))
        return True

    def ends_with(self, kinds: str, position: int) -> bool:
        """Whether a piece of one of these kinds ends within three characters before the position."""
        return any(piece.kind[0] in kinds and 0 <= position - piece.end <= 3 for piece in self.pieces)


def find_places(text: str, gazetteer: Gazetteer | None = None, marks: Marks | None = None) -> Places:
    """Every place in a text, and the one that holds for all of it.

    Args:
        text: a normalised text (see ``nlp.spelling.normalise``).
        gazetteer: the names of the community's places, where it is known.
        marks: the marks of the text (see ``nlp.watch``), where they are known.
    """
    marks = marks_of(text) if marks is None else marks
    scan = _Scan(text, marks)
    community_names: tuple[str, ...] = ()
    if gazetteer is not None:
        community_names = gazetteer.names
        _read_gazetteer(scan, gazetteer)
    alone = patterns.COMPACT_ONLY.fullmatch(text)
    if alone:
        _take_compact(scan, alone)
    _keep_addresses(scan)
    scan.text = patterns.NOISE.sub(_blotted, scan.text, marks)
    if "不是" in scan.text:
        scan.text = _TAKEN_BACK.sub(_blotted, scan.text)
    _read_compact(scan, (patterns.COMPACT_MARKED, patterns.COMPACT))
    _read_buildings(scan)
    _read_units(scan)
    _read_pairs(scan)
    _read_floors(scan)
    _read_rooms(scan)
    scan.pieces.sort(key=lambda piece: piece.start)
    located = _assemble(scan.pieces, text)
    overall = _overall(located)
    if patterns.WHOLE_COMMUNITY.finds(text, marks):
        overall = replace(overall, is_whole_community=True)
    if overall.building is None:
        landmark = landmarks.find_landmark(text, marks, community_names)
        if landmark is not None:
            overall = replace(overall, landmark=landmark)
    return Places(overall, located, tuple((piece.start, piece.end) for piece in scan.pieces))


def _blotted(found: re.Match[str]) -> str:
    return "\0" * len(found.group())


def is_whole_building(text: str, marks: Marks) -> bool:
    """Whether a whole building or staircase is spoken of."""
    return patterns.WHOLE_BUILDING.finds(text, marks)


def _keep_addresses(scan: _Scan) -> None:
    # Compact addresses hold hyphens as dates do; they are read before the noise is blotted out.
    _read_compact(scan, (patterns.COMPACT_MARKED,))
    for found in scan.each(patterns.COMPACT):
        building = found.group("building")
        if building.isdigit() and int(building) > 200:
            continue
        if room_floor(found.group("room")) is None or "." in found.group():
            continue
        _take_compact(scan, found)


@lru_cache(maxsize=64)
def _names_of(gazetteer: Gazetteer) -> tuple[AhoCorasick | None, tuple[str, ...], dict[str, str]]:
    codes = {name: building.code for building in gazetteer.buildings for name in building.names if len(name) >= 2}
    own = {name: "" for name in gazetteer.names if len(name) >= 2}
    names = tuple({**own, **codes})
    return (AhoCorasick(names, matchkind=MatchKind.LeftmostLongest) if names else None), names, codes


def _read_gazetteer(scan: _Scan, gazetteer: Gazetteer) -> None:
    sweep, names, codes = _names_of(gazetteer)
    if sweep is None:
        return
    for number, start, end in sweep.find_matches_as_indexes(scan.text):
        name = names[number]
        before = scan.text[start - 1 : start]
        # "3栋" is a name of building 3 and must not be found inside "13栋".
        if name[0].isascii() and name[0].isalnum() and before.isascii() and before.isalnum():
            continue
        if name in codes:
            if _is_list(scan.text, start, end):
                continue
            scan.take("building", codes[name], start, end)
        scan.blot(start, end)


def _is_list(text: str, start: int, end: int) -> bool:
    return bool(
        re.search(r"[\d一二三四五六七八九十](?:[、,，/和跟与~至到-])$", text[max(0, start - 3) : start])
    ) or bool(re.match(r"[、,，/和跟与~至到-]?\s*[\dA-Za-z]{1,3}[栋幢#座]", text[end : end + 6]))


def _read_compact(scan: _Scan, which: Iterable[Watched]) -> None:
    for pattern in which:
        for found in scan.each(pattern):
            _take_compact(scan, found)


def _take_compact(scan: _Scan, found: re.Match[str]) -> None:
    building = building_code(found.group("building"))
    if building is None:
        return
    groups = found.groupdict()
    if "unit" in groups:
        scan.take("unit", bare_code(groups["unit"]), found.start("unit"), found.end("unit"))
    if "room" in groups:
        scan.take("room", groups["room"], found.start("room"), found.end("room"))
    scan.take("building", building, found.start("building"), found.end("building"))
    scan.blot(found.start(), found.end())


def _read_buildings(scan: _Scan) -> None:
    text = scan.text
    for found in scan.each(patterns.BUILDINGS):
        value = listed_codes(found.group("list"), building_code)
        if value is None or _is_measure_word(text, found):
            continue
        scan.take("building", value, found.start(), found.end())
        scan.blot(found.start(), found.end())
    for pattern in (
        patterns.BUILDING_AS_FLOOR,
        patterns.BUILDING_LETTER_FLOOR,
        patterns.BUILDING_NUMBER_BEFORE_UNIT,
    ):
        for found in scan.each(pattern):
            if scan.ends_with("b", found.start()) and pattern is patterns.BUILDING_AS_FLOOR:
                continue
            building = building_code(found.group("building"))
            if scan.take("building", building, found.start("building"), found.end()):
                scan.blot(found.start(), found.end())


def _is_measure_word(text: str, found: re.Match[str]) -> bool:
    after = text[found.end() : found.end() + 2]
    said = found.group("list")
    if said.startswith("第"):
        return False
    if re.match(r"楼(?!道|上|下|顶|前|后|里|梯|底|门|内|外|面|层|栋)", after) and not re.search(r"[号#]", said):
        # "两栋楼", "3栋楼都停电" count buildings; "3栋楼道" names one.
        return not said.isascii() or bool(re.match(r"楼(?:都|全|共|一起)", after))
    if said in ("一栋", "一幢", "一座"):
        before = text[max(0, found.start() - 1) : found.start()]
        return before in tuple("这那哪每同隔另有是着了的") or "座" in said
    if said.endswith("座") and not said[0].isascii():
        return not re.match(rf"\s*{patterns.SMALL}\s*(?:单元|楼|层|门)", text[found.end() : found.end() + 6])
    return False


def _read_units(scan: _Scan) -> None:
    for found in scan.each(patterns.UNITS):
        value = listed_codes(found.group("list"), bare_code)
        if scan.take("unit", value, found.start(), found.end()):
            scan.blot(found.start(), found.end())
    # The marks of buildings are needed as surroundings here, so the original letters are put back for looking only.
    surroundings = _restored(scan)
    for pattern in (patterns.UNIT_AS_GATE, patterns.GATE_BEFORE_HOME, patterns.GATE_HOLE):
        for found in pattern.pattern.finditer(surroundings):
            if "\0" in scan.text[found.start("unit") : found.end()]:
                continue
            if pattern is patterns.UNIT_AS_GATE and not scan.ends_with("b", found.start("unit")):
                continue
            if scan.take("unit", bare_code(found.group("unit")), found.start(), found.end()):
                scan.blot(found.start(), found.end())


def _restored(scan: _Scan) -> str:
    letters = list(scan.text)
    for piece in scan.pieces:
        if piece.kind == "building" and piece.end >= 1:
            letters[piece.end - 1] = "栋"
    return "".join(letters)


def _read_pairs(scan: _Scan) -> None:
    """ "16-923" is building and room; after a building ("12栋3-501") it is unit and room."""
    for found in scan.each(patterns.COMPACT_PAIR):
        room = found.group("room")
        if room_floor(room) is None or not 1 <= int(room) % 100 <= 60:
            continue
        kind = "unit" if scan.ends_with("b", found.start()) else "building"
        value = bare_code(found.group("building")) if kind == "unit" else building_code(found.group("building"))
        if scan.take(kind, value, found.start("building"), found.end("building")):
            scan.take("room", room, found.start("room"), found.end("room"))
            scan.blot(found.start(), found.end())


def _read_floors(scan: _Scan) -> None:
    for found in scan.each(patterns.FLOORS):
        before = scan.text[max(0, found.start() - 4) : found.start()]
        after = scan.text[found.end() : found.end() + 4]
        said = found.group("list")
        if _CARRIED_UP.search(scan.text[max(0, found.start() - 8) : found.start()]):
            continue
        if found.group("mark") == "层":
            near = scan.ends_with("bu", found.start())
            at_home = re.search(r"(?:在|住|家|家是|位于)$", before) is not None
            if not near and not at_home and not said.startswith("第"):
                if patterns.FLOOR_IS_A_COUNT_BEFORE.search(before) or patterns.FLOOR_IS_A_COUNT_AFTER.match(after):
                    continue
                if said in ("一", "二") and not re.match(
                    r"\s*(?:的|住户|邻居|居民|商铺|门面|那家|楼道|左|右|东|西|业主)", after
                ):
                    continue
        elif patterns.STOREYS_AFTER.match(after) or re.search(r"(?:几|每|加盖|盖)$", before):
            continue
        if scan.take("floor", listed_codes(said, floor_code), found.start(), found.end()):
            scan.blot(found.start(), found.end())
    for found in scan.each(patterns.TOP_FLOOR):
        scan.take("floor", "top", found.start(), found.end())
    for found in scan.each(patterns.BASEMENT):
        level = parse_number(found.group("floor") or found.group("letter"))
        scan.take("floor", str(-(level or 1)), found.start(), found.end())
    for found in scan.each(patterns.BOTTOM_FLOOR):
        scan.take("floor", "1", found.start(), found.end())


def _read_rooms(scan: _Scan) -> None:
    for piece in list(scan.pieces):
        if piece.kind in ("unit", "floor", "building"):
            found = patterns.ROOM_AFTER_PLACE.match(scan.text, piece.end)
            if found and room_floor(found.group("room")) is not None and _is_room_ending(scan.text, found.end("room")):
                _take_room(scan, found)
    for pattern in (patterns.ROOM_MARKED, patterns.ROOM_SAID_MINE):
        for found in scan.each(pattern):
            _take_room(scan, found)
    found_only = patterns.ROOM_ONLY.fullmatch(scan.text)
    if found_only:
        _take_room(scan, found_only)
    for found in scan.each(patterns.ROOM_CHINESE):
        marked = re.match(r"室|房(?!子|屋|间)|号(?!楼|栋)|户|家", scan.text[found.end("room") : found.end("room") + 2])
        marked = marked or re.search(
            r"(?:我家|我住|住在|住|我们家|我是)\s*$", scan.text[max(0, found.start() - 3) : found.start()]
        )
        if marked or scan.ends_with("ubf", found.start()):
            _take_room(scan, found)


def _is_room_ending(text: str, end: int) -> bool:
    return re.match(r"\s*(?:户(?:都|停|没|人|居|全|住)|多户|个|次|人|平|度|瓦|路)", text[end : end + 4]) is None


def _take_room(scan: _Scan, found: re.Match[str]) -> None:
    number = parse_number(found.group("room"))
    if number is None or room_floor(str(number)) is None:
        return
    values = [str(number)]
    end = found.end("room")
    while more := patterns.MORE_ROOMS.match(scan.text, end):
        if room_floor(more.group("room")) is None or not _is_room_ending(scan.text, more.end("room")):
            break
        values.append(more.group("room"))
        end = more.end("room")
    if scan.take("room", ",".join(values), found.start("room"), end):
        scan.blot(found.start("room"), end)


def _assemble(pieces: list[_Piece], text: str) -> tuple[LocatedPlace, ...]:
    """Pieces in order become places: a second building opens a new place, a second unit or room does so within it."""
    located: list[LocatedPlace] = []
    slots: dict[str, str] = {}
    start = end = 0

    def close() -> None:
        if slots:
            place = PlaceMention(slots.get("building"), slots.get("unit"), slots.get("floor"), slots.get("room"))
            if place.floor is None and place.room:
                floors = dict.fromkeys(room_floor(room) for room in place.room.split(","))
                place = replace(place, floor=",".join(floor for floor in floors if floor))
            is_home = _HOME_BEFORE.search(text[max(0, start - 8) : start]) is not None
            located.append(LocatedPlace(place, start, end, is_home))

    for piece in pieces:
        held = slots.get(piece.kind)
        if held == piece.value:
            end = max(end, piece.end)
            continue
        if held is not None:
            if piece.kind == "floor":
                continue
            close()
            keep = {"building": (), "unit": ("building",), "room": ("building", "unit")}[piece.kind]
            slots = {kind: slots[kind] for kind in keep if kind in slots}
            start = piece.start
        elif not slots:
            start = piece.start
        slots[piece.kind] = piece.value
        end = max(end, piece.end)
    close()
    return tuple(located)


def _overall(located: tuple[LocatedPlace, ...]) -> PlaceMention:
    if not located:
        return PlaceMention()
    chosen = located
    elsewhere = tuple(place for place in located if not place.is_home)
    if len({place.place.building for place in located}) > 1 and elsewhere and len(elsewhere) < len(located):
        # "我是3栋的，5栋楼下……": the second building is where the trouble is.
        chosen = tuple(place for place in elsewhere if place.place.building) or located
    first = chosen[0].place
    buildings = dict.fromkeys(
        code for place in chosen if place.place.building for code in place.place.building.split(",")
    )
    if len(buildings) > 1:
        return replace(first, building=",".join(buildings))
    if first.building is None and buildings:
        return replace(first, building=next(iter(buildings)))
    return first
