"""A server on loopback that speaks the Bot API: updates with offsets, long polling, messages, files, and its faults."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "123456:TEST"
BOT = {"id": 123456, "is_bot": True, "first_name": "邻里", "username": "linli_test_bot"}


@dataclass
class Fault:
    """What happens to the next ``times`` calls of a method. ``is_lost``: the work is done, the answer never arrives."""

    status: int = 500
    description: str = "Internal Server Error"
    retry_after: int | None = None
    is_lost: bool = False
    times: int = 1
    chat: int | None = None


@dataclass
class Call:
    method: str
    params: dict[str, Any]
    at: float = field(default_factory=time.monotonic)


class BotApi:
    """The outside of Telegram. People use ``say``, ``send_photo`` and ``press``; ``texts`` is what they read."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.messages: dict[int, list[dict[str, Any]]] = {}
        self.files: dict[str, bytes] = {}
        self.webhook = "https://example.invalid/old"
        self.blocked: set[int] = set()
        self._started: set[int] = set()
        self._updates: list[dict[str, Any]] = []
        self._faults: dict[str, list[Fault]] = {}
        self._update_ids = itertools.count(700_000)
        self._message_ids = itertools.count(1)
        self._changed = threading.Condition()
        self._is_open = True
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        with self._changed:
            self._is_open = False
            self._changed.notify_all()
        self._server.shutdown()
        self._server.server_close()

    def environment(self) -> dict[str, str]:
        """The settings that point Linli here."""
        return {
            "LINLI_TELEGRAM__TOKEN": TOKEN,
            "LINLI_TELEGRAM__BASE_URL": f"{self.address}/bot",
            "LINLI_TELEGRAM__POLL_TIMEOUT_SECONDS": "2",
        }

    # ----- what people do

    def meet(self, chat: int) -> None:
        """This person has started the bot before."""
        self._started.add(chat)

    def say(self, chat: int, text: str) -> int:
        return self.put(message=self._from_person(chat) | {"text": text})

    def send_photo(self, chat: int, data: bytes, *, caption: str | None = None, album: str | None = None) -> int:
        file_id = f"photo-{len(self.files) + 1}"
        self.files[file_id] = data
        sizes = [
            {"file_id": f"{name}-{file_id}", "file_unique_id": f"{name}{file_id}", "width": side, "height": side}
            for name, side in (("small", 90), ("large", 1280))
        ]
        sizes[-1]["file_id"] = file_id
        message = self._from_person(chat) | {"photo": sizes}
        if caption is not None:
            message["caption"] = caption
        if album is not None:
            message["media_group_id"] = album
        return self.put(message=message)

    def press(self, chat: int, value: str) -> int:
        """Press a button by its value, on the last message that has it."""
        message = next(sent for sent in reversed(self.messages[chat]) if value in values_of(sent))
        return self.put(
            callback_query={
                "id": f"press-{next(self._message_ids)}",
                "from": self._person(chat),
                "message": message,
                "chat_instance": "1",
                "data": value,
            }
        )

    def edit(self, chat: int, message_id: int, text: str) -> int:
        message = self._from_person(chat) | {"message_id": message_id, "text": text, "edit_date": int(time.time())}
        return self.put(edited_message=message)

    def block(self, chat: int, *, is_blocked: bool = True) -> int:
        (self.blocked.add if is_blocked else self.blocked.discard)(chat)
        states = ("member", "kicked") if is_blocked else ("kicked", "member")
        members = [{"status": status, "user": BOT, "until_date": 0} for status in states]
        return self.put(
            my_chat_member={
                "chat": self._chat(chat),
                "from": self._person(chat),
                "date": int(time.time()),
                "old_chat_member": members[0],
                "new_chat_member": members[1],
            }
        )

    def put(self, **update: Any) -> int:
        """Add an update as it is; returns its id."""
        update_id = update.pop("update_id", None) or next(self._update_ids)
        with self._changed:
            self._updates.append({"update_id": update_id, **update})
            self._changed.notify_all()
        return update_id

    def fail(self, method: str, **fault: Any) -> None:
        self._faults.setdefault(method, []).append(Fault(**fault))

    # ----- what people and tests see

    def texts(self, chat: int) -> list[str]:
        return [message["text"] for message in self.messages.get(chat, [])]

    def count(self, method: str) -> int:
        return sum(call.method == method for call in self.calls)

    def wait(self, chat: int, count: int, timeout: float = 10.0) -> list[str]:
        """What was said to a chat, once that many messages have arrived."""
        self.wait_until(lambda: len(self.texts(chat)) >= count, timeout)
        return self.texts(chat)

    def wait_until(self, holds: Any, timeout: float = 10.0) -> None:
        deadline = time.monotonic() + timeout
        with self._changed:
            while not holds():
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"did not happen in {timeout} s; said so far: {self.messages}")
                self._changed.wait(min(left, 0.1))

    @property
    def unconfirmed(self) -> int:
        with self._changed:
            return len(self._updates)

    # ----- the Bot API

    def handle(self, method: str, params: dict[str, Any]) -> tuple[int, Any, bool]:
        """Status, body, and whether the answer is sent at all."""
        with self._changed:
            self.calls.append(Call(method, params))
            self._changed.notify_all()
        fault = self._take_fault(method, params)
        if fault is not None and not fault.is_lost:
            body = {"ok": False, "error_code": fault.status, "description": fault.description}
            if fault.retry_after is not None:
                body["parameters"] = {"retry_after": fault.retry_after}
            return fault.status, body, True
        work = getattr(self, f"_do_{method.lower()}", None)
        if work is None:
            return 404, {"ok": False, "error_code": 404, "description": "Not Found"}, True
        status, result = work(params)
        if status != 200:
            return status, {"ok": False, "error_code": status, "description": result}, True
        with self._changed:
            self._changed.notify_all()
        return 200, {"ok": True, "result": result}, fault is None

    def _take_fault(self, method: str, params: dict[str, Any]) -> Fault | None:
        for fault in self._faults.get(method, []):
            if fault.times > 0 and (fault.chat is None or fault.chat == int(params.get("chat_id", 0))):
                fault.times -= 1
                return fault
        return None

    def _do_getme(self, _: dict[str, Any]) -> tuple[int, Any]:
        return 200, BOT | {"can_join_groups": True, "can_read_all_group_messages": False}

    def _do_deletewebhook(self, params: dict[str, Any]) -> tuple[int, Any]:
        assert params.get("drop_pending_updates") in (None, "false", False), "residents' messages would be lost"
        self.webhook = ""
        return 200, True

    def _do_setmycommands(self, _: dict[str, Any]) -> tuple[int, Any]:
        return 200, True

    def _do_getupdates(self, params: dict[str, Any]) -> tuple[int, Any]:
        if self.webhook:
            return 409, "Conflict: can't use getUpdates method while webhook is active"
        offset = int(params.get("offset", 0))
        deadline = time.monotonic() + float(params.get("timeout", 0))
        with self._changed:
            if offset < 0:
                self._updates = self._updates[offset:]
            else:
                self._updates = [update for update in self._updates if update["update_id"] >= offset]
            while self._is_open and not self._updates and time.monotonic() < deadline:
                self._changed.wait(min(0.2, deadline - time.monotonic()))
            return 200, self._updates[: int(params.get("limit", 100))]

    def _do_sendmessage(self, params: dict[str, Any]) -> tuple[int, Any]:
        chat = int(params["chat_id"])
        if chat in self.blocked:
            return 403, "Forbidden: bot was blocked by the user"
        if chat not in self._started:
            return 400, "Bad Request: chat not found"
        text = params.get("text", "")
        if not text.strip():
            return 400, "Bad Request: message text is empty"
        if len(text.encode("utf-16-le")) // 2 > 4096:
            return 400, "Bad Request: message is too long"
        markup = params.get("reply_markup")
        message = {
            "message_id": next(self._message_ids),
            "date": int(time.time()),
            "chat": self._chat(chat),
            "from": BOT,
            "text": text,
        }
        if markup:
            message["reply_markup"] = json.loads(markup) if isinstance(markup, str) else markup
        if any(not 1 <= len(value.encode()) <= 64 for value in values_of(message)):
            return 400, "Bad Request: BUTTON_DATA_INVALID"
        with self._changed:
            self.messages.setdefault(chat, []).append(message)
        return 200, message

    def _do_answercallbackquery(self, _: dict[str, Any]) -> tuple[int, Any]:
        return 200, True

    def _do_editmessagereplymarkup(self, params: dict[str, Any]) -> tuple[int, Any]:
        for message in self.messages.get(int(params["chat_id"]), []):
            if message["message_id"] == int(params["message_id"]):
                if message.pop("reply_markup", None) is None:
                    return 400, "Bad Request: message is not modified"
                return 200, message
        return 400, "Bad Request: message to edit not found"

    def _do_getfile(self, params: dict[str, Any]) -> tuple[int, Any]:
        file_id = params["file_id"]
        if file_id not in self.files:
            return 400, "Bad Request: wrong file_id or the file is temporarily unavailable"
        size = len(self.files[file_id])
        if size > 20 * 1024 * 1024:
            return 400, "Bad Request: file is too big"
        return 200, {"file_id": file_id, "file_unique_id": file_id, "file_size": size, "file_path": f"photos/{file_id}"}

    def _from_person(self, chat: int) -> dict[str, Any]:
        self._started.add(chat)
        return {
            "message_id": next(self._message_ids),
            "date": int(time.time()),
            "chat": self._chat(chat),
            "from": self._person(chat),
        }

    @staticmethod
    def _person(chat: int) -> dict[str, Any]:
        return {"id": chat, "is_bot": False, "first_name": "王秀英", "username": f"wang{chat}", "language_code": "zh"}

    @staticmethod
    def _chat(chat: int) -> dict[str, Any]:
        return {"id": chat, "type": "private", "first_name": "王秀英"}


