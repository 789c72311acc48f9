"""How places, times, numbers and people are written for residents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from nlp.taxonomy import taxonomy
from nlp.understanding import PlaceMention
from services.deadlines import ZONE

WEEKDAYS = "一二三四五六日"
FALLBACK_PHONE = "12345"
WORKER = "社区工作人员"


def place_words(place: PlaceMention, names: Mapping[str, str] | None = None) -> str:
    """ "3栋2单元 · 顶楼", "小区门口", "整个小区"; "" when nothing is known. ``names`` are the sheets' names by code."""
    parts: list[str] = []
    if place.building:
        codes = place.building.split(",")
        head = "、".join(building_words(code, names) for code in codes)
        if place.unit:
            head += "、".join(_with(unit, "单元") for unit in place.unit.split(","))
        parts.append(head)
    elif place.unit:
        parts.append("、".join(_with(unit, "单元") for unit in place.unit.split(",")))
    if place.room:
        parts.append(place.room.replace(",", "、"))
    elif place.floor:
        parts.append(floor_words(place.floor))
    if place.landmark and not place.building:
        parts.append(place.landmark[:20])
    if not parts and place.is_whole_community:
        parts.append("整个小区")
    return " · ".join(parts)


def place_of_facts(facts: Mapping[str, Any] | None) -> PlaceMention:
    """The mention behind a place given as data (building, unit, floor, room, landmark, whole)."""
    facts = facts or {}
    return PlaceMention(
        facts.get("building"),
        facts.get("unit"),
        facts.get("floor"),
        facts.get("room"),
        facts.get("landmark"),
        bool(facts.get("whole")),
    )


def building_words(code: str, names: Mapping[str, str] | None = None) -> str:
    """The building as its sheet writes it; a bare 3 or 甲 in the sheet is said with 栋, else it reads as no place."""
    if names and code in names and not (names[code] == code and (code.isascii() or len(code) == 1)):
        return names[code]
    return _with(code, "栋")


def floor_words(floor: str) -> str:
    """ "top" is 顶楼, "-1" is 负1楼, "3,4" is 3、4楼."""
    if floor == "top":
        return "顶楼"
    if floor.startswith("-") and floor[1:].isdecimal():
        return f"负{floor[1:]}楼"
    return f"{floor.replace(',', '、')}楼"


def day_words(day: date) -> str:
    """ "9月15日(周二)"."""
    return f"{day.month}月{day.day}日(周{WEEKDAYS[day.weekday()]})"


def moment_words(at: datetime) -> str:
    """ "9月15日(周二)上午9点", "11月24日(周二)晚上8点05分", in local time."""
    local = at.astimezone(ZONE)
    hour = local.hour
    if hour < 6:
        part = "凌晨"
    elif hour < 12:
        part = "上午"
    elif hour < 13:
        part = "中午"
    elif hour < 18:
        part = "下午"
    else:
        part = "晚上"
    shown = hour if hour <= 12 else hour - 12
    minute = f"{local.minute:02d}分" if local.minute else ""
    return f"{day_words(local.date())}{part}{shown}点{minute}"


def worker_words(contact_name: str) -> str:
    """ "李敏" and "社区李敏" are 社区李敏; without a name 社区工作人员."""
    name = contact_name.strip()
    if not name:
        return WORKER
    return name if name.startswith("社区") else f"社区{name}"


def category_words(code: str) -> str:
    """The short name residents read; the code's own text never reaches them."""
    known = taxonomy()
    return known.subject(code).short_name if known.has_subject(code) else "您反映的事"


def serial_of(number: str) -> int:
    """YX-2026-000231 is 231; 0 for anything else."""
    tail = number.rsplit("-", 1)[-1]
    return int(tail) if tail.isdecimal() else 0


def _with(code: str, mark: str) -> str:
    """A number or a letter takes its mark; a name such as 老百货宿舍 stands alone."""
    return f"{code}{mark}" if len(code) <= 4 and not code.endswith(mark) else code
