"""Finds expressions of time, keeps them as said, and resolves those that can be resolved against the moment of sending.

Nothing is filled in by default: what cannot be resolved keeps ``since`` and ``until`` as None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from nlp.numerals import parse_number
from nlp.understanding import TimeExpression
from nlp.watch import Watched, marks_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nlp.watch import Marks

SHANGHAI = ZoneInfo("Asia/Shanghai")

_N = r"(?:\d{1,3}|[一二两三四五六七八九十百俩]{1,3})"
_SOFT = r"(?:快|近|将近|大概|大约|差不多|整整|足足)?"

_PARTS: dict[str, tuple[int, int]] = {
    "凌晨": (0, 5), "半夜三更": (0, 5), "三更半夜": (0, 5), "大半夜": (0, 5), "半夜": (0, 5), "后半夜": (0, 5),
    "一大早": (5, 8), "大清早": (5, 8), "清早": (5, 8), "清晨": (5, 8), "早上": (6, 10), "早晨": (6, 10),
    "上午": (8, 12), "中午": (11, 14), "午休": (12, 14), "下午": (13, 18), "傍晚": (17, 19), "晚上": (19, 24),
    "夜里": (19, 24), "夜晚": (19, 24), "夜间": (19, 24), "深夜": (22, 24), "大白天": (8, 18), "白天": (8, 18),
}  # fmt: skip
_DAYS = {
    "大前天": -3, "前天": -2, "前日": -2, "昨天": -1, "昨日": -1, "昨儿": -1,
    "今天": 0, "今日": 0, "今儿": 0, "当天": 0,
    "明天": 1, "明日": 1, "明儿": 1, "大后天": 3, "后天": 2,
}  # fmt: skip
_DAY_PARTS = {
    "昨晚": (-1, "晚上"), "昨夜": (-1, "晚上"), "前晚": (-2, "晚上"), "今早": (0, "早上"), "今晨": (0, "早上"),
    "今晚": (0, "晚上"), "明早": (1, "早上"), "明晚": (1, "晚上"), "当晚": (0, "晚上"),
}  # fmt: skip
_HOLIDAYS = {"元旦": (1, 1), "五一": (5, 1), "劳动节": (5, 1), "十一": (10, 1), "国庆": (10, 1), "清明": (4, 4)}
_SEASONS = {"春天": (3, 5), "夏天": (6, 8), "秋天": (9, 11), "冬天": (12, 2)}
_YEARS = {"大前年": -3, "前年": -2, "去年": -1, "今年": 0, "明年": 1}
_WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6, "末": 5}


def _any(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_ATOMS = Watched(
    "|".join(
        (
            r"(?P<rain>一到(?:下)?雨天|一下(?:大|暴|点)?雨(?:天)?|(?:一)?落雨(?:天)?就|一落雨|下雨天|下大雨|下雨就|每次下雨|雨天|梅雨天?|雨季|刮风下雨)",
            r"(?P<daily>每天|天天|每日|成天|整天|一天到晚|每晚|夜夜)",
            r"(?P<weekly>每(?:个)?(?:周|星期|礼拜)(?:[一二三四五六日天末])?|周末|节假日)",
            r"(?P<monthly>每个?月|月月|初一十五)",
            r"(?P<yearly>每年|年年)",
            r"(?P<peak>早晚高峰|早高峰|晚高峰|高峰期?|上下班(?:时间|的时候)?)",
            r"(?P<iso>(?P<y1>(?:19|20)\d{2})\s*[-/.]\s*(?P<m1>\d{1,2})\s*[-/.]\s*(?P<d1>\d{1,2})(?!\d))",
            r"(?P<full>(?P<y2>(?:19|20)\d{2})\s*年(?:\s*(?P<m2>\d{1,2})\s*月(?:份|底|初)?(?:\s*(?P<d2>\d{1,2})\s*[日号]?)?)?)",
            rf"(?P<month>(?P<m3>\d{{1,2}}|十[一二]?|[一二三四五六七八九])月(?:份|底|初|中旬|下旬|上旬)?(?:\s*(?P<d3>{_N})\s*[日号])?)(?!个)",
            rf"(?P<relmonth>(?:上上|上|这|本|下)个?月(?:份|底|初|中旬)?(?:\s*(?P<d4>{_N})\s*[日号])?|月[初底](?:\s*(?P<d5>\d{{1,2}})[日号])?)",
            r"(?P<dayofmonth>(?<![\d栋幢单元楼-])(?P<d6>\d{1,2})[日号](?=(?:那天|上午|下午|早上|晚上|中午|凌晨|夜里|开始|起|之前|以前|停)))",
            r"(?P<week>(?:上上|上|这|本|下)(?:个)?(?:周|星期|礼拜)(?P<w1>[一二三四五六日天末])?|(?:周|星期|礼拜)(?P<w2>[一二三四五六日天])(?!期))",
            rf"(?P<ago>(?:大概|大约|差不多)?(?P<an>好几|几|半|{_N})个?(?P<ah>半)?(?P<au>年|月|周|星期|礼拜|天|小时|钟头|分钟)(?:多)?(?:前|以前|之前))",
            rf"(?P<span>{_SOFT}(?:(?P<sn>好几|十几|几十|几|好多|半|{_N})(?:多|来)?个?(?P<sh>半)?多?(?P<su>年|月|周|星期|礼拜|天|小时|钟头|分钟)(?!月|气)(?:多)?))",
            rf"(?P<year>{_any(_YEARS)})(?P<half>上半年|下半年|年初|年底)?",
            rf"(?P<daypart>{_any(_DAY_PARTS)})",
            rf"(?P<day>{_any(_DAYS)})",
            rf"(?P<part>{_any(_PARTS)})",
            r"(?P<season>春天|夏天|秋天|冬天|夏季|冬季)",
            r"(?P<holiday>元旦|清明节?|五一|劳动节|国庆节?|中秋节?|端午节?|春节|过年|除夕)",
            rf"(?P<clock>(?P<h1>\d{{1,2}})[:：](?P<n1>\d{{2}})|(?<![有差快早一二三四五六七八九十])(?P<h2>\d{{1,2}}|[一二两三四五六七八九十]{{1,3}})点钟?(?P<q>半|一刻|三刻)?(?:(?P<n2>{_N})分)?(?:左右|多钟?|以后|之后|后(?!面|来|天)|以前|之前)?(?!点|意见|问题|建议|东西|事|水|钱|儿|都|也|小|像|希望))",
            r"(?P<justnow>刚才|刚刚|方才|刚(?=下|进|出|回|到|才|走|听|闻|看))",
            r"(?P<recent>这几天|这两天|前几天|前两天|近几天|近来|近期|最近|近日|前一阵子?|前段时间|这段时间|这阵子|前几个?月|这几年|近几年|前几年|前两年)",
        )
    )
)
_GAP = re.compile(r"[\s的,，]{0,1}")
_TO = re.compile(r"\s*(?:到|至|-|~|～|—|–)\s*")
_NAMES_A_DAY = re.compile(r"[天日号月年周期]|[昨今明前]")
_FUTURE = re.compile(r"(?:要|将|准备|打算|计划|以后|之前能|能不能)")
_UNIT_DAYS = {"年": 365, "月": 30, "周": 7, "星期": 7, "礼拜": 7, "天": 1}
_UNIT_PRECISION = {"年": "year", "月": "month", "周": "week", "星期": "week", "礼拜": "week", "天": "day"}


class _Range(NamedTuple):
    since: datetime | None
    until: datetime | None
    precision: str | None
    repeat: str | None


@dataclass(slots=True)
class _Fields:
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


def find_times(text: str, at: datetime, marks: Marks | None = None) -> tuple[TimeExpression, ...]:
    """Every expression of time in the text, in order.

    Args:
        text: the text, at any length; offsets in the answer are code points into it.
        at: when it was sent, aware; resolved times carry the offset of Asia/Shanghai.
        marks: the marks of the text (see ``nlp.watch``), where they are known.
    """
    marks = marks_of(text) if marks is None else marks
    if not _ATOMS.may_match(marks):
        return ()
    local = at.astimezone(SHANGHAI)
    atoms = [found for found in _ATOMS.pattern.finditer(text) if not _is_false(text, found)]
    found_times: list[TimeExpression] = []
    group: list[re.Match[str]] = []

    def close() -> None:
        if group:
            found_times.append(_resolve(text, group, local))
            group.clear()

    for atom in atoms:
        if group:
            between = text[group[-1].end() : atom.start()]
            if not (between == "" or between in " 的") or not _may_join(group, atom):
                close()
        group.append(atom)
    close()
    return _join_ranges(text, found_times)


def _is_false(text: str, found: re.Match[str]) -> bool:
    before = text[max(0, found.start() - 2) : found.start()]
    said = found.group()
    kind = found.lastgroup
    if kind in ("span", "su") or found.group("span"):
        if said.startswith("半") and found.group("su") in ("天", "年", "个月") and before.endswith("两"):
            return True
        # Parts of other words: "二年级", "三天两头", "一年四季" stay times; "第三天" is a day in a count.
        return before.endswith("第") or text[found.end() : found.end() + 1] in ("级", "龄", "代", "生", "花")
    if found.group("month"):
        return before.endswith(("每", "个")) and "月" in said and len(said) == 1
    if found.group("clock"):
        # "有一点", "早点" are no clock times.
        return said in ("一点", "两点", "几点") and not re.search(r"[晚夜午晨早到]$", before)
    if found.group("holiday") == "五一":
        return before.endswith(("栋", "第"))
    return False


def _may_join(group: list[re.Match[str]], atom: re.Match[str]) -> bool:
    kinds = {_kind(one) for one in group}
    kind = _kind(atom)
    if kind in kinds or "span" in kinds or kind == "span":
        return False
    order: tuple[str, ...] = (
        "yearly",
        "monthly",
        "weekly",
        "daily",
        "year",
        "full",
        "iso",
        "season",
        "holiday",
        "month",
        "relmonth",
    )
    order += ("dayofmonth", "week", "day", "daypart", "part", "clock")
    return kind in order and all(one in order and order.index(one) < order.index(kind) for one in kinds)


def _kind(found: re.Match[str]) -> str:
    for kind in _KINDS:
        if found.group(kind) is not None:
            return kind
    return ""


_KINDS = (
    "rain", "daily", "weekly", "monthly", "yearly", "peak", "iso", "full", "month", "relmonth", "dayofmonth", "week",
    "ago", "span", "year", "daypart", "day", "part", "season", "holiday", "clock", "justnow", "recent",
)  # fmt: skip


def _resolve(text: str, group: list[re.Match[str]], at: datetime) -> TimeExpression:
    start, end = group[0].start(), group[-1].end()
    fields = _Fields()
    is_future = _FUTURE.search(text[end : end + 6]) is not None
    for atom in group:
        try:
            _READERS[_kind(atom)](atom, fields, at, is_future)
        except (ValueError, OverflowError):
            # A date that does not exist ("2月31号") is kept as said and not resolved.
            fields.is_vague = True
    since, until, precision, repeat = _settle(fields, at)
    return TimeExpression(text[start:end], start, end, since, until, precision, repeat)


def _settle(fields: _Fields, at: datetime) -> _Range:
    if fields.is_vague:
        return _Range(None, None, fields.precision, fields.repeat)
    if fields.direct is not None:
        return _Range(*fields.direct, fields.precision, fields.repeat)
    if fields.repeat is not None and fields.day is None:
        return _Range(None, None, fields.precision, fields.repeat)
    day = fields.day
    if fields.clock is not None:
        hour, minute = fields.clock
        moment = _at(day or at.date(), hour, minute)
        if day is None and moment > at + timedelta(minutes=30):
            moment -= timedelta(days=1)
        length = timedelta(minutes=1) if fields.precision == "minute" else timedelta(hours=1)
        return _Range(moment, moment + length, fields.precision or "hour", fields.repeat)
    if fields.hours is not None:
        low, high = fields.hours
        moment = _at(day or at.date(), low, 0)
        if day is None and moment > at:
            moment -= timedelta(days=1)
        return _Range(moment, moment + timedelta(hours=high - low), "part_of_day", fields.repeat)
    if day is not None:
        last = fields.day_end or day
        return _Range(_at(day, 0, 0), _at(last, 0, 0) + timedelta(days=1), fields.precision or "day", fields.repeat)
    return _Range(None, None, fields.precision, fields.repeat)


def _at(day: date, hour: int, minute: int) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(hours=hour, minutes=minute)


def _month_end(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def _set_month(fields: _Fields, year: int, month: int, day: int | None) -> None:
    if day is not None:
        fields.day, fields.day_end, fields.precision = date(year, month, day), None, "day"
    else:
        fields.day, fields.day_end, fields.precision = date(year, month, 1), _month_end(year, month), "month"


def _read_repeat(atom: re.Match[str], fields: _Fields, at: datetime, is_future: bool) -> None:
    kind = _kind(atom)
    fields.repeat = {"peak": "daily"}.get(kind, kind)
    if atom.group() == "每晚":
        fields.hours = _PARTS["晚上"]
    fields.precision = None


def _read_date(atom: re.Match[str], fields: _Fields, at: datetime, is_future: bool) -> None:
    if atom.group("iso"):
        fields.day = date(int(atom["y1"]), int(atom["m1"]), int(atom["d1"]))
        fields.precision = "day"
        return
    year = int(atom["y2"])
    if atom["m2"]:
        _set_month(fields, year, int(atom["m2"]), int(atom["d2"]) if atom["d2"] else None)
    else:
        fields.day, fields.day_end, fields.precision = date(year, 1, 1), date(year, 12, 31), "year"


def _read_month(atom: re.Match[str], fields: _Fields, at: datetime, is_future: bool) -> None:
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


def _read_relative_month(atom: re.Match[str], fields: _Fields, at: datetime, is_future: bool) -> None:
    said = atom.group("relmonth")
    shift = -2 if said.startswith("上上") else -1 if said.startswith("上") else 1 if said.startswith("下") else 0
    index = at.year * 12 + at.month - 1 + shift
    day = parse_number(atom["d4"] or atom["d5"] or "")
    _set_month(fields, index // 12, index % 12 + 1, day)


def _read_day_of_month(atom: re.Match[str], fields: _Fields, at: datetime, is_future: bool) -> None:
    fields.day, fields.precision = date(at.year, at.month, int(atom["d6"])), "day"


def _read_week(atom: re.Match[str], fields: _Fields, at: datetime, is_future: bool) -> None:
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


def _read_ago(atom: re.Match[str], fields: _Fields, at: datetime, is_future: bool) -> None:
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


def _read_span(atom: re.Match[str], fields: _Fields, at: datetime, is_future: bool) -> None:
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


def _read_year(atom: re.Match[str], fields: _Fields, at: datetime, is_future: bool) -> None:
    year = at.year + _YEARS[atom.group("year")]
    first, last = (1, 12)
    if atom["half"]:
        first, last = {"上半年": (1, 6), "下半年": (7, 12), "年初": (1, 3), "年底": (10, 12)}[atom["half"]]
    fields.day, fields.day_end, fields.precision = date(year, first, 1), _month_end(year, last), "year"


def _read_day_part(atom: re.Match[str], fields: _Fields, at: datetime, is_future: bool) -> None:
    shift, part = _DAY_PARTS[atom.group("daypart")]
    fields.day, fields.hours = at.date() + timedelta(days=shift), _PARTS[part]
    fields.is_night = part == "晚上"
    fields.precision = "part_of_day"


def _read_day(atom: re.Match[str], fields: _Fields, at: datetime, is_future: bool) -> None:
    fields.day, fields.day_end = at.date() + timedelta(days=_DAYS[atom.group("day")]), None
    fields.precision = "day"


def _read_part(atom: re.Match[str], fields: _Fields, at: datetime, is_future: bool) -> None:
    part = atom.group("part")
    fields.hours = _PARTS[part]
    fields.is_night = _PARTS[part][0] >= 13
    fields.precision = "part_of_day"


def _read_clock(atom: re.Match[str], fields: _Fields, at: datetime, is_future: bool) -> None:
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


def _read_season(atom: re.Match[str], fields: _Fields, at: datetime, is_future: bool) -> None:
    if fields.precision == "year" and fields.day is not None:
        first, last = _SEASONS[atom.group("season").replace("季", "天")]
        year = fields.day.year
        fields.day, fields.day_end = date(year, first, 1), _month_end(year + (last < first), last)
        fields.precision = "month"
        return
    fields.repeat = "yearly"


def _read_holiday(atom: re.Match[str], fields: _Fields, at: datetime, is_future: bool) -> None:
    fixed = _HOLIDAYS.get(atom.group("holiday").rstrip("节"))
    if fixed is None:
        fields.is_vague = True
        return
    year = fields.day.year if fields.precision == "year" and fields.day else at.year
    fields.day, fields.day_end, fields.precision = date(year, *fixed), None, "day"


def _read_just_now(atom: re.Match[str], fields: _Fields, at: datetime, is_future: bool) -> None:
    fields.direct, fields.precision = (at - timedelta(minutes=30), at), "hour"


def _read_recent(atom: re.Match[str], fields: _Fields, at: datetime, is_future: bool) -> None:
    fields.is_vague = True


_READERS = {
    "rain": _read_repeat, "daily": _read_repeat, "weekly": _read_repeat, "monthly": _read_repeat,
    "yearly": _read_repeat, "peak": _read_repeat, "iso": _read_date, "full": _read_date, "month": _read_month,
    "relmonth": _read_relative_month, "dayofmonth": _read_day_of_month, "week": _read_week, "ago": _read_ago,
    "span": _read_span, "year": _read_year, "daypart": _read_day_part, "day": _read_day, "part": _read_part,
    "season": _read_season, "holiday": _read_holiday, "clock": _read_clock, "justnow": _read_just_now,
    "recent": _read_recent,
}  # fmt: skip


def _join_ranges(text: str, times: list[TimeExpression]) -> tuple[TimeExpression, ...]:
    """ "8点到12点" is one expression from the first to the last."""
    joined: list[TimeExpression] = []
    for time in times:
        if joined:
            before = joined[-1]
            between = text[before.end : time.start]
            if between and len(between) <= 3 and _TO.fullmatch(between):
                until = time.until
                if before.since and until and not _NAMES_A_DAY.search(time.text):
                    # "明天8点到12点": the second end lies on the day of the first, or in the night after it.
                    length = until - _at(until.astimezone(SHANGHAI).date(), 0, 0)
                    until = _at(before.since.date(), 0, 0) + length
                    if until <= before.since:
                        until += timedelta(days=1)
                joined[-1] = TimeExpression(
                    text[before.start : time.end], before.start, time.end,
                    before.since, until, time.precision, before.repeat or time.repeat,
                )  # fmt: skip
                continue
        joined.append(time)
    return tuple(joined)
