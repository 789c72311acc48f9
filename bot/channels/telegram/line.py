"""The line to Telegram: its own thread and loop, reading that commits before it confirms, sending for the outbox."""

from __future__ import annotations

import asyncio
import os
import threading
import warnings
from collections.abc import Coroutine, Sequence
from concurrent.futures import CancelledError
from dataclasses import asdict
from typing import Any, TypeVar

import structlog
from telegram import Bot, BotCommand, LinkPreviewOptions
from telegram.error import BadRequest, Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.request import HTTPXRequest
from telegram.warnings import PTBUserWarning

from bot.channels.telegram.chats import Chats
from bot.channels.telegram.reading import ALLOWED_UPDATES, MAX_FILE_BYTES, Extra, arrival_of, update_id_of
from bot.channels.telegram.sending import as_delivery_error, keyboard, pieces, seconds
from bot.messages import Reply
from bot.reception import Reception
from models import Channel, Database
from services.photos import PhotoFolder, PhotoRefused
from services.ports import Clock, DeliveryError, Sent
from settings.schema import TelegramSettings

log = structlog.get_logger(__name__)
T = TypeVar("T")

os.environ.setdefault("PTB_TIMEDELTA", "1")  # else each wait Telegram asks for raises a deprecation warning
# Raw updates are wanted: one the library cannot parse must not stop the rest.
warnings.filterwarnings("ignore", message="Please use 'Bot.getUpdates'", category=PTBUserWarning)

RESUME_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 30.0
SEND_SECONDS = 40.0
COMMANDS = (BotCommand("start", "开始"), BotCommand("status", "查进度"), BotCommand("help", "怎么用"))


