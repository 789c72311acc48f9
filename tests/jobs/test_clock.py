"""The clock: the next name every few minutes until 已接, unanswered questions to a person, notices once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from bot.messages import Inbound
from jobs.clock import Clock
from linli.bootstrap import Container, build
from models import Alert, AlertCall, Channel, Complaint, Outbox, Role, SafetyState, Session, StaffUser
from models.lock import HolderLock
from services import alerts, notices, staff
from services.access import viewer_of
from services.notices import NewNotice
from services.on_call import set_on_call
from services.places import find_community
from services.ports import Act
from tests.factories.places import MADE_AT
from tests.factories.voices import Voice, say

START = datetime(2026, 11, 25, 13, 0, tzinfo=UTC)


class Hands:
    """The clock's hands, put where a test wants them."""

    def __init__(self, house: Container) -> None:
        self._house = house
        self.now = START
        self.clock = Clock(
            house.database,
            lambda: house.act(now=self.now),
            lambda older_than: house.reception.sweep(older_than=older_than),
            house.settings.alerts,
        )

    def turn(self, **by: float) -> None:
        self.now += timedelta(**by)
        self.clock.do_due()
        self.clock.do_reviews()


@pytest.fixture
def hands_of() -> Iterator[Callable[[Container], Hands]]:
    """Makes the hands of a house; they let the clock go at the end."""
    made: list[Hands] = []

    def make(house: Container) -> Hands:
        made.append(Hands(house))
        return made[-1]

    yield make
    for one in made:
        one.clock.stop()


@pytest.fixture
def hands(house: Container, hands_of: Callable[[Container], Hands]) -> Hands:
    return hands_of(house)


def on_call(house: Container, community: str, *usernames: str) -> None:
    with house.database.transaction() as session:
        for username in usernames:
            new = staff.NewStaff(username, username.title(), "a long password", Role.CLERK)
            staff.create_staff(session, new, MADE_AT)
        set_on_call(session, community, usernames, MADE_AT)


def speak(house: Container, words: str, community: str, at: datetime = START) -> None:
    inbound = Inbound(Channel.CONSOLE, f"{at.isoformat()}{words}", "r1", at, words, community=community)
    assert house.reception.hear(inbound) is not None


def called(house: Container) -> list[tuple[str, datetime]]:
    with house.database.reader() as session:
        query = select(StaffUser.username, AlertCall.at).join(StaffUser, StaffUser.id == AlertCall.staff_id)
        return [(name, at) for name, at in session.execute(query.order_by(AlertCall.id))]


def test_an_alert_goes_down_the_list_every_five_minutes_until_somebody_takes_it(
    house: Container, community: str, hands: Hands
) -> None:
    on_call(house, community, "anna", "bo", "cheng")
    speak(house, "楼道里有煤气味", community)
    hands.turn(minutes=4, seconds=59)
    assert [name for name, _ in called(house)] == ["anna"]
    for _ in range(3):
        hands.turn(minutes=5)
    assert [name for name, _ in called(house)] == ["anna", "bo", "cheng", "anna"]
    with house.database.transaction() as session:
        taker = session.scalars(select(StaffUser).where(StaffUser.username == "bo")).one()
        alert = session.scalars(select(Alert)).one()
        alerts.acknowledge(session, viewer_of(session, taker), alert.id, house.act(now=hands.now))
    hands.turn(hours=1)
    assert len(called(house)) == 4


def test_an_hour_of_standstill_calls_one_person_not_twelve_at_once(
    house: Container, community: str, hands: Hands
) -> None:
    on_call(house, community, "anna", "bo")
    speak(house, "楼道里有煤气味", community)
    hands.turn(hours=1)
    hands.turn(seconds=15)
    assert [name for name, _ in called(house)] == ["anna", "bo"]


def test_how_long_an_alert_waits_is_a_setting(
    settings_of: Callable[..., Container], hands_of: Callable[[Container], Hands]
) -> None:
    house = settings_of(next_person_after_minutes=2)
    hands = hands_of(house)
    on_call(house, "YX-TEST", "anna", "bo", "cheng")
    speak(house, "楼道里有煤气味", "YX-TEST")
    hands.turn(minutes=1, seconds=59)
    assert len(called(house)) == 1
    hands.turn(seconds=1)
    hands.turn(minutes=2)
    assert [name for name, _ in called(house)] == ["anna", "bo", "cheng"]


