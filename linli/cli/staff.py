"""``linli staff``: accounts of the desk, and who is woken by an emergency."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import click

from linli.cli.ready import ready_house
from models.workflow import Role

if TYPE_CHECKING:
    pass

ANYWHERE = frozenset({Role.ADMINISTRATOR, Role.SUPERVISOR, Role.AUDITOR})
"""Roles that may work in every community; the others need one."""

WRONG = {
    ("username", "taken"): "There is already an account called {name}.",
    ("username", "required"): "The user name must have 1 to 60 characters.",
    ("password", "too_short"): "The password must have at least {least} characters.",
    ("staff", "closed"): "The account {name} is closed.",
    ("staff", "elsewhere"): "{name} works for another place.",
}


@click.group()
def staff() -> None:
    """Accounts of the desk, and who is on call."""


@staff.command()
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--community", metavar="CODE", help="The community this person works for; none: everywhere.")
@click.option("--display-name", metavar="TEXT", help="The name others read; the user name when not given.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
def add(name: str, role: str, community: str | None, display_name: str | None, password_stdin: bool) -> None:
    """Make an account called NAME."""
    from services.staff import NewStaff, create_staff

    if community is None and Role(role) not in ANYWHERE:
        _stop(f"A {role} works for one community; name it with --community CODE.")
    password = _password(password_stdin)
    with ready_house() as house, _plainly(name, community), house.database.transaction() as session:
        create_staff(session, NewStaff(name, display_name or name, password, Role(role), community), house.clock.now())
    click.echo(f"{name} may sign in as {role}{f' of {community}' if community else ''}.", err=True)


@staff.command()
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
def password(name: str, password_stdin: bool) -> None:
    """Give NAME a new password; their sessions end."""
    from services.staff import find_staff, set_password

    new = _password(password_stdin)
    with ready_house() as house, _plainly(name, None), house.database.transaction() as session:
        person = find_staff(session, name)
        if person is None:
            _stop(f"There is no account called {name}.")
        set_password(session, person, new, house.clock.now(), by="linli")
    click.echo(f"{name} has a new password.", err=True)


@staff.command("list")
def list_() -> None:
    """List the accounts: user name, name, role, place, and whether a chat is linked that can wake them."""
    from services.staff import list_accounts

    with ready_house() as house, house.database.reader() as session:
        for account in list_accounts(session):
            linked = "linked" if account.is_linked else "no chat linked"
            fields = (account.username, account.name, account.role, account.place or "everywhere", linked)
            click.echo("\t".join(fields))


@staff.command("on-call")
@click.argument("community")
@click.argument("names", nargs=-1)
@click.option("--nobody", is_flag=True, help="Leave the community without anybody on call.")
def on_call(community: str, names: tuple[str, ...], nobody: bool) -> None:
    """Set who is woken by an emergency in COMMUNITY: the first of NAMES first. Without NAMES, say who is."""
    from services.on_call import find_on_call, set_on_call

    with ready_house() as house, _plainly(", ".join(names), community):
        if names or nobody:
            with house.database.transaction() as session:
                set_on_call(session, community, names, house.clock.now())
        with house.database.reader() as session:
            chain = [(entry.username, entry.name) for entry in find_on_call(session, community)]
    if not chain:
        click.echo(f"Nobody is on call in {community}.", err=True)
    for position, (username, name) in enumerate(chain, start=1):
        click.echo(f"{position}\t{username}\t{name}")


@contextmanager
def _plainly(name: str, community: str | None) -> Iterator[None]:
    """Turn what the use cases refuse into one sentence."""
    from services.errors import InvalidInput, NotFound
    from services.staff import MIN_PASSWORD_LENGTH

    try:
        yield
    except InvalidInput as problem:
        words = WRONG[str(problem.facts["field"]), str(problem.facts["reason"])]
        _stop(words.format(name=problem.facts.get("name", name), least=MIN_PASSWORD_LENGTH))
    except NotFound as problem:
        missing = community if problem.facts.get("what") == "community" else problem.facts.get("name", name)
        what = "community" if problem.facts.get("what") == "community" else "account called"
        _stop(f"There is no {what} {missing}.")


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        _stop("Give the password with --password-stdin.")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


def _stop(message: str) -> NoReturn:
    click.echo(f"linli: {message}", err=True)
    sys.exit(1)
