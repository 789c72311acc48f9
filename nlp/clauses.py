"""Splits a message into clauses, each without the address or the joining words that lead into it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from nlp.consequences import relations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlp.watch import Marks

_CLAUSE = re.compile(r"[^，,。！!？?；;、…\n~～]+")
_SPACES = re.compile(r"[^\s]+")
_LEAD = re.compile(
    r"(?:[\s:：\"“”'（）()\[\]【】*.·\-—]|\d{1,2}[、.．](?!\d)|我们?(?:这|这里|这边|小区|院子|院里|楼|单元|家|是)?(?:的)?(?=\0)|请问|麻烦|另外|还有(?:就是)?|再就是|再有|其次|同时|此外|[一二三]是|第[一二三](?![栋幢单层楼天次个年届期批户遍条排])|第[一二三](?=楼[道梯])|而且|并且|然后|但是|可是|所以|因为|因此|就是|现在|目前|主要是|反映(?:一下)?|投诉|举报|你好|您好|领导好?|那个|这个|尊敬的领导)+"
)
_TRAIL = re.compile(r"[\s\"“”'）)\]】]+$")
_MAX_CLAUSES = 60
_SPACED = 12
# "还有", "另外", "第二" in the middle of a stretch without a comma; counted places ("第二单元") are none.
_JOINT = re.compile(
    r"还有(?!人|几个月|\d)|另外|再就是|再有|其次|而且|二是|三是|第[二三](?![栋幢单层楼天次个年届期批户遍条排])|第[二三](?=楼[道梯])"
)


class Clause(NamedTuple):
    """A clause without what leads into it: code points."""

    start: int
    end: int
    is_announced: bool = False
    """Whether words before it announce a further trouble ("还有", "另外", "二是")."""


def split_clauses(text: str, used: Sequence[tuple[int, int]], marks: Marks) -> list[Clause]:
    """The clauses of a normalised text; addresses and greetings at their beginning are left out.

    Args:
        text: the normalised text.
        used: stretches that are addresses or times.
        marks: the marks of the text.
    """
    clauses: list[Clause] = []
    masked = _mask(text, used)
    for found in _CLAUSE.finditer(text):
        for start, end in _pieces(text, found.start(), found.end(), marks):
            start = _trim_start(masked, start, end)
            tail = _TRAIL.search(text, start, end)
            if tail:
                end = tail.start()
            if end - start >= 2 and any("\u4e00" <= letter <= "\u9fff" for letter in text[start:end]):
                before = clauses[-1].end if clauses else 0
                clauses.append(Clause(start, end, bool(clauses) and relations().announces(text[before:start], marks)))
                if len(clauses) >= _MAX_CLAUSES:
                    return clauses
    return clauses


def _pieces(text: str, start: int, end: int, marks: Marks) -> list[tuple[int, int]]:
    """A stretch between marks, cut where spaces or joining words stand between two troubles."""
    pieces = [(start, end)]
    if " " in text[start:end]:
        words = [(start + word.start(), start + word.end()) for word in _SPACES.finditer(text[start:end])]
        # A short stretch may be one trouble typed with a space in it; then a part alone names no state.
        if end - start > _SPACED or all(relations().names_a_state(text[low:high], marks) for low, high in words):
            pieces = words
    cut: list[tuple[int, int]] = []
    for low, high in pieces:
        for joint in _JOINT.finditer(text, low + 1, high):
            if relations().names_a_state(text[low : joint.start()], marks) and high - joint.end() > 1:
                cut.append((low, joint.start()))
                low = joint.start()
        cut.append((low, high))
    return cut


def _mask(text: str, used: Sequence[tuple[int, int]]) -> str:
    letters = list(text)
    for start, end in used:
        letters[start:end] = "\0" * (end - start)
    return "".join(letters)


def _trim_start(masked: str, start: int, end: int) -> int:
    while start < end:
        if masked[start] == "\0":
            start += 1
            continue
        lead = _LEAD.match(masked, start, end)
        if lead and lead.end() > start:
            start = lead.end()
            continue
        # "那个楼顶", "的楼道": a joint between address and trouble.
        if masked[start] in "的那，, " and start > 0 and masked[start - 1] == "\0":
            start += 1
            continue
        break
    return start