@pytest.fixture
def settings_of(house: Container, community: str) -> Iterator[Callable[..., Container]]:
    """The same house with other settings for alerts."""
    made: list[Container] = []

    def change(**alerts: int) -> Container:
        changed = house.settings.alerts.model_copy(update=alerts)
        made.append(build(house.settings.model_copy(update={"alerts": changed})))
        return made[-1]

    yield change
    for one in made:
        one.database.close()


def ask(house: Container, community: str) -> None:
    speak(house, "电表箱那里有响声，3栋2单元", community)
    with house.database.transaction() as session:
        complaint = session.scalars(select(Complaint)).one()
        complaint.safety_state, complaint.safety_asked_at, complaint.is_read = SafetyState.ASKED, START, True


def reviewed(house: Container) -> tuple[SafetyState, bool]:
    with house.database.reader() as session:
        complaint = session.scalars(select(Complaint)).one()
        return complaint.safety_state, complaint.is_read


def test_a_safety_question_nobody_answered_goes_to_a_person_after_ten_minutes(
    house: Container, community: str, hands: Hands
) -> None:
    ask(house, community)
    hands.turn(minutes=9, seconds=59)
    assert reviewed(house) == (SafetyState.ASKED, True)
    hands.turn(seconds=1)
    assert reviewed(house) == (SafetyState.UNANSWERED, False)


def test_how_long_a_safety_question_waits_is_a_setting(
    settings_of: Callable[..., Container], hands_of: Callable[[Container], Hands]
) -> None:
    house = settings_of(safety_answer_minutes=30)
    ask(house, "YX-TEST")
    hands = hands_of(house)
    hands.turn(minutes=29)
    assert reviewed(house) == (SafetyState.ASKED, True)
    hands.turn(minutes=1)
    assert reviewed(house) == (SafetyState.UNANSWERED, False)


def test_a_notice_due_during_an_hours_standstill_goes_once(house: Container, community: str, hands: Hands) -> None:
    with house.database.transaction() as session:
        place = find_community(session, community)
        assert place is not None
        act = house.act(now=START)
        say(session, place, act, Voice(building="3"))
        works = (START + timedelta(days=2), START + timedelta(days=3))
        notice = notices.draft(session, NewNotice(place, "water", "停水", "请存水。", *works), act)
        notices.schedule(session, notice, act, publish_at=START + timedelta(minutes=10))
    hands.turn(minutes=9)
    assert count_of_notices(house) == 0
    hands.turn(hours=1)
    hands.turn(seconds=15)
    assert count_of_notices(house) == 1


def count_of_notices(house: Container) -> int:
    with house.database.reader() as session:
        return session.scalar(select(func.count(Outbox.id)).where(Outbox.notice_id.is_not(None))) or 0


def test_what_was_received_and_never_answered_is_answered_by_the_clock(
    house: Container, community: str, hands: Hands
) -> None:
    before = house.clock.now() - timedelta(minutes=1)
    inbound = Inbound(Channel.CONSOLE, "lost-1", "r1", before, "3栋2单元顶楼漏雨", community=community)
    house.reception.receive(inbound)
    hands.clock.catch_up()
    with house.database.reader() as session:
        assert session.scalar(select(func.count(Complaint.id))) == 1


def test_a_job_that_fails_does_not_keep_the_others_from_their_work(house: Container, community: str) -> None:
    done: list[str] = []

    def breaks(session: Session, act: Act) -> None:
        session.execute(text("SELECT * FROM no_such_table"))

    def works(session: Session, act: Act) -> None:
        done.append(act.by)

    clock = Clock(house.database, house.act, lambda _: 0, house.settings.alerts, due=(breaks, works))
    clock.do_due()
    clock.stop()
    assert done == ["linli"]


def test_one_process_holds_the_clock_and_another_takes_it_when_the_first_is_gone(house: Container) -> None:
    if house.database.is_sqlite:
        pytest.skip("a SQLite file has one process, which holds the clock")
    other = build(house.settings)
    first, second = HolderLock(house.database, "a clock"), HolderLock(other.database, "a clock")
    try:
        assert first.is_held()
        assert not second.is_held()
        with other.database.engine.connect() as connection:
            held = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            mine = "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            connection.execute(text(f"{held} {mine}"))
        assert second.is_held()
        assert not first.is_held(), "whose connection broke does not think it still holds it"
        second.release()
        assert first.is_held()
    finally:
        first.release()
        second.release()
        other.database.close()
