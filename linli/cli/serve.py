"""``linli serve`` and ``linli run``: one process with the pages, the clock, the sender and Telegram."""

from __future__ import annotations

import click

from linli import serving
from linli.bootstrap import Container, build
from settings import load_settings

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
    """Set everything up, load the demo when it is missing, and serve: what ``make run`` calls.

    A demo that was removed stays away until somebody loads it by hand.
    """
    from linli.demo.load import is_loaded
    from linli.demo.remove import was_removed

    with serving.ended_by_signals():
        house = _open_house()
        if is_loaded(house.database):
            _say("The demo is there.")
        elif was_removed(house.database):
            _say("The demo was removed and stays away; to have it again: linli demo load")
        else:
            _load_demo(house)
        has_demo = is_loaded(house.database)
        if has_demo and house.settings.telegram.token:
            _say("Telegram is on beside the demo; a real office starts without it: linli serve")
        _say_where(house, has_demo=has_demo)
        serving.serve(house, _say, is_ready=lambda: is_loaded(house.database) or was_removed(house.database))
        house.database.close()


def _load_demo(house: Container) -> None:
    from linli.cli.demo import show_progress
    from linli.demo import load as demo

    _say("Loading the demo; this is done once and takes about a minute ...")
    try:
        demo.load(house, house.settings.demo.seed, show_progress)
    except demo.DemoNotPossible as problem:
        raise serving.CannotServe(f"{problem} To serve without the demo: linli serve") from None
    _say("The demo is loaded.")


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
        from linli.demo.people import demo_password

        _say(f"  sign in as {', '.join(DEMO_ACCOUNTS)} with the password {demo_password(house)}")
    if house.settings.telegram.token:
        _say("  Telegram is on.")


def _say(line: str) -> None:
    click.echo(line)
