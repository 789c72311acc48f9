"""Signing in: throttled, and silent about which half was wrong."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import replace

import pytest
from flask import Flask
from redis import Redis
from redis.exceptions import RedisError

from linli.bootstrap import Container
from models import Role
from services import staff as staff_service
from tests.web.desk.conftest import PASSWORD
from web.factory import create_app


def attempt(client, username: str, password: str):
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/desk/sign-in").text)
    assert token is not None
    return client.post("/desk/sign-in", data={"csrf_token": token.group(1), "username": username, "password": password})


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(app, staff):
    staff("limin")
    wrong_password = attempt(app.test_client(), "limin", "nope")
    wrong_name = attempt(app.test_client(), "nobody", "nope")
    assert wrong_password.status_code == wrong_name.status_code == 401
    words = re.compile(r"<p>(名字或密码不对[^<]*)</p>")
    assert words.findall(wrong_password.text) == words.findall(wrong_name.text) != []


def test_the_sixth_wrong_attempt_has_to_wait_even_with_the_right_password(app, staff):
    staff("limin")
    client = app.test_client()
    for _ in range(5):
        assert attempt(client, "limin", "nope").status_code == 401
    assert attempt(client, "limin", PASSWORD).status_code == 429


def test_a_form_without_its_token_is_refused_with_the_way_on(app, staff):
    staff("limin")
    answer = app.test_client().post("/desk/sign-in", data={"username": "limin", "password": PASSWORD})
    assert answer.status_code == 400
    assert "重新打开" in answer.text


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_sign_in_leads_only_inside(app, staff, target):
    staff("limin")
    client = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/desk/sign-in").text)
    assert token is not None
    answer = client.post(
        "/desk/sign-in",
        data={"csrf_token": token.group(1), "username": "limin", "password": PASSWORD, "next": target},
    )
    assert answer.headers["Location"] == "/desk/"


def test_ending_all_sessions_signs_out_everywhere(app, desk, house):
    caller = desk()
    assert caller.client.get("/desk/").status_code == 200
    with house.database.transaction() as session:
        staff_service.end_sessions(session, 1)
    assert caller.client.get("/desk/").status_code == 302


def test_the_cookie_is_secure_on_https_and_usable_on_http(app):
    client = app.test_client()
    plain = client.get("/desk/sign-in").headers["Set-Cookie"]
    secure = app.test_client().get("/desk/sign-in", base_url="https://localhost").headers["Set-Cookie"]
    assert "Secure" not in plain
    assert "Secure" in secure
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain


def test_an_auditor_looks_but_does_not_act(desk, house, community):
    from tests.factories.complaints import say

    number = say(house, community, "三栋二单元顶楼漏水")[0]
    caller = desk("shenji", role=Role.AUDITOR)
    assert "受理" in caller.get(f"/desk/complaints/{number}")
    assert caller.post(f"/desk/complaints/{number}/take-in", seen="").status_code == 403


def test_a_link_code_works_once(house, staff):
    from models import Channel

    staff("limin")
    now = house.clock.now()
    with house.database.transaction() as session:
        code = staff_service.make_link_code(session, 1, now)
    with house.database.transaction() as session:
        assert staff_service.redeem_link_code(session, "AAAAAAAA", Channel.TELEGRAM, "7", now) is None
        person = staff_service.redeem_link_code(session, code.lower(), Channel.TELEGRAM, "7", now)
        assert person is not None
        assert person.username == "limin"
    with house.database.transaction() as session:
        assert staff_service.redeem_link_code(session, code, Channel.TELEGRAM, "8", now) is None


@pytest.fixture
def shared_counter() -> str:
    """The address of a real Redis; without one these tests say so in one line, and fail where checks are run."""
    address = os.environ.get("LINLI_TEST_REDIS", "redis://127.0.0.1:6379/9")
    try:
        Redis.from_url(address, socket_connect_timeout=1).ping()
    except RedisError:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no Redis answers at {address}")
    return address


def counting_in(house: Container, address: str) -> Flask:
    web = house.settings.web.model_copy(update={"rate_limit_storage": address})
    return create_app(replace(house, settings=house.settings.model_copy(update={"web": web})))


def test_wrong_attempts_are_counted_across_processes_that_share_a_redis(house, staff, shared_counter):
    username = staff(f"li-{secrets.token_hex(4)}")  # the counter outlives the test; the name does not come again
    machine = {"REMOTE_ADDR": f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.{secrets.randbelow(256)}"}
    client = counting_in(house, shared_counter).test_client()
    client.environ_base |= machine
    for _ in range(5):
        assert attempt(client, username, "nope").status_code == 401
    other = counting_in(house, shared_counter).test_client()
    other.environ_base |= machine
    assert attempt(other, username, PASSWORD).status_code == 429


def test_a_redis_that_is_away_locks_nobody_out_and_lets_nobody_guess(house, staff):
    staff("limin")
    client = counting_in(house, "redis://127.0.0.1:1/0").test_client()
    assert attempt(client, "limin", PASSWORD).status_code == 302
    stranger = counting_in(house, "redis://127.0.0.1:1/0").test_client()
    answers = [attempt(stranger, "limin", "nope").status_code for _ in range(6)]
    assert answers == [401] * 5 + [429]
