"""``linli export``: documents for print."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import click

from models import open_database
from services.places import find_community
from services.plans import find_plan
from settings import load_settings


@click.group()
def export() -> None:
    """Documents for print."""


@export.command("plan")
@click.argument("code")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="File to write.")
@click.option("--year", type=int, default=None, help="Year of the plan; by default the latest.")
def plan(code: str, output: Path, year: int | None) -> None:
    """Write the plan of the community CODE as a Word document."""
    from linli import migrate
    from services.documents.plan_word import write_plan  # the Word library is slow to load, and only needed here

    database = open_database(load_settings())
    try:
        if migrate.is_empty(database):
            migrate.upgrade(database)
        with database.reader() as session:
            community = find_community(session, code)
            if community is None:
                _stop(f"There is no community {code}.")
            found = find_plan(session, community, year)
            if found is None:
                _stop(f"{community.name} ({community.code}) has no plan{f' for {year}' if year else ''} yet.")
            content = write_plan(session, found, datetime.now(UTC))
    finally:
        database.close()
    try:
        output.write_bytes(content)
    except OSError as error:
        _stop(f"{output} cannot be written: {error.strerror or error}.")
    click.echo(f"Wrote {output}.", err=True)


def _stop(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(1)
