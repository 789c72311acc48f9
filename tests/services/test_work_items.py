"""A voice becomes a line of the plan, and what becomes of the line comes back to every resident behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from linli.bootstrap import Container
from models import CallTask, Channel, Community, Complaint, Event, Outbox, OutboxKind, Session, WorkItem
from models import ComplaintState as S
from models import WorkItemState as W
from services import complaints, plans, work_items
from services.amounts import in_ten_thousands, read_amount
from services.errors import Conflict, InvalidInput, NotForPlan, StatusNotAllowed
from services.ports import Act
from services.residents import open_talk
from services.support import support_by_item, support_of
from services.work_items import Promotion
from tests.factories.places import make_community
from tests.factories.voices import Voice, say

NOW = datetime(2026, 9, 28, 2, 0, tzinfo=UTC)


@pytest.fixture
def session(house: Container) -> Iterator[Session]:
    with house.database.transaction() as opened:
        yield opened


@pytest.fixture
def act(house: Container) -> Act:
    return Act(by="staff:planner", now=NOW, wording=house.wording)


@pytest.fixture
def place(session: Session) -> Community:
    return make_community(session, construction_unit="一建公司", construction_phone="0735-000 0777",
                          supervising_engineer="监理张工")  # fmt: skip


def roof(place: Community, *behind: Complaint, **changed: object) -> Promotion:
    new = Promotion(
        community=place,
        title="屋面防水翻修(SBS卷材)",
        subject_code="A11",
        quantity=Decimal("860"),
        unit="平方米",
        unit_cost=Decimal("110"),
        complaints=behind,
    )
    return replace(new, **changed)  # type: ignore[arg-type]  # named by the caller


def news_of(session: Session, complaint: Complaint) -> list[str]:
    rows = session.scalars(
        select(Outbox).where(Outbox.complaint_id == complaint.id, Outbox.kind == OutboxKind.NEWS).order_by(Outbox.id)
    )
    return ["\n".join(reply["text"] for reply in row.replies) for row in rows]


def test_a_promoted_complaint_is_a_plan_candidate_and_its_item_has_a_place_and_a_cost(
    session: Session, place: Community, act: Act
) -> None:
    complaint = say(session, place, act)
    item = work_items.promote(session, roof(place, complaint), act)
    assert complaint.state is S.PLAN_CANDIDATE
    assert complaint.work_item_id == item.id
    assert (item.position, item.state, item.cost) == (1, W.CANDIDATE, Decimal("94600.00"))
    assert item.is_cost_illustrative
    states = [entry.to_state for entry in complaint.history if entry.to_state]
    session.refresh(complaint, ["history"])
    states = [entry.to_state for entry in complaint.history if entry.to_state]
    assert states[-2:] == ["triaged", "plan_candidate"]


def test_promoting_tells_nobody_and_adopting_tells_everyone_behind_with_the_position(
    session: Session, place: Community, act: Act
) -> None:
    first, second = say(session, place, act), say(session, place, act, Voice(building="5"))
    item = work_items.promote(session, roof(place, first, second), act)
    assert news_of(session, first) == []
    assert work_items.adopt(session, item, act, starts_on=date(2026, 12, 7)) == 2
    for complaint in (first, second):
        (text,) = news_of(session, complaint)
        assert "第1项" in text
        assert "屋面防水翻修" in text
        assert "12月7日" in text
        assert complaint.number in text


@pytest.mark.parametrize(
    ("category", "action", "destination", "phone"),
    [("D01", "dispatch", "一建公司", "0735-000 0777"), ("N02", "redirect", "社区居委会（人民调解）", "0735-000 0110")],
)
def test_class_d_and_n_are_refused_with_where_they_belong(
    session: Session, place: Community, act: Act, category: str, action: str, destination: str, phone: str
) -> None:
    complaint = say(session, place, act, Voice(category=category))
    with pytest.raises(NotForPlan) as refused:
        work_items.promote(session, roof(place, complaint), act)
    assert refused.value.facts["destination"] == destination
    assert refused.value.facts["phone"] == phone
    assert refused.value.facts["action"] == action
    assert complaint.state is S.ACKNOWLEDGED


@pytest.mark.parametrize("code", ["D01", "N02"])
def test_an_item_of_class_d_or_n_cannot_be_made(session: Session, place: Community, act: Act, code: str) -> None:
    with pytest.raises(NotForPlan):
        work_items.promote(session, roof(place, subject_code=code), act)
    assert session.scalar(select(WorkItem)) is None


def test_a_dispute_among_leaks_is_left_out_and_named(session: Session, place: Community, act: Act) -> None:
    leak = say(session, place, act)
    dispute = say(session, place, act, Voice(category="N02", text="楼上卫生间漏水，找他他不认"))
    sorted_out = work_items.sort_out([leak, dispute], place.id)
    assert sorted_out.taken == (leak,)
    (left,) = sorted_out.left_out
    assert (left.complaint, left.reason) == (dispute, "class")
    assert left.destination is not None
    assert left.destination.phone == place.phone


def test_a_complaint_stands_behind_one_item_only(session: Session, place: Community, act: Act) -> None:
    complaint = say(session, place, act)
    work_items.promote(session, roof(place, complaint), act)
    with pytest.raises(InvalidInput) as refused:
        work_items.promote(session, roof(place, complaint, title="又一项"), act)
    assert refused.value.facts["reason"] == "in_item"


def test_a_complaint_of_another_community_is_refused(session: Session, place: Community, act: Act) -> None:
    elsewhere = make_community(session, code="YX-ELSE", name="别的小区")
    complaint = say(session, elsewhere, act)
    with pytest.raises(InvalidInput) as refused:
        work_items.promote(session, roof(place, complaint), act)
    assert refused.value.facts["reason"] == "other_community"


def test_a_withdrawn_complaint_cannot_be_promoted(session: Session, place: Community, act: Act) -> None:
    complaint = say(session, place, act)
    complaints.withdraw(session, complaint, act)
    with pytest.raises(StatusNotAllowed):
        work_items.promote(session, roof(place, complaint), act)


@pytest.mark.parametrize("quantity", ["0", "-1", "NaN", "Infinity"])
def test_an_item_without_a_real_quantity_is_refused(
    session: Session, place: Community, act: Act, quantity: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        work_items.promote(session, roof(place, quantity=Decimal(quantity)), act)
    assert refused.value.facts["field"] == "quantity"


def test_support_counts_homes_and_shows_anonymous_voices_beside(session: Session, place: Community, act: Act) -> None:
    voices = [
        say(session, place, act, Voice(room="602", chat="daughter")),
        say(session, place, act, Voice(room="602", chat="mother")),
        say(session, place, act, Voice(room=None, chat="neighbour")),
        say(session, place, act, Voice(category="A12", room=None, chat="neighbour")),
        say(session, place, act, Voice(building="5", room="101")),
        say(session, place, act, Voice(building=None, unit=None)),
    ]
    support = support_of(session, voices)
    assert (support.households, support.anonymous, support.voices) == (3, 1, 6)
    assert support.by_building == (("3", 2), ("5", 1))
    assert (voices[0].number, voices[1].number) in support.shared


def test_a_withdrawn_voice_no_longer_supports(session: Session, place: Community, act: Act) -> None:
    stays, goes = say(session, place, act, Voice(room="601")), say(session, place, act, Voice(room="602"))
    item = work_items.promote(session, roof(place, stays, goes), act)
    complaints.withdraw(session, goes, act)
    assert support_by_item(session, [item.id])[item.id].households == 1
    work_items.adopt(session, item, act)
    assert news_of(session, goes) == []


def test_declining_needs_a_reason_and_ends_the_complaint_with_it(session: Session, place: Community, act: Act) -> None:
    complaint = say(session, place, act)
    item = work_items.promote(session, roof(place, complaint), act)
    with pytest.raises(InvalidInput):
        work_items.decline(session, item, "  ", act)
    work_items.decline(session, item, "一、二楼4户还没签意见。", act)
    assert (complaint.state, complaint.is_open, complaint.outcome) == (S.CLOSED, False, "一、二楼4户还没签意见。")
    (text,) = news_of(session, complaint)
    assert "一、二楼4户还没签意见。" in text


def test_restoring_a_declined_item_opens_its_complaints_again(session: Session, place: Community, act: Act) -> None:
    complaint = say(session, place, act)
    item = work_items.promote(session, roof(place, complaint), act)
    work_items.decline(session, item, "今年的钱不够。", act)
    work_items.restore(session, item, act)
    assert (item.state, item.decline_reason) == (W.CANDIDATE, None)
    assert (complaint.state, complaint.outcome) == (S.PLAN_CANDIDATE, None)
    assert len(news_of(session, complaint)) == 2


def test_a_resident_without_a_chat_stands_on_the_call_list(session: Session, place: Community, act: Act) -> None:
    complaint = say(session, place, act, Voice(channel=Channel.PHONE))
    item = work_items.promote(session, roof(place, complaint), act)
    work_items.decline(session, item, "今年的钱不够。", act)
    task = session.scalars(select(CallTask)).one()
    assert task.complaint_id == complaint.id
    assert "今年的钱不够。" in task.words


def test_the_whole_way_is_told_step_by_step_and_handing_over_closes(
    session: Session, place: Community, act: Act
) -> None:
    complaint = say(session, place, act)
    item = work_items.promote(session, roof(place, complaint), act)
    work_items.adopt(session, item, act)
    work_items.design(session, item, act, starts_on=date(2026, 12, 7))
    work_items.start_construction(session, item, act, starts_on=date(2026, 12, 8))
    work_items.inspect(session, item, act)
    work_items.hand_over(session, item, act)
    assert (complaint.state, item.state) == (S.CLOSED, W.HANDED_OVER)
    assert len(news_of(session, complaint)) == 5
    session.refresh(item, ["history"])
    assert [entry.to_state for entry in item.history] == [
        "candidate", "adopted", "designed", "under_construction", "inspected", "handed_over",
    ]  # fmt: skip
    tags = set(session.scalars(select(Event.tag)))
    assert {"work_item:promoted", "work_item:adopted", "work_item:handed_over"} <= tags


@pytest.mark.parametrize("step", ["design", "inspect", "hand_over", "restore"])
def test_a_candidate_cannot_skip_the_decision(session: Session, place: Community, act: Act, step: str) -> None:
    item = work_items.promote(session, roof(place), act)
    with pytest.raises(StatusNotAllowed):
        getattr(work_items, step)(session, item, act)


def test_somebody_attached_to_an_adopted_item_is_told_and_nobody_else_again(
    session: Session, place: Community, act: Act
) -> None:
    first, later = say(session, place, act), say(session, place, act)
    item = work_items.promote(session, roof(place, first), act)
    work_items.adopt(session, item, act)
    work_items.attach(session, item, [later], act)
    assert len(news_of(session, first)) == 1
    assert "第1项" in news_of(session, later)[0]


def test_a_complaint_taken_off_a_candidate_is_back_at_the_desk(session: Session, place: Community, act: Act) -> None:
    complaint = say(session, place, act)
    item = work_items.promote(session, roof(place, complaint), act)
    work_items.detach(session, item, complaint, act)
    assert (complaint.state, complaint.work_item_id) == (S.TRIAGED, None)
    assert news_of(session, complaint) == []


def test_a_complaint_merged_into_one_behind_an_item_gets_its_own_news(
    session: Session, place: Community, act: Act
) -> None:
    leader, follower = say(session, place, act), say(session, place, act, Voice(building="5"))
    follower.merged_into_id = leader.id
    complaints.transition(session, follower, S.MERGED, act)
    item = work_items.promote(session, roof(place, leader), act)
    assert work_items.adopt(session, item, act) == 2
    assert follower.number in news_of(session, follower)[0]
    assert support_by_item(session, [item.id])[item.id].households == 2


def test_a_form_filled_from_an_old_page_is_a_conflict(session: Session, place: Community, act: Act) -> None:
    item = work_items.promote(session, roof(place), act)
    seen = item.updated_at.isoformat()
    work_items.check_unchanged(item, seen)
    work_items.adopt(session, item, replace(act, now=NOW + timedelta(minutes=1)))
    with pytest.raises(Conflict):
        work_items.check_unchanged(item, seen)


def test_the_plan_adds_up_to_the_cent_and_keeps_declined_apart(session: Session, place: Community, act: Act) -> None:
    adopted = work_items.promote(session, roof(place, quantity=Decimal("3.33"), unit_cost=Decimal("0.35")), act)
    candidate = work_items.promote(
        session, roof(place, subject_code="B05", quantity=Decimal(10), unit_cost=Decimal("0.10")), act
    )
    declined = work_items.promote(session, roof(place, subject_code="C10", unit_cost=Decimal(500)), act)
    work_items.adopt(session, adopted, act)
    work_items.decline(session, declined, "没有地方。", act)
    plans.set_money(session, adopted.plan, plans.Money(Decimal("2.00"), (("F01", Decimal("1.50"), ""),)), act)
    sheet = plans.show(session, adopted.plan)
    assert sheet.adopted_total == Decimal("1.17")
    assert sheet.candidate_total == Decimal("1.00")
    assert (sheet.left, sheet.over, sheet.funded) == (Decimal("0.83"), Decimal("0.17"), Decimal("1.50"))
    assert [line.item.id for line in sheet.declined] == [declined.id]
    assert [line.item.id for group in sheet.groups for line in group.lines] == [adopted.id, candidate.id]


def test_what_people_type_as_an_amount_is_read_or_refused_by_field() -> None:
    assert read_amount("１，２００.５", "quantity") == Decimal("1200.50")
    assert read_amount("", "unit_cost", is_required=False) is None
    for typed, reason in [("", "required"), ("八百", "not_a_number"), ("-3", "negative"), ("1.234", "too_precise"),
                          ("nan", "not_a_number"), ("1e99", "too_large")]:  # fmt: skip
        with pytest.raises(InvalidInput) as refused:
            read_amount(typed, "quantity")
        assert refused.value.facts == {"field": "quantity", "reason": reason}
    assert in_ten_thousands(Decimal("94650.00")) == Decimal("9.47")


def test_a_chat_counts_as_listed_only_while_it_is_with_a_demo(session: Session, place: Community) -> None:
    demo = make_community(session, "YX-DEMO", "演示小区", is_demo=True)
    talk = open_talk(session, Channel.TELEGRAM, "visitor", demo, NOW)
    assert talk.contact.is_listed
    talk = open_talk(session, Channel.TELEGRAM, "visitor", place, NOW)
    assert not talk.contact.is_listed
