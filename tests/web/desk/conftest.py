"""A desk to test: staff in a community, and a client or a browser signed in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from linli.bootstrap import Container
from models import Role
from services.staff import NewStaff, create_staff
from web.factory import create_app

PASSWORD = "a long enough password"
Desk = Callable[..., "Caller"]


class Caller:
    """A signed-in member of staff on the other end of HTTP; fills in the form's token as a browser does."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **more: object) -> str:
        answer = self.client.get(path, **more)  # type: ignore[arg-type]  # passed on as they are
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return str(answer.text)

    def post(self, path: str, **form: object):  # type: ignore[no-untyped-def]  # werkzeug's TestResponse
        page = self.client.get("/desk/settings").text or self.client.get("/desk/sign-in").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token is not None
        return self.client.post(path, data={"csrf_token": token.group(1), **form})


@pytest.fixture
def app(house: Container) -> Flask:
    return create_app(house)


@pytest.fixture
def staff(house: Container, community: str) -> Callable[..., str]:
    """Make an account; returns its user name."""

    def make(
        username: str = "limin", name: str = "李敏", role: Role = Role.CLERK, where: str | None = community
    ) -> str:
        with house.database.transaction() as session:
            create_staff(session, NewStaff(username, name, PASSWORD, role, where), datetime.now(UTC))
        return username

    return make


@pytest.fixture
def desk(app: Flask, staff: Callable[..., str]) -> Desk:
    """Sign somebody in over HTTP."""

    def enter(username: str = "limin", **account: object) -> Caller:
        staff(username, **account)
        client = app.test_client()
        token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/desk/sign-in").text)
        assert token is not None
        answer = client.post(
            "/desk/sign-in", data={"csrf_token": token.group(1), "username": username, "password": PASSWORD}
        )
        assert answer.status_code == 302
        return Caller(client)

    return enter


@pytest.fixture
def count_queries(house: Container) -> Callable[[], object]:
    """A context in which statements are collected."""

    @contextmanager
    def watch() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
            if not statement.startswith(("BEGIN", "PRAGMA")):
                seen.append(statement)

        event.listen(house.database.engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(house.database.engine, "before_cursor_execute", note)

    return watch
