"""The command that understands messages line by line: JSON in, JSON out, in order."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TextIO
from zoneinfo import ZoneInfo

import click

from linli.cli.many import Block, blocks, in_order

if TYPE_CHECKING:
    from nlp.engine import Engine
    from nlp.understanding import Gazetteer, TimeExpression, Understanding

    Ground = tuple[Gazetteer | None, Engine | None]

_LOCAL = ZoneInfo("Asia/Shanghai")


class _BadLineError(ValueError):
    """A line that cannot be understood as input; the message is shown to the caller."""


@click.command("understand")
@click.argument("file", type=click.File("r", encoding="utf-8-sig", errors="replace"), default="-")
@click.option("--plain", is_flag=True, help="Each line is a message, not JSON.")
def understand(file: TextIO, plain: bool) -> None:
    """Understand messages: one JSON object with a "text" per line, or with --plain one message per line."""
    from nlp.engine import shipped

    # Loaded before the input is divided among processes, so that they share it.
    shipped()
    _ground.cache_clear()
    bad = 0
    shown = sys.stderr.isatty()
    work = _plain_block if plain else _json_block
    number = 0
    for number, (text, wrong) in in_order(work, blocks(file), _processes):
        bad += wrong
        sys.stdout.write(text)
        if shown:
            click.echo(f"\r{number}", nl=False, err=True)
    sys.stdout.flush()
    if shown and number:
        click.echo(err=True)
    if bad:
        raise SystemExit(1)


def _processes() -> int:
    from settings import load_settings

    return load_settings().nlp.processes


def _json_block(block: Block) -> tuple[str, int]:
    return _understood(block, plain=False)


def _plain_block(block: Block) -> tuple[str, int]:
    return _understood(block, plain=True)


def _understood(block: Block, *, plain: bool) -> tuple[str, int]:
    """One line of output for each line of a block, and how many of them could not be read."""
    _ground.cache_clear()
    bad = 0
    lines = []
    for number, line in block:
        try:
            answer = _answer(line, plain)
        except _BadLineError as problem:
            bad += 1
            answer = {"error": str(problem), "line": number}
        lines.append(_line(answer))
    return "\n".join(lines) + "\n", bad


def _line(answer: dict[str, Any]) -> str:
    line = json.dumps(answer, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:
        # Half of a surrogate pair can only be written as an escape.
        return json.dumps(answer)
    return line


def _answer(line: str, plain: bool) -> dict[str, Any]:
    from nlp.understand import understand as read
    from nlp.understanding import Context

    given = {"text": line} if plain else _read_object(line)
    text = given.get("text")
    if not isinstance(text, str):
        raise _BadLineError('"text" is missing or is no string')
    community = given.get("community")
    if community is not None and not isinstance(community, str):
        raise _BadLineError('"community" is no string')
    gazetteer, engine = _ground(community) if community else (None, None)
    understood = read(text, Context(at=_moment(given.get("at")), gazetteer=gazetteer), engine)
    return {"input": given, **as_json(understood)}


def _read_object(line: str) -> dict[str, Any]:
    try:
        given = json.loads(line)
    except (ValueError, RecursionError) as problem:
        reason = problem.msg if isinstance(problem, json.JSONDecodeError) else "cannot be read"
        raise _BadLineError(f"not JSON: {reason}") from problem
    if not isinstance(given, dict):
        raise _BadLineError("a JSON object is expected")
    return given


def _moment(at: object) -> datetime:
    if at is None:
        return datetime.now(UTC)
    if not isinstance(at, str):
        raise _BadLineError('"at" is no ISO 8601 time')
    try:
        moment = datetime.fromisoformat(at)
    except ValueError as problem:
        raise _BadLineError('"at" is no ISO 8601 time') from problem
    return moment if moment.tzinfo else moment.replace(tzinfo=_LOCAL)


@cache
def _ground(community: str) -> Ground:
    # Only a line that names a community needs the database.
    from linli.bootstrap import ground_for

    return ground_for(community)


def as_json(understood: Understanding) -> dict[str, Any]:
    """The understanding as the command writes it; times carry their offset, offsets are code points."""
    place = understood.place
    return {
        "intent": understood.intent.value,
        "categories": list(understood.categories),
        "candidates": [candidate.to_json() for candidate in understood.candidates],
        "urgency": understood.urgency,
        "ask_safety": understood.ask_safety,
        "building": place.building,
        "unit": place.unit,
        "floor": place.floor,
        "room": place.room,
        "landmark": place.landmark,
        "time_exprs": [time.text for time in understood.times],
        "times": [_time(time) for time in understood.times],
        "safety_script": understood.safety_script,
        "problems": [problem.to_json() for problem in understood.problems],
        "is_self_harm": understood.is_self_harm,
        "tags": sorted(understood.tags),
    }


def _time(time: TimeExpression) -> dict[str, Any]:
    return {
        "text": time.text,
        "start": time.start,
        "end": time.end,
        "from": time.since.isoformat() if time.since else None,
        "to": time.until.isoformat() if time.until else None,
        "precision": time.precision,
        "repeat": time.repeat,
    }
