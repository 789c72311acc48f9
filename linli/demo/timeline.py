"""The demo's weeks: who does what when, in order of time, and never in the future."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from datetime import datetime, time, timedelta

from services.deadlines import ZONE, next_working_moment

Deed = Callable[[datetime], None]


class Timeline:
    """Deeds waiting for their time. A deed may put down others; those later than ``until`` are never done."""

    def __init__(self, until: datetime) -> None:
        self.until = until
        self.done = 0
        self._waiting: list[tuple[datetime, int, Deed]] = []
        self._count = 0

    def put(self, at: datetime, deed: Deed) -> None:
        if at <= self.until:
            self._count += 1
            heapq.heappush(self._waiting, (at, self._count, deed))

    def put_in_office_hours(self, at: datetime, deed: Deed) -> None:
        self.put(next_working_moment(at), deed)

    def run(self, progress: Callable[[int, int], None]) -> None:
        """Do everything in order; ``progress`` is told how many of the known deeds are done."""
        while self._waiting:
            at, _, deed = heapq.heappop(self._waiting)
            deed(at)
            self.done += 1
            if self.done % 10 == 0 or not self._waiting:
                progress(self.done, self.done + len(self._waiting))


def moment_of_day(rng: random.Random, now: datetime, days_ago: float) -> datetime:
    """A time at which residents write: before work, at noon, or in the evening, so many whole days ago.

    It hangs on the day and hardly on the hour of ``now``: the demo of a seed is the same all day.
    """
    hour, minute = rng.choice((7, 8, 9, 10, 12, 12, 15, 17, 18, 19, 19, 20, 20, 21)), rng.randrange(60)
    day = now.astimezone(ZONE).date() - timedelta(days=int(days_ago))
    at = datetime.combine(day, time(hour, minute, rng.randrange(60)), tzinfo=ZONE)
    while at > now - timedelta(hours=1):
        at -= timedelta(days=1)
    return at
