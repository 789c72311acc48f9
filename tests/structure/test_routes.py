"""Every route names its permission, and nobody who is not signed in gets behind one."""

from __future__ import annotations

import pytest
from flask import Flask

from linli.bootstrap import Container
from services.permissions import Permission
from web.factory import create_app
from web.security import permission_of


@pytest.fixture
def app(house: Container) -> Flask:
    return create_app(house)


def test_every_route_names_a_permission(app: Flask) -> None:
    without = [rule.rule for rule in app.url_map.iter_rules() if permission_of(app, rule.endpoint) is None]
    assert without == []


def test_nobody_reaches_the_desk_without_signing_in(app: Flask) -> None:
    client = app.test_client()
    app.config["WTF_CSRF_ENABLED"] = False  # so that the permission is what refuses, not the missing token
    let_in = []
    for rule in app.url_map.iter_rules():
        if permission_of(app, rule.endpoint) is Permission.PUBLIC:
            continue
        values = {name: (1 if "_id" in name or name == "id" else "close") for name in rule.arguments}
        with app.test_request_context():
            address = rule.build(values)[1]  # type: ignore[index]  # every rule of ours can be built from these
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            answer = client.open(address, method=method)
            if answer.status_code not in (302, 401) or (
                answer.status_code == 302 and "/desk/sign-in" not in answer.headers["Location"]
            ):
                let_in.append(f"{method} {rule.rule}: {answer.status_code}")
    assert let_in == []


def test_a_route_without_a_permission_is_refused_to_everybody(app: Flask) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    assert app.test_client().get("/forgotten").status_code == 403
