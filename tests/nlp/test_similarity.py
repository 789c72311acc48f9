"""Whether two complaints are of one matter: by meaning, place and time, and never surer than the words allow."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.loading import ResourceError
from nlp.similarity import SAME_MATTER, SIMILAR_FILE, Comparison, aspects, load_aspects, matters_of
from nlp.understand import understand
from nlp.understanding import Context

if TYPE_CHECKING:
    from pathlib import Path

CONTEXT = Context(at=datetime(2026, 11, 24, 8, tzinfo=UTC))


def compared(said: str, before: str, days: float = 3) -> float:
    asked, other = matters_of(understand(said, CONTEXT))[0], matters_of(understand(before, CONTEXT))[0]
    return Comparison(asked).score(other.subjects[0], other.place, other.text, days)


@pytest.mark.parametrize(
    ("said", "before"),
    [
        ("三幢二门声控灯坏掉了，跺脚也不亮", "3栋2单元楼道灯不亮，晚上摸黑上楼"),
        ("5-1-602，天花板又漏雨了", "5栋1单元顶楼，下大雨屋里漏水"),
        ("电动车充电桩什么时候装啊，没地方充电", "想给电瓶车充电都没地方充"),
        ("6栋201没有自来水，一滴水都没有", "我们6栋早上起来就停水了，没有水"),
    ],
)
def test_the_same_in_other_words_is_the_same_matter(said: str, before: str) -> None:
    assert compared(said, before) >= SAME_MATTER


@pytest.mark.parametrize(
    ("said", "before", "days"),
    [
        ("3栋2单元楼梯扶手断了一截", "3栋2单元楼道灯不亮了", 3),  # another thing
        ("2栋顶楼漏雨", "5栋顶楼漏雨", 3),  # another building
        ("1栋3单元楼道灯坏了", "1栋1单元楼道灯坏了", 3),  # another stairwell
        ("6栋又停水了，没有水", "6栋停水了，没有水", 200),  # another outage
        ("3栋2单元501家里灯泡坏了，想找人换", "3栋2单元402家里灯泡坏了，想找人换", 3),  # each home's own
        ("有人在公共车位装了地锁", "小区停车位不够停", 3),
    ],
)
def test_another_thing_place_or_time_is_another_matter(said: str, before: str, days: float) -> None:
    assert compared(said, before, days) < SAME_MATTER


def test_nearer_in_place_and_time_is_surer() -> None:
    said = "3栋2单元楼道灯不亮"
    same_unit = compared(said, "3栋2单元楼道灯坏了，不亮")
    assert same_unit > compared(said, "3栋楼道灯坏了，不亮") > compared(said, "楼道灯坏了，不亮")
    assert compared(said, "楼道灯坏了，不亮") > compared(said, "7栋楼道灯坏了，不亮")
    assert same_unit > compared(said, "3栋2单元楼道灯坏了，不亮", 300)


def test_a_message_of_several_problems_is_compared_problem_by_problem() -> None:
    asked = matters_of(understand("3栋2单元楼道灯不亮，下水道也堵了，往上冒脏水", CONTEXT))
    other = matters_of(understand("3栋2单元下水道堵了，冒脏水", CONTEXT))[0]
    scores = {one.subjects[0]: Comparison(one).score(other.subjects[0], other.place, other.text, 1) for one in asked}
    assert scores["A02"] >= SAME_MATTER > scores["A13"]


def test_the_reasons_say_what_is_shared() -> None:
    asked = matters_of(understand("三幢二门楼道灯不亮", CONTEXT))[0]
    other = matters_of(understand("3栋2单元楼道灯不亮，摸黑上楼", CONTEXT))[0]
    reasons = dict(Comparison(asked).reasons(other.subjects[0], other.place, other.text, 12.4))
    assert "".join(reasons.pop("words")) == "楼道灯不亮"
    assert reasons == {"unit": ("3", "2"), "subject": ("A13",), "aspect": ("楼道灯",), "days": ("12",)}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("bound: [A01", "bound: [Z01, A01", r"similar\.yaml:\d+: Z01 is no subject"),
        ("  A01: [停水, 爆管]", "  A01: [停水, 地震]", r"similar\.yaml:\d+: 地震 is no aspect of A01"),
        ("    信号: [信号]", "    信号: 信号", r"similar\.yaml:\d+: 信号 needs a list of words"),
        ("aspects:\n", "aspects: [\n", r"similar\.yaml:\d+: "),
        ("silent: [", "quiet: [", r"similar\.yaml:1: silent is missing"),
    ],
)
def test_broken_aspects_name_file_and_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = SIMILAR_FILE.read_text(encoding="utf-8")
    assert old in text
    broken = tmp_path / "similar.yaml"
    broken.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ResourceError, match=said):
        load_aspects(broken)


def test_every_subject_but_the_open_ones_has_aspects() -> None:
    assert len(aspects().by_first) == 53


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.text(max_size=300))
def test_any_two_texts_get_a_score(said: str, before: str) -> None:
    for asked in matters_of(understand(said, CONTEXT)):
        for other in matters_of(understand(before, CONTEXT)):
            comparison = Comparison(asked)
            assert 0.0 <= comparison.score(other.subjects[0], other.place, other.text, 1.0) <= 1.0
            assert comparison.reasons(other.subjects[0], other.place, other.text, 1.0)[-1].kind == "days"
