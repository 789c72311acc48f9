"""A lock that one process of an installation holds at a time, as the clock; when it dies another takes it."""

from __future__ import annotations

import zlib
from threading import Lock

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from models.session import Database


class HolderLock:
    """Advisory lock on PostgreSQL, kept on a connection of its own. A SQLite file has one process, which holds it."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._key = zlib.crc32(name.encode())
        self._connection: Connection | None = None
        self._guard = Lock()

    def is_held(self) -> bool:
        """Whether this process holds it; takes it when it is free. False while the database does not answer."""
        if self._database.is_sqlite:
            return True
        with self._guard:
            try:
                if self._connection is None:
                    return self._take()
                self._connection.execute(text("SELECT 1"))
            except SQLAlchemyError:
                self._drop()
                return False
            return True

    def release(self) -> None:
        """Let another process have it."""
        with self._guard:
            self._drop()

    def _take(self) -> bool:
        connection = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": self._key}):
            self._connection = connection
            return True
        connection.close()
        return False

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()  # a pooled connection would keep the lock
            self._connection.close()
            self._connection = None
