"""``linli doctor``: a line per finding, and exit status 1 when something must be mended."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from linli import migrate
from linli.bootstrap import Container, build
from linli.cli import cli
from linli.demo.people import furnish, make_staff
from models import Channel, Community, Role
from services import staff
from services.inbox import Arrival, mark_attempt_failed, receive
from services.on_call import set_on_call
from settings import load_settings
from tests.factories.places import MADE_AT, make_community


def doctor(house: Container, **environ: str) -> Result:
    given = {"LINLI_DATA_DIR": str(house.settings.data_dir)} | environ
    return CliRunner().invoke(cli, ["doctor"], env=given, catch_exceptions=False)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Container]:
    """An installation whose migrations are in."""
    container = build(load_settings({"LINLI_DATA_DIR": str(tmp_path / "data"), "LINLI_DEMO__PASSWORD": "demo-pass-1"}))
    migrate.upgrade(container.database)
    yield container
    container.database.close()


@pytest.fixture
def community(house: Container) -> str:
    with house.database.transaction() as session:
        return make_community(session).code


def wake(house: Container, community: str, *, is_linked: bool) -> None:
    with house.database.transaction() as session:
        person = staff.create_staff(session, staff.NewStaff("limin", "李敏", "a long password", Role.CLERK), MADE_AT)
        set_on_call(session, community, ["limin"], MADE_AT)
        if is_linked:
            code = staff.make_link_code(session, person.id, MADE_AT)
            assert staff.redeem_link_code(session, code, Channel.TELEGRAM, "1001", MADE_AT) is not None


def test_a_community_with_nobody_on_call_must_be_mended(house: Container, community: str) -> None:
    found = doctor(house)
    assert found.exit_code == 1
    assert "MEND  测试小区 (YX-TEST): nobody is on call" in found.output


def test_who_is_on_call_without_a_linked_chat_is_told(house: Container, community: str) -> None:
    wake(house, community, is_linked=False)
    found = doctor(house)
    assert "limin is on call without a linked chat" in found.output
    assert "nobody is on call" not in found.output


def test_all_is_well_when_somebody_is_on_call_and_can_be_reached(house: Container, community: str) -> None:
    wake(house, community, is_linked=True)
    found = doctor(house)
    assert found.exit_code == 0, found.output
    assert "linked chat" not in found.output
    assert all(line[:4] in ("ok  ", "note") for line in found.output.splitlines())


def test_the_demo_needs_no_mending(house: Container, community: str) -> None:
    with house.database.transaction() as session:
        place = session.scalars(select(Community)).one()
        place.is_demo = True
        viewers = make_staff(session, house, place.county_id, MADE_AT)
        furnish(session, [place], viewers)
    found = doctor(house)
    assert found.exit_code == 0, found.output


def test_messages_nobody_could_answer_must_be_mended(house: Container, community: str) -> None:
    wake(house, community, is_linked=True)
    with house.database.transaction() as session:
        inbox_id, _ = receive(session, Arrival(Channel.TELEGRAM, "u1", "1", {}), MADE_AT)
        for _attempt in range(3):
            mark_attempt_failed(session, inbox_id, "ValueError")
    found = doctor(house)
    assert found.exit_code == 1
    assert "MEND  1 messages could not be answered" in found.output


def test_keys_others_can_read_must_be_mended(house: Container, community: str) -> None:
    wake(house, community, is_linked=True)
    key = house.settings.data_dir / "keys" / "secret_key"
    key.chmod(0o644)
    found = doctor(house)
    assert found.exit_code == 1
    assert f"MEND  The key {key} can be read by others; run: chmod 600 {key}" in found.output


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("LINLI_SECRET_KEY", "changeme", "secret_key is a placeholder"),
        ("LINLI_DATABASE__URL", "postgresql+psycopg://linli:secret@127.0.0.1:1/x", "does not answer"),
        ("LINLI_WEB__PORT", "eighty", "web.port"),
    ],
)
def test_what_would_stop_the_start_is_a_finding(house: Container, name: str, value: str, says: str) -> None:
    found = doctor(house, **{name: value})
    assert found.exit_code == 1
    assert says in found.output
    assert "secret@" not in found.output


def test_a_database_without_the_schema_says_what_to_run(tmp_path: Path) -> None:
    empty = build(load_settings({"LINLI_DATA_DIR": str(tmp_path / "empty")}))
    found = doctor(empty)
    empty.database.close()
    assert found.exit_code == 1
    assert "linli db upgrade" in found.output
