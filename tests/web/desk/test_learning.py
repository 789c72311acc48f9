"""Teaching on the desk over HTTP: the word with its preview, taking back, the board, the shelf, the queue, the card."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from linli.bootstrap import Container
from models import Community, Complaint, Correction, LexiconEdit, Role
from services import model_versions
from tests.factories.complaints import say
from tests.factories.places import make_community
from tests.factories.voices import Voice
from tests.factories.voices import say as file_voice
from tests.services.test_model_versions import begin, in_use, make

LAMP = {
    "word": "楼道灯", "subject": "B03", "weight": "6", "moved_from": "A13", "exclusions": "",
    "must_match": "楼道灯不亮", "must_not_match": "文化墙", "reason": "灯归照明",
}  # fmt: skip


@pytest.fixture
def planner(desk):
    return desk("planner", name="陈启明", role=Role.PLANNER, where=None)


def saved(house: Container) -> list[LexiconEdit]:
    with house.database.reader() as session:
        rows = list(session.scalars(select(LexiconEdit).order_by(LexiconEdit.id)))
        session.expunge_all()
        return rows


def seen(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', page)
    assert found is not None
    return found.group(1).replace("&#43;", "+")


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def test_before_a_word_is_saved_it_says_what_it_moves_and_what_against_a_correction(house, community, planner):
    for index in range(4):
        say(house, community, f"{index + 1}栋楼道灯不亮", who=f"r{index}")
    numbers = say(house, community, "六栋的楼道灯坏了", who="x")
    with house.database.transaction() as session:
        complaint = session.scalars(select(Complaint).where(Complaint.number == numbers[0])).one()
        session.add(Correction(
            complaint_id=complaint.id, field="category", old="A13", new="A13", by="staff:limin", at=house.clock.now()
        ))  # fmt: skip
    answer = planner.post("/desk/lexicon/word", **LAMP, step="preview")
    assert answer.status_code == 200
    said = text_of(answer.text)
    assert "会动 5 件过去的诉求：5 件 A13" in said
    assert "其中 1 件和人工改判相反" in said
    assert "含这个词的有 5 件，看了最近的 5 件" in said
    assert numbers[0] in said
    assert saved(house) == []
    again = planner.post("/desk/lexicon/word", **LAMP, step="save", seen=seen(answer.text))
    assert again.status_code == 302
    (row,) = saved(house)
    assert (row.word, row.subject_code, row.by, row.reason) == ("楼道灯", "B03", "staff:planner", "灯归照明")
    (number,) = say(house, community, "二栋楼道灯不亮", who="new")
    with house.database.reader() as session:
        assert session.scalars(select(Complaint.subject_code).where(Complaint.number == number)).one() == "B03"
    assert "楼道灯" in planner.get("/desk/lexicon/history")
    assert planner.post(f"/desk/lexicon/history/{row.id}/undo").status_code == 302
    assert saved(house)[-1].undoes_id == row.id
    planner.post(f"/desk/lexicon/history/{row.id}/undo")
    assert "已经撤销过了" in planner.get("/desk/lexicon/history")
    assert len(saved(house)) == 2


def test_what_somebody_else_taught_meanwhile_is_shown_before_saving(house, planner):
    shown = planner.post("/desk/lexicon/word", **LAMP, step="preview").text
    other = LAMP | {"word": "楼梯灯", "moved_from": "", "must_match": "楼梯灯不亮"}
    first = planner.post("/desk/lexicon/word", **other, step="preview").text
    assert planner.post("/desk/lexicon/word", **other, step="save", seen=seen(first)).status_code == 302
    late = planner.post("/desk/lexicon/word", **LAMP, step="save", seen=seen(shown))
    assert late.status_code == 409
    assert "别人刚改过词库" in late.text
    assert [row.word for row in saved(house)] == ["楼梯灯"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"reason": ""}, "写上为什么改"),
        ({"weight": "viel"}, "分量在 0 到"),
        ({"subject": "Z99"}, "选一个类别"),
        ({"exclusions": "路灯"}, "要比“楼道灯”长"),
        ({"must_match": "走廊黑"}, "这句例子里没有“楼道灯”"),
        ({"must_not_match": "楼道灯很亮"}, "这句反例还是会被认成这一类"),
        ({"word": "着火", "subject": "A08", "weight": "0", "moved_from": "", "must_match": ""}, "不能拿掉：“着火”"),
        ({"word": "电瓶车", "subject": "B06", "weight": "0", "moved_from": "", "must_match": ""}, "不能拿掉：“电瓶车”"),
    ],
)
def test_what_cannot_be_saved_says_why_and_keeps_what_was_typed(house, planner, change, words):
    answer = planner.post("/desk/lexicon/word", **(LAMP | change), step="preview")
    assert answer.status_code == 400
    assert words in answer.text
    assert f'value="{(LAMP | change)["word"]}"' in answer.text
    assert saved(house) == []


def test_a_clerk_looks_at_the_lexicon_and_teaches_nothing(house, desk):
    clerk = desk()
    assert "楼道灯" in clerk.get("/desk/lexicon?q=楼道灯")
    assert clerk.client.get("/desk/lexicon/word").status_code == 403
    assert clerk.post("/desk/lexicon/word", **LAMP, step="save").status_code == 403
    assert clerk.post("/desk/model/train").status_code == 403
    assert saved(house) == []


def test_the_board_shows_hits_conflicts_and_precision_with_n(house, community, planner):
    for index in range(3):
        (number, *_more) = say(house, community, f"{index + 1}栋墙皮掉了一地", who=f"r{index}")
        with house.database.transaction() as session:
            complaint = session.scalars(select(Complaint).where(Complaint.number == number)).one()
            label = "A12" if index else "B02"
            session.add(Correction(
                complaint_id=complaint.id, field="category", old="A12", new=label, by="staff:x", at=house.clock.now()
            ))  # fmt: skip
    row = re.search(r"<tr.*?墙皮.*?</tr>", planner.get("/desk/lexicon?q=墙皮"), re.S)
    assert row is not None
    said = text_of(row.group())
    assert "67% n=3" in said
    assert re.search(r"\b3\b", said)
    assert "有冲突" in planner.get("/desk/lexicon?view=conflicts")
    assert "没有这样的词" in planner.get("/desk/lexicon?q=没有的词儿")


def test_the_shelf_suggests_words_that_uncovered_complaints_share(house, community, planner):
    with house.database.transaction() as session:
        place = session.scalars(select(Community).where(Community.code == community)).one()
        for index in range(4):
            text = f"陀螺{('场地少', '抽得响', '没人管', '想要一块地')[index]}"
            file_voice(session, place, house.act(), Voice(category="N12", text=text))
        file_voice(session, place, house.act(), Voice(category="A11", text="顶楼漏雨"))
    shown = planner.get("/desk/lexicon/shelf")
    assert "最近 5 件里有 4 件" in shown
    assert "归不了类" in shown
    suggested = re.findall(r'class="chip" href="/desk/lexicon/word\?word=[^"]+">(\S+) ', shown)
    assert suggested == ["陀螺"]


def test_the_queue_begins_with_possible_danger_and_three_keys_decide(house, community, desk):
    with house.database.transaction() as session:
        place = session.scalars(select(Community).where(Community.code == community)).one()
        sure = file_voice(session, place, house.act(), Voice(category="A11", text="顶楼漏雨"))
        unsure = file_voice(session, place, house.act(), Voice(category="C09", text="那个墙"))
        risky = file_voice(session, place, house.act(), Voice(category="C09", text="那个线"))
        sure.confidence, unsure.confidence, risky.confidence = 0.99, 0.3, 0.5
        unsure.candidates = [{"category": "C09", "confidence": 0.3}, {"category": "C08", "confidence": 0.2}]
        risky.candidates = [{"category": "C09", "confidence": 0.5}, {"category": "A03", "confidence": 0.4}]
        numbers = risky.number, unsure.number, sure.number
    clerk = desk()
    shown = clerk.get("/desk/lexicon/queue")
    assert numbers[0] in shown
    assert "可能有危险" in shown
    assert numbers[1] in clerk.get(f"/desk/lexicon/queue?after={numbers[0]}")
    assert numbers[0] in clerk.get(f"/desk/lexicon/queue?after={numbers[2]}")
    assert [key for key in ("1", "2", "j") if f'data-key="{key}"' in shown] == ["1", "2", "j"]
    answer = clerk.post(f"/desk/lexicon/queue/{numbers[0]}", category="A03", seen=seen(shown))
    assert answer.status_code == 302
    following = clerk.get(answer.headers["Location"])
    assert f"/desk/lexicon/queue/{numbers[0]}/undo" in following
    assert numbers[1] in following
    assert clerk.post(f"/desk/lexicon/queue/{numbers[1]}", category="C09", seen=seen(following)).status_code == 302
    with house.database.reader() as session:
        kept = [(one.old, one.new) for one in session.scalars(select(Correction).order_by(Correction.id))]
    assert kept == [("C09", "A03"), ("C09", "C09")]
    clerk.post(f"/desk/lexicon/queue/{numbers[0]}/undo")
    assert numbers[0] in clerk.get("/desk/lexicon/queue")
    with house.database.reader() as session:
        assert session.scalars(select(Complaint.subject_code).where(Complaint.number == numbers[0])).one() == "C09"


def test_a_clerk_decides_only_in_their_own_places(house, community, desk):
    with house.database.transaction() as session:
        other = make_community(session, "YX-OTHER", "另一个小区")
        foreign = file_voice(session, other, house.act(), Voice(text="别处的话")).number
    clerk = desk()
    assert foreign not in clerk.get("/desk/lexicon/queue")
    assert clerk.post(f"/desk/lexicon/queue/{foreign}", category="A11").status_code == 404
    assert "别处的话" not in clerk.get("/desk/lexicon/shelf")


def test_the_model_card_shows_versions_and_uses_and_rolls_them_back(house, community, desk):
    admin = desk("admin", name="管理员", role=Role.ADMINISTRATOR, where=None)
    assert "出厂的模型" in admin.get("/desk/model")
    make(house, weight=0.125)
    make(house, weight=0.25, verdict="no_better")
    shown = admin.get("/desk/model")
    assert "第 1 版" in shown
    assert "没有更好，没换" in shown
    assert "100%" in text_of(shown)
    admin.post("/desk/model/use", number="2")
    assert in_use(house) == 2
    (house.settings.data_dir / "models" / "version-0001.npz").unlink()
    admin.post("/desk/model/rollback")
    assert in_use(house) == 2
    assert "version-0001.npz" in admin.get("/desk/model")
    admin.post("/desk/model/use", number="0")
    assert in_use(house) is None
    for wrong in ("9", "-1", "x", ""):
        assert admin.post("/desk/model/use", number=wrong).status_code == 302


def test_a_second_press_on_train_is_refused_in_words_and_progress_is_shown(house, desk):
    admin = desk("admin", name="管理员", role=Role.ADMINISTRATOR, where=None)
    run = begin(house)
    with house.database.transaction() as session:
        model_versions.note_step(session, run, "intent", 0.33, house.clock.now())
    assert admin.post("/desk/model/train").status_code == 302
    assert "已经在训练了" in admin.get("/desk/model")
    shown = admin.get("/desk/model/progress")
    assert "学意图" in shown
    assert 'hx-trigger="every 3s"' in shown
    with house.database.transaction() as session:
        model_versions.note_alive(session, run, house.clock.now() - timedelta(minutes=10))
    assert "中途断了" in admin.get("/desk/model/progress")


def test_each_page_of_learning_takes_few_queries_whatever_is_stored(house, community, desk, count_queries):
    admin = desk("admin", name="管理员", role=Role.ADMINISTRATOR, where=None)
    for index in range(12):
        say(house, community, f"{index % 6 + 1}栋楼道灯不亮", who=f"r{index}")
    make(house, weight=0.125)
    for path in ("", "/history", "/word?word=楼道灯", "/shelf", "/queue"):
        with count_queries() as seen_queries:
            admin.get(f"/desk/lexicon{path}")
        assert len(seen_queries) <= 15, (path, seen_queries)
    with count_queries() as seen_queries:
        admin.get("/desk/model")
    assert len(seen_queries) <= 15
