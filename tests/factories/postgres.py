"""A PostgreSQL database of its own for each test process; emptied before each test."""

from __future__ import annotations

import os

import psycopg
import pytest
from sqlalchemy import create_engine

from models import Base


def fresh_database(server: str, name: str) -> str:
    """Create the database anew with the schema; skips with one line where no server answers (a failure in CI)."""
    try:
        with psycopg.connect(server, autocommit=True, connect_timeout=5) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            connection.execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
    except psycopg.OperationalError as error:
        if os.environ.get("CI"):
            pytest.fail(f"no PostgreSQL answers: {error}")
        pytest.skip("no PostgreSQL answers on this machine")
    url = server.rsplit("/", 1)[0] + f"/{name}"
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    Base.metadata.create_all(engine)
    engine.dispose()
    return url


def drop_database(server: str, name: str) -> None:
    with psycopg.connect(server, autocommit=True, connect_timeout=5) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def copied_database(server: str, source: str, name: str) -> str:
    """A copy of a database nobody is connected to."""
    with psycopg.connect(server, autocommit=True, connect_timeout=5) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
    return server.rsplit("/", 1)[0] + f"/{name}"


def emptied(url: str) -> str:
    """The same database with nothing in it."""
    tables = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")  # type: ignore[arg-type]  # our own names
    return url
