"""A notice reaches the homes of its buildings once, says whom it misses, and never comes too late unnoticed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from linli.bootstrap import Container
from models import CallTask, Channel, Community, Notice, NoticeState, Outbox, OutboxState, Session
from services import delivery, notices
from services.errors import InvalidInput, StatusNotAllowed
from services.notices import NewNotice
from services.places import list_buildings
from services.ports import Act
from tests.factories.places import make_community
from tests.factories.voices import Voice, say

NOW = datetime(2026, 11, 26, 7, 0, tzinfo=UTC)


@pytest.fixture
def session(house: Container) -> Iterator[Session]:
    with house.database.transaction() as opened:
        yield opened


@pytest.fixture
def act(house: Container) -> Act:
    return Act(by="staff:planner", now=NOW, wording=house.wording)


@pytest.fixture
def place(session: Session) -> Community:
    return make_community(session)


@pytest.fixture
def water(session: Session, place: Community) -> NewNotice:
    ids = [building.id for building in list_buildings(session, place) if building.code in {"3", "5"}]
    return NewNotice(
        community=place,
        kind="water",
        title="3栋、5栋 11月30日 8:00–18:00 停水",
        body="请提前存水，关好水龙头。",
        starts_at=datetime(2026, 11, 30, 0, 0, tzinfo=UTC),
        ends_at=datetime(2026, 11, 30, 10, 0, tzinfo=UTC),
        buildings=ids,
    )


def later(act: Act, **by: float) -> Act:
    return replace(act, now=act.now + timedelta(**by))


def test_a_scheduled_notice_goes_once_to_the_homes_of_its_buildings(
    session: Session, place: Community, act: Act, water: NewNotice
) -> None:
    for building in ("3", "5", "4"):
        say(session, place, act, Voice(building=building))
    say(session, place, act, Voice(building="3", channel=Channel.PHONE))
    notice = notices.draft(session, water, act)
    notices.schedule(session, notice, act, publish_at=NOW + timedelta(hours=1))
    assert notices.deliver_due(session, act) == 0
    assert notices.deliver_due(session, later(act, hours=1)) == 1
    assert notices.deliver_due(session, later(act, hours=2)) == 0
    rows = session.scalars(select(Outbox).where(Outbox.notice_id == notice.id)).all()
    assert len(rows) == 2
    assert "停水" in rows[0].replies[0]["text"]
    assert "请提前存水" in rows[0].replies[1]["text"]
    assert session.scalars(select(CallTask).where(CallTask.notice_id == notice.id)).one().words.startswith("通知")
    assert notice.state is NoticeState.DELIVERED


def test_a_crash_before_the_commit_sends_it_once_all_the_same(house: Container, act: Act) -> None:
    with house.database.transaction() as session:
        place = make_community(session)
        say(session, place, act)
        new = NewNotice(place, "other", "刷墙", "", NOW + timedelta(days=4), NOW + timedelta(days=5))
        notice = notices.draft(session, new, act)
        notices.schedule(session, notice, act)
    with pytest.raises(RuntimeError), house.database.transaction() as session:  # noqa: PT012 - the fault comes after
        notices.deliver_due(session, act)
        raise RuntimeError("the power went")
    for _again in range(2):
        with house.database.transaction() as session:
            notices.deliver_due(session, act)
    with house.database.reader() as session:
        assert len(session.scalars(select(Outbox).where(Outbox.notice_id == notice.id)).all()) == 1


def test_outside_live_only_listed_contacts_receive_it_and_the_rest_is_held(
    session: Session, place: Community, act: Act, water: NewNotice
) -> None:
    say(session, place, act, Voice(building="3", room="602", is_listed=True))
    say(session, place, act, Voice(building="5", room="101", is_listed=False))
    notice = notices.draft(session, water, act)
    notices.schedule(session, notice, act)
    notices.deliver_due(session, act)
    delivery.claim_due(session, now=act.now, mode="safelist", by="test", lease=timedelta(seconds=60))
    held = session.scalars(select(Outbox).where(Outbox.state == OutboxState.HELD, Outbox.notice_id == notice.id)).all()
    assert [row.reason for row in held] == ["not_listed"]
    found = notices.delivered(session, [notice])[notice.id]
    assert (found.held, found.waiting) == (1, 1)


def test_letting_one_message_go_lets_go_all_that_waited_for_the_same_contact(
    session: Session, place: Community, act: Act, water: NewNotice
) -> None:
    say(session, place, act, Voice(building="3", room="602", is_listed=False))
    say(session, place, act, Voice(building="5", room="101", is_listed=False))
    for title in ("停水", "再停一次"):
        notices.schedule(session, notices.draft(session, replace(water, title=title), act), act)
    notices.deliver_due(session, act)
    for _round in range(2):  # one row of a contact at a time
        delivery.claim_due(session, now=act.now, mode="safelist", by="test", lease=timedelta(seconds=60))
    held = session.scalars(select(Outbox).where(Outbox.state == OutboxState.HELD).order_by(Outbox.id)).all()
    assert len(held) == 4
    delivery.release_held(session, held[-1].id, act)
    session.flush()
    same = [row for row in held if row.contact_point_id == held[-1].contact_point_id]
    others = [row for row in held if row not in same]
    assert [(row.state, row.reason) for row in same] == [(OutboxState.QUEUED, None)] * 2
    assert [(row.state, row.reason) for row in others] == [(OutboxState.HELD, "not_listed")] * 2


def test_reach_counts_homes_not_people_and_says_who_is_missed(
    session: Session, place: Community, act: Act, water: NewNotice
) -> None:
    say(session, place, act, Voice(building="3", room="602"))
    say(session, place, act, Voice(building="3", room="602", is_listed=False))
    say(session, place, act, Voice(building="5", room="101", is_listed=False))
    say(session, place, act, Voice(building="5", room="102", channel=Channel.PHONE))
    say(session, place, act, Voice(building="4"))
    found = notices.reach(session, place, water.buildings, "safelist")
    assert (found.homes, found.chat, found.call, found.missed) == (72, 2, 1, 69)
    assert (found.goes_out, found.held, found.contacts) == (1, 1, 3)
    assert notices.reach(session, place, (), "live").chat == 3
    assert notices.reach(session, place, water.buildings, "off").goes_out == 0


@pytest.mark.parametrize(
    ("kind", "hours", "is_kept"),
    [("water", 25, True), ("water", 23, False), ("gas", 47, False), ("power", 24 * 7 + 1, True),
     ("power", 100, False), ("parking", 71, False), ("noise", 73, True)],
)  # fmt: skip
def test_a_lead_time_below_the_legal_minimum_is_warned_of(
    session: Session, act: Act, water: NewNotice, kind: str, hours: int, is_kept: bool
) -> None:
    starts = NOW + timedelta(hours=hours)
    new = replace(water, kind=kind, starts_at=starts, ends_at=starts + timedelta(hours=2))
    assert notices.check(session, new, NOW)[0].code == ("lead_time_kept" if is_kept else "lead_time")


def test_two_notices_for_the_same_homes_on_one_day_clash(session: Session, act: Act, water: NewNotice) -> None:
    first = notices.draft(session, water, act)
    notices.schedule(session, first, act)
    power = replace(water, kind="power", starts_at=water.starts_at + timedelta(hours=11),
                    ends_at=water.starts_at + timedelta(hours=12))  # fmt: skip
    assert [finding.other for finding in notices.check(session, power, NOW) if finding.code == "clash"] == [first]
    next_day = replace(power, starts_at=power.starts_at + timedelta(days=1), ends_at=power.ends_at + timedelta(days=1))
    assert not [finding for finding in notices.check(session, next_day, NOW) if finding.code == "clash"]
    elsewhere = [building.id for building in list_buildings(session, water.community) if building.code == "1"]
    apart = replace(power, buildings=elsewhere)
    assert not [finding for finding in notices.check(session, apart, NOW) if finding.code == "clash"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"starts_at": NOW - timedelta(hours=1)}, "starts_at"),
        ({"ends_at": datetime(2026, 11, 29, tzinfo=UTC)}, "ends_at"),
        ({"title": " "}, "title"),
        ({"kind": "earthquake"}, "kind"),
        ({"body": "长" * 601}, "body"),
        ({"buildings": [999_999]}, "buildings"),
        ({"publish_at": datetime(2026, 11, 30, 0, 0, tzinfo=UTC)}, "publish_at"),
    ],
)
def test_a_notice_that_cannot_be_meant_is_refused_by_field(
    session: Session, act: Act, water: NewNotice, changed: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        notices.draft(session, replace(water, **changed), act)  # type: ignore[arg-type]  # named in the table
    assert refused.value.facts["field"] == field
    assert session.scalar(select(Notice)) is None


def test_a_draft_whose_time_has_come_meanwhile_cannot_be_scheduled(
    session: Session, act: Act, water: NewNotice
) -> None:
    notice = notices.draft(session, water, act)
    with pytest.raises(InvalidInput):
        notices.schedule(session, notice, later(act, days=5))


def test_a_cancelled_notice_is_never_delivered(session: Session, place: Community, act: Act, water: NewNotice) -> None:
    say(session, place, act)
    notice = notices.draft(session, water, act)
    notices.schedule(session, notice, act)
    notices.cancel(session, notice, act)
    assert notices.deliver_due(session, later(act, hours=1)) == 0
    with pytest.raises(StatusNotAllowed):
        notices.schedule(session, notice, act)


def test_a_clock_that_stood_still_past_the_end_tells_nobody_of_it(
    session: Session, place: Community, act: Act, water: NewNotice
) -> None:
    say(session, place, act)
    notice = notices.draft(session, water, act)
    notices.schedule(session, notice, act)
    assert notices.deliver_due(session, later(act, days=9)) == 0
    assert notice.state is NoticeState.CANCELLED
    assert session.scalar(select(Outbox).where(Outbox.notice_id == notice.id)) is None
