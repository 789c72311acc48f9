"""The engine, the session factory, and ``transaction()``: the one way anything is committed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, Insert, create_engine, event, insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session, sessionmaker

from models.base import Base
from settings import Settings, SettingsError, unwritable

__all__ = ["Database", "Session", "append_rows", "open_database"]


class Database:
    """One database: ``transaction()`` for writers, ``reader()`` for readers. Safe to share between threads."""

    def __init__(self, engine: Engine, data_dir: Path) -> None:
        self.engine = engine
        self.data_dir = data_dir
        # Files that rows name, as versions of the model, lie under the data folder; a session knows where that is.
        self._sessions = sessionmaker(engine, expire_on_commit=False, info={"data_dir": data_dir})

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that commits at the end of the block and rolls back on any error.

        On SQLite the write lock is taken at once (BEGIN IMMEDIATE), so two writers queue instead of failing.
        """
        with self._sessions() as session, session.begin():
            if self.is_sqlite:
                session.connection(execution_options={"linli_begin": "IMMEDIATE"})
            yield session

    @contextmanager
    def reader(self) -> Iterator[Session]:
        """A session for reading; what it changed is thrown away."""
        with self._sessions() as session:
            try:
                yield session
            finally:
                session.rollback()

    def when_added(self, entity: type, call: Callable[[], None]) -> None:
        """Call ``call`` after each commit of this process that added rows of ``entity``; it must be quick."""
        mark = f"added:{entity.__name__}"

        @event.listens_for(self._sessions, "after_flush")
        def _look(session: Session, _context: object) -> None:
            if any(isinstance(row, entity) for row in session.new):
                session.info[mark] = True

        @event.listens_for(self._sessions, "after_commit")
        def _tell(session: Session) -> None:
            if session.info.pop(mark, False):
                call()

        @event.listens_for(self._sessions, "after_rollback")
        def _forget(session: Session) -> None:
            session.info.pop(mark, None)

    def close(self) -> None:
        self.engine.dispose()


def append_rows(session: Session, entity: type[Base], *rows: dict[str, Any]) -> None:
    """Write rows that nobody will change in this transaction straight to their table: history, links, audit.

    What they refer to must have been flushed. It costs a fraction of an entity's way through the unit of work, and a
    resident waits for it. All rows carry the same keys.
    """
    if rows:
        session.connection().execute(_insert(entity), list(rows))


@cache
def _insert(entity: type[Base]) -> Insert:
    return insert(entity.__table__)  # type: ignore[arg-type]  # a Table


def open_database(settings: Settings) -> Database:
    """The database of these settings. Raises SettingsError when its address cannot be read."""
    try:
        url = make_url(settings.database_url)
    except ArgumentError:
        raise SettingsError("Setting database.url is not a database address.") from None
    backend = url.get_backend_name()
    if backend == "sqlite":
        return Database(_sqlite_engine(settings), settings.data_dir)
    if backend == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
        return Database(_postgres_engine(url, settings.database.pool_size), settings.data_dir)
    raise SettingsError(f"Setting database.url: {backend} is not supported; use sqlite or postgresql+psycopg.")


def _postgres_engine(url: URL, pool_size: int) -> Engine:
    engine = create_engine(url, pool_size=pool_size, max_overflow=20, pool_pre_ping=True)

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: object) -> None:
        from psycopg.types.string import StrDumperUnknown

        class WithoutNul(StrDumperUnknown):
            """PostgreSQL keeps no NUL in a text; one that was pasted along must not fail what was written."""

            def dump(self, obj: str) -> Any:
                return super().dump(obj.replace("\x00", ""))

        connection.adapters.register_dumper(str, WithoutNul)

    return engine


def _sqlite_engine(settings: Settings) -> Engine:
    if not settings.database.url:
        try:
            settings.data_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(settings.data_dir, error) from None
    engine = create_engine(
        settings.database_url,
        connect_args={"timeout": settings.database.busy_timeout_seconds, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver must not begin on its own: BEGIN IMMEDIATE is ours
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        how = connection.get_execution_options().get("linli_begin", "")
        connection.exec_driver_sql(f"BEGIN {how}".strip())

    return engine
