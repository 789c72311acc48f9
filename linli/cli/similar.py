"""``linli similar``: complaints of one community about what a message says; a table, or JSON for programs."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from nlp.similarity import Reason
    from services.duplicates import Similar


@click.command()
@click.option("--community", "code", required=True, help="Code of the community.")
@click.option("--text", required=True, help="What a resident says.")
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True, help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON array of number, score and why.")
def similar(code: str, text: str, limit: int, as_json: bool) -> None:
    """Show who in the community said the same as TEXT, surest first; from a score of 0.5 on it is the same matter."""
    from linli.cli.ready import ready_house
    from services.duplicates import find_said
    from services.errors import InvalidInput
    from services.places import find_community

    with ready_house() as house, house.database.reader() as session:
        community = find_community(session, code)
        if community is None:
            _stop(f"There is no community {code}.")
        try:
            found = find_said(session, community, text, datetime.now(UTC), limit=limit)
        except InvalidInput as error:
            _stop("The text is too long." if error.facts["reason"] == "too_long" else "The text is empty.")
    if as_json:
        answer = [{"number": one.complaint.number, "score": one.score, "why": why(one.reasons)} for one in found]
        _write(json.dumps(answer, ensure_ascii=False))
        return
    if not found:
        click.echo("Nobody has said anything like it yet.", err=True)
    for one in found:
        _write(_line(one))


def why(reasons: tuple[Reason, ...]) -> str:
    """What two complaints share, as "same unit 3-2; same subject A13; both speak of 楼道灯; 12 days apart"."""
    return "; ".join(_worded(reason) for reason in reasons)


def _worded(reason: Reason) -> str:
    values = reason.values
    if reason.kind == "days":
        return {"0": "the same day", "1": "1 day apart"}.get(values[0], f"{values[0]} days apart")
    if reason.kind in ("aspect", "words"):
        return ("both speak of " if reason.kind == "aspect" else "same words ") + "、".join(values)
    if reason.kind == "landmark":
        return f"same place {values[0]}"
    return f"same {reason.kind} {'-'.join(values)}"


def _line(one: Similar) -> str:
    said = " ".join(one.complaint.first_text.split())
    return f"{one.score:.2f}  {one.complaint.number}  {said[:30]}{'…' if len(said) > 30 else ''}  ({why(one.reasons)})"


def _write(text: str) -> None:
    sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")


def _stop(sentence: str) -> NoReturn:
    click.echo(f"linli: {sentence}", err=True)
    sys.exit(1)
