"""Hot topics: one event at one place is one group, and what is placed stays where it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from nlp.loading import ResourceError
from nlp.topics import likeness
from nlp.topics.describe import describe
from nlp.topics.heat import heat
from nlp.topics.stream import Stream
from nlp.topics.traits import places, read

START = datetime(2026, 3, 1, 8, tzinfo=UTC)

NOISE = (
    (
        "枫丹苑小区旁边工地半夜施工",
        "枫丹苑隔壁的工地天天打桩打到凌晨两点，渣土车进进出出，老人小孩都睡不着。打过城管电话，来了就停，走了又开工。请管一管夜间施工。",
    ),
    (
        "枫丹苑小区隔壁工地夜间施工扰民",
        "隔壁工地夜里十二点还在打桩，渣土车一辆接一辆，噪音太大，根本没法睡觉。城管来了就停一会儿，人一走又接着打桩。",
    ),
    (
        "再次投诉枫丹苑小区旁工地凌晨打桩",
        "上个月投诉过一次，工地停了三天，现在凌晨又开始打桩施工，渣土车整夜跑，老人血压都高了，城管电话打不通，睡不着。",
    ),
)
SCHOOL = (
    (
        "枫丹苑的孩子上哪个小学",
        "交房两年了，学区一直没有定下来，邻居家的孩子去年跑到六公里以外去念书。今年九月又要报名入学，教育局说还在研究划片方案，学位到底怎么安排，想要一个准信。",
    ),
    (
        "咨询枫丹苑学区划分",
        "想问学区怎么划分，孩子今年报名入学，教育局的划片方案什么时候公布，学位在哪所小学，去年有人念书要跑六公里。",
    ),
)
ELSEWHERE = (
    (
        "云栖里公交站夜班车太少",
        "云栖里公交站晚上九点以后就没有车了，下夜班的人只能走回家，希望增加班次，末班车推迟到十一点。",
    ),
)


def place_all(messages: list[tuple[str, str]]) -> list[int]:
    stream = Stream()
    return [stream.add(read(*message), START + timedelta(days=day)) for day, message in enumerate(messages)]


def test_one_event_is_one_group_and_another_trouble_at_the_same_place_another() -> None:
    placed = place_all([*NOISE[:2], *SCHOOL, *ELSEWHERE, NOISE[2]])
    noise, school, elsewhere = {placed[0], placed[1], placed[5]}, {placed[2], placed[3]}, {placed[4]}
    assert len(noise) == len(school) == len(elsewhere) == 1
    assert len(noise | school | elsewhere) == 3


def test_what_comes_later_moves_nothing() -> None:
    messages = [*NOISE, *SCHOOL, *ELSEWHERE]
    whole = place_all(messages)
    for count in range(1, len(messages)):
        assert place_all(messages[:count]) == whole[:count]


def test_a_name_with_swapped_letters_is_the_same_name() -> None:
    assert read("绿地新城漏水", "").names == read("地绿新城漏水", "").names


@pytest.mark.parametrize(
    ("said", "name"),
    [("投诉枫丹苑小区停水", "枫丹苑"), ("请问云栖路什么时候通车", "云栖"), ("家住在青禾新村三栋", "青禾")],
)
def test_names_of_places_are_read_without_what_leads_into_them(said: str, name: str) -> None:
    assert name in "".join(place.name + place.kind for place in places(said))


def test_a_group_is_described_by_its_place_and_the_words_it_shares() -> None:
    described = describe(NOISE)
    assert described.place is not None
    assert "枫丹苑" in described.place
    assert described.topic.startswith(f"{described.place}：")
    assert "打桩" in described.topic


def test_every_household_is_counted_once_and_age_halves_it() -> None:
    voices = [("3-1-201", START, "P2"), ("3-1-201", START, "P1"), ("3-1-301", START - timedelta(days=30), "P2")]
    assert heat(voices, START) == 2.5
    assert heat(voices, START + timedelta(days=30)) == 1.25


def test_old_messages_are_forgotten_and_new_ones_still_find_each_other() -> None:
    stream = Stream(remembered=4)
    others = [(f"第{number}件事", f"这是第{number}件不相干的事情") for number in range(20)]
    for day, message in enumerate([*NOISE[:1], *others]):
        stream.add(read(*message), START + timedelta(days=day))
    first = stream.add(read(*NOISE[1]), START + timedelta(days=40))
    assert stream.add(read(*NOISE[2]), START + timedelta(days=41)) == first
    assert first > 0


@pytest.mark.parametrize("text", ["", "\0", "\ud800", "a" * 5000, "路" * 5000, "小区" * 3000, "🙂" * 100])
def test_any_text_is_taken(text: str) -> None:
    placed = place_all([(text, text), ("", text), (text, "")])
    assert all(group >= 0 for group in placed)
    describe([(text, text), (text, "")])


def test_a_broken_forest_is_named(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("forest") / "likeness.json"
    path.write_text('{"measures": []}', encoding="utf-8")
    with pytest.raises(ResourceError, match=r"likeness\.json"):
        likeness.load(path)
