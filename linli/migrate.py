"""Brings the database to the schema of this version, and says whether it is there."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from models import Database
from settings import SettingsError

ROOT = Path(__file__).resolve().parent.parent


def upgrade(database: Database, revision: str = "head") -> None:
    """Run the migrations up to ``revision``. Raises SettingsError when the database belongs to a newer version."""
    if is_newer(database):
        raise SettingsError("The database belongs to a newer version of Linli than this one; update the program.")
    with database.engine.connect() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()


def downgrade(database: Database, revision: str) -> None:
    with database.engine.connect() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
        connection.commit()


def is_current(database: Database) -> bool:
    """Whether every migration is in."""
    with database.engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    return present == ScriptDirectory.from_config(_config()).get_current_head()


def is_empty(database: Database) -> bool:
    """Whether it holds no table yet."""
    return not inspect(database.engine).get_table_names()


def is_newer(database: Database) -> bool:
    """Whether the database has a migration this version does not know."""
    with database.engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    return present is not None and present not in known


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return config
