"""JSON lines in and out, as the commands share them: plain or gzip, any Unicode, a bad line named."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from typing import IO, TYPE_CHECKING, Any, TextIO, cast

import click

if TYPE_CHECKING:
    from collections.abc import Iterator


class BadLineError(ValueError):
    """A line that cannot be taken as input; the message is shown to the caller."""


def read_lines(stream: IO[bytes]) -> Iterator[tuple[int, str]]:
    """The non-empty lines of a stream with their numbers from 1, unpacked where it is gzip.

    Raises:
        click.ClickException: the gzip data is broken; the message says after which line.
    """
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(cast("io.RawIOBase", stream))
    source: IO[bytes] = buffered
    if buffered.peek(2)[:2] == b"\x1f\x8b":
        source = cast("IO[bytes]", gzip.GzipFile(fileobj=buffered))
    lines: TextIO = io.TextIOWrapper(cast("Any", source), encoding="utf-8-sig", errors="replace", newline="\n")
    number = 0
    try:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield number, line.rstrip("\r\n")
    except (EOFError, gzip.BadGzipFile, zlib.error) as problem:
        raise click.ClickException(f"the gzip data breaks off after line {number}: {problem}") from problem


def read_object(line: str) -> dict[str, Any]:
    """The object of a line.

    Raises:
        BadLineError: no JSON, or something else than an object.
    """
    try:
        given = json.loads(line)
    except (ValueError, RecursionError) as problem:
        reason = problem.msg if isinstance(problem, json.JSONDecodeError) else "cannot be read"
        raise BadLineError(f"not JSON: {reason}") from problem
    if not isinstance(given, dict):
        raise BadLineError("a JSON object is expected")
    return given


def write_object(answer: dict[str, Any]) -> str:
    """The object on one line."""
    line = json.dumps(answer, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:
        # Half of a surrogate pair can only be written as an escape.
        return json.dumps(answer)
    return line
