"""``linli similar``: JSON for programs, a line each for people, one plain sentence for what cannot be asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from linli import migrate
from linli.bootstrap import Container, build
from linli.cli import cli
from settings import load_settings
from tests.factories.complaints import say


def similar(house: Container, *arguments: str) -> Result:
    environ = {"LINLI_DATA_DIR": str(house.settings.data_dir)}
    return CliRunner().invoke(cli, ("similar", *arguments), env=environ, catch_exceptions=False)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Container]:
    """An installation whose migrations are in."""
    container = build(load_settings({"LINLI_DATA_DIR": str(tmp_path / "data")}))
    migrate.upgrade(container.database)
    yield container
    container.database.close()


@pytest.fixture
def lamp(house: Container, community: str) -> str:
    [number] = say(house, community, "3栋2单元楼道灯不亮，晚上摸黑上楼", who="a")
    return number


def test_number_score_and_why_come_as_json(house, community, lamp):
    done = similar(house, "--community", community, "--text", "三幢二门楼道灯不亮", "--json")
    assert done.exit_code == 0
    [one] = json.loads(done.stdout)
    assert one.keys() == {"number", "score", "why"}
    assert one["number"] == lamp
    assert 0.5 <= one["score"] <= 1
    assert one["why"].startswith("same unit 3-2; same subject A13; both speak of 楼道灯; same words ")
    assert one["why"].endswith("; the same day")


def test_people_read_a_line_each(house, community, lamp):
    done = similar(house, "--community", community, "--text", "3栋楼道灯不亮")
    [line] = done.stdout.splitlines()
    assert lamp in line
    assert "3栋2单元楼道灯不亮" in line
    assert "same building 3" in line


def test_nobody_said_it_yet(house, community):
    done = similar(house, "--community", community, "--text", "3栋楼道灯不亮", "--json")
    assert json.loads(done.stdout) == []
    assert "Nobody" in similar(house, "--community", community, "--text", "3栋楼道灯不亮").stderr


@pytest.mark.parametrize(
    ("code", "text", "sentence"),
    [
        ("NOWHERE", "楼道灯不亮", "linli: There is no community NOWHERE.\n"),
        ("YX-TEST", "  ", "linli: The text is empty.\n"),
        ("YX-TEST", "灯" * 10_001, "linli: The text is too long.\n"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence_and_exit_1(house, community, code, text, sentence):
    done = similar(house, "--community", code, "--text", text)
    assert (done.exit_code, done.stdout, done.stderr) == (1, "", sentence)
