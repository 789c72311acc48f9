"""``linli model`` for the product's own model: list, use, rollback, and one training at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from linli import migrate
from linli.bootstrap import Container, build
from linli.cli import cli
from services import model_versions
from services.engine_in_use import engine_in_use
from settings import load_settings
from tests.services.test_model_versions import begin, make


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Container]:
    """An installation as ``linli db upgrade`` leaves it."""
    container = build(load_settings({"LINLI_DATA_DIR": str(tmp_path / "data")}))
    migrate.upgrade(container.database)
    yield container
    container.database.close()


@pytest.fixture
def run(house: Container) -> Callable[..., Result]:
    """Call the command on the house's data folder."""

    def call(*words: str) -> Result:
        return CliRunner().invoke(cli, ["model", *words], env={"LINLI_DATA_DIR": str(house.settings.data_dir)})

    return call


def test_versions_are_listed_used_and_rolled_back(house: Container, run: Callable[..., Result]) -> None:
    assert [json.loads(line)["number"] for line in run("list", "--json").stdout.splitlines()] == [0]
    make(house, weight=0.125)
    make(house, weight=0.25, verdict="no_better")
    lines = [json.loads(line) for line in run("list", "--json").stdout.splitlines()]
    assert [(line["number"], line["in_use"]) for line in lines] == [(2, False), (1, True), (0, False)]
    assert run("use", "2").stdout == "Version 2 is in use.\n"
    assert run("rollback").stdout == "Version 1 is in use.\n"
    assert run("rollback").stdout == "The shipped model is in use.\n"
    with house.database.reader() as session:
        assert model_versions.version_in_use(session) is None
        assert engine_in_use(session).model.fingerprint


def test_what_cannot_be_done_is_one_sentence(house: Container, run: Callable[..., Result]) -> None:
    for words, sentence in (
        (("use", "7"), "linli: There is no version 7.\n"),
        (("use", "0"), "linli: The shipped model is in use already.\n"),
        (("rollback",), "linli: Nothing was in use before the shipped model.\n"),
    ):
        answer = run(*words)
        assert (answer.exit_code, answer.stderr) == (1, sentence)
    make(house, weight=0.125, verdict="no_better")
    (house.settings.data_dir / "models" / "version-0001.npz").write_bytes(b"broken")
    answer = run("use", "1")
    assert answer.exit_code == 1
    assert "version-0001.npz: is damaged" in answer.stderr
    assert answer.stderr.count("\n") == 1


def test_a_second_training_is_refused_while_one_runs(house: Container, run: Callable[..., Result]) -> None:
    begin(house)
    answer = run("train")
    assert answer.exit_code == 1
    assert answer.stderr.startswith("linli: A version is being trained already")


def test_the_doctor_names_a_broken_version_that_should_answer(house: Container) -> None:
    def doctor() -> str:
        return CliRunner().invoke(cli, ["doctor"], env={"LINLI_DATA_DIR": str(house.settings.data_dir)}).output

    assert "of the model" not in doctor()
    make(house, weight=0.125)
    assert "ok    Version 1 of the model is in use." in doctor()
    (house.settings.data_dir / "models" / "version-0001.npz").write_bytes(b"broken")
    assert "MEND  Version 1 of the model is in use, but" in doctor()
