"""The command that finds hot topics: messages as JSON lines in, one group of messages a line out."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from linli.cli.json_lines import BadLineError, read_lines, read_object, write_object

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOCAL = ZoneInfo("Asia/Shanghai")
_PROGRESS_EVERY = 200


@dataclass(frozen=True, slots=True)
class _Message:
    id: str | int | float
    at: datetime
    said_at: str
    title: str
    text: str


@click.command("topics")
@click.argument("file", type=click.File("rb"), default="-")
def topics(file: IO[bytes]) -> None:
    """Group messages that speak of the same event at the same place, the hottest group first.

    A line is a JSON object with "id", "time" and "title", "text" or "detail". The messages are taken in the order of
    their times and each is placed once. Messages that stand alone are left out.
    """
    messages, bad = _read(file)
    groups = _grouped(messages)
    latest = max((message.at for message in messages), default=None)
    answers = [_answer(group, latest) for group in groups if len(group) > 1 and latest is not None]
    for answer in sorted(answers, key=lambda answer: -answer["heat"]):
        sys.stdout.write(write_object(answer) + "\n")
    sys.stdout.flush()
    if bad:
        raise SystemExit(1)


def _read(file: IO[bytes]) -> tuple[list[_Message], int]:
    messages: list[_Message] = []
    bad = 0
    lines: dict[tuple[bool, object], int] = {}
    for number, line in read_lines(file):
        try:
            message = _message(read_object(line))
            key = (isinstance(message.id, str), message.id)
            if key in lines:
                raise BadLineError(f'"id" stands in line {lines[key]} already')
            lines[key] = number
            messages.append(message)
        except BadLineError as problem:
            bad += 1
            sys.stdout.write(write_object({"error": str(problem), "line": number}) + "\n")
    # Equal times keep the order of the file.
    return sorted(messages, key=lambda message: message.at), bad


def _message(given: dict[str, Any]) -> _Message:
    known = given.get("id")
    if isinstance(known, bool) or not isinstance(known, str | int | float):
        raise BadLineError('"id" is missing or is neither a string nor a number')
    if isinstance(known, float) and not math.isfinite(known):
        raise BadLineError('"id" is no finite number')
    parts: dict[str, str] = {}
    for key in ("title", "text", "detail"):
        part = given.get(key)
        if part is None:
            continue
        if not isinstance(part, str):
            raise BadLineError(f'"{key}" is no string')
        parts[key] = part
    if not parts:
        raise BadLineError('"title", "text" and "detail" are all missing')
    letter = "\n".join(parts[key] for key in ("text", "detail") if key in parts)
    said_at = given.get("time")
    return _Message(known, _moment(said_at), str(said_at), parts.get("title", ""), letter)


def _moment(said: object) -> datetime:
    if not isinstance(said, str):
        raise BadLineError('"time" is missing or is no string')
    try:
        moment = datetime.fromisoformat(said.strip())
        moment = moment if moment.tzinfo else moment.replace(tzinfo=_LOCAL)
        moment.timestamp()
    except (ValueError, OverflowError) as problem:
        raise BadLineError('"time" is no time such as 2019-02-28 11:25:05') from problem
    return moment


def _grouped(messages: Sequence[_Message]) -> list[list[_Message]]:
    from nlp.topics.stream import Stream
    from nlp.topics.traits import read

    stream = Stream()
    groups: dict[int, list[_Message]] = {}
    shown = sys.stderr.isatty()
    for number, message in enumerate(messages, start=1):
        groups.setdefault(stream.add(read(message.title, message.text), message.at), []).append(message)
        if shown and number % _PROGRESS_EVERY == 0:
            click.echo(f"\r{number}/{len(messages)}", nl=False, err=True)
    if shown and len(messages) >= _PROGRESS_EVERY:
        click.echo(f"\r{len(messages)}/{len(messages)}", err=True)
    return list(groups.values())


def _answer(group: Sequence[_Message], now: datetime) -> dict[str, Any]:
    from nlp.topics.describe import describe
    from nlp.topics.heat import heat

    described = describe([(message.title, message.text) for message in group])
    return {
        "topic": described.topic,
        "place": described.place,
        "from": group[0].said_at,
        "to": group[-1].said_at,
        "heat": heat(((str(place), message.at, None) for place, message in enumerate(group)), now),
        "ids": [message.id for message in group],
    }
