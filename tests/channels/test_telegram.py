"""Telegram against a real server that speaks the Bot API: in and out, twice, unreadable, refused, left over."""

from __future__ import annotations

import io
import re
import time
from itertools import pairwise

import pytest
from PIL import Image
from sqlalchemy import func, select

from linli.bootstrap import Container
from linli.serving import running
from models import Complaint, ContactPoint, Inbox, InboxState, Outbox, OutboxState, Role, StaffUser
from services import staff
from tests.factories.places import MADE_AT, make_community
from tests.servers.bot_api import BotApi, values_of

WANG = 1001
LEAK = "三幢二门顶楼，一下雨就漏，墙都发霉了"
NUMBER = re.compile(r"[A-Z]{1,4}-\d{4}-\d{6}")


def _photo(colour: str = "grey") -> bytes:
    data = io.BytesIO()
    image = Image.new("RGB", (240, 160), colour)
    exif = image.getexif()
    exif[0x010E] = "taken at home"
    image.save(data, "JPEG", exif=exif)
    return data.getvalue()


def _complaints(house: Container) -> list[Complaint]:
    with house.database.reader() as session:
        found = list(session.scalars(select(Complaint).order_by(Complaint.id)))
        session.expunge_all()
        return found


def _numbers(texts: list[str]) -> set[str]:
    return set(NUMBER.findall("\n".join(texts)))


def _wait_for_number(api: BotApi, chat: int = WANG) -> str:
    api.wait_until(lambda: _numbers(api.texts(chat)))
    return _numbers(api.texts(chat)).pop()


def _wait_answered(house: Container, api: BotApi) -> None:
    """Until every arrival is settled and every answer has gone."""

    def is_quiet() -> bool:
        with house.database.reader() as session:
            waiting = session.scalar(select(func.count()).where(Inbox.state == InboxState.RECEIVED))
            unsent = select(func.count()).where(Outbox.state.in_((OutboxState.QUEUED, OutboxState.CLAIMED)))
            return api.unconfirmed == 0 and not waiting and not session.scalar(unsent)

    api.wait_until(is_quiet)


def test_a_sentence_is_filed_and_answered_with_its_number(line: Container, api: BotApi) -> None:
    api.say(WANG, LEAK)
    number = _wait_for_number(api)
    (complaint,) = _complaints(line)
    assert complaint.number == number
    assert (complaint.building, complaint.unit, complaint.floor) == ("3", "2", "top")
    assert complaint.words == LEAK


def test_the_menu_and_the_kinds_of_updates_are_set_on_every_start(line: Container, api: BotApi) -> None:
    api.wait_until(lambda: api.count("getUpdates") > 0)
    asked = next(call.params for call in api.calls if call.method == "getUpdates")
    assert asked["allowed_updates"] == '["message", "edited_message", "callback_query", "my_chat_member"]'
    assert [call.method for call in api.calls][:3] == ["getMe", "deleteWebhook", "setMyCommands"]


def test_a_pressed_button_is_answered_and_its_keyboard_goes(line: Container, api: BotApi) -> None:
    api.say(WANG, "现在有危险")
    api.wait_until(lambda: any(values_of(message) for message in api.messages.get(WANG, [])))
    message = next(sent for sent in api.messages[WANG] if values_of(sent))
    api.press(WANG, next(value for value in values_of(message) if value.startswith("safety:leak")))
    _wait_for_number(api)
    api.wait_until(lambda: not values_of(message))
    assert api.count("answerCallbackQuery") == 1
    assert _complaints(line)[0].urgency == "P0"


def test_a_photo_with_words_is_kept_without_what_the_camera_wrote(line: Container, api: BotApi) -> None:
    api.send_photo(WANG, _photo(), caption=LEAK)
    _wait_for_number(api)
    with line.database.reader() as session:
        (complaint,) = session.scalars(select(Complaint))
        (attachment,) = complaint.attachments
        kept = Image.open(io.BytesIO(line.photos.read(attachment.path)))
    assert not kept.getexif()


def test_the_pieces_of_an_album_are_one_report(line: Container, api: BotApi, monkeypatch: pytest.MonkeyPatch) -> None:
    for index in range(3):
        api.send_photo(WANG, _photo(("red", "green", "blue")[index]), caption=LEAK if index == 1 else None, album="a1")
    _wait_for_number(api)
    _wait_answered(line, api)
    with line.database.reader() as session:
        (complaint,) = session.scalars(select(Complaint))
        assert len(complaint.attachments) == 3
        assert session.scalar(select(func.count(Inbox.id))) == 3
    assert len(_numbers(api.texts(WANG))) == 1


def test_a_file_that_is_no_photo_is_refused_in_words(line: Container, api: BotApi) -> None:
    api.send_photo(WANG, b"<html>not a photo</html>", caption=LEAK)
    _wait_for_number(api)
    _wait_answered(line, api)
    assert any("打不开" in text for text in api.texts(WANG))
    assert _complaints(line)[0].words == LEAK


def test_the_same_update_twice_is_filed_once(line: Container, api: BotApi) -> None:
    update_id = api.say(WANG, LEAK)
    _wait_for_number(api)
    message = {"message_id": 1, "date": int(time.time()), "chat": {"id": WANG, "type": "private"}, "text": LEAK}
    api.put(update_id=update_id, message=message | {"from": {"id": WANG, "is_bot": False, "first_name": "王"}})
    api.say(WANG, "谢谢")
    _wait_answered(line, api)
    assert len(_complaints(line)) == 1


