"""``linli chat``: the residents' conversation at a terminal, for people and, with --json, for programs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bot.channels.console import Console
    from bot.messages import Answer, Button
    from linli.bootstrap import Container


@click.command()
@click.option("--community", metavar="CODE", required=True, help="The community whose residents speak.")
@click.option("--json", "as_json", is_flag=True, help="A JSON object per line in, one per line out.")
@click.option("--resident", default="r1", show_default=True, help="Who speaks in the plain mode.")
def chat(community: str, as_json: bool, resident: str) -> None:
    """Talk as a resident of a community; the same resident continues the same conversation."""
    from bot.channels.console import Console
    from linli import migrate
    from linli.bootstrap import build
    from services.places import find_community

    house = build()
    try:
        if not migrate.is_current(house.database):
            migrate.upgrade(house.database)
        with house.database.reader() as session:
            found = find_community(session, community)
            code = found.code if found is not None else None
        if code is None:
            click.echo(f"linli: There is no community {community}; load it with linli import buildings.", err=True)
            sys.exit(1)
        console = Console(house.reception, house.photos, house.clock, house.settings.zone, code)
        if as_json:
            _talk_in_json(console)
        else:
            _talk_plainly(house, console, resident)
    finally:
        house.database.close()


def _talk_in_json(console: Console) -> None:
    """Exactly one line out for each line in, flushed at once; a bad line gives an error and the rest goes on."""
    from bot.channels.console import BadLine

    for number, raw in enumerate(sys.stdin.buffer, start=1):
        try:
            answer = console.answer_line(raw.decode("utf-8-sig", "replace"))
        except BadLine as problem:
            answer = {"error": str(problem), "line": number}
        line = json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace")
        sys.stdout.buffer.write(line + b"\n")
        sys.stdout.buffer.flush()


def _talk_plainly(house: Container, console: Console, resident: str) -> None:
    click.echo("Say something; #1 presses the first button, @file adds a photo, an empty line ends.", err=True)
    buttons: list[Button] = []
    while True:
        try:
            said = input("> ").strip()
        except (EOFError, KeyboardInterrupt):
            break
        if not said:
            break
        given: dict[str, object] = {"resident": resident, "at": house.clock.now().isoformat()}
        if said.startswith("#") and said[1:].isdecimal() and 0 < int(said[1:]) <= len(buttons):
            given["button"] = buttons[int(said[1:]) - 1].value
        elif said.startswith("@"):
            path, _, text = said[1:].partition(" ")
            given |= {"photos": [path], "text": text}
        else:
            given["text"] = said
        answer = console.hear(given)
        buttons = _show(answer)


def _show(answer: Answer) -> list[Button]:
    buttons: list[Button] = []
    for reply in answer.replies:
        click.echo(f"  {reply.text}")
        for button in reply.buttons:
            buttons.append(button)
            click.echo(f"    #{len(buttons)} {button.label}")
    return buttons
