"""``linli staff``: an account is made by one line, and refusals are one plain sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from linli.bootstrap import Container, build
from linli.cli import cli
from services.staff import authenticate
from settings import load_settings
from tests.factories.sheets import BUILDING_HEADER, building_row, written, xlsx


def linli(folder: Path, *arguments: str, stdin: str = "") -> Result:
    environ = {"LINLI_DATA_DIR": str(folder)}
    return CliRunner().invoke(cli, arguments, input=stdin, env=environ, catch_exceptions=False)


def staff(house: Container, *arguments: str, stdin: str = "") -> Result:
    return linli(house.settings.data_dir, "staff", *arguments, stdin=stdin)


@pytest.fixture
def community() -> str:
    return "LY-01"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Container]:
    """An office that has imported its own building sheet."""
    sheet = written(tmp_path / "sheet.xlsx", xlsx([BUILDING_HEADER, building_row("3栋")]))
    assert linli(tmp_path / "data", "import", "buildings", str(sheet)).exit_code == 0
    container = build(load_settings({"LINLI_DATA_DIR": str(tmp_path / "data")}))
    yield container
    container.database.close()


def add(house: Container, name: str, community: str, words: str = "eight-letters") -> Result:
    arguments = ("add", name, "--role", "clerk", "--community", community, "--password-stdin")
    return staff(house, *arguments, stdin=f"{words}\n")


def test_a_clerk_made_on_the_command_line_signs_in(house: Container, community: str) -> None:
    result = add(house, "limin", community.lower())
    assert (result.exit_code, result.stdout) == (0, "")
    with house.database.transaction() as session:
        person = authenticate(session, "limin", "eight-letters", house.clock.now())
        assert person is not None
        assert person.scope is not None


def test_what_cannot_be_is_refused_in_one_sentence(house: Container, community: str) -> None:
    assert add(house, "limin", community).exit_code == 0
    for result, words in (
        (add(house, "limin", community), "already an account called limin"),
        (add(house, "other", "XX-99"), "no community XX-99"),
        (add(house, "other", community, "short"), "at least 8 characters"),
        (staff(house, "add", "other", "--role", "clerk", "--password-stdin", stdin="eight-letters\n"), "--community"),
        (staff(house, "password", "nobody", "--password-stdin", stdin="eight-letters\n"), "no account called nobody"),
    ):
        assert result.exit_code == 1
        assert words in result.stderr
        assert len(result.stderr.splitlines()) == 1


def test_a_new_password_takes_the_place_of_the_old(house: Container, community: str) -> None:
    add(house, "limin", community)
    assert staff(house, "password", "limin", "--password-stdin", stdin="another-one-9\n").exit_code == 0
    with house.database.transaction() as session:
        assert authenticate(session, "limin", "eight-letters", house.clock.now()) is None
        assert authenticate(session, "limin", "another-one-9", house.clock.now()) is not None


def test_the_on_call_list_is_set_in_order_and_shown(house: Container, community: str) -> None:
    add(house, "first", community)
    add(house, "second", community)
    assert staff(house, "on-call", community, "second", "first").stdout.splitlines() == [
        "1\tsecond\tsecond",
        "2\tfirst\tfirst",
    ]
    assert "no account called ghost" in staff(house, "on-call", community, "ghost").stderr
    assert staff(house, "on-call", community).stdout.startswith("1\tsecond")
    assert "Nobody is on call" in staff(house, "on-call", community, "--nobody").stderr
    assert "no chat linked" in staff(house, "list").stdout
