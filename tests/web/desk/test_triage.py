"""The inbox and the complaint page, over HTTP."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from linli.bootstrap import Container
from models import CallTask, Channel, Complaint, ContactPoint, Conversation, Correction, Message, OutboxKind
from services.delivery import Unasked, send_unasked
from services.ports import Reply
from tests.factories.complaints import say
from tests.factories.places import make_community

LEAK = "三幢二门顶楼，一下雨就漏，墙都发霉了"
SMELL = "五栋三单元楼道里煤气味好大，闻着头晕"
NOISE = "楼下广场舞吵到晚上十点，2栋睡不着"


def complaint_of(house: Container, number: str) -> Complaint:
    with house.database.reader() as session:
        found = session.scalar(select(Complaint).where(Complaint.number == number))
        assert found is not None
        session.expunge(found)  # so that it can be read after the session
        return found


def seen_of(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', page)
    assert found is not None
    return found.group(1).replace("&#43;", "+")


def test_the_most_urgent_stands_first_and_newer_before_older(house, community, desk):
    old = datetime.now(UTC) - timedelta(hours=3)
    say(house, community, LEAK, who="a", at=old)
    say(house, community, "六栋一单元顶楼下雨漏水，天花板滴水", who="b")
    say(house, community, SMELL, who="c", at=old - timedelta(hours=1))
    page = desk().get("/desk/")
    order = [page.index(words) for words in ("五栋三单元", "六栋一单元", "三幢二门")]
    rows = page[page.index('id="rows"') :]
    order = [rows.index(words) for words in ("五栋三单元", "六栋一单元", "三幢二门")]
    assert order == sorted(order)


def test_pages_follow_one_another_without_a_gap_or_a_repeat(house, community, desk):
    start = datetime.now(UTC) - timedelta(days=2)
    numbers = []
    for index in range(45):
        numbers += say(house, community, LEAK, who=f"r{index}", at=start + timedelta(minutes=index))
    caller = desk()
    page = caller.get("/desk/")
    first = re.findall(r'data-number="([^"]+)"', page)
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following is not None
    second = re.findall(r'data-number="([^"]+)"', caller.get(following.group(1).replace("&amp;", "&")))
    assert first + second == list(reversed(numbers))


def test_filters_narrow_and_an_empty_result_offers_the_way_back(house, community, desk):
    say(house, community, LEAK)
    caller = desk()
    assert "三幢二门" in caller.get("/desk/?class=A")
    page = caller.get("/desk/?class=C")
    assert "三幢二门" not in page
    assert "清掉筛选" in page


def test_a_number_and_words_are_found(house, community, desk):
    number = say(house, community, LEAK)[0]
    caller = desk()
    assert number in caller.get(f"/desk/?q={number}")
    assert number in caller.get("/desk/?q=发霉")
    assert number not in caller.get("/desk/?q=电梯")


def test_no_desk_page_takes_more_than_fifteen_queries_however_many_rows(house, community, desk, count_queries):
    numbers = [say(house, community, LEAK, who=f"r{index}")[0] for index in range(30)]
    caller = desk()
    caller.get(f"/desk/complaints/{numbers[0]}")
    for path in (
        "/desk/",
        "/desk/?view=all",
        f"/desk/complaints/{numbers[0]}",
        f"/desk/inbox/preview/{numbers[0]}",
        "/desk/calls",
        "/desk/chats",
        "/desk/outbox",
        "/desk/file",
        "/desk/settings",
        f"/desk/communities/{community}",
    ):
        with count_queries() as seen:
            caller.get(path)
        assert len(seen) <= 15, f"{path}: {len(seen)}"


def test_an_open_alert_adds_no_query_per_row(house, community, desk, count_queries):
    for index in range(4):
        say(house, community, SMELL, who=f"r{index}")
    caller = desk()
    with count_queries() as seen:
        caller.get("/desk/")
    assert len(seen) <= 15


def test_words_are_shown_verbatim_with_the_telling_ones_marked(house, community, desk):
    number = say(house, community, LEAK)[0]
    page = desk().get(f"/desk/complaints/{number}")
    quote = re.search(r'<p class="verbatim">(.*?)</p>', page, re.S)
    assert quote is not None
    assert "<mark>" in quote.group(1)
    assert re.sub(r"</?mark>", "", quote.group(1)) == LEAK


def test_a_payload_is_inert_on_every_page_that_shows_it(house, community, desk):
    payload = f"{LEAK}<script>alert(1)</script><img src=x onerror=alert(2)>"
    caller = desk()
    form = {"text": payload, "source": "paper", "community": community, "key": "k0", "name": payload[-20:]}
    assert "<script>alert" not in caller.post("/desk/file/understand", **form).text
    said, filed = [
        re.findall(r"YX-\d{4}-\d{6}", caller.post("/desk/file", **form | {"key": key}).headers["Location"])[0]
        for key in ("k1", "k2")
    ]
    caller.post(f"/desk/complaints/{filed}/reply", text=payload)
    with house.database.transaction() as session:
        complaint = session.scalars(select(Complaint).where(Complaint.number == said)).one()
        conversation = session.get_one(Conversation, complaint.conversation_id)
        conversation.needs_answer = True
        contact = session.get_one(ContactPoint, conversation.contact_point_id)
        contact.channel = Channel.TELEGRAM
        send_unasked(session, contact, Unasked(OutboxKind.NEWS, (Reply(payload),)), datetime.now(UTC))
    shown = (
        "/desk/", f"/desk/complaints/{filed}", f"/desk/complaints/{said}", f"/desk/inbox/preview/{said}",
        f"/desk/complaints/{said}/close", "/desk/calls", "/desk/chats", "/desk/outbox?state=queued",
    )  # fmt: skip
    for path in shown:
        page = caller.get(path)
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path
        assert "&lt;script&gt;" in page, path


def test_taking_in_moves_it_on(house, community, desk):
    number = say(house, community, LEAK)[0]
    caller = desk()
    page = caller.get(f"/desk/complaints/{number}")
    assert caller.post(f"/desk/complaints/{number}/take-in", seen=seen_of(page)).status_code == 302
    assert complaint_of(house, number).state == "triaged"


def test_a_corrected_category_is_kept_to_learn_from(house, community, desk):
    number = say(house, community, LEAK)[0]
    caller = desk()
    seen = seen_of(caller.get(f"/desk/complaints/{number}"))
    caller.post(f"/desk/complaints/{number}/category", seen=seen, category="A12")
    assert complaint_of(house, number).subject_code == "A12"
    with house.database.reader() as session:
        correction = session.scalar(select(Correction))
        assert (correction.old, correction.new, correction.by) == ("A11", "A12", "staff:limin")


def test_an_old_page_overwrites_nothing_and_says_who_was_faster(house, community, desk):
    number = say(house, community, LEAK)[0]
    mine, theirs = desk(), desk("wangqiang", name="王强")
    old = seen_of(mine.get(f"/desk/complaints/{number}"))
    theirs.post(f"/desk/complaints/{number}/category", seen=old, category="A12")
    answer = mine.post(f"/desk/complaints/{number}/category", seen=old, category="B03")
    assert answer.status_code == 409
    assert "王强" in answer.text
    assert "改过" in answer.text
    assert complaint_of(house, number).subject_code == "A12"


def test_what_a_resident_will_read_is_shown_before_it_is_sent(house, community, desk):
    number = say(house, community, NOISE)[0]
    caller = desk()
    page = caller.get(f"/desk/complaints/{number}/redirect")
    given = {"seen": seen_of(page), "destination": "派出所", "phone": "0735-000 0110", "note": ""}
    preview = caller.post(f"/desk/complaints/{number}/redirect", step="preview", **given)
    assert preview.status_code == 200
    assert "就这样发" in preview.text
    assert "派出所" in preview.text
    assert complaint_of(house, number).state == "acknowledged"
    assert caller.post(f"/desk/complaints/{number}/redirect", step="send", **given).status_code == 302
    assert complaint_of(house, number).state == "redirected"


def test_rejecting_without_a_reason_is_refused_beside_the_field(house, community, desk):
    number = say(house, community, LEAK)[0]
    caller = desk()
    page = caller.get(f"/desk/complaints/{number}/reject")
    answer = caller.post(f"/desk/complaints/{number}/reject", seen=seen_of(page), outcome=" ", step="send")
    assert answer.status_code == 400
    assert 'id="e-outcome"' in answer.text
    assert complaint_of(house, number).state == "acknowledged"


def test_a_lowered_p0_needs_a_reason(house, community, desk):
    number = say(house, community, SMELL)[0]
    caller = desk()
    seen = seen_of(caller.get(f"/desk/complaints/{number}"))
    assert caller.post(f"/desk/complaints/{number}/urgency", seen=seen, urgency="P2").status_code == 400
    assert complaint_of(house, number).urgency == "P0"
    caller.post(f"/desk/complaints/{number}/urgency", seen=seen, urgency="P2", note="燃气公司来看过")
    assert complaint_of(house, number).urgency == "P2"


def test_a_reply_arrives_in_the_residents_chat(house, community, desk):
    number = say(house, community, LEAK)[0]
    desk().post(f"/desk/complaints/{number}/reply", text="今天下午三点上门看")
    with house.database.reader() as session:
        said = session.scalars(select(Message).order_by(Message.id.desc())).first()
        assert said is not None
        assert (said.author, said.text) == ("staff", "今天下午三点上门看")


def test_filing_for_someone_gives_a_number_and_a_call_when_there_is_news(house, community, desk):
    caller = desk()
    form = {"text": LEAK, "source": "phone", "community": community, "phone": "13900000037", "tap": "none", "key": "k1"}
    answer = caller.post("/desk/file", **form)
    assert answer.status_code == 302
    caller.post("/desk/file", **form)
    with house.database.reader() as session:
        complaint = session.scalars(select(Complaint)).one()
        assert (complaint.source, complaint.subject_code) == ("phone", "A11")
        assert (complaint.building, complaint.unit) == ("3", "2")
        assert complaint.resident.phone != "13900000037"
        number = complaint.number
    assert number in caller.get(answer.headers["Location"])
    caller.post(f"/desk/complaints/{number}/reply", text="明天来修")
    with house.database.reader() as session:
        assert session.scalars(select(CallTask.words)).one() == "明天来修"
    page = caller.get("/desk/calls")
    assert "明天来修" in page
    assert "13900000037" not in page


def test_a_filed_danger_raises_an_alert_on_every_desk_page_until_somebody_takes_it(house, community, desk):
    caller = desk()
    form = {"text": "三栋一楼配电箱冒火花", "source": "walk_in", "community": community, "tap": "leak", "key": "k2"}
    caller.post("/desk/file", **form)
    page = caller.get("/desk/calls")
    alert = re.search(r"/desk/alerts/(\d+)/acknowledge", page)
    assert alert is not None
    assert caller.post(f"/desk/alerts/{alert.group(1)}/acknowledge").status_code == 302
    assert "acknowledge" not in caller.get("/desk/alerts/bar")


def test_another_communitys_complaint_gets_the_same_answer_as_none(house, community, desk):
    with house.database.transaction() as session:
        other = make_community(session, "YX-OTHER", "别的小区").code
    number = say(house, other, LEAK)[0]
    client = desk().client
    foreign, absent = client.get(f"/desk/complaints/{number}"), client.get("/desk/complaints/YX-2026-009999")
    assert foreign.status_code == absent.status_code == 404
    assert foreign.text.replace(number, "") == absent.text.replace("YX-2026-009999", "")
    assert number not in client.get("/desk/?view=all").text


def test_whoever_wants_no_call_gets_none_and_the_history_does_not_claim_otherwise(house, community, desk):
    caller = desk()
    form = {"text": LEAK, "source": "building_walk", "community": community, "news": "none", "key": "k7"}
    where = caller.post("/desk/file", **form).headers["Location"]
    number = re.findall(r"YX-\d{4}-\d{6}", where)[0]
    caller.post(f"/desk/complaints/{number}/take-in", seen=seen_of(caller.get(f"/desk/complaints/{number}")))
    closing = {"outcome": "修好了", "seen": seen_of(caller.get(f"/desk/complaints/{number}")), "step": "send"}
    assert caller.post(f"/desk/complaints/{number}/close", **closing).status_code == 302
    with house.database.reader() as session:
        assert session.scalars(select(CallTask)).all() == []
    page = caller.get(f"/desk/complaints/{number}")
    assert "已办结" in page
    assert "告诉居民" not in page


def test_neighbours_and_earlier_complaints_of_the_home_stand_beside_the_form(house, community, desk):
    say(house, community, "三栋一单元顶楼下雨漏水", who="neighbour")
    caller = desk()
    form = {"source": "phone", "community": community, "phone": "13900000037"}
    caller.post("/desk/file", **form, text="三栋二单元楼道灯不亮", key="k8")
    beside = caller.post("/desk/file/understand", **form, text=LEAK).text
    assert "三栋一单元顶楼下雨漏水" in beside
    home = beside[beside.index("这户以前") :]
    assert "楼道" in home or "照明" in home
    assert "听出来了：3" in beside


def test_many_open_alerts_are_folded_and_a_page_that_has_them_gets_nothing_new(house, community, desk):
    for index in range(4):
        say(house, community, SMELL, who=f"r{index}")
    caller = desk()
    page = caller.get("/desk/alerts/bar")
    assert page.index("data-alert") < page.index("还有 3 件特急没人接")
    assert page.count("data-alert") == 4
    mark = re.search(r'data-bar="(\w+)"', page)
    assert mark is not None
    assert caller.client.get(f"/desk/alerts/bar?have={mark.group(1)}").status_code == 204
    say(house, community, SMELL, who="r9")
    assert caller.client.get(f"/desk/alerts/bar?have={mark.group(1)}").status_code == 200
