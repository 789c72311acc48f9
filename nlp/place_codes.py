"""Turns what is said of a building, unit, floor or room into the bare codes that the answer holds."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from nlp.numerals import parse_number

if TYPE_CHECKING:
    from collections.abc import Callable

_MAX_FLOOR = 60
_MAX_RANGE = 30
_SPLIT_LIST = re.compile(r"\s*(?:[、,，/+&]|和|跟|与|及|以及|还有)\s*")
_SPLIT_RANGE = re.compile(r"\s*(?:到|至|-|~|～)\s*")
_MARKS = re.compile(r"号\s*楼|号\s*栋|号\s*幢|号\s*住宅楼|栋|幢|座|#\s*(?:楼|栋|幢)?|单元|[楼层第\s]")
_MARK_AS_COMMA = re.compile(
    r"(?<=[\dA-Za-z一二三四五六七八九十])\s*(?:号\s*楼|号\s*栋|号\s*幢|栋|幢|座|#\s*(?:楼|栋|幢)?|单元)\s*(?=[\dA-Za-z一二三四五六七八九十])"
)


def room_floor(room: str) -> str | None:
    """The floor a three- or four-digit room stands on, or None where the number cannot be a room."""
    if not room.isdigit() or len(room) not in (3, 4) or room[0] == "0":
        return None
    floor = int(room) // 100
    return str(floor) if 1 <= floor <= _MAX_FLOOR and int(room) % 100 > 0 else None


def building_code(said: str) -> str | None:
    """The bare code of a building: a number up to 999, a letter in capitals, or 甲乙丙丁戊; None where none is said."""
    bare = said.strip().lstrip("第").strip()
    if not bare:
        return None
    if bare in "甲乙丙丁戊":
        return bare
    if bare[0].isascii() and not bare.isdigit():
        return bare.upper()
    number = parse_number(bare)
    return str(number) if number is not None and 0 < number < 1000 else None


def bare_code(said: str) -> str | None:
    """The bare code of a unit: a number up to 99, or the letter or word that stands for it."""
    bare = said.strip().lstrip("第").strip()
    number = parse_number(bare)
    if number is not None:
        return str(number) if 0 < number < 100 else None
    return bare.upper() if bare else None


def floor_code(said: str) -> str | None:
    """A floor from -5 to 60, or None."""
    number = parse_number(said.strip().lstrip("第").strip())
    return str(number) if number is not None and -5 <= number <= _MAX_FLOOR and number != 0 else None


def listed_codes(said: str, read: Callable[[str], str | None]) -> str | None:
    """ "3、4" is "3,4"; "1到4" is "1,2,3,4"; "三四" is "3,4"; None where a part cannot be read."""
    whole = _MARK_AS_COMMA.sub(",", said)
    whole = re.sub(r"(?<=[一二三四五六七八九十])(?=负)", ",", whole)
    values: list[str] = []
    for part in _SPLIT_LIST.split(whole):
        ends = [_MARKS.sub("", end) for end in _SPLIT_RANGE.split(part) if end.strip()]
        if part.lstrip().startswith("-"):
            ends = ["-" + ends[0]] if ends else []
        if len(ends) == 2 and all(parse_number(end) is not None for end in ends):
            low, high = parse_number(ends[0]), parse_number(ends[1])
            if low is None or high is None or not low < high <= low + _MAX_RANGE:
                return None
            if read is floor_code:
                values.append(f"{low}-{high}")
                continue
            read_ends = [read(str(number)) for number in range(low, high + 1)]
        elif len(ends) == 1 and re.fullmatch(r"[一二三四五六七八九]{2,4}", ends[0]):
            row = [parse_number(character) or 0 for character in ends[0]]
            is_row = all(after == before + 1 for before, after in pairwise(row))
            read_ends = [read(str(number)) for number in row] if is_row else [None]
        else:
            read_ends = [read(end) for end in ends]
        for value in read_ends:
            if value is None:
                return None
            values.append(value)
    return ",".join(dict.fromkeys(values)) or None
