"""The demo county is the published one, and everything in it came about as it would in life."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from linli.bootstrap import Container
from linli.demo.load import DemoNotPossible, is_loaded, load
from linli.demo.messages import COUNTY, INSTITUTE
from linli.demo.people import STAFF
from linli.demo.story import BUDGET, subjects_of_the_plan
from models import (
    Alert,
    Attachment,
    Author,
    Building,
    Channel,
    Community,
    Complaint,
    ComplaintHistory,
    ContactPoint,
    Conversation,
    Event,
    Household,
    Inbox,
    InboxState,
    Message,
    Notice,
    OnCall,
    Outbox,
    OutboxState,
    Place,
    PlaceKind,
    Plan,
    Resident,
    Role,
    StaffUser,
    WorkItem,
    WorkItemState,
)
from models.workflow import COMPLAINT_TRANSITIONS, ComplaintState
from services.filing import SOURCES
from services.staff import authenticate


def count(house: Container, *what: object) -> int:
    with house.database.reader() as session:
        return session.scalar(select(func.count()).select_from(*what)) or 0  # type: ignore[arg-type]  # entities


def complaints(house: Container) -> list[Complaint]:
    with house.database.transaction() as session:
        return list(session.scalars(select(Complaint).order_by(Complaint.id).options(selectinload(Complaint.history))))


def test_the_county_has_the_published_figures(demo_house: Container) -> None:
    with demo_house.database.reader() as session:
        areas = session.scalar(select(func.count(Place.id)).where(Place.kind == PlaceKind.AREA))
        buildings, floor_area = session.execute(select(func.count(Building.id), func.sum(Building.floor_area))).one()
        homes, least, most = session.execute(
            select(func.count(Household.id), func.min(Household.area), func.max(Household.area))
        ).one()
    assert (areas, buildings, homes) == (27, 593, 8557)
    assert Decimal(str(floor_area)).quantize(Decimal("0.01")) == Decimal("2089500.00")
    assert 45 <= least <= most <= 130


def test_the_homes_of_a_building_fit_into_its_floor_area(demo_house: Container) -> None:
    with demo_house.database.reader() as session:
        rows = session.execute(
            select(Building.floor_area, func.sum(Household.area)).join(Household).group_by(Building.id)
        ).all()
    assert len(rows) == 593
    assert all(inside < floor_area for floor_area, inside in rows)


def test_the_institute_has_six_buildings_of_three_units(demo_house: Container) -> None:
    with demo_house.database.transaction() as session:
        community = session.scalars(select(Community).where(Community.code == "YX-KCSJY")).one()
        buildings = session.scalars(
            select(Building).where(Building.community_id == community.id).options(selectinload(Building.units))
        ).all()
    assert sorted((row.code, len(row.units), row.storeys) for row in buildings) == [(str(n), 3, 6) for n in range(1, 7)]
    assert (community.name, community.phone, community.contact_name) == ("县勘察设计院小区", "0735-000 0110", "李敏")


def test_every_number_of_the_demo_is_one_that_cannot_exist(demo_house: Container) -> None:
    with demo_house.database.transaction() as session:
        rows = session.scalars(select(Community)).all()
    for row in rows:
        for phone in (row.phone, row.night_phone, row.gas_hotline, row.property_phone, row.construction_phone):
            assert phone.startswith("0735-000 ")


def test_residents_speak_in_many_words_of_many_subjects_with_every_urgency(demo_house: Container) -> None:
    found = complaints(demo_house)
    assert 180 <= len(found) <= 230
    assert len({row.first_text for row in found}) >= 120
    assert len({row.subject_code for row in found}) >= 40
    assert {row.urgency for row in found} == {"P0", "P1", "P2", "P3"}
    assert all(row.is_demo for row in found)


def test_at_least_fifteen_talks_go_on_for_several_turns(demo_house: Container) -> None:
    with demo_house.database.reader() as session:
        typed = session.scalars(
            select(func.count(Message.id))
            .where(Message.author == Author.RESIDENT, Message.text.not_in(("", "都没有", "整个小区")))
            .group_by(Message.conversation_id)
        ).all()
        photos = session.scalar(select(func.count(Attachment.id)))
    assert sum(1 for turns in typed if turns >= 2) >= 15
    assert photos >= 8


def test_every_word_came_through_the_inbox_and_was_answered(demo_house: Container) -> None:
    with demo_house.database.reader() as session:
        states = session.execute(select(Inbox.state, func.count()).group_by(Inbox.state)).all()
        strays = session.scalar(
            select(func.count(Message.id))
            .join(Conversation, Conversation.id == Message.conversation_id)
            .join(ContactPoint, ContactPoint.id == Conversation.contact_point_id)
            .where(Message.author == Author.RESIDENT, Message.inbox_id.is_(None), ContactPoint.channel != Channel.PHONE)
        )
    assert [state for state, _ in states] == [InboxState.PROCESSED]
    assert strays == 0


def test_most_of_it_is_understood_as_a_clerk_would(demo_house: Container) -> None:
    meant = {script.opening.split("{p}")[-1][:12]: script.subject for script in INSTITUTE + COUNTY}
    right = total = 0
    for row in complaints(demo_house):
        for words, subject in meant.items():
            if words and words in row.first_text:
                total += 1
                right += row.candidates[0]["category"] == subject
                break
    assert total > 100
    assert right / total > 0.8


def test_some_were_filed_for_people_who_telephoned_or_came_by(demo_house: Container) -> None:
    sources = Counter(row.source for row in complaints(demo_house))
    assert sum(sources[source] for source in SOURCES) >= 8


def test_nothing_in_the_demo_lies_in_the_future_or_goes_a_way_that_is_not_allowed(demo_house: Container) -> None:
    now = demo_house.clock.now()
    for row in complaints(demo_house):
        assert now - timedelta(days=32) < row.submitted_at <= row.updated_at <= now
        times = [entry.at for entry in row.history]
        assert times == sorted(times)
        for entry in row.history:
            if entry.from_state and entry.to_state:
                assert ComplaintState(entry.to_state) in COMPLAINT_TRANSITIONS[ComplaintState(entry.from_state)]


def test_the_desk_has_dealt_with_most_and_left_some_to_do(demo_house: Container) -> None:
    states = Counter(row.state for row in complaints(demo_house))
    for state in (ComplaintState.ACKNOWLEDGED, ComplaintState.TRIAGED, ComplaintState.REDIRECTED,
                  ComplaintState.CLOSED, ComplaintState.PLAN_CANDIDATE):  # fmt: skip
        assert states[state] >= 5, state


def test_no_alert_is_left_ringing_and_each_woke_somebody(demo_house: Container) -> None:
    with demo_house.database.transaction() as session:
        alerts = session.scalars(select(Alert).options(selectinload(Alert.calls))).all()
    assert alerts
    assert all(alert.acknowledged_at is not None for alert in alerts)
    assert all(alert.calls and all(call.has_contact for call in alert.calls) for alert in alerts)


def test_nothing_is_left_to_send_or_held(demo_house: Container) -> None:
    with demo_house.database.reader() as session:
        assert set(session.scalars(select(Outbox.state).distinct())) == {OutboxState.SENT}
        unlisted = session.scalar(
            select(func.count(ContactPoint.id)).where(
                ContactPoint.is_listed.is_(False), ContactPoint.channel != Channel.PHONE
            )
        )
    assert unlisted == 0


def test_there_is_staff_in_every_role_and_somebody_on_call_everywhere(demo_house: Container) -> None:
    with demo_house.database.reader() as session:
        assert set(session.scalars(select(StaffUser.role))) == set(Role)
        watched = session.scalar(select(func.count(func.distinct(OnCall.community_id))))
        assert watched == session.scalar(select(func.count(Community.id)))


@pytest.mark.parametrize("username", ["clerk", "planner", "admin"])
def test_the_demo_accounts_sign_in_with_the_password_of_the_settings(demo_house: Container, username: str) -> None:
    with demo_house.database.transaction() as session:
        person = authenticate(session, username, "demo-password-1", demo_house.clock.now())
    assert person is not None


def test_the_plan_holds_items_in_every_state_reached_by_the_services(demo_house: Container) -> None:
    with demo_house.database.transaction() as session:
        plan = session.scalars(select(Plan).options(selectinload(Plan.funding))).one()
        items = session.scalars(
            select(WorkItem).options(selectinload(WorkItem.history), selectinload(WorkItem.complaints))
        ).all()
    assert plan.budget == BUDGET
    assert len(plan.funding) >= 4
    assert {item.state for item in items} == set(WorkItemState)
    assert {item.subject_code for item in items} == subjects_of_the_plan()
    for item in items:
        steps = [entry.to_state for entry in item.history]
        assert steps[0] == "candidate"
        assert steps[-1] == item.state
    assert sum(bool(item.complaints) for item in items) >= 8
    roof = next(item for item in items if item.subject_code == "A11")
    assert (roof.position, roof.cost) == (7, Decimal("94600.00"))
    assert len(roof.complaints) >= 6


def test_each_resident_behind_a_declined_item_has_read_its_reason(demo_house: Container) -> None:
    with demo_house.database.transaction() as session:
        declined = session.scalars(
            select(WorkItem).where(WorkItem.state == WorkItemState.DECLINED).options(selectinload(WorkItem.complaints))
        ).all()
        behind = [(item, complaint) for item in declined for complaint in item.complaints]
        assert behind
        for item, complaint in behind:
            assert complaint.outcome == item.decline_reason
            said = session.scalars(
                select(Message.text).where(Message.conversation_id == complaint.conversation_id)
            ).all()
            assert any((item.decline_reason or "?")[:12] in text for text in said)


def test_a_notice_has_gone_out_and_one_is_being_written(demo_house: Container) -> None:
    with demo_house.database.reader() as session:
        assert sorted(session.scalars(select(Notice.state))) == ["delivered", "draft"]


def test_the_same_seed_makes_the_same_demo(demo_house: Container, house: Container) -> None:
    load(house, 2022, lambda what, done, total: None)

    def told(container: Container) -> list[tuple[object, ...]]:
        return [
            (row.number, row.first_text, row.building, row.subject_code, row.urgency) for row in complaints(container)
        ]

    if demo_house.clock.now().date() == house.clock.now().date():
        assert Counter(text for _, text, *_ in told(house)) == Counter(text for _, text, *_ in told(demo_house))
    assert is_loaded(house.database)
    with pytest.raises(DemoNotPossible):
        load(house, 2022, lambda what, done, total: None)


def test_the_audit_trail_names_no_person_and_no_words(demo_house: Container) -> None:
    with demo_house.database.reader() as session:
        fields = " ".join(str(value) for value in session.scalars(select(Event.fields)))
    assert not any(person.name in fields for person in STAFF)
    assert "漏" not in fields


def test_everything_of_the_demo_is_marked_as_such(demo_house: Container) -> None:
    with demo_house.database.reader() as session:
        for model in (Place, Community, Building, Household, Resident, StaffUser, Complaint, Plan, WorkItem, Notice):
            unmarked = session.scalar(select(func.count()).select_from(model).where(model.is_demo.is_(False)))
            assert unmarked == 0, model.__name__
    assert count(demo_house, ComplaintHistory) > 400
