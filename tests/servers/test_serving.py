"""``linli serve`` as an operator meets it: it starts, says what is wrong in one sentence, and ends when asked."""

from __future__ import annotations

import signal
import socket
import sqlite3
import stat
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from linli import migrate
from linli.bootstrap import build
from linli.cli import main
from linli.serving import _Readiness
from models import open_database
from settings import load_settings
from tests.servers.linli_process import LinliProcess, free_port


def test_it_starts_on_nothing_ends_on_a_signal_and_starts_again(tmp_path: Path) -> None:
    data, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    elsewhere.mkdir()
    first = LinliProcess(data, {"LINLI_WEB__MAX_UPLOAD_MB": "1"}, cwd=elsewhere)
    try:
        first.wait_ready(60)
        assert first.status("/healthz") == 200
        refuse_what_is_too_large(first)
        assert ended_within_seconds(first, signal.SIGINT)
    finally:
        first.kill()
    assert "Traceback" not in first.output
    keys = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (data / "keys").iterdir()}
    assert keys == {"secret_key": 0o600, "encryption_key": 0o600}
    assert list(elsewhere.iterdir()) == [], "everything that is written lies in the data folder"
    before = {path.name: path.read_text() for path in (data / "keys").iterdir()}

    second = LinliProcess(data, cwd=elsewhere)
    try:
        second.wait_ready(60)
        assert "Bringing the database up to date" not in second.output
        with socket.create_connection(("127.0.0.1", second.port)) as half_said:
            half_said.sendall(b"POST /c/NOWHERE HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf")
            assert ended_within_seconds(second, signal.SIGTERM)
    finally:
        second.kill()
    assert {path.name: path.read_text() for path in (data / "keys").iterdir()} == before


def ended_within_seconds(running: LinliProcess, how: signal.Signals) -> bool:
    began = time.monotonic()
    assert running.end(how, timeout=20) == 0, running.output
    return time.monotonic() - began < 10


def refuse_what_is_too_large(running: LinliProcess) -> None:
    """What is larger than allowed is read to its end, so that the refusal arrives as a page."""
    body = b"words=" + b"x" * (5 * 1024 * 1024)
    request = urllib.request.Request(running.address + "/desk/sign-in", data=body)  # noqa: S310 - our own address
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)  # noqa: S310
    assert refused.value.code == 413
    assert "太大" in refused.value.read().decode("utf-8")
    refused.value.close()
    assert running.status("/healthz") == 200


def test_ready_means_that_every_migration_is_in_and_what_else_was_asked_for(tmp_path: Path) -> None:
    house = build(load_settings({"LINLI_DATA_DIR": str(tmp_path)}))
    is_loaded = False
    is_ready = _Readiness(house, lambda: is_loaded)
    assert not is_ready()
    migrate.upgrade(house.database)
    assert not is_ready(), "the demo is missing still"
    is_loaded = True
    assert is_ready()
    house.database.close()


def newer(data: Path) -> None:
    database = open_database(load_settings({"LINLI_DATA_DIR": str(data)}))
    migrate.upgrade(database)
    database.close()
    connection = sqlite3.connect(data / "linli.db")
    connection.execute("UPDATE alembic_version SET version_num = 'of-tomorrow'")
    connection.commit()
    connection.close()


def damaged(data: Path) -> None:
    data.mkdir()
    (data / "linli.db").write_bytes(b"not a database" * 700)


def no_folder(data: Path) -> None:
    data.write_text("a file lies here")


def nothing(data: Path) -> None:
    """The data folder is as good as any."""


def wrong_yaml(data: Path) -> None:
    (data.parent / "config.yaml").write_text("web: [unclosed", encoding="utf-8")


def no_text(data: Path) -> None:
    (data.parent / "config.yaml").write_bytes(b"\xff\xfe\x00web")


@pytest.mark.parametrize("command", ["serve", "run"])
@pytest.mark.parametrize(
    ("prepare", "environ", "says"),
    [
        (nothing, {"LINLI_WEB__PORT": "eighty"}, "web.port"),
        (nothing, {"LINLI_WEB__PROT": "80"}, "web.prot"),
        (nothing, {"LINLI_WEB__HOST": "no-such-host.invalid"}, "no-such-host.invalid"),
        (nothing, {"LINLI_TIMEZONE": "Mars/Olympus"}, "timezone"),
        (nothing, {"LINLI_SECRET_KEY": "changeme"}, "secret_key is a placeholder"),
        (nothing, {"LINLI_ENCRYPTION_KEY": "too short"}, "encryption_key"),
        (nothing, {"LINLI_DATABASE__URL": "mysql://x/y"}, "mysql is not supported"),
        (nothing, {"LINLI_DATABASE__URL": "not an address"}, "database.url"),
        (nothing, {"LINLI_DATABASE__URL": "postgresql+psycopg://u:secret@127.0.0.1:1/x"}, "does not answer"),
        (wrong_yaml, {}, "is not valid YAML"),
        (no_text, {}, "is not UTF-8"),
        (newer, {}, "newer version"),
        (damaged, {}, "damaged"),
        (no_folder, {}, "cannot be used"),
    ],
)
def test_what_is_wrong_at_the_start_is_one_plain_sentence(
    command: str,
    prepare: Callable[[Path], None],
    environ: dict[str, str],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    data = tmp_path / "data"
    prepare(data)
    given = {"LINLI_DATA_DIR": str(data), "LINLI_WEB__PORT": str(free_port())} | environ
    if (tmp_path / "config.yaml").exists():
        given = {"LINLI_CONFIG": str(tmp_path / "config.yaml"), "LINLI_DATA_DIR": str(data)}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.argv", ["linli", command])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.startswith("linli: ")
    assert says in said
    assert said.count("\n") == 1
    assert "secret@" not in said


def test_a_taken_port_is_one_plain_sentence_and_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("LINLI_DATA_DIR", str(tmp_path / "data"))
        monkeypatch.setenv("LINLI_WEB__PORT", str(port))
        monkeypatch.setattr("sys.argv", ["linli", "run"])
        with pytest.raises(SystemExit) as ended:
            main()
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        f"linli: Port {port} is taken by another program; end it, or set LINLI_WEB__PORT to a free one.\n"
    )
    assert not (tmp_path / "data").exists()
