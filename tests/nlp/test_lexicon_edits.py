"""Edits of the lexicon: what a word may be taught, and which words may not be taken away."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.engine import Engine, shipped
from nlp.lexicon import Lexicon
from nlp.lexicon_edits import WordEdit, apply, find_broken_example, find_fault, speaks_for, tidy
from nlp.lexicon_guard import find_danger_word, find_lost_danger
from nlp.model import LinearModel

LAMP = WordEdit("楼道灯", "B03", 4.0, moved_from="A13", must_match="楼道灯半个月没亮", must_not_match="想做一面文化墙")


def meanings(lexicon: Lexicon, word: str) -> dict[str, float]:
    return dict(lexicon.words.get(word, ((), ()))[1])


def test_a_word_is_moved_and_the_shipped_lexicon_stays_as_it_is() -> None:
    before = shipped().lexicon
    assert meanings(before, "楼道灯") == {"A13": 2.6}
    after = apply(before, [LAMP])
    assert meanings(after, "楼道灯") == {"B03": 4.0}
    assert meanings(before, "楼道灯") == {"A13": 2.6}
    assert after.words["楼道灯"][0] == before.words["楼道灯"][0]


def test_a_new_word_speaks_and_a_later_edit_takes_it_away_again() -> None:
    added = WordEdit("棋牌桌", "C01", 2.6, must_match="棋牌桌腿断了", must_not_match="桌子")
    taken = WordEdit("棋牌桌", "C01", 0.0, must_not_match="棋牌桌腿断了")
    assert speaks_for(apply(shipped().lexicon, [added]), "棋牌桌", "C01", "楼下棋牌桌腿断了")
    assert "棋牌桌" not in apply(shipped().lexicon, [added, taken]).words


def test_in_an_excluded_phrase_a_word_means_nothing_and_the_other_words_still_speak() -> None:
    edit = WordEdit(
        "广场舞", "N03", 2.6, exclusions=("广场舞音响被偷",), must_match="广场舞太吵", must_not_match="广场舞音响被偷了"
    )
    lexicon = apply(shipped().lexicon, [edit])
    read = lexicon.read("昨晚广场舞音响被偷了")
    assert not any(hit.word == "广场舞" for hit in read.hits)
    assert "CRIME" in read.groups
    assert find_broken_example(lexicon, [edit]) is None
    assert "N03" in lexicon.read("广场舞太吵").scores


def test_an_example_that_does_not_hold_is_found() -> None:
    excluded = tidy(WordEdit("楼道灯", "B03", 4.0, "A13", ("楼道灯谜",), "元宵节楼道灯谜会", "想做一面文化墙"))
    broken = find_broken_example(apply(shipped().lexicon, [excluded]), [excluded])
    assert broken is not None
    assert (broken.field, broken.code) == ("must_match", "does_not_match")
    later = tidy(WordEdit("道灯", "B03", 4.0, None, ("楼道灯",), "这条道灯少", "楼道灯"))
    kept = find_broken_example(apply(shipped().lexicon, [LAMP, later]), [LAMP, later])
    assert kept is None or kept.code == "breaks_example"


@pytest.mark.parametrize(
    ("edit", "field", "code"),
    [
        (WordEdit("", "B03", 1.0), "word", "required"),
        (WordEdit("楼道 灯", "B03", 1.0), "word", "no_word"),
        (WordEdit("灯" * 21, "B03", 1.0), "word", "no_word"),
        (WordEdit("楼道灯", "Z99", 1.0), "subject", "unknown"),
        (WordEdit("楼道灯", "B03", 9.0), "weight", "out_of_range"),
        (WordEdit("楼道灯", "B03", 1.0, "B03"), "moved_from", "same_subject"),
        (WordEdit("楼道灯", "B03", 1.0, None, ("路灯",)), "exclusions", "not_longer"),
        (WordEdit("楼道灯", "B03", 1.0, None, (), "", "没有"), "must_match", "required"),
        (WordEdit("楼道灯", "B03", 1.0, None, (), "路灯坏了", "没有"), "must_match", "without_word"),
        (WordEdit("楼道灯", "B03", 1.0, None, (), "楼道灯坏了", ""), "must_not_match", "required"),
    ],
)
def test_a_fault_of_form_is_named_with_its_field(edit: WordEdit, field: str, code: str) -> None:
    fault = find_fault(tidy(edit))
    assert fault is not None
    assert (fault.field, fault.code) == (field, code)


def test_full_width_and_traditional_letters_are_one_spelling() -> None:
    assert tidy(WordEdit(" 樓道燈 ", "B03", 1.0)).word == "楼道灯"


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (WordEdit("着火", "A08", 0.0, must_not_match="着火了"), "danger_word"),
        (WordEdit("煤气味", "A06", 0.0, must_not_match="煤气味"), "danger_word"),
        (WordEdit("电瓶车", "B06", 0.0, must_not_match="电瓶车"), "danger_word"),
        (WordEdit("着火", "C09", 2.0, "A08", (), "着火", "火"), "danger_word_moved"),
        (WordEdit("着火", "A08", 0.5, None, (), "着火", "火"), "danger_word_lowered"),
        (WordEdit("着火", "A08", 2.0, None, ("着火点",), "着火", "着火点"), "danger_word_excluded"),
        (WordEdit("厨房", "A06", 2.0, None, ("厨房着火",), "厨房", "厨房着火"), "danger_phrase"),
        (WordEdit("人", "N04", 2.0, None, ("这人不想活了",), "人", "这人不想活了"), "danger_phrase"),
    ],
)
def test_an_edit_that_pushes_a_danger_word_out_is_refused_with_the_reason(edit: WordEdit, code: str) -> None:
    refusal = find_danger_word(shipped().lexicon, edit)
    assert refusal is not None
    assert refusal.code == code
    assert refusal.facts


def test_an_ordinary_word_may_be_moved_and_excluded() -> None:
    wall = WordEdit("墙皮", "A13", 2.6, "A12", ("墙皮画",), "楼道墙皮发黄", "墙皮画")
    assert find_danger_word(shipped().lexicon, wall) is None
    after = Engine(apply(shipped().lexicon, [wall]), shipped().model)
    assert find_lost_danger(shipped(), after, wall) is None


def test_an_edit_after_which_a_shipped_danger_message_is_missed_is_refused_with_that_message() -> None:
    known = shipped().model
    weights, bias = known.weights.copy(), known.bias.copy()
    hazard = known.heads["hazard"]
    weights[:, hazard.columns] = 0.0
    bias[hazard.columns.start + hazard.labels.index("NONE")] = 20.0
    deaf = LinearModel(list(known.index), weights, bias, known.heads, known.fingerprint)
    refusal = find_lost_danger(shipped(), Engine(shipped().lexicon, deaf), WordEdit("电", "N08", 6.0))
    assert refusal is not None
    assert refusal.code == "loses_danger"
    assert "电" in str(refusal.facts["message"])


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=40), st.text(max_size=40))
def test_whatever_is_typed_is_taken_or_refused_and_never_fails(word: str, phrase: str, yes: str, no: str) -> None:
    edit = tidy(WordEdit(word, "B03", 2.0, "A13", (phrase, word + phrase), yes + word, no))
    if find_fault(edit) is None:
        lexicon = apply(shipped().lexicon, [edit])
        find_broken_example(lexicon, [edit])
        find_danger_word(shipped().lexicon, edit)
        lexicon.read(yes + no)
