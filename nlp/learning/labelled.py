"""Reads JSON lines, packed with gzip or not, and labelled examples from them; says which line is wrong and why."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nlp.learning.textmodel import Label

_GZIP = b"\x1f\x8b"


class LineError(ValueError):
    """A line is not what was asked for; the message is shown to the caller."""


class Example(NamedTuple):
    """A text and its label."""

    text: str
    label: Label


def lines_of(stream: BinaryIO) -> Iterator[tuple[int, str]]:
    """The lines that are not blank with their numbers from 1; bytes that are no UTF-8 are replaced.

    Raises:
        LineError: the packed file ends too early or is damaged.
    """
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(stream)  # type: ignore[type-var]
    is_packed = buffered.peek(2)[:2] == _GZIP
    unpacked = gzip.GzipFile(fileobj=buffered) if is_packed else buffered
    number = 0
    try:
        # Split at line feeds only: U+2028 and the like may stand inside a JSON string.
        for number, raw in enumerate(unpacked, start=1):
            line = raw.decode("utf-8-sig" if number == 1 else "utf-8", "replace").strip()
            if line:
                yield number, line
    except (EOFError, gzip.BadGzipFile, zlib.error) as problem:
        raise LineError(f"{number + 1}: the gzip file is damaged ({problem})") from problem


def read_object(line: str) -> dict[str, Any]:
    """The line's JSON object.

    Raises:
        LineError: it is none.
    """
    try:
        given = json.loads(line)
    except (ValueError, RecursionError) as problem:
        reason = problem.msg if isinstance(problem, json.JSONDecodeError) else "cannot be read"
        raise LineError(f"not JSON: {reason}") from problem
    if not isinstance(given, dict):
        raise LineError("a JSON object is expected")
    return given


def text_of(given: dict[str, Any], field: str) -> str:
    """The text of an object.

    Raises:
        LineError: the field is missing or is no string.
    """
    text = given.get(field)
    if not isinstance(text, str):
        raise LineError(f'"{field}" is missing or is no string')
    return text


def label_of(given: dict[str, Any], field: str) -> Label:
    """The label of an object, a string that is not blank or a whole number.

    Raises:
        LineError: it is missing or something else.
    """
    label = given.get(field)
    if isinstance(label, bool) or not isinstance(label, str | int) or (isinstance(label, str) and not label.strip()):
        raise LineError(f'"{field}" is missing or is neither a string nor a whole number')
    return label


def read_examples(stream: BinaryIO, text_field: str, label_field: str) -> tuple[list[Example], list[str]]:
    """The examples in order, and what is wrong, as ``line: reason``."""
    examples: list[Example] = []
    wrong: list[str] = []
    try:
        for number, line in lines_of(stream):
            try:
                given = read_object(line)
                examples.append(Example(text_of(given, text_field), label_of(given, label_field)))
            except LineError as problem:
                wrong.append(f"{number}: {problem}")
    except LineError as problem:
        wrong.append(str(problem))
    return examples, wrong
