"""Serving: one process with the pages, the clock, the sender and, with a token, Telegram; and its clean end."""

from __future__ import annotations

import errno
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import DBAPIError, OperationalError
from waitress.server import create_server

from bot.sender import Sender
from jobs.clock import Clock
from linli import migrate
from linli.bootstrap import Container
from models import Channel, Outbox
from nlp.understand import understand
from nlp.understanding import Context
from services.engine_in_use import engine_in_use
from services.ports import OutsideChannel
from settings import SettingsError

if TYPE_CHECKING:
    from bot.channels.telegram import Telegram

READ_TO_REFUSE = 8
"""Bodies up to so many times the limit are read to their end, so that the refusal reaches the browser as a page."""

log = structlog.get_logger(__name__)

Say = Callable[[str], None]
SCHEMA_LASTS = 30.0


class CannotServe(SettingsError):
    """Serving cannot begin; the message is one plain sentence."""


def check_port(host: str, port: int) -> None:
    """Raise CannotServe when the address cannot be listened on."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror:
        raise CannotServe(f"Setting web.host is wrong: this machine has no address {host}.") from None
    for family, kind, protocol, _, address in found:
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
            except PermissionError:
                raise CannotServe(f"Port {port} may not be used by this account; set LINLI_WEB__PORT.") from None
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise CannotServe(
                        f"Port {port} is taken by another program; end it, or set LINLI_WEB__PORT to a free one."
                    ) from None
                raise CannotServe(f"Setting web.host is wrong: {host} cannot be listened on.") from None


def prepare_database(house: Container, say: Say) -> None:
    """Bring the schema up to date, saying so. Raises SettingsError when the database does not answer or is newer."""
    try:
        if migrate.is_current(house.database):
            return
        if not migrate.is_newer(house.database):
            say("Bringing the database up to date ...")
        migrate.upgrade(house.database)
    except OperationalError:
        where = house.database.engine.url.render_as_string(hide_password=True)
        raise CannotServe(f"The database {where} does not answer; start it or correct database.url.") from None


@contextmanager
def running(house: Container) -> Iterator[None]:
    """The sender, the clock and Telegram work while the block runs, and end with it."""
    telegram = _telegram(house)
    channels: dict[Channel, OutsideChannel] = {} if telegram is None else {telegram.channel: telegram}
    sender = Sender(house.database, channels, house.settings.delivery, house.clock)
    clock = Clock(
        house.database,
        house.act,
        lambda older_than: house.reception.sweep(older_than=older_than),
        house.settings.alerts,
    )
    house.database.when_added(Outbox, sender.wake)
    sender.start()
    clock.start()
    if telegram is not None:
        telegram.start()
    try:
        yield
    finally:
        clock.stop()
        if telegram is not None:
            telegram.stop_reading()
        sender.stop()
        if telegram is not None:
            telegram.stop()


def serve(house: Container, say: Say, *, is_ready: Callable[[], bool] = lambda: True) -> None:
    """Serve until SIGTERM or Ctrl-C. ``is_ready`` is asked besides the migrations by /readyz."""
    from web.factory import create_app

    web = house.settings.web
    warm_up(house)
    app = create_app(house)
    app.extensions["readiness"] = _Readiness(house, is_ready)
    try:
        server = create_server(
            app,
            host=web.host,
            port=web.port,
            threads=web.threads,
            ident="linli",
            max_request_body_size=web.max_upload_mb * READ_TO_REFUSE * 1024 * 1024,
            clear_untrusted_proxy_headers=not web.trusted_proxies,
            channel_timeout=60,
        )
    except OSError as error:
        raise CannotServe(f"Port {web.port} cannot be listened on: {error.strerror}.") from None
    with running(house):
        try:
            say("Linli is running. Ctrl-C ends it.")
            server.run()  # returns when a signal has asked for the end
        finally:
            say("Ending ...")
            server.task_dispatcher.shutdown(timeout=3)
            server.close()


def warm_up(house: Container) -> None:
    """Load the lexicon and the model before anybody is let in, so that the first resident waits for nothing."""
    with house.database.reader() as session:
        engine = engine_in_use(session)
    understand("三栋二单元顶楼漏雨", Context(at=house.clock.now()), engine)


def addresses(house: Container) -> list[str]:
    """Where the pages are reached: the address of this machine, and the one in its network when it lets others in."""
    web = house.settings.web
    if web.public_url:
        return [web.public_url.rstrip("/")]
    if web.host in ("0.0.0.0", "::", ""):  # noqa: S104 - compared, not listened on
        found = _address_in_network()
        return [f"http://{host}:{web.port}" for host in ("127.0.0.1", found) if host]
    return [f"http://{f'[{web.host}]' if ':' in web.host else web.host}:{web.port}"]


class _Ended(SystemExit):
    """A signal asked the process to end; a SystemExit, because the web server's own loop knows those."""


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """SIGTERM and Ctrl-C leave the block at once and cleanly; the process ends with 0."""

    def end(_number: int, _frame: FrameType | None) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not break the clean end
        raise _Ended(0)

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    except _Ended:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Readiness:
    """Migrations are in (remembered once true), and whatever else was asked for holds."""

    def __init__(self, house: Container, is_ready: Callable[[], bool]) -> None:
        self._house = house
        self._is_ready = is_ready
        self._guard = threading.Lock()
        self._has_schema = False

    def __call__(self) -> bool:
        with self._guard:
            if not self._has_schema:
                self._has_schema = migrate.is_current(self._house.database)
            elif not self._answers():
                return False
        return self._has_schema and self._is_ready()

    def _answers(self) -> bool:
        try:
            with self._house.database.engine.connect() as connection:
                connection.exec_driver_sql("SELECT 1")
        except DBAPIError:
            return False
        return True


def _telegram(house: Container) -> Telegram | None:
    if not house.settings.telegram.token:
        return None
    from bot.channels.telegram import Telegram

    return Telegram(house.settings.telegram, house.database, house.reception, house.photos, house.clock)


def _address_in_network() -> str | None:
    """The address other machines of the network see; asking the routing table sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])
