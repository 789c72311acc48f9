"""One house with the demo loaded, for every test that only looks at it."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from linli.bootstrap import Container, build
from linli.demo.load import load
from settings import load_settings
from tests.conftest import POSTGRES
from tests.factories.postgres import copied_database, drop_database, fresh_database

SEED = 2022
DEMO_DATABASE = f"linli_demo_{os.getpid()}"
COPY_DATABASE = f"linli_copy_{os.getpid()}"


@pytest.fixture(scope="session")
def demo_house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path
) -> Iterator[Container]:
    """The demo of seed 2022. Look only: the tests after yours look at the same."""
    folder = tmp_path_factory.mktemp("demo")
    environ = {"LINLI_DATA_DIR": str(folder), "LINLI_DEMO__PASSWORD": "demo-password-1"}
    if request.config.getoption("--database") == "postgres":
        environ["LINLI_DATABASE__URL"] = fresh_database(POSTGRES, DEMO_DATABASE)
    else:
        shutil.copy(empty_sqlite, folder / "linli.db")
    container = build(load_settings(environ))
    load(container, SEED, lambda what, done, total: None)
    yield container
    container.database.close()
    if container.settings.database.url:
        drop_database(POSTGRES, DEMO_DATABASE)


@pytest.fixture
def demo_copy(request: pytest.FixtureRequest, demo_house: Container, tmp_path: Path) -> Iterator[Container]:
    """A copy of the loaded demo, for a test that changes it."""
    folder = tmp_path / "copy"
    shutil.copytree(demo_house.settings.data_dir, folder, ignore=shutil.ignore_patterns("linli.db*"))
    environ = {"LINLI_DATA_DIR": str(folder), "LINLI_DEMO__PASSWORD": "demo-password-1"}
    if request.config.getoption("--database") == "postgres":
        demo_house.database.close()
        environ["LINLI_DATABASE__URL"] = copied_database(POSTGRES, DEMO_DATABASE, COPY_DATABASE)
    else:
        source, target = (
            sqlite3.connect(demo_house.settings.data_dir / "linli.db"),
            sqlite3.connect(folder / "linli.db"),
        )
        source.backup(target)
        source.close()
        target.close()
    container = build(load_settings(environ))
    yield container
    container.database.close()
    if container.settings.database.url:
        drop_database(POSTGRES, COPY_DATABASE)
