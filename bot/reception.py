"""The way of one message: written down and committed, then taken in order, understood, answered and committed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bot.dialogue.engine import Dialogue
from bot.messages import Answer, Inbound
from models import Database, InboxState
from services import inbox
from services.inbox import Arrival
from services.ports import Clock

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Behind:
    """The same sender said something before that nobody has answered yet."""

    waiting: tuple[int, ...]


class Reception:
    """Takes what channels bring. ``receive`` makes it durable; ``answer`` runs the dialogue over it."""

    def __init__(self, database: Database, dialogue: Dialogue, clock: Clock) -> None:
        self._database = database
        self._dialogue = dialogue
        self._clock = clock

    def receive(self, inbound: Inbound) -> int:
        """Write it to the inbox and commit; only then may it be confirmed to the outside. Returns the inbox id."""
        arrival = Arrival(inbound.channel, inbound.external_id, inbound.sender, inbound.to_json())
        with self._database.transaction() as session:
            inbox_id, _ = inbox.receive(session, arrival, self._clock.now())
        return inbox_id

    def receive_all(self, arrivals: Sequence[Arrival]) -> list[int]:
        """Write a batch to the inbox in one commit. Returns the inbox ids in the same order."""
        now = self._clock.now()
        with self._database.transaction() as session:
            return [inbox.receive(session, arrival, now)[0] for arrival in arrivals]

    def answer(self, inbox_id: int) -> Answer | None:
        """Run the dialogue over one inbox row, after whatever the same sender said before it.

        A row that was answered before gives the same answer again. None when it could not be answered; it stays in
        the inbox and is tried again by the clock.
        """
        answer = self._answer_one(inbox_id)
        if isinstance(answer, _Behind):
            for earlier in answer.waiting:
                self._answer_one(earlier, is_in_turn=True)
            answer = self._answer_one(inbox_id, is_in_turn=True)
        return answer if isinstance(answer, Answer) else None

    def hear(self, inbound: Inbound) -> Answer | None:
        """Receive and answer in one call, for channels that wait for the answer."""
        return self.answer(self.receive(inbound))

    def sweep(self, *, older_than: timedelta = timedelta(0)) -> int:
        """Answer whatever was received (so long ago) and never answered, as after a crash. Returns how many were."""
        before = self._clock.now() - older_than
        count = 0
        last = 0
        while True:
            with self._database.reader() as session:
                waiting = inbox.list_waiting(session, after_id=last, before=before)
            if not waiting:
                return count
            count += sum(self._answer_one(inbox_id, is_in_turn=True) is not None for inbox_id in waiting)
            last = waiting[-1]

    def _answer_one(self, inbox_id: int, *, is_in_turn: bool = False) -> Answer | _Behind | None:
        try:
            with self._database.transaction() as session:
                row = inbox.take(session, inbox_id)
                if row.state is InboxState.PROCESSED:
                    return Answer.from_json(row.answer or {})
                if row.state is not InboxState.RECEIVED or not inbox.is_complete(row.payload):
                    return None
                waiting = [] if is_in_turn else inbox.earlier_waiting(session, row)
                if waiting:
                    return _Behind(tuple(waiting))
                inbound = Inbound.from_json(row.channel, row.payload)
                answer = self._dialogue.respond(session, inbound, inbox_id=row.id)
                inbox.mark_processed(session, row.id, answer.to_json(), self._clock.now())
                return answer
        except Exception as error:
            log.exception("answer_failed", inbox_id=inbox_id, error=type(error).__name__)
            with self._database.transaction() as session:
                inbox.mark_attempt_failed(session, inbox_id, type(error).__name__)
            return None
