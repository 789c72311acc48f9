"""Hot topics: what several homes say of the same matter, counted in households."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from linli.bootstrap import Container
from models import Role
from services.access import Viewer
from services.errors import NotFound
from services.topics import Topics, list_topics
from tests.factories.complaints import say

NOW = datetime(2026, 9, 28, 2, 0, tzinfo=UTC)
EVERYWHERE = Viewer(1, "root", "根", Role.ADMINISTRATOR, None)


def ask(house: Container, *, days: int = 30, community: str | None = None, viewer: Viewer = EVERYWHERE) -> Topics:
    with house.database.reader() as session:
        found = list_topics(session, viewer, NOW, days=days, community=community)
        session.expunge_all()  # what was loaded stays as it is
        return found


def test_two_homes_with_the_same_trouble_are_a_topic_and_another_trouble_is_none(
    house: Container, community: str
) -> None:
    first = say(house, community, "3栋2单元501楼道灯坏了好几天", who="r1", at=NOW - timedelta(days=30, hours=-1))
    second = say(house, community, "3栋2单元601楼道灯坏了，黑漆漆的", who="r2", at=NOW)
    say(house, community, "3栋2单元401家里下水道堵了", who="r3", at=NOW)
    (topic,) = ask(house).topics
    assert [complaint.number for complaint in topic.complaints] == first + second
    assert (topic.subject_code, topic.building, topic.households, topic.anonymous) == ("A13", "3", 2, 0)
    assert topic.heat == pytest.approx(1.5 * _weight(topic.complaints[0].urgency), abs=0.01)


def test_one_home_that_says_it_twice_makes_no_topic(house: Container, community: str) -> None:
    for days in (3, 1):
        say(house, community, "3栋2单元501楼道灯坏了好几天", who="r1", at=NOW - timedelta(days=days))
    assert ask(house).topics == ()


def test_what_is_older_than_the_period_is_not_counted(house: Container, community: str) -> None:
    say(house, community, "3栋2单元501楼道灯坏了好几天", who="r1", at=NOW - timedelta(days=9))
    say(house, community, "3栋2单元601楼道灯坏了，黑漆漆的", who="r2", at=NOW - timedelta(days=8))
    assert ask(house, days=7).topics == ()
    assert len(ask(house, days=30).topics) == 1


def test_nobody_sees_the_topics_of_other_places(house: Container, community: str) -> None:
    say(house, community, "3栋2单元501楼道灯坏了好几天", who="r1", at=NOW)
    say(house, community, "3栋2单元601楼道灯坏了，黑漆漆的", who="r2", at=NOW)
    stranger = Viewer(2, "else", "别处", Role.CLERK, "/elsewhere/")
    assert ask(house, viewer=stranger).topics == ()
    with pytest.raises(NotFound):
        ask(house, viewer=stranger, community=community)


def _weight(urgency: str) -> float:
    return {"P0": 4.0, "P1": 2.0, "P2": 1.0, "P3": 0.5}[urgency]
