"""``linli complaint``: one complaint as it stands, for people and, with --json, for programs."""

from __future__ import annotations

import json
import sys
from typing import Any

import click


@click.command()
@click.argument("number")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object.")
def complaint(number: str, as_json: bool) -> None:
    """Show the complaint with NUMBER, such as YX-2026-000231."""
    from linli import migrate
    from linli.bootstrap import build
    from services.standing import as_exported, find_for_export

    house = build()
    try:
        if not migrate.is_current(house.database):
            migrate.upgrade(house.database)
        with house.database.reader() as session:
            found = find_for_export(session, number)
            shown = as_exported(session, found) if found is not None else None
    finally:
        house.database.close()
    if shown is None:
        click.echo(f"linli: There is no complaint {number}.", err=True)
        sys.exit(1)
    if as_json:
        text = json.dumps(shown, ensure_ascii=False)
        sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
        return
    _show(shown)


def _show(shown: dict[str, Any]) -> None:
    place = "-".join(shown[name] for name in ("building", "unit", "room") if shown[name]) or shown["landmark"] or "?"
    click.echo(f"{shown['number']}  {shown['community']}  {shown['category']}  {shown['urgency']}  {shown['state']}")
    click.echo(
        f"place: {place}   floor: {shown['floor'] or '-'}   photos: {shown['photos']}   source: {shown['source']}"
    )
    if shown["work_item"]:
        item = shown["work_item"]
        click.echo(f"work item: {item['position']} {item['title']} ({item['state']})")
    click.echo("words:")
    for line in shown["words"].split("\n"):
        click.echo(f"  {line}")
    click.echo("history:")
    for step in shown["history"]:
        change = step.get("mark") or f"{step['from'] or '-'} > {step['to']}"
        click.echo(f"  {step['at']}  {change}  {step['by']}")
