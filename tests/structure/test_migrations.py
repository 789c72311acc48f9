"""Migrations: one head, up and down and up again, and the same schema as the models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from linli import migrate
from models import Base, Database, open_database
from settings import load_settings


@pytest.fixture
def bare(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database with nothing in it, not even tables."""
    environ = {"LINLI_DATA_DIR": str(tmp_path)}
    if request.config.getoption("--database") == "postgres":
        environ["LINLI_DATABASE__URL"] = request.getfixturevalue("postgres_url")
    database = open_database(load_settings(environ))
    Base.metadata.drop_all(database.engine)
    yield database
    Base.metadata.create_all(database.engine)
    database.close()


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory(str(migrate.ROOT / "migrations")).get_heads()) == 1


def test_migrations_go_up_and_down_and_up(bare: Database) -> None:
    migrate.upgrade(bare)
    assert migrate.is_current(bare)
    migrate.downgrade(bare, "base")
    assert not migrate.is_current(bare)
    migrate.upgrade(bare)
    assert migrate.is_current(bare)
    migrate.downgrade(bare, "base")


def test_the_migrated_schema_is_the_schema_of_the_models(bare: Database) -> None:
    migrate.upgrade(bare)
    with bare.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    migrate.downgrade(bare, "base")
    assert differences == []
