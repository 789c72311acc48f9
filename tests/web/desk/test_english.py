"""The desk in English: not one sentence left over, and what residents read stays Chinese."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from tests.factories.complaints import say

ROOT = Path(__file__).resolve().parents[3]
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
RESIDENTS = ("chat/", "templates/chat/")
HAN = re.compile(r"[\u4e00-\u9fff]")
NAMED = re.compile(r"%\((\w+)\)s|\{(\w+)\}")
SPOKEN_TO_RESIDENTS = {"今天下午上门看，家里有人吗？", "您家是%(rooms)s？", "还是"}
"""What a clerk puts into a resident's chat by one press, in whatever language the clerk reads."""


@pytest.fixture(scope="module")
def sentences() -> dict[str, str]:
    """Every sentence of the desk in the sources, with the file it stands in."""
    found: dict[str, str] = {}
    for file, _line, message, _comments, _context in extract_from_dir(
        ROOT / "web", method_map=METHODS, keywords={"_": None, "_l": None}
    ):
        if not file.startswith(RESIDENTS):
            found.setdefault(str(message), file)
    return found


@pytest.fixture(scope="module")
def english() -> dict[str, str]:
    with (ROOT / "translations" / "en" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file) if one.id and not one.fuzzy}


def test_every_sentence_of_the_desk_has_its_english(sentences, english):
    assert len(sentences) > 500
    assert {text: file for text, file in sentences.items() if not english.get(text)} == {}


def test_no_sentence_is_left_in_chinese_or_loses_what_it_names(sentences, english):
    for text in sentences.keys() - SPOKEN_TO_RESIDENTS:
        said = english.get(text, "")
        assert sorted(NAMED.findall(text)) == sorted(NAMED.findall(said)), text
        if text not in {"中文", "“社区李敏给您回话”"}:
            assert not HAN.search(said.replace("“社区李敏给您回话”", "")), f"{text}: {said}"


def test_the_sentence_to_read_aloud_stays_chinese_on_an_english_desk(house, community, desk):
    say(house, community, "三幢二门顶楼，一下雨就漏")
    caller = desk()
    caller.post("/desk/language", language="en")
    assert "File for someone" in caller.get("/desk/file")
    form = {"text": "五栋一门六楼天花板漏水", "community": community, "source": "phone"}
    understood = caller.post("/desk/file/understand", **form).text
    aloud = re.search(r'<p class="aloud" lang="zh">(.*?)</p>', understood, re.S)
    assert aloud is not None
    assert "给您回电话" in aloud.group(1)
    assert not re.search(r"[A-Za-z]{3,}", aloud.group(1))
