"""The lexicon edited on the desk: what is taught is how the next resident is understood, and all can be taken back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event, func, select

from linli.bootstrap import Container, build
from models import Complaint, LexiconEdit
from nlp.engine import shipped
from nlp.lexicon_edits import WordEdit
from services import engine_in_use as engines
from services import filing, lexicon
from services.engine_in_use import engine_in_use, look_again
from services.errors import Conflict, InvalidInput
from services.places import find_community
from tests.bot.talking import Talk

GAMES = WordEdit("掼蛋桌", "C01", 6.0, must_match="想要一张掼蛋桌", must_not_match="想打掼蛋")
LAMP = WordEdit("楼道灯", "B03", 5.0, "A13", must_match="楼道灯不亮", must_not_match="文化墙")


def save(house: Container, edit: WordEdit, reason: str = "居民都这么叫") -> int:
    with house.database.transaction() as session:
        return lexicon.save_edit(session, edit, reason, house.act("staff:planner", staff_id=1)).id


def undo(house: Container, edit_id: int) -> int:
    with house.database.transaction() as session:
        return lexicon.undo_edit(session, edit_id, house.act("staff:planner", staff_id=1)).id


def known_words(house: Container) -> dict[str, dict[str, float]]:
    with house.database.reader() as session:
        words = engine_in_use(session).lexicon.words
        return {word: dict(words[word][1]) for word in ("掼蛋桌", "楼道灯") if word in words}


def test_without_anything_taught_the_shipped_engine_answers(house: Container) -> None:
    with house.database.reader() as session:
        assert engine_in_use(session) is shipped()


def test_a_word_taught_on_the_desk_counts_at_once_in_the_form_and_in_the_chat(
    house: Container, community: str, tmp_path: Path
) -> None:
    text = "三栋楼下那个掼蛋桌的事"

    def why() -> set[str]:
        with house.database.reader() as session:
            place = find_community(session, community)
            assert place is not None
            read = filing.read_words(session, place, text, house.clock.now())
            return {reason.why for problem in read.problems for reason in problem.evidence}

    assert "word:掼蛋桌" not in why()
    save(house, GAMES)
    assert "word:掼蛋桌" in why()
    Talk(house, community, tmp_path).say(text, at=house.clock.now())
    with house.database.reader() as session:
        filed = session.scalars(select(Complaint)).all()
        assert [one.subject_code for one in filed] == ["C01"]
        reasons = [reason["why"] for problem in filed[0].problems for reason in problem["evidence"]]
        assert "word:掼蛋桌" in reasons


def test_taking_back_is_a_new_line_and_can_itself_be_taken_back(house: Container) -> None:
    first = save(house, LAMP)
    assert known_words(house)["楼道灯"] == {"B03": 5.0}
    second = undo(house, first)
    assert known_words(house)["楼道灯"] == {"A13": 2.6}
    with pytest.raises(Conflict):
        undo(house, first)
    undo(house, second)
    assert known_words(house)["楼道灯"] == {"B03": 5.0}
    with house.database.reader() as session:
        history = lexicon.list_history(session)
        assert [(one.row.undoes_id, one.is_live) for one in history] == [(second, False), (first, False), (None, True)]
        assert session.scalar(select(func.count(LexiconEdit.id))) == 3


@pytest.mark.parametrize(
    ("edit", "reason", "field", "code"),
    [
        (GAMES, "  ", "reason", "required"),
        (replace(GAMES, must_match="掼蛋桌子", exclusions=("掼蛋桌子",)), "为什么", "must_match", "does_not_match"),
        (WordEdit("楼道灯", "A13", 2.6, None, (), "楼道灯不亮", "墙"), "为什么", "weight", "no_change"),
        (WordEdit("着火", "A08", 0.0, must_not_match="着火了"), "为什么", "weight", "danger_word"),
    ],
)
def test_what_is_refused_leaves_no_trace(house: Container, edit: WordEdit, reason: str, field: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        save(house, edit, reason)
    assert (refused.value.facts["field"], refused.value.facts["reason"]) == (field, code)
    with house.database.reader() as session:
        assert lexicon.last_edit_id(session) == 0
        assert engine_in_use(session) is shipped()


def test_an_edit_that_was_rolled_back_is_not_remembered(house: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "LOOKED_EVERY_SECONDS", 0.0)
    with house.database.reader() as session:
        lexicon.save_edit(session, GAMES, "为什么", house.act("staff:planner", staff_id=1))
        assert "掼蛋桌" in engine_in_use(session).lexicon.words
    assert "掼蛋桌" not in known_words(house)


def test_another_process_sees_what_was_taught_after_its_next_look(
    house: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = build(house.settings)
    try:
        assert "掼蛋桌" not in known_words(other)
        save(house, GAMES)
        assert "掼蛋桌" in known_words(house)
        assert "掼蛋桌" not in known_words(other)  # it has just looked
        monkeypatch.setattr(engines, "LOOKED_EVERY_SECONDS", 0.0)
        assert "掼蛋桌" in known_words(other)
    finally:
        other.database.close()


def test_between_two_looks_the_database_is_not_asked(house: Container) -> None:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(house.database.engine, "before_cursor_execute", note)
    with house.database.reader() as session:
        engine_in_use(session)
        first = [statement for statement in seen if statement.startswith("SELECT")]
        for _ in range(100):
            engine_in_use(session)
    event.remove(house.database.engine, "before_cursor_execute", note)
    assert [statement for statement in seen if statement.startswith("SELECT")] == first


def test_an_edit_this_release_cannot_use_is_named_in_the_log_and_the_others_count(
    house: Container, caplog: pytest.LogCaptureFixture
) -> None:
    save(house, GAMES)
    with house.database.transaction() as session:
        old = LexiconEdit(
            word="楼道灯", subject_code="B99", weight=3.0, moved_from=None, exclusions=None, must_match="楼道灯",
            must_not_match="墙", reason="以前的类别", by="staff:planner", at=house.clock.now(),
        )  # fmt: skip
        session.add(old)
        look_again(session)
    caplog.clear()
    assert known_words(house)["掼蛋桌"] == {"C01": 6.0}
    assert known_words(house)["楼道灯"] == {"A13": 2.6}
    told = [str(record.msg) for record in caplog.records if "lexicon_edit_not_usable" in str(record.msg)]
    assert len(told) == 1
    assert "subject" in told[0]