class Telegram:
    """Implements services.ports.OutsideChannel. ``start`` reads until ``stop_reading``; ``stop`` ends the thread."""

    channel = Channel.TELEGRAM

    def __init__(
        self,
        settings: TelegramSettings,
        database: Database,
        reception: Reception,
        photos: PhotoFolder,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._reception = reception
        self._photos = photos
        self._clock = clock
        self._bot = _bot_of(settings)
        self._chats: Chats | None = None
        self._database = database
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="telegram", daemon=True)
        self._reading: asyncio.Task[None] | None = None
        self._background: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        self._thread.start()

    def stop_reading(self, timeout: float = 3.0) -> None:
        """Ask for no more updates, and let what is being answered be answered."""
        if self._thread.is_alive():
            self._wait(self._stop_reading(timeout), timeout + 2)

    def stop(self, timeout: float = 3.0) -> None:
        """End the thread; nothing is sent any more."""
        if self._thread.is_alive():
            self._wait(self._close(), timeout)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout)

    def send(self, external_id: str, reply: Reply) -> Sent:
        """Send one reply to a chat. Raises DeliveryError."""
        future = asyncio.run_coroutine_threadsafe(self._send(external_id, reply), self._loop)
        try:
            return future.result(SEND_SECONDS)
        except TelegramError as error:
            raise as_delivery_error(error) from error
        except (TimeoutError, CancelledError) as error:
            future.cancel()
            raise DeliveryError(type(error).__name__, is_unsure=True) from error

    # ----- the thread

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._reading = self._loop.create_task(self._read())
        self._loop.run_forever()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def _wait(self, work: Coroutine[Any, Any, T], timeout: float) -> T | None:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(timeout)
        except (TimeoutError, CancelledError):
            return None

    async def _stop_reading(self, timeout: float) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading], timeout=timeout)
        if self._chats is not None:
            await self._chats.finish(timeout)

    async def _close(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._bot.shutdown()

    # ----- reading

    async def _read(self) -> None:
        self._chats = Chats(self._database, self._reception, self._clock, self._fetch, self._say_at_once)
        self._keep(self._resume_always())
        await self._connect()
        offset: int | None = None
        pause = 0.0
        while True:
            if pause:
                await asyncio.sleep(pause)
            try:
                updates = await self._updates(offset)
                offset = await self._store(updates, offset)
            except TelegramError as error:
                pause = _pause_after(error, pause)
            except Exception as error:
                log.exception("telegram_not_stored", error=type(error).__name__)
                pause = _longer(pause)
            else:
                pause = 0.0 if updates else self._idle_pause

    @property
    def _idle_pause(self) -> float:
        """A server that does not hold the request open must not be asked in a tight loop."""
        return 0.0 if self._settings.poll_timeout_seconds else 0.5

    async def _connect(self) -> None:
        """Reach Telegram, take a set webhook away (it would forbid polling), offer the menu."""
        pause = 0.0
        while True:
            try:
                await self._bot.initialize()
                await self._bot.delete_webhook()
                break
            except TelegramError as error:
                pause = _pause_after(error, pause)
                await asyncio.sleep(pause)
        log.info("telegram_connected", bot=self._bot.username)
        try:
            await self._bot.set_my_commands(COMMANDS)
        except TelegramError as error:
            log.warning("telegram_menu_not_set", error=type(error).__name__)

    async def _updates(self, offset: int | None) -> list[Any]:
        wait = self._settings.poll_timeout_seconds
        asked: dict[str, Any] = {"timeout": wait, "allowed_updates": list(ALLOWED_UPDATES)}
        if offset is not None:
            asked["offset"] = offset
        found: Any = await self._bot.do_api_request("getUpdates", api_kwargs=asked, read_timeout=wait + 10)
        return found if isinstance(found, list) else []

    async def _store(self, updates: list[Any], offset: int | None) -> int | None:
        """Commit a batch, then hand it over. Returns the offset that confirms it."""
        if not updates:
            return offset
        now = self._clock.now()
        arrivals = [arrival_of(raw, now) for raw in updates]
        ids = await asyncio.to_thread(self._reception.receive_all, arrivals)
        for arrival, inbox_id in zip(arrivals, ids, strict=True):
            if not arrival.is_readable:
                log.warning("telegram_update_unreadable", inbox_id=inbox_id)
                continue
            assert self._chats is not None
            self._chats.take(arrival.sender, inbox_id)
            extra = Extra.from_json(arrival.payload["telegram"])
            if extra.callback is not None:
                self._keep(self._release_button(arrival.sender, extra))
        known = [found for raw in updates if (found := update_id_of(raw)) is not None]
        return max(known) + 1 if known else offset

    async def _resume_always(self) -> None:
        """At the start and every minute: what was received and not answered is taken up."""
        while True:
            try:
                assert self._chats is not None
                await self._chats.resume()
            except Exception as error:
                log.exception("telegram_resume_failed", error=type(error).__name__)
            await asyncio.sleep(RESUME_SECONDS)

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    # ----- sending, and small calls

    async def _send(self, external_id: str, reply: Reply) -> Sent:
        texts = pieces(reply.text)
        sent = ""
        for index, text in enumerate(texts):
            if index:
                await asyncio.sleep(1.0)  # one message a second in a chat
            message = await self._bot.send_message(
                int(external_id),
                text,
                reply_markup=keyboard(reply.buttons) if index == len(texts) - 1 else None,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
            sent = str(message.message_id)
        return Sent(sent)

    async def _say_at_once(self, chat: str, reply: Reply) -> None:
        try:
            await self._send(chat, reply)
        except TelegramError as error:
            log.warning("telegram_not_said", error=type(error).__name__)

    async def _release_button(self, chat: str, extra: Extra) -> None:
        """Stop the spinner, and take the keyboard away so that it is not pressed twice."""
        try:
            await self._bot.answer_callback_query(str(extra.callback))
        except TelegramError as error:
            log.info("telegram_press_not_answered", error=type(error).__name__)
        if extra.message_id is None:
            return
        try:
            await self._bot.edit_message_reply_markup(int(chat), extra.message_id, reply_markup=None)
        except TelegramError as error:  # pressed twice, or too old: nothing to take away
            log.info("telegram_keyboard_stays", error=type(error).__name__)

    async def _fetch(self, file_ids: Sequence[str]) -> list[dict[str, Any]]:
        photos: list[dict[str, Any]] = []
        for file_id in file_ids:
            data = await self._download(file_id)
            try:
                if data is None:
                    raise PhotoRefused("not_fetched")
                photos.append(asdict(await asyncio.to_thread(self._photos.save, data)))
            except PhotoRefused as error:
                log.info("telegram_photo_refused", reason=error.reason)
                photos.append({"refused": error.reason})
        return photos

    async def _download(self, file_id: str) -> bytes | None:
        """The bytes of a file; None when it cannot be had, after some tries."""
        for pause in (1.0, 3.0, 0.0):
            try:
                file = await self._bot.get_file(file_id)
                if (file.file_size or 0) > MAX_FILE_BYTES:
                    return None
                return bytes(await file.download_as_bytearray(read_timeout=30))
            except (BadRequest, InvalidToken):  # too big, or gone
                return None
            except RetryAfter as error:
                await asyncio.sleep(seconds(error.retry_after))
            except TelegramError as error:
                log.info("telegram_file_not_fetched", error=type(error).__name__)
                await asyncio.sleep(pause)
        return None


def _bot_of(settings: TelegramSettings) -> Bot:
    def request(size: int) -> HTTPXRequest:
        return HTTPXRequest(
            connection_pool_size=size,
            proxy=settings.proxy or None,
            httpx_kwargs={"trust_env": False},
        )

    return Bot(
        settings.token,
        base_url=settings.base_url,
        base_file_url=settings.file_url,
        request=request(32),
        get_updates_request=request(2),
    )


def _pause_after(error: TelegramError, before: float) -> float:
    if isinstance(error, RetryAfter):
        return seconds(error.retry_after)
    if isinstance(error, InvalidToken):
        log.error("telegram_token_refused", hint="check telegram.token")
        return LONGEST_PAUSE_SECONDS
    if isinstance(error, Conflict):
        log.error("telegram_polled_elsewhere", hint="another process reads with this token")
        return LONGEST_PAUSE_SECONDS / 2
    log.warning("telegram_not_reached", error=type(error.__cause__ or error).__name__)
    return _longer(before)


def _longer(pause: float) -> float:
    return min(max(pause * 2, 1.0), LONGEST_PAUSE_SECONDS)
