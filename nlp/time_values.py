"""Resolves what the parts of one expression of time say together, against the moment of sending.

Nothing is filled in by default: what cannot be resolved stays None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from nlp.numerals import parse_number

SHANGHAI = ZoneInfo("Asia/Shanghai")

PARTS: dict[str, tuple[int, int]] = {
    "凌晨": (0, 5), "半夜三更": (0, 5), "三更半夜": (0, 5), "大半夜": (0, 5), "半夜": (0, 5), "后半夜": (0, 5),
    "一大早": (5, 8), "大清早": (5, 8), "清早": (5, 8), "清晨": (5, 8), "早上": (6, 10), "早晨": (6, 10),
    "上午": (8, 12), "中午": (11, 14), "午休": (12, 14), "下午": (13, 18), "傍晚": (17, 19), "晚上": (19, 24),
    "夜里": (19, 24), "夜晚": (19, 24), "夜间": (19, 24), "深夜": (22, 24), "大白天": (8, 18), "白天": (8, 18),
}  # fmt: skip
DAYS = {
    "大前天": -3, "前天": -2, "前日": -2, "昨天": -1, "昨日": -1, "昨儿": -1,
    "今天": 0, "今日": 0, "今儿": 0, "当天": 0,
    "明天": 1, "明日": 1, "明儿": 1, "大后天": 3, "后天": 2,
}  # fmt: skip
DAY_PARTS = {
    "昨晚": (-1, "晚上"), "昨夜": (-1, "晚上"), "前晚": (-2, "晚上"), "今早": (0, "早上"), "今晨": (0, "早上"),
    "今晚": (0, "晚上"), "明早": (1, "早上"), "明晚": (1, "晚上"), "当晚": (0, "晚上"),
}  # fmt: skip
_HOLIDAYS = {"元旦": (1, 1), "五一": (5, 1), "劳动节": (5, 1), "十一": (10, 1), "国庆": (10, 1), "清明": (4, 4)}
_SEASONS = {"春天": (3, 5), "夏天": (6, 8), "秋天": (9, 11), "冬天": (12, 2)}
YEARS = {"大前年": -3, "前年": -2, "去年": -1, "今年": 0, "明年": 1}
_WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6, "末": 5}


_UNIT_DAYS = {"年": 365, "月": 30, "周": 7, "星期": 7, "礼拜": 7, "天": 1}
_UNIT_PRECISION = {"年": "year", "月": "month", "周": "week", "星期": "week", "礼拜": "week", "天": "day"}


class TimeRange(NamedTuple):
    since: datetime | None
    until: datetime | None
    precision: str | None
    repeat: str | None


@dataclass(slots=True)
class TimeFields:
    """What the parts of one expression say together, before they are resolved."""

    day: date | None = None
    day_end: date | None = None
    precision: str | None = None
    hours: tuple[int, int] | None = None
    is_night: bool = False
    clock: tuple[int, int] | None = None
    repeat: str | None = None
    direct: tuple[datetime, datetime] | None = None
    is_vague: bool = False


def kind_of(found: re.Match[str]) -> str:
    for kind in _KINDS:
        if found.group(kind) is not None:
            return kind
    return ""


_KINDS = (
    "rain", "daily", "weekly", "monthly", "yearly", "peak", "iso", "full", "month", "relmonth", "dayofmonth", "week",
    "ago", "span", "year", "daypart", "day", "part", "season", "holiday", "clock", "justnow", "recent",
)  # fmt: skip


def settle(fields: TimeFields, at: datetime) -> TimeRange:
    if fields.is_vague:
        return TimeRange(None, None, fields.precision, fields.repeat)
    if fields.direct is not None:
        return TimeRange(*fields.direct, fields.precision, fields.repeat)
    if fields.repeat is not None and fields.day is None:
        return TimeRange(None, None, fields.precision, fields.repeat)
    day = fields.day
    if fields.clock is not None:
        hour, minute = fields.clock
        moment = moment_of(day or at.date(), hour, minute)
        if day is None and moment > at + timedelta(minutes=30):
            moment -= timedelta(days=1)
        length = timedelta(minutes=1) if fields.precision == "minute" else timedelta(hours=1)
        return TimeRange(moment, moment + length, fields.precision or "hour", fields.repeat)
    if fields.hours is not None:
        low, high = fields.hours
        moment = moment_of(day or at.date(), low, 0)
        if day is None and moment > at:
            moment -= timedelta(days=1)
        return TimeRange(moment, moment + timedelta(hours=high - low), "part_of_day", fields.repeat)
    if day is not None:
        last = fields.day_end or day
        return TimeRange(
            moment_of(day, 0, 0), moment_of(last, 0, 0) + timedelta(days=1), fields.precision or "day", fields.repeat
        )
    return TimeRange(None, None, fields.precision, fields.repeat)


def moment_of(day: date, hour: int, minute: int) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(hours=hour, minutes=minute)


def _month_end(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def _set_month(fields: TimeFields, year: int, month: int, day: int | None) -> None:
    if day is not None:
        fields.day, fields.day_end, fields.precision = date(year, month, day), None, "day"
    else:
        fields.day, fields.day_end, fields.precision = date(year, month, 1), _month_end(year, month), "month"


def _read_repeat(atom: re.Match[str], fields: TimeFields, at: datetime, is_future: bool) -> None:
    kind = kind_of(atom)
    fields.repeat = {"peak": "daily"}.get(kind, kind)
    if atom.group() == "每晚":
        fields.hours = PARTS["晚上"]
    fields.precision = None


def _read_date(atom: re.Match[str], fields: TimeFields, at: datetime, is_future: bool) -> None:
    if atom.group("iso"):
        fields.day = date(int(atom["y1"]), int(atom["m1"]), int(atom["d1"]))
        fields.precision = "day"
        return
    year = int(atom["y2"])
    if atom["m2"]:
        _set_month(fields, year, int(atom["m2"]), int(atom["d2"]) if atom["d2"] else None)
    else:
        fields.day, fields.day_end, fields.precision = date(year, 1, 1), date(year, 12, 31), "year"


def _read_month(atom: re.Match[str], fields: TimeFields, at: datetime, is_future: bool) -> None:
    month = parse_number(atom["m3"])
    day = parse_number(atom["d3"]) if atom["d3"] else None
    if month is None or not 1 <= month <= 12:
        fields.is_vague = True
        return
    if fields.precision == "year" and fields.day is not None:
        year = fields.day.year
    else:
        year = at.year
        if is_future and month < at.month:
            year += 1
        elif not is_future and month > at.month:
            year -= 1
    _set_month(fields, year, month, day)


def _read_relative_month(atom: re.Match[str], fields: TimeFields, at: datetime, is_future: bool) -> None:
    said = atom.group("relmonth")
    shift = -2 if said.startswith("上上") else -1 if said.startswith("上") else 1 if said.startswith("下") else 0
    index = at.year * 12 + at.month - 1 + shift
    day = parse_number(atom["d4"] or atom["d5"] or "")
    _set_month(fields, index // 12, index % 12 + 1, day)


def _read_day_of_month(atom: re.Match[str], fields: TimeFields, at: datetime, is_future: bool) -> None:
    fields.day, fields.precision = date(at.year, at.month, int(atom["d6"])), "day"


def _read_week(atom: re.Match[str], fields: TimeFields, at: datetime, is_future: bool) -> None:
    said = atom.group("week")
    shift = -2 if said.startswith("上上") else -1 if said.startswith("上") else 1 if said.startswith("下") else 0
    monday = at.date() - timedelta(days=at.weekday()) + timedelta(weeks=shift)
    weekday = atom["w1"] or atom["w2"]
    if weekday is None:
        fields.day, fields.day_end, fields.precision = monday, monday + timedelta(days=6), "week"
        return
    fields.day, fields.precision = monday + timedelta(days=_WEEKDAYS[weekday]), "day"
    if weekday == "末":
        fields.day_end = fields.day + timedelta(days=1)


def _amount(said: str, half: str | None) -> float | None:
    if said == "半":
        return 0.5
    if "几" in said or said == "好多":
        return None
    number = parse_number(said)
    return None if number is None else number + (0.5 if half else 0.0)


def _read_ago(atom: re.Match[str], fields: TimeFields, at: datetime, is_future: bool) -> None:
    amount, unit = _amount(atom["an"], atom["ah"]), atom["au"]
    fields.precision = _UNIT_PRECISION.get(unit, "minute" if unit == "分钟" else "hour")
    if amount is None:
        fields.is_vague = True
        return
    if unit in _UNIT_DAYS:
        day = (at - timedelta(days=amount * _UNIT_DAYS[unit])).date()
        fields.day = day
        return
    moment = at - (timedelta(minutes=amount) if unit == "分钟" else timedelta(hours=amount))
    fields.direct = (moment, at)


def _read_span(atom: re.Match[str], fields: TimeFields, at: datetime, is_future: bool) -> None:
    amount, unit = _amount(atom["sn"], atom["sh"]), atom["su"]
    fields.precision = _UNIT_PRECISION.get(unit, "minute" if unit == "分钟" else "hour")
    if amount is None:
        fields.is_vague = True
        return
    if unit in _UNIT_DAYS:
        length = timedelta(days=amount * _UNIT_DAYS[unit])
    else:
        length = timedelta(minutes=amount) if unit == "分钟" else timedelta(hours=amount)
    fields.direct = (at - length, at)


def _read_year(atom: re.Match[str], fields: TimeFields, at: datetime, is_future: bool) -> None:
    year = at.year + YEARS[atom.group("year")]
    first, last = (1, 12)
    if atom["half"]:
        first, last = {"上半年": (1, 6), "下半年": (7, 12), "年初": (1, 3), "年底": (10, 12)}[atom["half"]]
    fields.day, fields.day_end, fields.precision = date(year, first, 1), _month_end(year, last), "year"


def _read_day_part(atom: re.Match[str], fields: TimeFields, at: datetime, is_future: bool) -> None:
    shift, part = DAY_PARTS[atom.group("daypart")]
    fields.day, fields.hours = at.date() + timedelta(days=shift), PARTS[part]
    fields.is_night = part == "晚上"
    fields.precision = "part_of_day"


def _read_day(atom: re.Match[str], fields: TimeFields, at: datetime, is_future: bool) -> None:
    fields.day, fields.day_end = at.date() + timedelta(days=DAYS[atom.group("day")]), None
    fields.precision = "day"


def _read_part(atom: re.Match[str], fields: TimeFields, at: datetime, is_future: bool) -> None:
    part = atom.group("part")
    fields.hours = PARTS[part]
    fields.is_night = PARTS[part][0] >= 13
    fields.precision = "part_of_day"


def _read_clock(atom: re.Match[str], fields: TimeFields, at: datetime, is_future: bool) -> None:
    hour = parse_number(atom["h1"] or atom["h2"])
    if atom["h2"] and len(atom["h2"]) == 2 and not atom["h2"].isascii() and "十" not in atom["h2"]:
        hour = parse_number(atom["h2"][0])  # "两三点": the earlier of the two
    if hour is None or hour > 24:
        fields.is_vague = True
        return
    minute = int(atom["n1"]) if atom["n1"] else parse_number(atom["n2"] or "") or 0
    if atom["q"]:
        minute = {"半": 30, "一刻": 15, "三刻": 45}[atom["q"]]
    if fields.is_night and hour < 12:
        hour += 12
    fields.clock = (hour, min(minute, 59))
    fields.precision = "minute" if atom["n1"] or atom["n2"] or atom["q"] else "hour"


def _read_season(atom: re.Match[str], fields: TimeFields, at: datetime, is_future: bool) -> None:
    if fields.precision == "year" and fields.day is not None:
        first, last = _SEASONS[atom.group("season").replace("季", "天")]
        year = fields.day.year
        fields.day, fields.day_end = date(year, first, 1), _month_end(year + (last < first), last)
        fields.precision = "month"
        return
    fields.repeat = "yearly"


def _read_holiday(atom: re.Match[str], fields: TimeFields, at: datetime, is_future: bool) -> None:
    fixed = _HOLIDAYS.get(atom.group("holiday").rstrip("节"))
    if fixed is None:
        fields.is_vague = True
        return
    year = fields.day.year if fields.precision == "year" and fields.day else at.year
    fields.day, fields.day_end, fields.precision = date(year, *fixed), None, "day"


def _read_just_now(atom: re.Match[str], fields: TimeFields, at: datetime, is_future: bool) -> None:
    fields.direct, fields.precision = (at - timedelta(minutes=30), at), "hour"


def _read_recent(atom: re.Match[str], fields: TimeFields, at: datetime, is_future: bool) -> None:
    fields.is_vague = True


READERS = {
    "rain": _read_repeat, "daily": _read_repeat, "weekly": _read_repeat, "monthly": _read_repeat,
    "yearly": _read_repeat, "peak": _read_repeat, "iso": _read_date, "full": _read_date, "month": _read_month,
    "relmonth": _read_relative_month, "dayofmonth": _read_day_of_month, "week": _read_week, "ago": _read_ago,
    "span": _read_span, "year": _read_year, "daypart": _read_day_part, "day": _read_day, "part": _read_part,
    "season": _read_season, "holiday": _read_holiday, "clock": _read_clock, "justnow": _read_just_now,
    "recent": _read_recent,
}  # fmt: skip
