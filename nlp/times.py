"""Finds expressions of time, keeps them as said, and resolves those that can be resolved against the moment of sending.

Nothing is filled in by default: what cannot be resolved keeps ``since`` and ``until`` as None.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from nlp.time_values import DAY_PARTS, DAYS, PARTS, READERS, SHANGHAI, YEARS, TimeFields, kind_of, moment_of, settle
from nlp.understanding import TimeExpression
from nlp.watch import Watched, marks_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nlp.watch import Marks


_N = r"(?:\d{1,3}|[一二两三四五六七八九十百俩]{1,3})"
_SOFT = r"(?:快|近|将近|大概|大约|差不多|整整|足足)?"


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
            rf"(?P<year>{_any(YEARS)})(?P<half>上半年|下半年|年初|年底)?",
            rf"(?P<daypart>{_any(DAY_PARTS)})",
            rf"(?P<day>{_any(DAYS)})",
            rf"(?P<part>{_any(PARTS)})",
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
    kinds = {kind_of(one) for one in group}
    kind = kind_of(atom)
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


def _resolve(text: str, group: list[re.Match[str]], at: datetime) -> TimeExpression:
    start, end = group[0].start(), group[-1].end()
    fields = TimeFields()
    is_future = _FUTURE.search(text[end : end + 6]) is not None
    for atom in group:
        try:
            READERS[kind_of(atom)](atom, fields, at, is_future)
        except (ValueError, OverflowError):
            # A date that does not exist ("2月31号") is kept as said and not resolved.
            fields.is_vague = True
    since, until, precision, repeat = settle(fields, at)
    return TimeExpression(text[start:end], start, end, since, until, precision, repeat)


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
                    length = until - moment_of(until.astimezone(SHANGHAI).date(), 0, 0)
                    until = moment_of(before.since.date(), 0, 0) + length
                    if until <= before.since:
                        until += timedelta(days=1)
                joined[-1] = TimeExpression(
                    text[before.start : time.end], before.start, time.end,
                    before.since, until, time.precision, before.repeat or time.repeat,
                )  # fmt: skip
                continue
        joined.append(time)
    return tuple(joined)
