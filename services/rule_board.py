"""The rule board: for each word of the lexicon its hits, its overlaps and conflicts, and how often it was right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from weakref import WeakKeyDictionary

from sqlalchemy import func, select
from sqlalchemy.engine import Engine as DatabaseEngine

from models import Complaint, Correction, Session
from nlp.engine import Engine
from nlp.training.vectors import training_text
from services.corrections import list_known
from services.engine_in_use import engine_in_use

SAMPLED = 2_000
"""Hits are counted in so many of the newest complaints, precision in so many of the newest corrected ones."""
PAGE = 40
OVERLAPS_SHOWN = 5
VIEWS = ("hits", "conflicts", "weak", "edited")
WEAK_BELOW = 0.6


@dataclass(frozen=True, slots=True)
class Speaks:
    """A subject a word speaks for. ``right`` of ``n`` corrected complaints with the word were of this subject."""

    code: str
    weight: float
    n: int
    right: int


@dataclass(frozen=True, slots=True)
class Line:
    """One word of the board. ``overlaps`` are other words inside it or around it that speak for something else."""

    word: str
    groups: tuple[str, ...]
    speaks: tuple[Speaks, ...]
    hits: int
    overlaps: tuple[str, ...]
    is_edited: bool
    is_silent: bool

    @property
    def is_conflict(self) -> bool:
        """The same word speaks for more than one subject."""
        return len(self.speaks) > 1


@dataclass(frozen=True, slots=True)
class Board:
    """A page of the board: ``total`` words fit, ``sampled`` complaints and ``corrected`` ones were counted."""

    lines: tuple[Line, ...]
    total: int
    sampled: int
    corrected: int


@dataclass(frozen=True, slots=True)
class _Counts:
    mark: tuple[int, int]
    engine: Engine
    hits: Counter[str]
    known: Counter[str]
    right: Counter[tuple[str, str]]
    sampled: int
    corrected: int


_COUNTS: WeakKeyDictionary[DatabaseEngine, _Counts] = WeakKeyDictionary()
_COUNTING = Lock()


def read_board(
    session: Session, *, query: str = "", subject: str | None = None, view: str = "hits", page: int = 0
) -> Board:
    """Words that hold ``query``, most hits first: three queries, and none where nothing was filed or taught since.

    ``view`` hits is all words, conflicts those with several subjects, weak those mostly wrong on corrected complaints,
    edited those the desk taught.
    """
    counts = _counts(session)
    words = counts.engine.lexicon.words
    lines = []
    for word, (groups, subjects) in words.items():
        if query and query not in word:
            continue
        if subject is not None and subject not in (code for code, _ in subjects):
            continue
        n = counts.known[word]
        speaks = tuple(Speaks(code, weight, n, counts.right[word, code]) for code, weight in subjects)
        is_edited = word in counts.engine.taught
        is_silent = word in counts.engine.lexicon.silent
        line = Line(word, groups, speaks, counts.hits[word], (), is_edited, is_silent)
        if _fits(line, view):
            lines.append(line)
    lines.sort(key=lambda line: (-line.hits, line.word))
    shown = lines[page * PAGE : (page + 1) * PAGE]
    return Board(tuple(_with_overlaps(line, words) for line in shown), len(lines), counts.sampled, counts.corrected)


def _fits(line: Line, view: str) -> bool:
    if view == "conflicts":
        return line.is_conflict
    if view == "edited":
        return line.is_edited
    if view == "weak":
        return any(one.n and one.right < WEAK_BELOW * one.n for one in line.speaks)
    return True


def _with_overlaps(line: Line, words: dict[str, tuple[tuple[str, ...], tuple[tuple[str, float], ...]]]) -> Line:
    own = {one.code for one in line.speaks}
    found = [
        word
        for word, (_, subjects) in words.items()
        if word != line.word and (word in line.word or line.word in word) and {code for code, _ in subjects} - own
    ]
    found.sort(key=lambda word: (len(word), word))
    return Line(
        line.word, line.groups, line.speaks, line.hits, tuple(found[:OVERLAPS_SHOWN]), line.is_edited, line.is_silent
    )


def _counts(session: Session) -> _Counts:
    """Counted once and kept until something is filed, corrected or taught."""
    bind = session.get_bind()
    assert isinstance(bind, DatabaseEngine)
    engine = engine_in_use(session)
    row = session.execute(
        select(
            select(func.max(Complaint.id)).scalar_subquery().label("complaint"),
            select(func.max(Correction.id)).scalar_subquery().label("correction"),
        )
    ).one()
    mark = (row.complaint or 0, row.correction or 0)
    with _COUNTING:
        kept = _COUNTS.get(bind)
        if kept is None or kept.mark != mark or kept.engine is not engine:
            kept = _COUNTS[bind] = _count(session, engine, mark)
        return kept


def _count(session: Session, engine: Engine, mark: tuple[int, int]) -> _Counts:
    texts = session.scalars(select(Complaint.first_text).order_by(Complaint.id.desc()).limit(SAMPLED)).all()
    hits: Counter[str] = Counter()
    for text in texts:
        hits.update(_words(engine, text))
    known: Counter[str] = Counter()
    right: Counter[tuple[str, str]] = Counter()
    corrected = list_known(session)[-SAMPLED:]
    for one in corrected:
        for word in _words(engine, one.text):
            known[word] += 1
            right[word, one.label] += 1
    return _Counts(mark, engine, hits, known, right, len(texts), len(corrected))


def _words(engine: Engine, text: str) -> Sequence[str]:
    return list({hit.word for hit in engine.lexicon.read(training_text(text)).hits})
