"""The shelf: complaints that nothing covered, and the words that stand in them and in no lexicon."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import select

from models import Complaint, Session
from nlp.segment import segment
from nlp.training.messages import load_messages
from nlp.training.vectors import training_text
from services.access import Viewer, visible_community_ids
from services.engine_in_use import engine_in_use

LOOKED_AT = 2_000
"""The newest complaints of the viewer's places that are looked through."""
LISTED = 40
SUGGESTED = 24
UNSURE_BELOW = 0.35
UNSORTED = "N12"
SEEN_ENOUGH = 2
_OUTSIDE_SHARE = 3.0
_EVERYDAY_EACH = 4
_EVERYDAY_SHARE = 0.005
"""A suggested word stands at least so many times more often on the shelf than elsewhere."""


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A complaint on the shelf and why: ``unsorted`` (N12), ``no_word`` of the lexicon, or ``unsure``."""

    number: str
    words: str
    subject: str
    confidence: float
    submitted_at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """``total`` of the newest ``looked_at`` complaints are on it; ``suggestions`` are words with how many hold them."""

    rows: tuple[Uncovered, ...]
    total: int
    looked_at: int
    suggestions: tuple[tuple[str, int], ...]


def read_shelf(session: Session, viewer: Viewer) -> Shelf:
    """The newest complaints nothing covered, and suggested words: two queries."""
    query = (
        select(
            Complaint.number, Complaint.first_text, Complaint.subject_code, Complaint.confidence, Complaint.problems,
            Complaint.submitted_at,
        )
        .order_by(Complaint.id.desc())
        .limit(LOOKED_AT)
    )  # fmt: skip
    mine = visible_community_ids(session, viewer)
    if mine is not None:
        query = query.where(Complaint.community_id.in_(mine))
    found: list[Uncovered] = []
    elsewhere: list[str] = []
    rows = session.execute(query).all()
    for row in rows:
        why = _why(row.subject_code, row.confidence, row.problems)
        if why is None:
            elsewhere.append(row.first_text)
        else:
            found.append(Uncovered(row.number, row.first_text, row.subject_code, row.confidence, row.submitted_at, why))
    known = engine_in_use(session).lexicon.words
    suggestions = suggest_words([one.words for one in found], elsewhere, known.keys())
    return Shelf(tuple(found[:LISTED]), len(found), len(rows), suggestions)


def suggest_words(uncovered: Sequence[str], elsewhere: Sequence[str], known: Any) -> tuple[tuple[str, int], ...]:
    """Words that many uncovered texts hold and few others, and that no lexicon knows, most telling first."""
    everyday, everyday_n = _everyday()
    here, there = _counted(uncovered), _counted(elsewhere) + everyday
    share = (len(uncovered) + 1) / (len(elsewhere) + everyday_n + 1)
    telling: list[tuple[float, str, int]] = []
    for word, count in here.items():
        if count < SEEN_ENOUGH or word in known or everyday[word] > _EVERYDAY_SHARE * everyday_n:
            continue
        lift = count / ((there[word] + 0.5) * share)
        if lift >= _OUTSIDE_SHARE:
            telling.append((count * min(lift, 20.0), word, count))
    telling.sort(key=lambda entry: (-entry[0], entry[1]))
    return tuple((word, count) for _, word, count in telling[:SUGGESTED])


@cache
def _everyday() -> tuple[Counter[str], int]:
    """The words of some of the shipped messages, and how many: what is common there the model knows already."""
    texts = [message.text for message in load_messages()[::_EVERYDAY_EACH]]
    return _counted(texts), len(texts)


def _counted(texts: Sequence[str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update({word for word in segment(training_text(text)) if _is_word(word)})
    return counts


def _is_word(word: str) -> bool:
    return 2 <= len(word) <= 8 and all("\u4e00" <= letter <= "\u9fff" for letter in word)


def _why(subject: str, confidence: float, problems: Sequence[Mapping[str, Any]] | None) -> str | None:
    if subject == UNSORTED:
        return "unsorted"
    if confidence < UNSURE_BELOW:
        return "unsure"
    reasons = [str(reason.get("why", "")) for one in problems or () for reason in one.get("evidence") or ()]
    if reasons and not any(why.startswith(("word:", "rule:")) for why in reasons):
        return "no_word"
    return None
