"""The conversations in docs/conversations go as they are written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from linli.bootstrap import Container
from tests.bot.talking import FOLDER, Talk, played
from tests.factories.places import make_community, put_on_call

CONVERSATIONS = [path for path in sorted(FOLDER.glob("*.md")) if path.name != "README.md"]


@pytest.mark.parametrize("path", CONVERSATIONS, ids=lambda path: path.stem)
def test_a_conversation_goes_as_it_is_written(path: Path, house: Container, tmp_path: Path) -> None:
    with house.database.transaction() as session:
        community = make_community(session, gas_hotline="0735-000 0220", property_phone="0735-000 0330")
        put_on_call(session, community)
        code = community.code
    written = path.read_text(encoding="utf-8")
    assert played(written, Talk(house, code, tmp_path)) == written


@pytest.mark.parametrize("path", CONVERSATIONS, ids=lambda path: path.stem)
def test_no_answer_asks_twice_or_talks_long(path: Path) -> None:
    for answer in re.split(r"\n\*\*\w+\*\* ", path.read_text(encoding="utf-8"))[1:]:
        said = [line[2:] for line in answer.splitlines() if line.startswith("> ") and not line.startswith("> `")]
        assert sum(line.count("？") for line in said) <= 1, said


def test_there_are_conversations() -> None:
    assert len(CONVERSATIONS) >= 12
