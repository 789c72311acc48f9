"""What a resident sends from the page: filed once, answered in the same response, never lost."""

from __future__ import annotations

import io
import re

import httpx
import pytest
from PIL import Image

from linli.bootstrap import Container
from models import Channel, Complaint, Conversation, Inbox
from services.delivery import say_as_staff
from tests.web.chat.conftest import Phone

ROOF = "三幢二门顶楼，一下雨就漏，墙都发霉了"
WALL = "三幢二门的外墙瓷砖空了"


def a_photo(colour: str = "grey") -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    Image.new("RGB", (640, 480), colour).save(out, "JPEG", exif=exif)
    return out.getvalue()


def count(house: Container, entity: type[Complaint] | type[Inbox]) -> int:
    with house.database.reader() as session:
        return session.query(entity).count()


def test_a_sentence_is_answered_with_what_was_understood_and_a_number(phone: Phone, house: Container) -> None:
    answer = phone.say(ROOF)
    assert answer.status_code == 200
    assert answer.history[0].status_code == 303
    for words in (ROOF, "顶层漏雨", "3栋2单元", "顶楼", "收到了"):
        assert words in answer.text
    assert "现在有没有危险" not in answer.text.split("<template")[0]
    assert re.search(r"YX-\d{4}-000001", answer.text)
    assert count(house, Complaint) == 1


def test_a_second_tab_or_a_double_click_files_once(phone: Phone, house: Container) -> None:
    first, second = phone.form(), phone.form(phone.page())
    phone.say(ROOF, form=first)
    phone.say(ROOF, form=first)
    phone.say(ROOF, form=second)
    assert count(house, Complaint) == 1
    assert count(house, Inbox) == 1


def test_another_sentence_on_a_page_gone_back_to_is_a_message_of_its_own(phone: Phone, house: Container) -> None:
    form = phone.form()
    phone.say(ROOF, form=form)
    answer = phone.say("2栋楼道灯不亮", form=form)
    assert count(house, Inbox) == 2
    assert "2栋楼道灯不亮" in answer.text


def test_a_form_without_its_key_keeps_the_text_and_files_after_one_more_press(phone: Phone, house: Container) -> None:
    form = phone.form()
    phone.client.cookies.clear()
    refused = phone.say(ROOF, form=form)
    assert refused.status_code == 409
    assert f">\n{ROOF}</textarea>" in refused.text
    assert count(house, Inbox) == 0
    phone.say(ROOF, form=phone.form(refused.text))
    assert count(house, Complaint) == 1


def test_a_form_made_by_another_browser_is_refused(phone: Phone, other_phone: Phone, house: Container) -> None:
    other_phone.page()
    assert other_phone.say(ROOF, form=phone.form()).status_code == 409
    assert count(house, Inbox) == 0


def test_another_site_can_neither_speak_for_her_nor_replace_her_key(server: str, community: str) -> None:
    answer = httpx.post(
        f"{server}/c/{community}/say", data={"text": "x"}, headers={"Origin": "https://elsewhere.example"}
    )
    assert answer.status_code == 409
    assert "linli_key" not in answer.headers.get("set-cookie", "")


def test_the_key_is_not_readable_by_scripts_and_not_sent_across_sites(server: str, community: str) -> None:
    cookie = httpx.get(f"{server}/c/{community}").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


@pytest.mark.parametrize("text", ["", "  \n ", "\u3000"])
def test_an_empty_message_gets_a_gentle_hint(phone: Phone, house: Container, text: str) -> None:
    answer = phone.say(text)
    assert answer.status_code == 422
    assert "还没写字" in answer.text
    assert count(house, Inbox) == 0


def test_ten_thousand_characters_are_taken_and_one_more_is_not(phone: Phone, house: Container) -> None:
    assert phone.say("漏" * 10_000).status_code == 200
    refused = phone.say("漏" * 10_001)
    assert refused.status_code == 422
    assert "写得太长了" in refused.text
    assert "漏" * 10_001 in refused.text
    assert count(house, Inbox) == 1


def test_markup_is_shown_as_the_words_it_is(phone: Phone) -> None:
    page = phone.say("<script>alert(1)</script><img src=x onerror=alert(2)>3栋漏雨").text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_photo_is_kept_for_her_alone_without_what_the_camera_wrote(phone: Phone, other_phone: Phone) -> None:
    page = phone.say(ROOF, photos=[("roof.jpg", a_photo())]).text
    address = re.search(r'src="(/c/[^"]+/photo/\d+)"', page)
    assert address is not None
    shown = phone.client.get(address.group(1))
    assert shown.status_code == 200
    assert not Image.open(io.BytesIO(shown.content)).getexif()
    assert other_phone.client.get(address.group(1)).status_code == 404


