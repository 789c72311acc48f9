"""Bare codes of buildings, units, rooms and floors, whatever a sheet writes: "三幢" is "3", "2单元" is "2"."""

from __future__ import annotations

import re
import unicodedata

from nlp.numerals import parse_number

_BUILDING_MARK = re.compile(r"(?:号(?:住宅)?楼|号?栋|号?幢|座|号|#(?:楼|栋|幢)?|(?<=\d)楼)(?:楼房?|房)?$")
_UNIT_MARK = re.compile(r"(?:号?单元|号?门栋?|号?梯|座)$")
_ROOM_MARK = re.compile(r"(?:室|号房?|房间?|户)$")
_FLOOR_MARK = re.compile(r"(?:层|楼|[Ff])$")


def plain(text: str) -> str:
    """One notation for width and blanks: "３ 栋" is "3栋"."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def building_code(written: str) -> str:
    """ "3栋", "三幢", "第3号楼" and "03" are "3"; "b7栋" is "B7"; "乙栋" is "乙"; any other name is its own code."""
    return _bare(written, _BUILDING_MARK)


def unit_code(written: str) -> str:
    """ "2单元", "二门" and "2" are "2"."""
    return _bare(written, _UNIT_MARK)


def room_code(written: str) -> str:
    """ "501室" is "501"; a room that is no number stays as written."""
    return _ROOM_MARK.sub("", plain(written)).upper() or plain(written)


def floor_code(written: str) -> str | None:
    """ "5", "五楼" and "5层" are "5"; "-1" a basement; None where it is no floor."""
    number = parse_number(_FLOOR_MARK.sub("", plain(written).removeprefix("第")))
    return str(number) if number is not None and number != 0 and -5 <= number <= 100 else None


def floor_of_room(room: str) -> str | None:
    """The floor a room of three or four digits stands on; None where the room does not tell."""
    if not re.fullmatch(r"[1-9]\d{2,3}", room) or int(room) % 100 == 0:
        return None
    return str(int(room) // 100)


def _bare(written: str, mark: re.Pattern[str]) -> str:
    whole = plain(written)
    bare = mark.sub("", whole.removeprefix("第")) or whole
    number = parse_number(bare)
    if number is not None and number > 0:
        return str(number)
    return bare.upper()