def test_an_update_nobody_can_read_blocks_nobody(line: Container, api: BotApi) -> None:
    api.put(message={"message_id": "seven", "date": "yesterday", "chat": 5})
    api.put(message=["not", "a", "message"])
    api.put(somehow_new={"id": 1})
    api.say(WANG, LEAK)
    _wait_for_number(api)
    with line.database.reader() as session:
        states = session.scalars(select(Inbox.state).order_by(Inbox.id)).all()
    assert states == [InboxState.UNREADABLE] * 3 + [InboxState.PROCESSED]


def test_an_edited_sentence_is_not_filed_again(line: Container, api: BotApi) -> None:
    api.say(WANG, LEAK)
    _wait_for_number(api)
    _wait_answered(line, api)
    before = len(api.texts(WANG))
    api.edit(WANG, 1, "四幢漏水")
    assert "改了上一句" in api.wait(WANG, before + 1)[-1]
    assert len(_complaints(line)) == 1


def test_a_stairwell_code_chooses_the_community_and_hints_at_the_place(
    line: Container, api: BotApi, community: str
) -> None:
    with line.database.transaction() as session:
        make_community(session, "YX-OTHER", "另一个小区")
    api.say(WANG, "楼道灯坏了")
    _wait_answered(line, api)
    assert not _complaints(line), "with two communities nobody knows which is meant"
    api.say(WANG, "/start YX-OTHER_3_2")
    _wait_answered(line, api)
    api.say(WANG, LEAK)
    _wait_for_number(api)
    with line.database.reader() as session:
        found = {complaint.community.code for complaint in session.scalars(select(Complaint))}
    assert found == {"YX-OTHER"}


def test_staff_link_their_chat_once_and_are_not_filed(line: Container, api: BotApi) -> None:
    with line.database.transaction() as session:
        new = staff.NewStaff("limin", "李敏", "a long password", Role.CLERK)
        person = staff.create_staff(session, new, MADE_AT)
        code = staff.make_link_code(session, person.id, line.clock.now())
    api.say(WANG, "/link WRONGONE")
    assert "没绑上" in api.wait(WANG, 1)[0]
    api.say(WANG, f"/start link-{code}")
    assert "已绑定：李敏" in api.wait(WANG, 2)[1]
    api.say(WANG, LEAK)
    _wait_answered(line, api)
    assert not _complaints(line)
    with line.database.reader() as session:
        contact = session.scalars(select(ContactPoint)).one()
        assert contact.is_listed
        assert session.get_one(StaffUser, contact.staff_id).username == "limin"
    api.say(2002, f"/link {code}")
    assert "没绑上" in api.wait(2002, 1)[0]


def test_a_request_for_patience_is_obeyed(line: Container, api: BotApi) -> None:
    api.wait_until(lambda: api.count("getUpdates") > 0)
    api.fail("sendMessage", status=429, description="Too Many Requests: retry after 2", retry_after=2)
    api.say(WANG, LEAK)
    _wait_for_number(api)
    sends = [call.at for call in api.calls if call.method == "sendMessage"]
    assert sends[1] - sends[0] >= 1.9
    _wait_answered(line, api)
    assert len(set(api.texts(WANG))) == len(api.texts(WANG)), "nothing is said twice"


def test_one_chat_gets_one_message_a_second(house: Container, community: str, api: BotApi) -> None:
    with running(house):
        api.say(WANG, LEAK)
        _wait_for_number(api)
        api.wait(WANG, 2)
    sends = [call.at for call in api.calls if call.method == "sendMessage"]
    assert all(later - earlier >= 0.95 for earlier, later in pairwise(sends))


def test_who_blocked_us_is_marked_and_left_alone(line: Container, api: BotApi) -> None:
    api.say(WANG, LEAK)
    _wait_for_number(api)
    _wait_answered(line, api)
    api.blocked.add(WANG)  # before Telegram tells of it
    api.say(WANG, "谢谢")

    def is_failed() -> bool:
        with line.database.reader() as session:
            return OutboxState.FAILED in session.scalars(select(Outbox.state)).all()

    api.wait_until(is_failed)
    with line.database.reader() as session:
        assert session.scalars(select(ContactPoint)).one().unreachable_at is not None
    api.block(WANG, is_blocked=False)

    def is_back() -> bool:
        with line.database.reader() as session:
            return session.scalars(select(ContactPoint)).one().unreachable_at is None

    api.wait_until(is_back)


def test_an_answer_that_may_have_arrived_is_repeated_once(
    line: Container, api: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sender.FIRST_BACKOFF_SECONDS", 0.2)
    api.wait_until(lambda: api.count("getUpdates") > 0)
    api.fail("sendMessage", is_lost=True, times=2)
    api.say(WANG, LEAK)

    def is_failed() -> bool:
        with line.database.reader() as session:
            return session.scalars(select(Outbox.state)).all() == [OutboxState.FAILED]

    api.wait_until(is_failed)
    with line.database.reader() as session:
        assert str(session.scalars(select(Outbox.reason)).one()).startswith("unsure")
    assert api.count("sendMessage") == 2


def test_a_webhook_set_elsewhere_or_a_hiccup_does_not_end_the_reading(line: Container, api: BotApi) -> None:
    api.wait_until(lambda: api.count("getUpdates") > 0)
    api.fail("getUpdates", status=502, description="Bad Gateway")
    api.say(WANG, LEAK)
    assert _wait_for_number(api)


def test_what_waited_while_nothing_ran_is_answered_at_the_start(
    house: Container, community: str, api: BotApi, quick: None
) -> None:
    for chat in range(1, 4):
        api.say(chat, LEAK)
    with running(house):
        for chat in range(1, 4):
            _wait_for_number(api, chat)
    assert len(_complaints(house)) == 3
