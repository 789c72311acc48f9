"""``linli serve`` and ``linli run``: one process with the pages, the clock, the sender and Telegram."""

from __future__ import annotations

import secrets
import sys

import click

from linli import serving
from linli.bootstrap import Container, build
from settings import load_settings, made_once

DEMO_COMMUNITY = "YX-KCSJY"
DEMO_ACCOUNTS = ("clerk", "planner", "admin")


@click.command()
def serve() -> None:
    """Serve the pages, the clock and the sender, and Telegram when a token is set. Loads no demo."""
    with serving.ended_by_signals():
        house = _open_house()
        _say_where(house)
        serving.serve(house, _say)
        house.database.close()


@click.command()
def run() -> None:
    """Set everything up, load the demo when it is missing, and serve: what ``make run`` calls."""
    from linli.demo import load as demo

    with serving.ended_by_signals():
        house = _open_house()
        if demo.is_loaded(house.database):
            _say("The demo is there.")
        else:
            _say("Loading the demo (once, about a minute) ...")
            demo.load(house, house.settings.demo.seed, _progress)
            _say("The demo is loaded.")
        _say_where(house, has_demo=True)
        serving.serve(house, _say, is_ready=lambda: demo.is_loaded(house.database))
        house.database.close()


def _open_house() -> Container:
    settings = load_settings()
    serving.check_port(settings.web.host, settings.web.port)
    house = build(settings)
    serving.prepare_database(house, _say)
    return house


def _say_where(house: Container, *, has_demo: bool = False) -> None:
    for address in serving.addresses(house):
        chat = f"/c/{DEMO_COMMUNITY}" if has_demo else "/c/<community code>"
        _say(f"  residents  {address}{chat}")
        _say(f"  desk       {address}/desk/")
    if has_demo:
        _say(f"  sign in as {', '.join(DEMO_ACCOUNTS)} with the password {demo_password(house)}")
    if house.settings.telegram.token:
        _say("  Telegram is on.")


def demo_password(house: Container) -> str:
    """The password of the demo accounts: from the settings, or made once."""
    given = house.settings.demo.password
    return given or made_once(house.settings.data_dir, "demo_password", lambda: secrets.token_urlsafe(9))


def _say(line: str) -> None:
    click.echo(line)


def _progress(done: int, total: int, what: str = "") -> None:
    if sys.stderr.isatty():
        click.echo(f"\r  {what} {done}/{total}   ", nl=done >= total, err=True)
