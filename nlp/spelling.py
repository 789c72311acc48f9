"""Brings a text into one spelling without moving a single code point, so that offsets stay true."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nlp.loading import RESOURCES, ResourceError, line_of, read_yaml
from nlp.watch import Watched, marks_of, watched_words, watching

if TYPE_CHECKING:
    from nlp.watch import Marks

SPELLING_FILE = RESOURCES / "spelling.yaml"

_WIDTHS = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_WIDTHS.update({0x3000: 0x20, 0x00A0: 0x20, 0x2014: 0x2D, 0x2013: 0x2D, 0x2212: 0x2D, 0x301C: 0x7E, 0x25CB: 0x3007})
# Chinese punctuation keeps its meaning for clauses, so the full-width marks that end one stay as they are.
for _mark in "，！？：；（）。":
    _WIDTHS.pop(ord(_mark), None)
for _digit in range(10):
    _WIDTHS[0x0660 + _digit] = 0x30 + _digit
_TRADITIONAL = str.maketrans(
    "漏電樓層號棟頂牆門燈車氣煤煙煩壞壓滅響動點鐘週來這個們說請問裝幾處當邊東後麼沒過還給開關無間網線纜場區園廣業務員張閥塊碼單寬狹樹葉鳥貓環衛潔淨與為從會應該見聽聞覺記讓謝幫驚險傷塗隊構築鋼鐵銹鏽鎖鑰",
    "漏电楼层号栋顶墙门灯车气煤烟烦坏压灭响动点钟周来这个们说请问装几处当边东后么没过还给开关无间网线缆场区园广业务员张阀块码单宽狭树叶鸟猫环卫洁净与为从会应该见听闻觉记让谢帮惊险伤涂队构筑钢铁锈锈锁钥",
)
_WIDTHS.update(_TRADITIONAL)
CHANGED = frozenset(chr(code) for code, becomes in _WIDTHS.items() if code != becomes)
"""Characters that never stay as they are."""


# Half of a surrogate pair, which no encoder accepts.
_HALF_PAIRS = re.compile("[\ud800-\udfff]")


@watching
def _rules() -> tuple[Watched, dict[str, str], tuple[tuple[Watched, str], ...]]:
    raw = read_yaml(SPELLING_FILE)
    words: dict[str, str] = raw["words"]
    for wrong, right in words.items():
        if len(wrong) != len(right):
            line = line_of(SPELLING_FILE, f"  {wrong}:")
            raise ResourceError(f"{SPELLING_FILE.name}:{line}: {wrong} and {right} differ in length")
    patterns = tuple((Watched(rule["find"]), str(rule["replace"])) for rule in raw["patterns"])
    return watched_words(list(words)), words, patterns


def normalise(text: str) -> str:
    """The text with full-width letters, slips and voice errors put right; always as long as the text given."""
    return normalise_marked(text)[0]


def normalise_marked(text: str) -> tuple[str, Marks]:
    """The text as ``normalise`` gives it, with its marks (see ``nlp.watch``)."""
    plain = _HALF_PAIRS.sub("\ufffd", text).translate(_WIDTHS)
    slip, words, patterns = _rules()
    marks = marks_of(plain)
    mended = slip.sub(lambda found: words[found.group()], plain, marks)
    for pattern, replacement in patterns:
        # A word put right may call for the next rule, so these look for themselves.
        if pattern.may_match(marks) or mended is not plain:
            mended = pattern.pattern.sub(replacement, mended)
    return mended, marks if mended == plain else marks_of(mended)
