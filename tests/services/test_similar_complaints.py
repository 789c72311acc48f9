"""Neighbours who said the same: found at once, surest first, never across communities, never merged by the machine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select, update

from linli.bootstrap import Container
from models import Complaint, ComplaintState, Session
from services.duplicates import COMPARED, find_said, find_similar
from services.errors import InvalidInput
from services.places import find_community
from tests.factories.complaints import say
from tests.factories.places import make_community

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def found(house: Container, community: str, text: str, **more: int) -> list[tuple[str, float]]:
    with house.database.reader() as session:
        place = find_community(session, community)
        assert place is not None
        return [(one.complaint.number, one.score) for one in find_said(session, place, text, NOW, **more)]


def complaint(session: Session, number: str) -> Complaint:
    return session.scalars(select(Complaint).where(Complaint.number == number)).one()


def test_a_filed_complaint_is_found_at_once_and_the_surest_stands_first(house, community):
    [lamp] = say(house, community, "3栋2单元楼道灯不亮，晚上摸黑上楼", who="a", at=NOW)
    [other_unit] = say(house, community, "3栋1单元楼道灯不亮，晚上摸黑上楼", who="b", at=NOW)
    [handrail] = say(house, community, "3栋2单元楼梯扶手断了一截", who="c", at=NOW)
    say(house, community, "5栋顶楼漏雨", who="d", at=NOW)
    ranked = found(house, community, "三幢二门声控灯坏了，不亮")
    assert [number for number, _ in ranked] == [lamp, other_unit, handrail]
    assert ranked[0][1] >= 0.5 > ranked[1][1]


def test_each_problem_of_a_message_finds_its_own_neighbours(house, community):
    [lamp] = say(house, community, "3栋2单元楼道灯不亮", who="a", at=NOW)
    [drain] = say(house, community, "3栋2单元下水道堵了，冒脏水", who="b", at=NOW)
    ranked = dict(found(house, community, "3栋2单元楼道灯坏了不亮，下水道也堵了，往上冒脏水"))
    assert ranked.keys() == {lamp, drain}
    assert min(ranked.values()) >= 0.5


def test_another_communitys_complaints_are_never_found(house, community):
    with house.database.transaction() as session:
        elsewhere = make_community(session, "YX-OTHER", "另一个小区").code
    say(house, elsewhere, "3栋2单元楼道灯不亮", who="a", at=NOW)
    assert found(house, community, "3栋2单元楼道灯不亮") == []
    assert len(found(house, elsewhere, "3栋2单元楼道灯不亮")) == 1


def test_what_was_withdrawn_does_not_count_and_what_was_erased_does_no_harm(house, community):
    [withdrawn] = say(house, community, "3栋2单元楼道灯不亮", who="a", at=NOW)
    [erased] = say(house, community, "3栋2单元楼道灯坏了", who="b", at=NOW)
    with house.database.transaction() as session:
        complaint(session, withdrawn).state = ComplaintState.WITHDRAWN
        gone = complaint(session, erased)
        gone.first_text = gone.words = ""
        gone.problems = []
    [(number, score)] = found(house, community, "3栋2单元楼道灯不亮")
    assert number == erased
    assert score < 0.5


def test_on_a_complaints_own_page_its_household_is_no_neighbour_and_nothing_is_merged(house, community):
    [first] = say(house, community, "3栋2单元501，楼道灯不亮", who="a", at=NOW - timedelta(days=2))
    say(house, community, "3栋2单元501，楼道灯还是不亮", who="a", at=NOW - timedelta(days=1))
    [neighbour] = say(house, community, "3栋2单元402，楼道灯坏了不亮", who="b", at=NOW)
    with house.database.reader() as session:
        similar = find_similar(session, complaint(session, first))
        assert [one.complaint.number for one in similar] == [neighbour]
        assert similar[0].is_same_matter
        assert ("days", ("2",)) in similar[0].reasons
        everything = session.scalars(select(Complaint)).all()
        assert all(one.state is ComplaintState.ACKNOWLEDGED and one.merged_into_id is None for one in everything)


def test_a_question_looks_at_a_bounded_number_of_complaints_by_the_index(house, community):
    for index in range(3):
        say(house, community, f"3栋2单元楼道灯不亮，第{index}回", who=f"r{index}", at=NOW)
    with house.database.transaction() as session:  # a great many of the same subject, long ago
        base = session.scalars(select(Complaint).order_by(Complaint.id).limit(1)).one()
        values = {column.name: getattr(base, column.name) for column in Complaint.__table__.columns}
        rows = [
            values | {"id": 1000 + i, "number": f"YX-2025-{i:06d}", "submitted_at": NOW - timedelta(days=900)}
            for i in range(COMPARED + 20)
        ]
        session.connection().execute(Complaint.__table__.insert(), rows)
    looked_at = []

    @event.listens_for(house.database.engine, "after_cursor_execute")
    def _count(_connection, cursor, statement, *_more):
        if "household_key" in statement:
            looked_at.append(statement)

    with house.database.reader() as session:
        place = find_community(session, community)
        assert place is not None
        best = find_said(session, place, "3栋2单元楼道灯不亮", NOW, limit=COMPARED * 2)
    event.remove(house.database.engine, "after_cursor_execute", _count)
    assert len(best) == COMPARED
    assert len(looked_at) == 1
    assert {one.complaint.submitted_at for one in best[:3]} == {NOW}
    if house.database.is_sqlite:
        with house.database.reader() as session:
            plan = session.connection().exec_driver_sql(
                "EXPLAIN QUERY PLAN SELECT id FROM complaint WHERE community_id = 1 AND subject_code = 'A13' "
                "AND submitted_at >= '1970-01-01' AND state NOT IN ('withdrawn') ORDER BY submitted_at DESC LIMIT 64"
            )
            steps = [row[3] for row in plan]
        assert any("ix_complaint_community_subject" in step for step in steps)
        assert not any("TEMP B-TREE" in step for step in steps)


def test_a_corrected_complaint_is_found_under_its_new_subject(house, community):
    [number] = say(house, community, "3栋2单元楼道灯不亮", who="a", at=NOW)
    with house.database.transaction() as session:
        session.execute(update(Complaint).where(Complaint.number == number).values(subject_code="B03", class_code="B"))
    assert found(house, community, "小区路灯不亮，黑乎乎的")[0][0] == number


@pytest.mark.parametrize(("text", "reason"), [("  \n", "required"), ("灯" * 10_001, "too_long")])
def test_no_words_or_too_many_are_refused(house, community, text, reason):
    with pytest.raises(InvalidInput) as refused:
        found(house, community, text)
    assert refused.value.facts == {"field": "text", "reason": reason}
