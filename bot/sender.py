"""The sender: empties the outbox, one reply after the other, at the pace the outside allows."""

from __future__ import annotations

import heapq
import os
import random
import secrets
import socket
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from models import Channel, Database
from services import delivery
from services.delivery import UNSURE, Claim
from services.ports import Clock, DeliveryError, OutsideChannel
from settings.schema import DeliverySettings

log = structlog.get_logger(__name__)

IDLE_SECONDS = 2.0
"""How often the outbox is looked at when nothing wakes the sender: another process may have queued something."""
PER_CHAT_SECONDS = 1.0
OVERALL_SECONDS = 1 / 30
IN_HAND = 20
FIRST_BACKOFF_SECONDS = 5.0
LONGEST_BACKOFF_SECONDS = 1800.0


@dataclass(order=True)
class _Work:
    """One reply of a claimed row, and the moment (monotonic) from which it may go."""

    ready_at: float
    order: int
    claim: Claim = field(compare=False)
    index: int = field(compare=False)


class Sender:
    """Claims what is due, sends it, and notes what came of it. No session is open while something is being sent.

    At most one reply a second goes to one chat and thirty a second to a channel; a channel that asks for patience
    (``retry_after``) is left alone for so long.
    """

    def __init__(
        self,
        database: Database,
        channels: Mapping[Channel, OutsideChannel],
        settings: DeliverySettings,
        clock: Clock,
        *,
        hands: int = 8,
    ) -> None:
        self._database = database
        self._channels = channels
        self._settings = settings
        self._clock = clock
        self._name = f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._lease = timedelta(seconds=settings.lease_seconds)
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(hands, thread_name_prefix="send")
        self._guard = threading.Lock()
        self._waiting: list[_Work] = []
        self._in_hand = 0
        self._order = 0
        self._chat_free_at: dict[tuple[Channel, str], float] = {}
        self._channel_free_at: dict[Channel, float] = {}
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)

    def start(self) -> None:
        if self._database.is_sqlite:  # one process: whatever is claimed was claimed by one that died
            with self._database.transaction() as session:
                delivery.release_claims(session)
        self._thread.start()

    def wake(self) -> None:
        """Something was queued: look now."""
        self._wake.set()

    def stop(self, timeout: float = 3.0) -> None:
        """End after what is being sent just now; the rest goes back to the outbox."""
        self._stopping.set()
        self._wake.set()
        self._thread.join(timeout)
        self._pool.shutdown(wait=False, cancel_futures=True)
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline and self._sending():
            time.sleep(0.02)
        with self._database.transaction() as session:
            delivery.release_claims(session, self._name)

    def _sending(self) -> bool:
        with self._guard:
            return self._in_hand > len(self._waiting)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                self._claim()
            except Exception as error:  # noqa: BLE001 - a database that does not answer must not end the sender
                log.warning("outbox_not_read", error=type(error).__name__)
            self._wake.wait(min(IDLE_SECONDS, self._send_ready()))

    def _claim(self) -> None:
        with self._guard:
            room = IN_HAND - self._in_hand
        if room <= 0:
            return
        with self._database.transaction() as session:
            claims = delivery.claim_due(
                session,
                now=self._clock.now(),
                mode=self._settings.mode,
                by=self._name,
                lease=self._lease,
                limit=room,
                channels=self._channels.keys(),
            )
        with self._guard:
            self._in_hand += len(claims)
            for claim in claims:
                self._put(claim, claim.progress)
        if claims:
            self._wake.set()  # there may be more

    def _put(self, claim: Claim, index: int) -> None:
        self._order += 1
        ready_at = self._chat_free_at.get((claim.channel, claim.external_id), 0.0)
        heapq.heappush(self._waiting, _Work(ready_at, self._order, claim, index))

    def _send_ready(self) -> float:
        """Hand over everything that may go now; returns the seconds until the next one may."""
        with self._guard:
            now = time.monotonic()
            self._chat_free_at = {key: at for key, at in self._chat_free_at.items() if at > now}
            later: list[_Work] = []
            soonest = IDLE_SECONDS
            while self._waiting and self._waiting[0].ready_at <= now:
                work = heapq.heappop(self._waiting)
                free_at = self._channel_free_at.get(work.claim.channel, 0.0)
                if free_at > now:
                    later.append(work)
                    soonest = min(soonest, free_at - now)
                    continue
                self._channel_free_at[work.claim.channel] = max(now, free_at) + OVERALL_SECONDS
                self._pool.submit(self._send, work)
            for work in later:
                heapq.heappush(self._waiting, work)
            if self._waiting and self._waiting[0].ready_at > now:
                soonest = min(soonest, self._waiting[0].ready_at - now)
            return max(soonest, 0.005)

    def _send(self, work: _Work) -> None:
        claim = work.claim
        is_done = True
        try:
            if work.index < len(claim.replies):
                self._channels[claim.channel].send(claim.external_id, claim.replies[work.index])
            is_done = self._note_sent(claim, work.index + 1)
        except DeliveryError as error:
            self._settle(work, error)
        except Exception as error:
            log.exception("send_failed", outbox_id=claim.outbox_id, error=type(error).__name__)
            self._settle(work, DeliveryError(type(error).__name__, is_unsure=True))
        finally:
            with self._guard:
                self._chat_free_at[claim.channel, claim.external_id] = time.monotonic() + PER_CHAT_SECONDS
                if is_done:
                    self._in_hand -= 1
                else:
                    self._put(claim, work.index + 1)
            self._wake.set()

    def _note_sent(self, claim: Claim, sent: int) -> bool:
        """Note the progress; returns whether that was the last reply of the row."""
        now = self._clock.now()
        with self._database.transaction() as session:
            if sent >= len(claim.replies):
                delivery.mark_sent(session, claim.outbox_id, now)
                return True
            delivery.note_progress(session, claim.outbox_id, sent, claimed_until=now + self._lease)
            return False

    def _settle(self, work: _Work, error: DeliveryError) -> None:
        claim = work.claim
        now = self._clock.now()
        was_unsure = work.index == claim.progress and (claim.reason or "").startswith(UNSURE)
        if error.retry_after is not None:
            with self._guard:
                self._channel_free_at[claim.channel] = time.monotonic() + error.retry_after
            wait = error.retry_after
        else:
            wait = backoff(claim.attempts)
        is_over = (
            error.is_final
            or (error.is_unsure and was_unsure)
            or (error.retry_after is None and claim.attempts >= self._settings.max_attempts)
        )
        reason = f"{UNSURE}: {error.reason}" if error.is_unsure else error.reason
        log.warning("not_sent", outbox_id=claim.outbox_id, reason=reason, is_over=is_over)
        try:
            with self._database.transaction() as session:
                if is_over:
                    delivery.mark_failed(session, claim.outbox_id, reason, now, is_unreachable=error.is_unreachable)
                else:
                    delivery.mark_retry(session, claim.outbox_id, now + timedelta(seconds=wait), reason)
        except Exception as fault:  # noqa: BLE001 - the lease runs out and the row is tried again
            log.warning("outcome_not_noted", outbox_id=claim.outbox_id, error=type(fault).__name__)


def backoff(attempts: int) -> float:
    """Seconds to wait after so many attempts: threefold each time, up to half an hour, a little spread."""
    wait = min(FIRST_BACKOFF_SECONDS * 3.0 ** (max(attempts, 1) - 1), LONGEST_BACKOFF_SECONDS)
    return wait * random.uniform(0.9, 1.1)
