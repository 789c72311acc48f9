"""Resources: complete, and a broken one names its file and line."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from nlp.loading import ResourceError
from nlp.model import MODEL_FILE, load, model
from nlp.segment import fast_engine, reference_engine
from nlp.spelling import normalise
from nlp.taxonomy import TAXONOMY_FILE, load_taxonomy, taxonomy
from nlp.training.examples import fingerprint

if TYPE_CHECKING:
    from pathlib import Path


def test_the_taxonomy_is_complete() -> None:
    known = taxonomy()
    assert [group.code for group in known.classes] == list("ABCDN")
    assert [len(group.subjects) for group in known.classes] == [14, 12, 10, 7, 12]
    assert known.subject("A11").short_name == "顶层漏雨"
    assert [code for code in "ABCDN" if known.enters_plan(code)] == list("ABC")
    assert len(known.intents) == 15
    assert len(known.scripts) == 10
    assert known.item("A11.1").code == "A11.1"


def test_a_broken_taxonomy_names_file_and_line(tmp_path: Path) -> None:
    text = TAXONOMY_FILE.read_text(encoding="utf-8")
    broken = tmp_path / "taxonomy.yaml"
    broken.write_text(text.replace("        short_name: 顶层漏雨\n", ""), encoding="utf-8")
    line = text[: text.index("code: A11\n")].count("\n") + 1
    with pytest.raises(ResourceError, match=rf"taxonomy\.yaml:{line}: .*short_name"):
        load_taxonomy(broken)
    broken.write_text(text + "\n  oops: [", encoding="utf-8")
    with pytest.raises(ResourceError, match=r"taxonomy\.yaml:\d+: "):
        load_taxonomy(broken)


def test_a_missing_model_says_how_to_rebuild_it(tmp_path: Path) -> None:
    with pytest.raises(ResourceError, match=r"python -m nlp\.training"):
        load(tmp_path / "linear.npz")


def test_the_shipped_model_was_built_from_the_shipped_resources() -> None:
    assert model().fingerprint == fingerprint(), "rebuild it: python -m nlp.training"
    assert MODEL_FILE.stat().st_size < 20_000_000
    card = json.loads(MODEL_FILE.with_name("card.json").read_text(encoding="utf-8"))
    assert card["fingerprint"] == fingerprint(), "commit the card that was written with the model"


def test_understanding_needs_no_training_library() -> None:
    code = "import sys, nlp.understand, services.lexicon, services.model_versions; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_both_engines_cut_the_same_words() -> None:
    fast = fast_engine()
    assert fast is not None
    for text in ("楼道灯坏了两个月", "充电桩不通电", "消防通道堵死了"):
        assert fast(text) == reference_engine()(text)


@pytest.mark.parametrize("text", ["漏谁了", "电提坏了", "１２＃", "煤汽味", "😀", "", "\u0000", "今年身体不好"])
def test_one_spelling_never_moves_a_character(text: str) -> None:
    assert len(normalise(text)) == len(text)


def test_slips_are_put_right_and_other_words_left() -> None:
    assert normalise("楼上漏谁了") == "楼上漏水了"
    assert normalise("今年身体不好，中毒了") == "今年身体不好，中毒了"