def values_of(message: dict[str, Any]) -> list[str]:
    """The values of the buttons under a message."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button["callback_data"] for row in rows for button in row]


@contextmanager
def running_bot_api() -> Iterator[BotApi]:
    api = BotApi()
    try:
        yield api
    finally:
        api.close()


def _handler_for(api: BotApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if path.startswith("/file/bot"):
                data = api.files.get(path.rsplit("/", 1)[-1])
                self._answer(404 if data is None else 200, data or b"", "application/octet-stream")
                return
            self._call({key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if "json" in self.headers.get("Content-Type", ""):
                self._call(json.loads(body or b"{}"))
            else:
                self._call({key: values[0] for key, values in parse_qs(body.decode(), keep_blank_values=True).items()})

        def _call(self, params: dict[str, Any]) -> None:
            token, _, method = urlsplit(self.path).path.removeprefix("/bot").partition("/")
            if token != TOKEN:
                self._send_json(401, {"ok": False, "error_code": 401, "description": "Unauthorized"})
                return
            status, answer, is_sent = api.handle(method, params)
            if is_sent:
                self._send_json(status, answer)
            else:
                self.close_connection = True
                self.connection.close()

        def _send_json(self, status: int, value: Any) -> None:
            self._answer(status, json.dumps(value).encode(), "application/json")

        def _answer(self, status: int, body: bytes, kind: str) -> None:
            try:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                self.close_connection = True  # the asker has gone

        def log_message(self, *args: Any) -> None:
            """Nothing: the tests speak."""

    return Handler
