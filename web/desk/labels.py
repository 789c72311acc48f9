"""Words and icons of codes on the desk: states, urgency, classes, sources, places, times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from flask_babel import lazy_gettext as _l

from models import Resident
from nlp.similarity import Reason
from nlp.taxonomy import taxonomy
from services.deadlines import ZONE
from web.language import gettext as _
from web.language import language

STATES: dict[str, tuple[object, str, str]] = {
    "draft": (_l("草稿"), "edit", ""),
    "submitted": (_l("收到"), "inbox", ""),
    "acknowledged": (_l("已回执"), "check", ""),
    "triaged": (_l("已受理"), "checks", ""),
    "dispatched": (_l("已派出"), "arrow-right", ""),
    "accepted": (_l("承办已接"), "user", ""),
    "in_progress": (_l("办理中"), "tool", ""),
    "done_claimed": (_l("报办完"), "check", ""),
    "callback": (_l("待回访"), "phone", ""),
    "closed": (_l("已办结"), "circle-check", "good"),
    "reopened": (_l("重办"), "refresh", "bad"),
    "redirected": (_l("已转办"), "corner-up-right", ""),
    "merged": (_l("已合并"), "arrows-join", ""),
    "withdrawn": (_l("已撤回"), "message-x", ""),
    "rejected": (_l("不予受理"), "circle-x", ""),
    "plan_candidate": (_l("改造候选"), "clipboard-list", "violet"),
}
ITEM_STATES: dict[str, tuple[object, str, str]] = {
    "candidate": (_l("候选"), "circle-dashed", "violet"),
    "adopted": (_l("列入"), "circle-check", "good"),
    "designed": (_l("设计完"), "ruler", "good"),
    "under_construction": (_l("施工中"), "crane", "brown"),
    "inspected": (_l("已验收"), "certificate", "good"),
    "handed_over": (_l("已移交"), "key", ""),
    "declined": (_l("未列入"), "circle-x", "bad"),
}
URGENCIES: dict[str, object] = {"P0": _l("特急"), "P1": _l("紧急"), "P2": _l("一般"), "P3": _l("改善")}
CLASSES: dict[str, object] = {
    "A": _l("基础"),
    "B": _l("完善"),
    "C": _l("提升"),
    "D": _l("施工期"),
    "N": _l("非改造"),
}
SOURCES: dict[str, object] = {
    "web": _l("扫码聊天"),
    "telegram": _l("Telegram"),
    "console": _l("终端"),
    "phone": _l("来电"),
    "walk_in": _l("来社区"),
    "paper": _l("纸条"),
    "building_walk": _l("走楼看到"),
}
MODES: dict[str, object] = {"building_walk": _l("查实情")}
TAPS: dict[str, object] = {
    "injured": _l("有人受伤"),
    "leak": _l("漏电漏气"),
    "fire": _l("着火冒烟"),
    "falling": _l("正在掉东西或有坑"),
    "none": _l("都没有"),
}
MARKS: dict[str, object] = {
    "amended": _l("居民补充了"),
    "corrected": _l("改了类别"),
    "confirmed": _l("确认了类别"),
    "unconfirmed": _l("撤销了确认"),
    "place": _l("改了位置"),
    "urgency": _l("改了紧急程度"),
    "safety": _l("居民答了有没有危险"),
    "told": _l("已告诉居民"),
    "promoted": _l("列为改造项"),
    "urged": _l("居民催办"),
    "replied": _l("回复了居民"),
}
_SAME_PLACE: dict[str, object] = {
    "room": _l("同一户"),
    "unit": _l("同单元"),
    "building": _l("同栋"),
    "landmark": _l("同一处"),
}
NEWS: dict[str, object] = {
    "redirected": _l("转给了谁"),
    "dispatched": _l("派给了谁"),
    "closed": _l("办结"),
    "rejected": _l("不予受理的原因"),
    "reopened": _l("重新办理"),
    "adopted": _l("列入了方案"),
    "declined": _l("没列入和原因"),
    "restored": _l("重新考虑"),
    "item_designed": _l("设计完了"),
    "item_under_construction": _l("开工了"),
    "item_inspected": _l("验收了"),
    "item_handed_over": _l("移交了"),
}


class Placed(Protocol):
    """Anything with a place as said."""

    building: str | None
    unit: str | None
    floor: str | None
    room: str | None
    landmark: str | None
    is_whole_community: bool


def place_text(thing: Placed, *, empty: str | None = None) -> str:
    """The place in one line: 3栋2单元601, 3栋2单元顶楼, 篮球场, 全小区."""
    parts: list[str] = []
    if thing.building:
        parts.append("、".join(_("%(code)s栋", code=code) for code in thing.building.split(",")))
    if thing.unit:
        parts.append(_("%(code)s单元", code=thing.unit))
    if thing.room:
        parts.append(thing.room)
    elif thing.floor:
        parts.append(floor_text(thing.floor))
    text = _joined(parts)
    if thing.landmark:
        text = f"{text} {thing.landmark}".strip()
    if not text and thing.is_whole_community:
        return _("全小区")
    return text or (_("没说在哪") if empty is None else empty)


def home_text(resident: Resident) -> str:
    """The remembered home of a resident: 3栋2单元601; empty when none is known."""
    parts = [_("%(code)s栋", code=resident.home_building)] if resident.home_building else []
    if resident.home_unit:
        parts.append(_("%(code)s单元", code=resident.home_unit))
    if resident.home_room:
        parts.append(resident.home_room)
    elif resident.home_floor:
        parts.append(floor_text(resident.home_floor))
    return _joined(parts)


def _joined(parts: Sequence[str]) -> str:
    """English needs a space where Chinese has none."""
    return (" " if language() == "en" else "").join(part.strip() for part in parts)


def floor_text(floor: str) -> str:
    if floor == "top":
        return _("顶楼")
    return _("%(floor)s楼", floor=floor)


def subject_name(code: str) -> str:
    """The short name of a subject in the reader's language; the code itself for one that no longer exists."""
    if not taxonomy().has_subject(code):
        return code
    subject = taxonomy().subject(code)
    return subject.name_en if language() == "en" else subject.short_name


