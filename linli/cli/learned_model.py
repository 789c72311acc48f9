"""``linli model train FILE`` and ``linli model predict``: any labelled JSON lines; no database and no settings."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

import click

from nlp.learning.labelled import Example, LineError, lines_of, read_examples, read_object, text_of
from nlp.learning.store import MODEL_NAME, load, save
from nlp.loading import ResourceError

if TYPE_CHECKING:
    from pathlib import Path

    from nlp.learning.textmodel import TextModel

_SHOWN_PROBLEMS = 10


def train_from(file: BinaryIO, text_field: str, label_field: str, out: Path) -> None:
    """Learns from all lines of the file and writes the model to ``out``; a wrong line or too few labels stop it.

    Nothing is written unless every line could be read.
    """
    started = time.monotonic()
    _refuse_existing(out)
    examples = _examples(file, text_field, label_field)
    click.echo(f"learning from {len(examples)} examples ...", err=True)
    # Only now: what learns takes a second to import.
    from nlp.learning.fit import fit

    try:
        fitted = fit(examples, text_field)
    except ValueError as problem:
        _stop(f"{_name(file)}: {problem}")
    try:
        written = save(out, fitted.model)
    except FileExistsError:
        _refuse_existing(out)
        raise
    except OSError as problem:
        _stop(f"{out}: cannot be written ({problem.strerror or problem})")
    if fitted.n:
        click.echo(
            f"{fitted.right / fitted.n:.3f} right on {fitted.n} examples held back for setting the confidence "
            "(by a model that learned from the others)",
            err=True,
        )
    click.echo(
        f"{len(examples)} examples, {len(fitted.model.labels)} labels, {written.stat().st_size / 1e6:.1f} MB in "
        f"{written}, took {time.monotonic() - started:.0f} s"
    )


def predict_with(folder: Path, text_field: str | None, file: BinaryIO) -> None:
    """Answers line by line, in order; a bad line gets an error with its number, and the status is then 1."""
    try:
        model = load(folder)
    except ResourceError as problem:
        _stop(str(problem))
    field = text_field or model.text_field
    bad = 0
    number = 0
    try:
        for number, line in lines_of(file):
            try:
                answer = _answer(model, read_object(line), field)
            except LineError as problem:
                bad += 1
                answer = {"error": str(problem), "line": number}
            _write(answer)
    except LineError as problem:
        bad += 1
        _write({"error": str(problem), "line": number + 1})
    sys.stdout.flush()
    if bad:
        raise SystemExit(1)


def _answer(model: TextModel, given: dict[str, Any], field: str) -> dict[str, Any]:
    answers = model.answers(text_of(given, field))
    return {
        "input": given,
        "label": answers[0].label,
        "confidence": answers[0].confidence,
        "candidates": [{"label": one.label, "confidence": one.confidence} for one in answers],
    }


def _write(answer: dict[str, Any]) -> None:
    line = json.dumps(answer, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:
        # Half of a surrogate pair can only be written as an escape.
        line = json.dumps(answer)
    sys.stdout.write(line + "\n")


def _examples(file: BinaryIO, text_field: str, label_field: str) -> list[Example]:
    examples, wrong = read_examples(file, text_field, label_field)
    name = _name(file)
    for problem in wrong[:_SHOWN_PROBLEMS]:
        click.echo(f"{name}:{problem}", err=True)
    if wrong:
        more = f", {len(wrong) - _SHOWN_PROBLEMS} not shown" if len(wrong) > _SHOWN_PROBLEMS else ""
        _stop(f"{name}: {len(wrong)} wrong lines{more}; nothing was written.")
    if not examples:
        _stop(f"{name}: there is nothing to learn from.")
    return examples


def _refuse_existing(out: Path) -> None:
    if out.exists() or out.is_symlink():
        _stop(f"{out} exists already; name a folder that does not (a model is one file in it, {MODEL_NAME}).")


def _name(file: BinaryIO) -> str:
    return str(getattr(file, "name", "-"))


def _stop(sentence: str) -> NoReturn:
    click.echo(f"linli: {sentence}", err=True)
    sys.exit(1)
