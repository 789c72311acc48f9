"""From voices to a plan and a notice on the desk's pages, without JavaScript."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from linli.bootstrap import Container
from models import Community, Complaint, ComplaintState, Notice, NoticeState, Role, WorkItem, WorkItemState
from services.staff import NewStaff, create_staff
from tests.factories.voices import Voice, say
from web.factory import create_app


@pytest.fixture
def desk(house: Container, community: str) -> FlaskClient:
    """A planner, signed in; the forms' tokens are tested elsewhere."""
    with house.database.transaction() as session:
        planner = create_staff(
            session, NewStaff("planner", "陈启明", "planner-pass-1", Role.PLANNER), house.clock.now()
        )
        who = (planner.id, planner.session_version)
    app = create_app(house)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["staff"], cookie["version"] = who
    return client


def voice(house: Container, code: str, **said: object) -> str:
    with house.database.transaction() as session:
        place = session.query(Community).filter_by(code=code).one()
        return say(session, place, house.act(), Voice(**said)).number  # type: ignore[arg-type]  # named by the caller


FIELDS = {
    "title": "屋面防水翻修", "class_code": "A", "subject_code": "A11", "quantity": "860", "unit": "平方米",
    "unit_cost": "110", "is_illustrative": "1", "why": "防水层老化。",
}  # fmt: skip


def test_a_leak_is_promoted_beside_a_dispute_that_stays_out(
    house: Container, community: str, desk: FlaskClient
) -> None:
    leak = voice(house, community, room="602")
    dispute = voice(house, community, category="N02", text="楼上漏水他不认")
    page = desk.get(f"/desk/promote?numbers={leak},{dispute}")
    assert page.status_code == 200
    assert "没带进来" in page.text
    assert "0735-000 0110" in page.text
    answer = desk.post("/desk/promote", data={**FIELDS, "community": community, "numbers": [leak, dispute]})
    assert answer.status_code == 302
    shown = desk.get(answer.headers["Location"])
    assert "9.46" in shown.text
    assert "1户" in shown.text
    with house.database.reader() as session:
        states = {one.number: one.state for one in session.query(Complaint)}
    assert states == {leak: ComplaintState.PLAN_CANDIDATE, dispute: ComplaintState.ACKNOWLEDGED}
    passed = desk.post("/desk/promote/pass-on", data={"number": dispute})
    assert passed.status_code == 302
    with house.database.reader() as session:
        assert session.query(Complaint).filter_by(number=dispute).one().state is ComplaintState.REDIRECTED


def test_a_wrong_field_is_named_and_what_was_typed_stays(house: Container, community: str, desk: FlaskClient) -> None:
    leak = voice(house, community)
    for typed in ("", "0", "八百"):
        page = desk.post("/desk/promote", data={**FIELDS, "quantity": typed, "community": community, "numbers": [leak]})
        assert page.status_code == 400
        assert 'href="#f-quantity"' in page.text
        assert 'value="屋面防水翻修"' in page.text


def test_declining_shows_the_message_first_and_an_old_page_is_refused(
    house: Container, community: str, desk: FlaskClient
) -> None:
    leak = voice(house, community, text="<script>alert(1)</script>漏雨")
    desk.post("/desk/promote", data={**FIELDS, "community": community, "numbers": [leak]})
    with house.database.reader() as session:
        item_id = session.query(WorkItem).one().id
    base = f"/desk/plans/{community}/items/{item_id}"
    item_page = desk.get(base)
    assert "<script>alert(1)" not in item_page.text
    assert desk.post(f"{base}/decline", data={"confirmed": "1", "reason": "x", "seen": "old"}).status_code == 409
    asked = desk.post(f"{base}/decline", data={"preview": "1", "reason": "今年的钱不够。"})
    assert "原因：今年的钱不够。" in asked.text
    seen = re.search(r'name="seen" value="([^"]+)"', asked.text)
    assert seen is not None
    data = {"confirmed": "1", "reason": "今年的钱不够。", "seen": seen.group(1)}
    assert desk.post(f"{base}/decline", data=data).status_code == 302
    with house.database.reader() as session:
        assert session.query(WorkItem).one().state is WorkItemState.DECLINED
        assert session.query(Complaint).one().outcome == "今年的钱不够。"
    assert "今年的钱不够。" in desk.get(f"/desk/plans/{community}").text
    assert desk.get(f"/desk/plans/{community}/word").data.startswith(b"PK")


def test_a_notice_is_previewed_with_its_reach_and_scheduled(
    house: Container, community: str, desk: FlaskClient
) -> None:
    voice(house, community, room="602")
    assert desk.get(f"/desk/notices/new?community={community}").status_code == 200
    data = {
        "community": community, "kind": "water", "starts_at": "2099-11-30T08:00", "ends_at": "2099-11-30T18:00",
        "body": "请提前存水。", "publish": "now", "do": "preview",
    }  # fmt: skip
    page = desk.post("/desk/notices/new", data=data)
    assert "全小区 11月30日 8:00–18:00 停水" in page.text
    assert "216户" in page.text
    assert desk.post("/desk/notices/new", data={**data, "do": "schedule"}).status_code == 302
    with house.database.reader() as session:
        assert session.query(Notice).one().state is NoticeState.SCHEDULED
    assert desk.get("/desk/notices/").status_code == 200
    past = desk.post("/desk/notices/new", data={**data, "starts_at": "2020-01-01T08:00"})
    assert past.status_code == 400
    assert 'href="#f-starts_at"' in past.text


def test_budget_and_funding_are_kept(house: Container, community: str, desk: FlaskClient) -> None:
    assert desk.get("/desk/plans/").status_code == 200
    assert desk.get(f"/desk/plans/{community}").status_code == 200
    assert desk.get(f"/desk/plans/{community}/money").status_code == 200
    answer = desk.post(
        f"/desk/plans/{community}/money", data={"budget": "180", "amount-F01": "100", "note-F01": "已下达"}
    )
    assert "180.00" in desk.get(answer.headers["Location"]).text
    assert desk.post(f"/desk/plans/{community}/money", data={"budget": "多"}).status_code == 400
    assert desk.get("/desk/plans/YX-NO").status_code == 404


def test_a_notice_changed_by_somebody_else_is_not_overwritten_unseen(
    house: Container, community: str, desk: FlaskClient
) -> None:
    data = {
        "community": community, "kind": "water", "starts_at": "2099-11-30T08:00", "ends_at": "2099-11-30T18:00",
        "body": "请提前存水。", "publish": "now", "do": "draft",
    }  # fmt: skip
    desk.post("/desk/notices/new", data=data)
    with house.database.reader() as session:
        path = f"/desk/notices/{session.query(Notice).one().id}"

    def seen_on(page: str) -> str:
        found = re.search(r'name="seen" value="([^"]+)"', page)
        assert found is not None
        return found.group(1)

    both_saw = seen_on(desk.get(path).text)
    assert desk.post(path, data={**data, "body": "先到的。", "seen": both_saw}).status_code == 302
    late = desk.post(path, data={**data, "body": "后到的。", "seen": both_saw})
    assert late.status_code == 409
    assert "后到的。" in late.text
    assert "别人刚改过" in late.text
    assert desk.post(f"{path}/cancel", data={"seen": both_saw}).status_code == 409
    with house.database.reader() as session:
        assert session.query(Notice).one().body == "先到的。"
    assert desk.post(path, data={**data, "body": "后到的。", "seen": seen_on(late.text)}).status_code == 302
