"""``linli demo``: load the demo county, or remove it and leave everything else untouched."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from linli.cli.ready import ready_house

if TYPE_CHECKING:
    pass


@click.group()
def demo() -> None:
    """The demo county: communities, staff, complaints and a plan to look at."""


@demo.command()
@click.option("--seed", type=int, default=None, help="The same seed makes the same demo; default: setting demo.seed.")
def load(seed: int | None) -> None:
    """Load the demo. It comes whole or not at all."""
    from linli.demo.load import load as load_demo
    from linli.demo.people import DemoNotPossible

    with ready_house() as house:
        try:
            load_demo(house, house.settings.demo.seed if seed is None else seed, show_progress)
        except DemoNotPossible as problem:
            click.echo(f"linli: {problem}", err=True)
            sys.exit(1)
    click.echo("The demo is loaded.", err=True)


@demo.command()
def remove() -> None:
    """Remove the demo and all that was said in it; everything else stays."""
    from linli.demo.remove import remove as remove_demo

    with ready_house() as house:
        was_there = remove_demo(house)
    said = "The demo is removed. To have it again: linli demo load" if was_there else "There is no demo."
    click.echo(said, err=True)


def show_progress(what: str, done: int, total: int) -> None:
    """One line that renews itself; nothing where standard error is no terminal."""
    if sys.stderr.isatty():
        click.echo(f"\r  {what}: {done:,} of {total:,}   ", nl=done >= total, err=True)
