"""The clock: ticks at fixed intervals and does what the tables say is due; it holds no state of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, timedelta

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from models import Database, Session
from models.lock import HolderLock
from services import alerts, notices, safety_review
from services.ports import Act
from settings.schema import AlertSettings

log = structlog.get_logger(__name__)

DUE_EVERY_SECONDS = 15
REVIEW_EVERY_SECONDS = 60
BEING_ANSWERED = timedelta(seconds=10)
"""A message younger than this is most likely being answered just now."""

Use = Callable[[Session, Act], object]


class Clock:
    """A few fixed jobs. In an installation of many processes one of them holds the clock; the others stand by.

    ``sweep`` answers what was received and never answered; ``act`` gives the act of the present moment.
    """

    def __init__(
        self,
        database: Database,
        act: Callable[[], Act],
        sweep: Callable[[timedelta], int],
        settings: AlertSettings,
        *,
        due: Sequence[Use] | None = None,
        reviews: Sequence[Use] | None = None,
    ) -> None:
        safety_after = timedelta(minutes=settings.safety_answer_minutes)

        def review_safety(session: Session, act: Act) -> object:
            return safety_review.expire_unanswered(session, act, safety_after)

        self._database = database
        self._act = act
        self._sweep = sweep
        self._due = due if due is not None else (alerts.escalate_due, notices.deliver_due)
        self._reviews = reviews if reviews is not None else (review_safety,)
        self._lock = HolderLock(database, "linli:clock")
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(2)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Tick from now on; what waited since the last run is done at once."""
        self._scheduler.add_job(self.do_due, "interval", seconds=DUE_EVERY_SECONDS, id="due")
        self._scheduler.add_job(self.do_reviews, "interval", seconds=REVIEW_EVERY_SECONDS, id="reviews")
        self._scheduler.add_job(self.catch_up, id="catch_up")
        self._scheduler.start()

    def stop(self) -> None:
        """End; a job that is running ends its transaction first, for up to three seconds."""
        if self._scheduler.running:
            self._scheduler.remove_all_jobs()
            self._scheduler.shutdown(wait=False)
        self._lock.release()

    def catch_up(self) -> None:
        """At the start: what was received before a crash is answered, whatever its age."""
        if self._lock.is_held():
            self._answer_waiting(timedelta(0))
            self.do_due()

    def do_due(self) -> None:
        """What is due: the next person of an alert, notices."""
        if self._lock.is_held():
            for use in self._due:
                self._do(use)

    def do_reviews(self) -> None:
        """Safety questions nobody answered go to a person; messages nobody answered are answered."""
        if self._lock.is_held():
            for use in self._reviews:
                self._do(use)
            self._answer_waiting(BEING_ANSWERED)

    def _answer_waiting(self, older_than: timedelta) -> None:
        try:
            count = self._sweep(older_than)
        except Exception as error:
            log.exception("sweep_failed", error=type(error).__name__)
        else:
            if count:
                log.info("answered_late", count=count)

    def _do(self, use: Use) -> None:
        started = time.monotonic()
        name = getattr(use, "__name__", str(use))
        try:
            with self._database.transaction() as session:
                use(session, self._act())
        except Exception as error:
            log.exception("job_failed", job=name, error=type(error).__name__)
        took = time.monotonic() - started
        if took > DUE_EVERY_SECONDS:
            log.warning("job_slow", job=name, seconds=round(took, 1))
