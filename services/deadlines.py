"""Limits by urgency: round the clock for P0 and P1, in working days with holidays and make-up days for the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import chinese_calendar

WORK_STARTS = time(9, 0)
WORK_ENDS = time(17, 30)
ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Limits:
    """When somebody must have acknowledged, called the resident, and handled it; all aware."""

    acknowledge_by: datetime
    contact_by: datetime
    resolve_by: datetime


def limits_for(urgency: str, submitted_at: datetime) -> Limits:
    """The limits of dossier 2.4 for P0 … P3. Raises KeyError for another code."""
    local = submitted_at.astimezone(ZONE)
    if urgency == "P0":
        return Limits(local + timedelta(minutes=5), local, local + timedelta(hours=2))
    if urgency == "P1":
        return Limits(local + timedelta(hours=1), local + timedelta(hours=1), local + timedelta(hours=24))
    if urgency == "P2":
        return Limits(after_working_hours(local, 8), after_working_days(local, 1), after_working_days(local, 7))
    if urgency == "P3":
        return Limits(after_working_days(local, 1), after_working_days(local, 3), after_working_days(local, 15))
    raise KeyError(urgency)


@lru_cache(maxsize=4096)
def is_workday(day: date) -> bool:
    """A working day in China, make-up days included; Monday to Friday for a year whose holidays are not known."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def is_known_year(year: int) -> bool:
    """Whether the holiday table knows this year."""
    try:
        chinese_calendar.is_workday(date(year, 6, 1))
    except NotImplementedError:
        return False
    return True


def next_working_moment(at: datetime) -> datetime:
    """``at`` itself inside working hours, else the next start of work."""
    local = at.astimezone(ZONE)
    if is_workday(local.date()):
        if local.time() < WORK_STARTS:
            return local.replace(hour=WORK_STARTS.hour, minute=WORK_STARTS.minute, second=0, microsecond=0)
        if local.time() < WORK_ENDS:
            return local
    day = local.date() + timedelta(days=1)
    while not is_workday(day):
        day += timedelta(days=1)
    return datetime.combine(day, WORK_STARTS, tzinfo=ZONE)


def after_working_hours(at: datetime, hours: float) -> datetime:
    """The moment when ``hours`` of working time have passed."""
    moment = next_working_moment(at)
    left = timedelta(hours=hours)
    while True:
        end = datetime.combine(moment.date(), WORK_ENDS, tzinfo=ZONE)
        if moment + left <= end:
            return moment + left
        left -= end - moment
        moment = next_working_moment(end)


def after_working_days(at: datetime, days: int) -> datetime:
    """The same time of day ``days`` working days later."""
    moment = next_working_moment(at)
    day = moment.date()
    for _ in range(days):
        day += timedelta(days=1)
        while not is_workday(day):
            day += timedelta(days=1)
    return datetime.combine(day, moment.timetz())
