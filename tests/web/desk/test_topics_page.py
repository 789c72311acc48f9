"""The page of hot topics: groups with their complaints, the formula, and a bounded number of queries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from linli.bootstrap import Container
from tests.factories.complaints import say
from tests.web.desk.conftest import Desk


def test_a_topic_leads_to_its_complaints_and_shows_how_its_heat_comes_about(
    house: Container, community: str, desk: Desk, count_queries: Callable[[], object]
) -> None:
    caller = desk()
    empty = caller.get("/desk/topics")
    assert "没有热点" in empty
    assert "每过 30 天减半" in empty
    now = datetime.now(UTC)
    numbers = [
        *say(house, community, "3栋2单元501楼道灯坏了好几天", who="r1", at=now - timedelta(days=2)),
        *say(house, community, "3栋2单元601楼道灯坏了，黑漆漆的", who="r2", at=now - timedelta(days=1)),
    ]
    with count_queries() as seen:  # type: ignore[attr-defined]
        shown = caller.get(f"/desk/topics?community={community}&days=7")
    assert len(seen) <= 15, seen
    assert all(f"/desk/complaints/{number}" in shown for number in numbers)
    assert "2户" in shown
    assert "热度" in shown


def test_a_community_that_is_not_there_and_a_strange_period(community: str, desk: Desk) -> None:
    caller = desk()
    assert caller.client.get("/desk/topics?community=NOWHERE").status_code == 404
    assert "没有热点" in caller.get("/desk/topics?days=-1")


def test_the_page_speaks_english(desk: Desk) -> None:
    caller = desk()
    caller.post("/desk/language", language="en")
    assert "No hot topics" in caller.get("/desk/topics")
