"""What the sender does with the outbox: the urgent first, nothing twice, patience, and what may not go is held."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import func, select

from bot.sender import LONGEST_BACKOFF_SECONDS, backoff
from linli.bootstrap import Container
from linli.serving import running
from models import CallTask, Channel, ContactPoint, Outbox, OutboxKind, OutboxState, Role
from services import delivery, staff
from services.ports import Reply
from tests.factories.places import MADE_AT
from tests.factories.voices import Voice, say
from tests.servers.bot_api import BotApi

URGENT_FIRST = (OutboxKind.ALERT, OutboxKind.ANSWER, OutboxKind.NEWS, OutboxKind.NOTICE)


def put(
    house: Container, chat: int, *texts: str, kind: OutboxKind = OutboxKind.NEWS, is_listed: bool = True, **row: object
) -> int:
    """A row of the outbox for this chat; returns its id."""
    now = house.clock.now()
    with house.database.transaction() as session:
        contact = session.scalar(select(ContactPoint).where(ContactPoint.external_id == str(chat)))
        if contact is None:
            contact = ContactPoint(channel=Channel.TELEGRAM, external_id=str(chat), created_at=now)
            session.add(contact)
            session.flush()
        contact.is_listed = is_listed
        replies = [Reply(text).to_json() for text in texts]
        values = {"state": OutboxState.QUEUED, "due_at": now} | row
        queued = Outbox(kind=kind, contact_point_id=contact.id, replies=replies, created_at=now, **values)
        session.add(queued)
        session.flush()
        return queued.id


def states(house: Container) -> dict[int, tuple[OutboxState, str | None]]:
    with house.database.reader() as session:
        return {row.id: (row.state, row.reason) for row in session.scalars(select(Outbox))}


def wait_settled(house: Container, api: BotApi) -> None:
    open_states = {OutboxState.QUEUED, OutboxState.CLAIMED}
    api.wait_until(lambda: not any(state in open_states for state, _ in states(house).values()))


def test_the_pause_between_attempts_grows_up_to_half_an_hour() -> None:
    pauses = [backoff(attempts) for attempts in range(1, 9)]
    assert 4 < pauses[0] < 6
    assert 13 < pauses[1] < 17
    assert all(later > earlier for earlier, later in pairwise(pauses[:6]))
    assert max(pauses) <= LONGEST_BACKOFF_SECONDS * 1.1


def test_alerts_go_before_answers_and_answers_before_news_and_notices(
    house: Container, community: str, api: BotApi, quick: None
) -> None:
    for chat, kind in enumerate(reversed(URGENT_FIRST), start=1):
        api.meet(chat)
        put(house, chat, kind.value, kind=kind)
    with running(house):
        wait_settled(house, api)
    sent = [call.params["text"] for call in api.calls if call.method == "sendMessage"]
    assert sent == [kind.value for kind in URGENT_FIRST]


def test_an_answer_does_not_wait_behind_news_that_is_tried_again_later(line: Container, api: BotApi) -> None:
    api.meet(1)
    news = put(line, 1, "旧消息", due_at=line.clock.now() + timedelta(minutes=30), attempts=4)
    answer = put(line, 1, "您好", kind=OutboxKind.ANSWER)
    api.wait(1, 1)
    api.wait_until(lambda: states(line)[answer][0] is OutboxState.SENT)
    assert states(line)[news][0] is OutboxState.QUEUED
    later = put(line, 1, "新消息")
    assert api.wait(1, 1) == ["您好"], "news keeps its order behind older news"
    assert states(line)[later][0] is OutboxState.QUEUED


def test_a_row_of_a_sender_that_died_goes_on_behind_what_it_had_sent(
    house: Container, community: str, api: BotApi, quick: None
) -> None:
    api.meet(1)
    gone = {"state": OutboxState.CLAIMED, "claimed_by": "elsewhere:1:dead", "attempts": 1, "progress": 1}
    put(house, 1, "第一句", "第二句", claimed_until=house.clock.now() - timedelta(seconds=1), **gone)
    with running(house):
        wait_settled(house, api)
    assert api.texts(1) == ["第二句"]


def test_a_row_in_another_senders_hands_is_not_sent_twice(house: Container, community: str) -> None:
    put(house, 1, "一次就好")
    with house.database.transaction() as session:
        now = house.clock.now()
        claim = {"now": now, "mode": "live", "lease": timedelta(minutes=1), "channels": [Channel.TELEGRAM]}
        assert len(delivery.claim_due(session, by="first", **claim)) == 1
        assert delivery.claim_due(session, by="second", **claim) == []
        late = claim | {"now": now + timedelta(minutes=2)}
        assert len(delivery.claim_due(session, by="second", **late)) == 1


@pytest.mark.parametrize(
    ("mode", "sent_to", "reasons"),
    [
        ("off", {3}, {"delivery_off"}),
        ("safelist", {1, 3}, {"not_listed"}),
        ("live", {1, 2, 3}, set()),
    ],
)
def test_what_may_be_sent_unasked_is_a_setting_and_the_rest_is_held(
    house: Container, community: str, api: BotApi, quick: None, mode: str, sent_to: set[int], reasons: set[str]
) -> None:
    for chat, is_listed in ((1, True), (2, False), (3, False)):
        api.meet(chat)
        put(house, chat, "说一声", kind=OutboxKind.ANSWER if chat == 3 else OutboxKind.NEWS, is_listed=is_listed)
    delivering = house.settings.delivery.model_copy(update={"mode": mode})
    object.__setattr__(house, "settings", house.settings.model_copy(update={"delivery": delivering}))
    with running(house):
        wait_settled(house, api)
    assert {chat for chat in (1, 2, 3) if api.texts(chat)} == sent_to
    assert {reason for state, reason in states(house).values() if state is OutboxState.HELD} == reasons


def test_news_for_somebody_who_blocked_us_goes_on_the_call_list(line: Container, community: str, api: BotApi) -> None:
    with line.database.transaction() as session:
        from services.places import find_community

        place = find_community(session, community)
        assert place is not None
        complaint = say(session, place, line.act(), Voice(chat="1"))
        api.meet(1)
        api.blocked.add(1)
        delivery.tell_resident(session, complaint, (Reply("您反映的漏雨修好了。"),), line.act())
    api.wait_until(lambda: any(reason == "blocked_by_recipient" for _, reason in states(line).values()))
    with line.database.transaction() as session:
        assert session.scalars(select(CallTask.words)).one() == "您反映的漏雨修好了。"
        assert session.scalars(select(ContactPoint.unreachable_at)).one() is not None
        complaint = session.merge(complaint)
        delivery.tell_resident(session, complaint, (Reply("还有一件事。"),), line.act())
        assert session.scalar(select(func.count(CallTask.id))) == 2, "the next news does not try the dead chat again"
    assert api.count("sendMessage") == 1


def test_an_alert_nobody_linked_a_chat_for_is_held_and_shown(line: Container, community: str, api: BotApi) -> None:
    from services.on_call import set_on_call

    with line.database.transaction() as session:
        staff.create_staff(session, staff.NewStaff("limin", "李敏", "a long password", Role.CLERK), MADE_AT)
        set_on_call(session, community, ["limin"], MADE_AT)
    api.say(1, "楼道里有煤气味")
    api.wait_until(lambda: ("held", "no_contact_linked") in [(s.value, r) for s, r in states(line).values()])


def test_patience_asked_for_by_telegram_is_no_failed_attempt(line: Container, api: BotApi) -> None:
    api.meet(1)
    api.fail("sendMessage", status=429, description="Too Many Requests: retry after 1", retry_after=1, times=2)
    row = put(line, 1, "等一等", attempts=line.settings.delivery.max_attempts - 1)
    api.wait(1, 1)
    api.wait_until(lambda: states(line)[row] == (OutboxState.SENT, None))
