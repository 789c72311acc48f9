"""Removing the demo deletes all of it and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from bot.messages import Inbound
from linli.bootstrap import Container
from linli.demo.load import DemoNotPossible, is_loaded, load
from linli.demo.people import CONTACT_OF, make_staff
from linli.demo.remove import remove, was_removed
from models import Base, Channel, Community, Complaint, County, OnCall, Place, Resident, Role, StaffUser
from services import alerts
from services.access import viewer_of
from services.imports import BUILDING_COLUMNS, import_buildings
from services.on_call import set_on_call
from services.sheets import read_sheet
from services.staff import NewStaff, authenticate, create_staff
from tests.factories.sheets import BUILDING_HEADER, building_row, xlsx

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def nothing(what: str, done: int, total: int) -> None:
    """Progress nobody looks at."""


def rows(house: Container) -> dict[str, int]:
    with house.database.reader() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def import_real_community(house: Container) -> None:
    header = (*BUILDING_HEADER, "县", "街道")
    sheet = read_sheet(xlsx([header, [*building_row("3栋"), "永兴县", "便江街道"]]), BUILDING_COLUMNS)
    with house.database.transaction() as session:
        assert not import_buildings(session, sheet.rows, NOW).errors


def speak(house: Container, text: str, number: int, community: str = "LY-01") -> list[str]:
    inbound = Inbound(Channel.WEB, f"real-{number}", "a-real-browser", house.clock.now(), text, community=community)
    answer = house.reception.hear(inbound)
    assert answer is not None
    return list(answer.complaints)


def test_a_real_community_beside_the_demo_is_left_untouched(demo_copy: Container) -> None:
    house = demo_copy
    import_real_community(house)
    (number,) = speak(house, "3栋2单元501楼道灯坏了一个月", 1)
    assert remove(house)
    assert not is_loaded(house.database)
    with house.database.transaction() as session:
        complaint = session.scalars(select(Complaint)).one()
        community = session.scalars(select(Community)).one()
        county = session.get_one(County, community.county_id)
        names = set(session.scalars(select(Place.name)))
        assert not session.scalars(select(Place.id).where(Place.is_demo)).all()
    assert (complaint.number, community.code, county.letters) == (number, "LY-01", "YX")
    assert names == {"永兴县", "便江街道", "老百货小区"}
    (following,) = speak(house, "下水道堵了，污水返上来，3栋1单元101", 2)
    assert int(following[-6:]) == int(number[-6:]) + 1


def test_a_house_that_held_only_the_demo_is_empty_after_it(demo_copy: Container) -> None:
    assert remove(demo_copy)
    assert {name: count for name, count in rows(demo_copy).items() if count} == {"event": 1}
    assert was_removed(demo_copy.database)
    assert not list(demo_copy.settings.upload_dir.rglob("*.jpg"))
    assert not remove(demo_copy)


def test_what_a_visitor_said_in_a_demo_community_goes_with_it(demo_copy: Container) -> None:
    speak(demo_copy, "3栋2单元501楼道灯坏了一个月", 1, "YX-KCSJY")
    speak(demo_copy, "谢谢", 2, "YX-KCSJY")
    assert remove(demo_copy)
    assert {name: count for name, count in rows(demo_copy).items() if count} == {"event": 1}
    assert was_removed(demo_copy.database)


def test_a_real_resident_who_visited_the_demo_keeps_their_own_complaint(demo_copy: Container) -> None:
    import_real_community(demo_copy)
    (number,) = speak(demo_copy, "3栋2单元501楼道灯坏了一个月", 1)
    speak(demo_copy, "5栋1单元下水道堵了", 2, "YX-KCSJY")
    assert remove(demo_copy)
    with demo_copy.database.transaction() as session:
        assert session.scalars(select(Complaint.number)).all() == [number]
        resident = session.scalars(select(Resident)).one()
        assert resident.community_id == session.scalars(select(Community.id)).one()


def test_a_demo_account_that_did_real_work_is_closed_and_opened_again_by_the_next_demo(demo_copy: Container) -> None:
    house = demo_copy
    import_real_community(house)
    with house.database.transaction() as session:
        set_on_call(session, "LY-01", ["clerk"], house.clock.now())
    speak(house, "3栋1单元楼道里有煤气味，好大", 1)
    with house.database.transaction() as session:
        clerk = session.scalars(select(StaffUser).where(StaffUser.username == "clerk")).one()
        (alert,) = alerts.list_open(session, viewer_of(session, clerk))
        assert alert.calls[0].staff_id == clerk.id
        alerts.acknowledge(session, viewer_of(session, clerk), alert.id, house.act("staff:clerk", staff_id=clerk.id))
    assert remove(house)
    with house.database.transaction() as session:
        assert authenticate(session, "clerk", "demo-password-1", NOW) is None
        assert session.scalars(select(StaffUser.username)).all() == ["clerk"]
        assert session.scalars(select(OnCall)).all() == []
    with house.database.transaction() as session:
        make_staff(session, house, session.scalars(select(County.place_id)).one(), NOW)  # as the next load does
        assert authenticate(session, "clerk", "demo-password-1", NOW) is not None


def test_the_demo_never_takes_the_place_of_something_real(house: Container) -> None:
    with house.database.transaction() as session:
        create_staff(session, NewStaff("clerk", "真的李敏", "a-real-password", Role.CLERK), NOW)
    before = rows(house)
    with pytest.raises(DemoNotPossible, match="clerk"):
        load(house, 7, nothing)
    assert rows(house) == before


def test_the_contacts_of_the_demo_cannot_be_a_real_persons() -> None:
    assert CONTACT_OF.format(username="clerk").startswith("demo-")
