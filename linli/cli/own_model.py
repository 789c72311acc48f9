"""``linli model`` for the product's own model: train a version, list them, use one, roll back."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any, NoReturn

import click

from linli.cli.ready import ready_house

if TYPE_CHECKING:
    pass

BY = "linli"
STEP_WORDS = {
    "read": "reading messages and corrections",
    "subject": "learning subjects",
    "intent": "learning intents",
    "hazard": "learning dangers",
    "compare": "comparing old and new on what neither has seen",
    "save": "writing the version",
}
VERDICT_WORDS = {
    "better": "better: it is in use now.",
    "too_few_better": "better on corrections and messages together: it is in use now.",
    "no_better": "not better: the model in use stays. Take it all the same with: linli model use {number}",
    "loses_messages": "it is worse on the held-out messages: the model in use stays.",
    "loses_dangers": "it misses more dangers: the model in use stays.",
}


def train_own() -> None:
    """Train a version of the product's own model from the resources and the desk's corrections."""
    from linli.training import train
    from nlp.loading import ResourceError
    from nlp.training.own import ENOUGH_HELD_OUT
    from services import model_versions
    from services.errors import Conflict

    started = time.monotonic()
    with ready_house() as house:
        try:
            with house.database.transaction() as session:
                run_id = model_versions.begin_training(session, house.act(BY)).id
        except Conflict as conflict:
            _stop(f"A version is being trained already (by {conflict.facts['by']}); wait until it has ended.")
        try:
            version = train(house, run_id, BY, lambda step: click.echo(f"{STEP_WORDS[step]} ...", err=True))
        except OSError as problem:
            _stop(f"The version could not be written under {house.settings.data_dir}: {problem.strerror}.")
        except ResourceError as problem:
            _stop(f"Nothing was trained: {problem}.")
        figures = version.figures
    click.echo(f"version {version.number}: learned from {figures['learned']} corrections besides the shipped messages")
    for line in _figures(figures):
        click.echo(line)
    if figures["corrections"]["n"] < ENOUGH_HELD_OUT:
        click.echo(
            f"too few held-out corrections to decide by them alone ({figures['corrections']['n']}, "
            f"wanted {ENOUGH_HELD_OUT}); the held-out messages decided with them"
        )
    click.echo(VERDICT_WORDS[figures["verdict"]].format(number=version.number))
    click.echo(f"took {time.monotonic() - started:.0f} s", err=True)


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_(as_json: bool) -> None:
    """The versions of the product's own model, newest first."""
    from services import model_versions

    with ready_house() as house, house.database.reader() as session:
        listed = model_versions.list_versions(session)
        lines: list[dict[str, Any]] = [
            {
                "number": one.version.number,
                "in_use": one.is_in_use,
                "made_at": one.version.made_at.isoformat(),
                "by": one.version.by,
                "file": one.version.path,
                "problem": one.problem,
                **{name: one.version.figures[name] for name in ("verdict", "learned", "corrections", "messages")},
            }
            for one in listed
        ]
        is_shipped = model_versions.version_in_use(session) is None
    lines.append({"number": 0, "in_use": is_shipped, "by": "shipped"})
    for line in lines:
        click.echo(json.dumps(line, ensure_ascii=False) if as_json else _row(line))


@click.command()
@click.argument("number", type=int)
def use(number: int) -> None:
    """Take version NUMBER into use; 0 is the shipped model."""
    from services import model_versions
    from services.errors import Conflict, InvalidInput, NotFound

    with ready_house() as house:
        try:
            with house.database.transaction() as session:
                model_versions.use_version(session, number or None, house.act(BY))
        except NotFound:
            _stop(f"There is no version {number}.")
        except Conflict:
            _stop(f"{_name(number)} is in use already.")
        except InvalidInput as refused:
            _stop(f"Version {number} cannot be used: {refused.facts['why']}; the one in use stays.")
    click.echo(f"{_name(number)} is in use.")


@click.command()
def rollback() -> None:
    """Take the version back into use that was in use before."""
    from services import model_versions
    from services.errors import Conflict, InvalidInput

    with ready_house() as house:
        try:
            with house.database.transaction() as session:
                version = model_versions.roll_back(session, house.act(BY))
        except Conflict:
            _stop("Nothing was in use before the shipped model.")
        except InvalidInput as refused:
            _stop(f"The version before cannot be used: {refused.facts['why']}; the one in use stays.")
    click.echo(f"{_name(version.number if version else 0)} is in use.")


def _figures(figures: dict[str, Any]) -> list[str]:
    corrections, messages, dangers = figures["corrections"], figures["messages"], figures["dangers"]
    return [
        f"held-out corrections right: {_versus(corrections)}",
        f"held-out messages right: {_versus(messages)}",
        f"danger messages missed: old {dangers['old']}, new {dangers['new']}, n = {dangers['n']}",
    ]


def _versus(figure: dict[str, int]) -> str:
    n = figure["n"]
    if not n:
        return "none yet, n = 0"
    return f"old {figure['old'] / n:.3f}, new {figure['new'] / n:.3f}, n = {n}"


def _row(line: dict[str, Any]) -> str:
    mark = "*" if line["in_use"] else " "
    if not line["number"]:
        return f"{mark}  0  the shipped model"
    row = (
        f"{mark} {line['number']:>2}  {line['made_at'][:16]}  {line['by']}  corrections {_versus(line['corrections'])}"
    )
    return f"{row}  {line['problem']}" if line["problem"] else row


def _name(number: int) -> str:
    return f"Version {number}" if number else "The shipped model"


def _stop(sentence: str) -> NoReturn:
    click.echo(f"linli: {sentence}", err=True)
    sys.exit(1)
