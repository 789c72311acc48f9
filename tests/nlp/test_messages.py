"""The labelled messages the model learns from, and the checker that keeps them clean."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from nlp.loading import ResourceError
from nlp.training.check_messages import main, nearly_repeated
from nlp.training.messages import SHEETS, Kind, Split, known_labels, load_messages, skeleton, split_of

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = load_messages()


@pytest.fixture
def sheets(tmp_path: Path) -> Path:
    """A folder of well-formed sheets, one line each, for a test to spoil."""
    lines = {
        "A.tsv": "A11\t楼顶漏雨",
        "B.tsv": "B03+A05\t灯不亮路也不平",
        "C.tsv": "C04\t想要个老人食堂",
        "D.tsv": "D01\t夜里还在打钻",
        "N.tsv": "N05\t狗没牵绳",
        "intents.tsv": "human\t叫个真人来",
        "hazards.tsv": "# present danger\n\nS-GAS+S-MED\t煤气味很重，人晕了",
    }
    for name, content in lines.items():
        (tmp_path / name).write_text(content + "\n", encoding="utf-8")
    return tmp_path


def spoil(folder: Path, name: str, line: str) -> None:
    with (folder / name).open("a", encoding="utf-8") as sheet:
        sheet.write(line + "\n")


def test_the_shipped_messages_pass_their_own_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "errors: 0" in capsys.readouterr().out


def test_no_shipped_message_is_another_one_with_a_new_number() -> None:
    assert [(first.text, later.text) for first, later in nearly_repeated(SHIPPED)] == []


@pytest.mark.parametrize(("kind", "least"), [(Kind.SUBJECT, 60), (Kind.INTENT, 80), (Kind.HAZARD, 90)])
def test_every_label_has_messages_to_learn_from_and_some_to_be_judged_by(kind: Kind, least: int) -> None:
    all_of_them = Counter(message.label for message in SHIPPED if message.kind is kind)
    held_out = Counter(m.label for m in SHIPPED if m.kind is kind and m.split is Split.HELD_OUT)
    assert {label: all_of_them[label] for label in known_labels(kind) if all_of_them[label] < least} == {}
    assert [label for label in known_labels(kind) if not held_out[label]] == []


def test_about_one_message_in_five_is_held_out() -> None:
    share = sum(message.split is Split.HELD_OUT for message in SHIPPED) / len(SHIPPED)
    assert 0.17 < share < 0.23


def test_two_texts_that_differ_only_in_place_and_number_are_on_one_side() -> None:
    wordings = ["3栋2单元501，厕所往外冒粪水", "12#-1-602 厕所往外冒粪水！", "二十三号楼厕所往外冒粪水"]
    assert {skeleton(text) for text in wordings} == {"厕所往外冒粪水"}
    assert len({split_of(text) for text in wordings}) == 1


def test_a_text_is_judged_on_one_side_whatever_sheet_it_stands_in() -> None:
    sides: dict[str, set[Split]] = {}
    for message in SHIPPED:
        sides.setdefault(message.text, set()).add(message.split)
    assert [text for text, found in sides.items() if len(found) > 1] == []


def test_well_formed_sheets_are_read_whole_and_comments_skipped(sheets: Path) -> None:
    messages = load_messages(sheets)
    assert [(message.sheet, message.line) for message in messages if message.kind is Kind.HAZARD] == [
        ("hazards.tsv", 3)
    ]
    assert len(messages) == len(SHEETS)
    assert next(message.labels for message in messages if message.sheet == "B.tsv") == ("B03", "A05")
    assert main([str(sheets)]) == 0


@pytest.mark.parametrize(
    ("sheet", "line", "complaint"),
    [
        ("A.tsv", "A11 楼顶漏雨没有制表符", "a label, one tab and a text"),
        ("A.tsv", "A11\t", "a label, one tab and a text"),
        ("A.tsv", "A99\t没有这个事项", "A99 is no subject"),
        ("A.tsv", "A11+\t后面缺一个编码", "an empty label is no subject"),
        ("A.tsv", "A11+A11\t同一个编码写了两遍", "a label stands twice"),
        ("A.tsv", "B05\t放错了表", "B05 belongs in B.tsv"),
        ("intents.tsv", "chat\t没有这个意图", "chat is no intent"),
        ("intents.tsv", "human+praise\t一句话一个意图", "a message has one intent"),
        ("hazards.tsv", "NONE+S-GAS\t又危险又不危险", "NONE stands beside a hazard"),
    ],
)
def test_a_malformed_line_is_named_by_file_and_line(
    sheets: Path, sheet: str, line: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(sheets, sheet, line)
    number = len((sheets / sheet).read_text(encoding="utf-8").splitlines())
    with pytest.raises(ResourceError, match=complaint) as caught:
        load_messages(sheets)
    assert str(caught.value).startswith(f"{sheet}:{number}: ")
    assert main([str(sheets)]) == 1
    assert f"{sheet}:{number}: " in capsys.readouterr().out


def test_a_text_standing_twice_fails_the_check_even_across_subjects(
    sheets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(sheets, "B.tsv", "B02\t楼顶漏雨")
    assert main([str(sheets)]) == 1
    assert "B.tsv:2: stands already at A.tsv:1" in capsys.readouterr().out


def test_a_text_may_stand_once_under_a_subject_and_once_under_an_intent(sheets: Path) -> None:
    spoil(sheets, "intents.tsv", "report\t楼顶漏雨")
    assert main([str(sheets)]) == 0


@pytest.mark.parametrize("line", ["A11\t7栋3单元楼顶漏雨！", "A11\t楼 顶 漏 雨 。"])
def test_a_wording_repeated_with_another_place_is_reported_but_does_not_fail(
    sheets: Path, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(sheets, "A.tsv", line)
    assert main([str(sheets)]) == 0
    assert "nearly the same: 1" in capsys.readouterr().out


def test_a_missing_sheet_is_an_error_with_its_name(sheets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (sheets / "D.tsv").unlink()
    assert main([str(sheets)]) == 1
    assert "D.tsv: cannot be read" in capsys.readouterr().out
