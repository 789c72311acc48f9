"""Fixtures every test may use: a house on a fresh database, a community, a running server, a phone and a desk."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from linli.bootstrap import Container, build
from models import Base, Database, open_database
from settings import Settings, load_settings
from tests.factories.places import make_community

POSTGRES = os.environ.get("LINLI_TEST_POSTGRES", "postgresql://root@127.0.0.1/postgres")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=("sqlite", "postgres"), default="sqlite", help="database of the whole run")


@pytest.fixture(autouse=True)
def _quiet_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("LINLI_") and not name.startswith("LINLI_TEST_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    database = open_database(load_settings({"LINLI_DATA_DIR": str(folder)}))
    Base.metadata.create_all(database.engine)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return folder / "linli.db"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    from tests.factories.postgres import drop_database, fresh_database

    name = f"linli_test_{os.getpid()}"  # two runs at the same time must not share one
    yield fresh_database(POSTGRES, name)
    drop_database(POSTGRES, name)


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings on a fresh, empty database."""
    environ = {"LINLI_DATA_DIR": str(tmp_path / "data"), "LINLI_DEMO__PASSWORD": "demo-password-1"}
    if request.config.getoption("--database") == "postgres":
        from tests.factories.postgres import emptied

        environ["LINLI_DATABASE__URL"] = emptied(request.getfixturevalue("postgres_url"))
    else:
        (tmp_path / "data").mkdir()
        shutil.copy(request.getfixturevalue("empty_sqlite"), tmp_path / "data" / "linli.db")
    return load_settings(environ)


@pytest.fixture
def house(settings: Settings) -> Iterator[Container]:
    container = build(settings)
    yield container
    container.database.close()


@pytest.fixture
def database(house: Container) -> Database:
    return house.database


@pytest.fixture
def community(house: Container) -> str:
    """The code of a community with buildings 1 to 6, three units of six storeys each."""
    with house.database.transaction() as session:
        return make_community(session).code


@pytest.fixture
def server(house: Container) -> Iterator[str]:
    """The address of the real web server over this house."""
    from waitress import create_server

    from web.factory import create_app

    running = create_server(create_app(house), host="127.0.0.1", port=0, threads=8)

    def run() -> None:
        with contextlib.suppress(OSError):  # closing takes the socket from under the waiting loop
            running.run()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{running.effective_port}"
    running.task_dispatcher.shutdown(timeout=5)  # a request in hand must not outlive its database
    running.close()
    for channel in list(running.active_channels.values()):  # a browser keeps its connections open
        channel.close()
    thread.join(timeout=5)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium on this machine")
        pytest.skip("no Chromium on this machine")
    return {
        **browser_type_launch_args,
        "executable_path": path,
        "args": ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-quic"],
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, object]) -> dict[str, object]:
    return {**browser_context_args, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
