"""``linli db``: the database's schema."""

from __future__ import annotations

import click

from linli import migrate
from models import open_database
from settings import load_settings


@click.group()
def db() -> None:
    """The database's schema."""


@db.command()
def upgrade() -> None:
    """Bring the database to the schema of this version; nothing is lost, and running it again changes nothing."""
    database = open_database(load_settings())
    was_current = migrate.is_current(database)
    migrate.upgrade(database)
    database.close()
    click.echo("The database is up to date." if was_current else "The database has been upgraded.", err=True)
