"""Reads what staff typed into forms, and says by field what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from services.deadlines import ZONE
from services.errors import InvalidInput
from web.language import gettext as _


def words_for(error: InvalidInput) -> tuple[str, str]:
    """The field that is wrong, and a sentence about it."""
    field, reason = str(error.facts.get("field", "")), str(error.facts.get("reason", ""))
    return field, _special(field, reason) or _general(reason)


def read_day(text: str, field: str) -> date | None:
    """A date from a date field; None for an empty one. Raises InvalidInput."""
    text = text.strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(field=field, reason="not_a_date") from None
    if not 2000 <= day.year <= 2100:
        raise InvalidInput(field=field, reason="not_a_date")
    return day


def read_moment(text: str, field: str) -> datetime:
    """A moment from a date-and-time field, meant in Shanghai. Raises InvalidInput."""
    text = text.strip()
    if not text:
        raise InvalidInput(field=field, reason="required")
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(field=field, reason="not_a_date") from None
    if not 2000 <= at.year <= 2100:
        raise InvalidInput(field=field, reason="not_a_date")
    return at.replace(tzinfo=ZONE) if at.tzinfo is None else at


def read_ids(values: Iterable[str], field: str) -> list[int]:
    """Ids from ticked boxes. Raises InvalidInput for anything else."""
    try:
        return [int(value) for value in values if value.isdecimal() or int(value)]
    except ValueError:
        raise InvalidInput(field=field, reason="unknown") from None


def _general(reason: str) -> str:
    return {
        "required": _("这一格要填。"),
        "too_long": _("太长了，写短一点。"),
        "too_large": _("数太大了，检查一下。"),
        "too_precise": _("最多两位小数。"),
        "negative": _("不能是负数。"),
        "not_a_number": _("这里要填数字，比如 860。"),
        "not_positive": _("要大于 0。"),
        "not_a_date": _("这里要填日期。"),
        "unknown": _("没有这一项，重新选一下。"),
        "before_start": _("结束要在开始之后。"),
        "past": _("这个时间已经过了。"),
        "after_start": _("要在开始之前发。"),
    }.get(reason, _("这里不对，检查一下。"))


def _special(field: str, reason: str) -> str | None:
    return {
        ("title", "required"): _("给它起个名字。"),
        ("quantity", "required"): _("写上工程量，没有数就排不进方案。"),
        ("quantity", "not_positive"): _("工程量要大于 0。"),
        ("reason", "required"): _("写上原因，居民会读到。"),
        ("unit", "required"): _("工程量的单位是什么？"),
        ("complaints", "in_item"): _("有一件刚放进别的改造项了。"),
        ("complaints", "other_community"): _("有一件是别的小区的。"),
        ("starts_at", "past"): _("开始的时间已经过了。"),
    }.get((field, reason))