def test_a_file_that_is_no_photo_costs_neither_the_words_nor_an_error(phone: Phone, house: Container) -> None:
    answer = phone.say(ROOF, photos=[("roof.jpg", b"MZ this is a program")])
    assert "有一张照片打不开" in answer.text
    assert "顶层漏雨" in answer.text
    assert count(house, Complaint) == 1


def test_a_photo_of_fifty_megabytes_costs_one_sentence_and_no_words(phone: Phone, house: Container) -> None:
    answer = phone.say(ROOF, photos=[("big.jpg", b"\xff\xd8" + b"0" * 50_000_000)])
    assert answer.status_code == 200
    assert "照片太大" in answer.text
    assert "顶层漏雨" in answer.text
    alone = phone.say("", photos=[("big.jpg", b"\xff\xd8" + b"0" * 50_000_000)])
    assert alone.status_code == 413
    assert "照片太大" in alone.text


def test_a_button_leaves_what_stands_in_the_box(phone: Phone) -> None:
    page = phone.say("还有楼道灯", button="danger").text
    assert "现在有没有危险" in page
    assert "还有楼道灯</textarea>" in page


def test_what_can_hurt_people_is_asked_about_with_one_tap(phone: Phone) -> None:
    page = phone.say(WALL).text
    assert "外墙脱落渗水" in page
    assert "现在有没有危险" in page.split("<template")[0]


def test_old_buttons_cannot_be_pressed_once_they_were_answered(phone: Phone) -> None:
    page = phone.say(WALL).text
    value = re.search(r'value="(safety:none[^"]*)"', page)
    assert value is not None
    page = phone.say(button=value.group(1)).text
    assert re.search(rf'value="{value.group(1)}" disabled', page)


def test_what_staff_write_arrives_as_news_and_then_there_is_none(phone: Phone, house: Container) -> None:
    phone.say(ROOF)
    seen = phone.news().json()["last"]
    with house.database.transaction() as session:
        conversation = session.query(Conversation).one()
        assert conversation.contact.channel is Channel.WEB
        say_as_staff(session, conversation, "明天上午去看 <b>屋顶</b>", house.act("staff:clerk"))
    fresh = phone.news(after=seen)
    assert "社区工作人员" in fresh.json()["html"]
    assert "明天上午去看 &lt;b&gt;屋顶" in fresh.json()["html"]
    unchanged = phone.news(after=fresh.json()["last"])
    assert unchanged.json()["html"].strip() == ""
    assert phone.news(fresh.json()["last"], unchanged.headers["etag"]).status_code == 304


def test_words_whose_answer_failed_still_stand_on_the_page(
    phone: Phone, house: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_args: object, **_more: object) -> None:
        raise RuntimeError("the dialogue is broken")  # a fault that cannot be caused from outside

    monkeypatch.setattr(house.dialogue, "respond", fails)
    page = phone.say(ROOF).text
    assert ROOF in page
    assert "存好了，正在处理" in page
    monkeypatch.undo()
    house.reception.sweep()
    assert "顶层漏雨" in phone.page()


def test_the_stairwell_code_is_a_hint_and_an_unknown_one_is_ignored(phone: Phone) -> None:
    assert "3栋2单元 · 门口二维码" in phone.page("?b=3&u=2")
    assert "门口二维码" not in phone.page("?b=99&u=2")
    assert "<script" not in phone.page("?b=<script>&u=2").split("<body")[1]
    page = phone.say("楼道里有煤气味", form=phone.form(phone.page("?b=3&u=2"))).text
    assert "3栋2单元" in page
    assert page.index("先离开再打电话") < page.index("现在没有排值班的人")


def test_the_text_size_is_remembered_and_the_words_in_the_box_stay(phone: Phone) -> None:
    form = phone.form()
    answer = phone.client.post(f"/c/{phone.code}/size", data={**form, "size": "largest", "text": "写了一半"})
    assert 'class="size-largest"' in answer.text
    assert "写了一半</textarea>" in answer.text
    assert 'class="size-largest"' in phone.page()


def test_an_unknown_community_gets_a_page_with_a_way_on(server: str, community: str) -> None:
    answer = httpx.get(f"{server}/c/NIRGENDS")
    assert answer.status_code == 404
    assert "没有“NIRGENDS”这个小区" in answer.text
    assert f"/c/{community}" in answer.text
    assert httpx.post(f"{server}/c/NIRGENDS/say", data={"text": "x"}).status_code == 404


def test_the_front_door_leads_to_the_only_community(server: str, community: str) -> None:
    assert httpx.get(f"{server}/").headers["location"] == f"/c/{community}"


def test_the_full_notice_says_who_keeps_what_and_how_to_delete(phone: Phone) -> None:
    page = phone.client.get(f"/c/{phone.code}/privacy").text
    for words in ("社区居委会", "满2年", "删除", "电话是加密存的"):
        assert words in page
