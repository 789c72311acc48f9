"""Takes each chat's messages in order: photos fetched, albums made whole, staff linked, then answered."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from dataclasses import replace as replaced
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.channels.telegram.reading import Extra
from bot.messages import Inbound, Reply
from bot.reception import Reception
from bot.replies.wording import say
from models import Channel, Database, InboxState, OutboxKind
from services import delivery, inbox, residents, staff
from services.places import find_community
from services.ports import Clock

log = structlog.get_logger(__name__)

ALBUM_WAIT = timedelta(seconds=1.5)
"""How long after its last piece an album counts as whole; nothing says so."""
TRIES = 3
REFUSED: dict[str, Any] = {"refused": "too_big"}
AT_ONCE = 8
"""Chats answered at the same time."""

FetchPhotos = Callable[[Sequence[str]], Awaitable[list[dict[str, Any]]]]
"""Fetches files and keeps them; one that cannot be taken has no path, only the reason."""
SayAtOnce = Callable[[str, Reply], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Piece:
    """One inbox row that waits, read out of its session."""

    id: int
    payload: dict[str, Any]
    received_at: datetime

    @property
    def inbound(self) -> Inbound:
        return Inbound.from_json(Channel.TELEGRAM, self.payload)

    @property
    def extra(self) -> Extra:
        return Extra.from_json(self.payload.get("telegram", {}))

    @property
    def album(self) -> str | None:
        return self.extra.album


class Chats:
    """One queue per chat, on the loop of the Telegram thread; the work itself runs in threads, some chats at a time."""

    def __init__(
        self, database: Database, reception: Reception, clock: Clock, fetch: FetchPhotos, say_at_once: SayAtOnce
    ) -> None:
        self._database = database
        self._reception = reception
        self._clock = clock
        self._fetch = fetch
        self._say_at_once = say_at_once
        self._queues: dict[str, deque[int]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._room = asyncio.Semaphore(AT_ONCE)

    def take(self, chat: str, inbox_id: int) -> None:
        """Answer this row after what the chat said before it. Called on the loop."""
        queue = self._queues.setdefault(chat, deque())
        if inbox_id not in queue:
            queue.append(inbox_id)
        if chat not in self._tasks:
            self._tasks[chat] = asyncio.create_task(self._work(chat))

    async def resume(self) -> None:
        """Take everything that was received and never answered, as after a crash."""
        last = 0
        while True:
            rows = await asyncio.to_thread(self._waiting, last)
            if not rows:
                return
            for inbox_id, sender in rows:
                self.take(sender, inbox_id)
            last = rows[-1][0]

    async def finish(self, timeout: float) -> None:
        """Wait for what is being answered just now; what only waits stays in the inbox."""
        for queue in self._queues.values():
            queue.clear()
        tasks = list(self._tasks.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=timeout)
            for task in late:
                task.cancel()

    async def _work(self, chat: str) -> None:
        queue = self._queues[chat]
        tries = 0
        try:
            while queue:
                try:
                    done = await self._work_one(chat, tuple(queue))
                except Exception as error:
                    log.exception("telegram_message_failed", error=type(error).__name__)
                    tries += 1
                    if tries < TRIES:
                        await asyncio.sleep(tries)
                        continue
                    await self._give_up(queue[0])
                    done = set(queue)  # what is behind it stays in the inbox and is taken up again in a minute
                if done:
                    tries = 0
                for inbox_id in [one for one in queue if one in done]:
                    queue.remove(inbox_id)
        finally:
            self._tasks.pop(chat, None)
            if not queue:
                self._queues.pop(chat, None)

    async def _work_one(self, chat: str, waiting: Sequence[int]) -> set[int]:
        """Work on the first report of a chat; returns the rows that are done with, none while an album may grow."""
        pieces = await asyncio.to_thread(self._load, waiting)
        if not pieces:
            return set(waiting)
        report = pieces[:1]
        if pieces[0].album is not None:
            report = [piece for piece in pieces if piece.album == pieces[0].album]
            last = max(piece.received_at for piece in report)
            wait = (ALBUM_WAIT - (self._clock.now() - last)).total_seconds()
            if wait > 0:
                await asyncio.sleep(wait)
                return set()
        async with self._room:
            await self._handle(chat, report)
        before = {one for one in waiting if one <= report[0].id}
        return before | {piece.id for piece in report}

    async def _give_up(self, inbox_id: int) -> None:
        """Count the failure; after some the row is put aside and blocks nobody."""
        try:
            await asyncio.to_thread(self._count_failure, inbox_id)
        except Exception as error:  # noqa: BLE001 - a database that does not answer: it stays as it is
            log.warning("telegram_failure_not_noted", error=type(error).__name__)

    def _count_failure(self, inbox_id: int) -> None:
        with self._database.transaction() as session:
            inbox.mark_attempt_failed(session, inbox_id, "telegram_message_failed")

    async def _handle(self, chat: str, report: list[Piece]) -> None:
        first = report[0]
        if not inbox.is_complete(first.payload):
            extra = first.extra
            if extra.event is not None:
                await asyncio.to_thread(self._note_event, chat, first, extra.event)
                return
            if extra.link is not None:
                await self._link(chat, first, extra.link)
                return
            inbound = first.inbound
            if extra.start is not None:
                inbound = await asyncio.to_thread(self._at_start, inbound, extra.start)
            files = [file for piece in report for file in piece.extra.files]
            photos = await self._fetch(files)
            photos += [REFUSED] * sum(piece.extra.refused for piece in report)
            inbound = replaced(
                inbound,
                text="\n".join(text for piece in report if (text := piece.inbound.text)) if files else inbound.text,
                photos=tuple(photos),
            )
            await asyncio.to_thread(self._complete, report, inbound)
        await asyncio.to_thread(self._reception.answer, first.id)

    def _load(self, ids: Sequence[int]) -> list[Piece]:
        with self._database.reader() as session:
            return [
                Piece(row.id, dict(row.payload), row.received_at)
                for row in inbox.list_rows(session, ids)
                if row.state is InboxState.RECEIVED
            ]

    def _waiting(self, after_id: int) -> list[tuple[int, str]]:
        with self._database.reader() as session:
            rows = inbox.list_waiting_of(session, Channel.TELEGRAM, after_id=after_id)
            return [(row.id, row.sender) for row in rows]

    def _complete(self, report: list[Piece], inbound: Inbound) -> None:
        payload = {**report[0].payload, **inbound.to_json()}
        rest = [piece.id for piece in report[1:]]
        with self._database.transaction() as session:
            inbox.complete(session, report[0].id, payload, self._clock.now(), pieces=rest)

    def _at_start(self, inbound: Inbound, payload: str) -> Inbound:
        """``/start CODE``, or ``/start CODE_BUILDING_UNIT`` from a stairwell; the dialogue takes it from there."""
        with self._database.reader() as session:
            if "_" not in payload or find_community(session, payload) is not None:
                return replaced(inbound, text=f"/start {payload}".strip())
            code, _, place = payload.partition("_")
            building, _, unit = place.partition("_")
            return replaced(inbound, text=f"/start {code}", building=building or None, unit=unit or None)

    def _note_event(self, chat: str, piece: Piece, event: str) -> None:
        now = self._clock.now()
        with self._database.transaction() as session:
            if event in ("blocked", "back"):
                residents.set_reachable(session, Channel.TELEGRAM, chat, now, is_reachable=event == "back")
            if event == "edited" and not residents.is_staff_contact(session, Channel.TELEGRAM, chat):
                talk = residents.find_talk(session, Channel.TELEGRAM, chat)
                if talk is not None:
                    delivery.queue_answer(session, talk.conversation, Channel.TELEGRAM, [say("edited")], now)
            inbox.settle(session, piece.id, now)

    async def _link(self, chat: str, piece: Piece, code: str) -> None:
        """Link this chat to a member of staff. A wrong code has no contact to queue for, so it is answered at once."""
        if not await asyncio.to_thread(self._redeem, chat, piece, code):
            await self._say_at_once(chat, say("staff_link_wrong"))

    def _redeem(self, chat: str, piece: Piece, code: str) -> bool:
        now = self._clock.now()
        with self._database.transaction() as session:
            person = staff.redeem_link_code(session, code, Channel.TELEGRAM, chat, now)
            inbox.settle(session, piece.id, now)
            if person is None:
                return False
            contact = next(
                one
                for one in staff.list_contacts(session, person.id)
                if one.channel is Channel.TELEGRAM and one.external_id == chat
            )
            said = delivery.Unasked(OutboxKind.ANSWER, (say("staff_linked", name=person.name),))
            delivery.send_unasked(session, contact, said, now)
            return True
