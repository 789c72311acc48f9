"""A talk at a terminal in a fresh community."""

from __future__ import annotations

from pathlib import Path

import pytest

from linli.bootstrap import Container
from tests.bot.talking import Talk


@pytest.fixture
def talk(house: Container, community: str, tmp_path: Path) -> Talk:
    return Talk(house, community, tmp_path)