def moment(at: datetime, now: datetime) -> str:
    """A time as one says it: 9:12, 昨天 9:12, 9月14日 9:12, 2025年9月14日."""
    local, today = at.astimezone(ZONE), now.astimezone(ZONE).date()
    clock = f"{local.hour}:{local.minute:02d}"
    days = (local.date() - today).days
    if days == 0:
        return _("今天 %(clock)s", clock=clock)
    if days == -1:
        return _("昨天 %(clock)s", clock=clock)
    if days == 1:
        return _("明天 %(clock)s", clock=clock)
    if local.year == today.year:
        return _("%(month)s月%(day)s日 %(clock)s", month=local.month, day=local.day, clock=clock)
    return _("%(year)s年%(month)s月%(day)s日", year=local.year, month=local.month, day=local.day)


def short_moment(at: datetime, now: datetime) -> str:
    """The same in the width of a list: 9:12, 昨天, 9月14日."""
    local, today = at.astimezone(ZONE), now.astimezone(ZONE).date()
    days = (local.date() - today).days
    if days == 0:
        return f"{local.hour}:{local.minute:02d}"
    if days == -1:
        return _("昨天")
    if local.year == today.year:
        return _("%(month)s月%(day)s日", month=local.month, day=local.day)
    return f"{local.year}-{local.month:02d}-{local.day:02d}"


def span(length: timedelta) -> str:
    """A length of time in its two largest parts: 38分, 6小时32分, 3天."""
    minutes = int(length.total_seconds() // 60)
    if minutes < 60:
        return _("%(minutes)s分", minutes=max(minutes, 0))
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return _("%(hours)s小时%(minutes)s分", hours=hours, minutes=minutes) if minutes else _("%(h)s小时", h=hours)
    return _("%(days)s天", days=hours // 24)


def due(at: datetime, now: datetime) -> tuple[str, str]:
    """How a limit stands, and its tone: (超 52分, late), (剩 38分, soon), (今天 17:12, "")."""
    if at < now:
        return _("超 %(span)s", span=span(now - at)), "late"
    if at - now < timedelta(hours=1):
        return _("剩 %(span)s", span=span(at - now)), "soon"
    return moment(at, now), ""


def who(by: str, names: dict[str, str] | None = None) -> str:
    """Who did it, as people say it."""
    if by == "resident":
        return _("居民")
    if by == "linli":
        return _("邻里")
    username = by.removeprefix("staff:")
    return (names or {}).get(username, username)


def shared(reasons: Sequence[Reason]) -> str:
    """What two complaints share, in one line: 同单元 · 都说到楼道灯 · 隔12天."""
    parts: list[str] = []
    for kind, values in reasons:
        if kind == "days":
            parts.append(_("同一天") if values[0] == "0" else _("隔%(days)s天", days=values[0]))
        elif kind in ("aspect", "words"):
            parts.append(_("都说到%(what)s", what="、".join(values)))
        elif kind in _SAME_PLACE:
            parts.append(str(_SAME_PLACE[kind]))
    return " · ".join(parts)
