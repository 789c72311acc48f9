"""What an edit of the lexicon would move among past complaints, before it is saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from models import Complaint, Correction, Session
from nlp.engine import Engine
from nlp.understand import understand
from nlp.understanding import Context
from services.access import Viewer, visible_community_ids
from services.corrections import live_category
from services.lexicon import Checked

SEARCHED_BACK = 50_000
"""How many of the newest complaints are searched for the word."""
MOST_READ = 400
MOST_LETTERS = 12_000
"""How many of those that hold it, and how much text, are understood anew with the old and the new lexicon.

About a second's work, so that nobody waits for a bar."""
MOST_FOUND = 5_000
LISTED = 60
_AT = datetime(2026, 11, 24, 8, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Moved:
    """A past complaint that would be understood otherwise. An empty ``after``: nothing would be filed of it.

    ``is_against``: a person said that what was understood before is right; ``is_with``: that the new one is.
    ``words`` is empty for a complaint in a place the viewer does not work for.
    """

    number: str
    words: str
    before: str
    after: str
    is_against: bool
    is_with: bool
    is_visible: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """``found`` past complaints hold the word, the newest ``read`` of them were understood anew.

    ``is_capped``: more hold it than were counted. ``examples`` is what the two examples are understood as, without and
    with the edit.
    """

    found: int
    is_capped: bool
    read: int
    moved: tuple[Moved, ...]
    routes: tuple[tuple[str, str, int], ...]
    examples: Mapping[str, tuple[str, str]]

    @property
    def against(self) -> int:
        return sum(one.is_against for one in self.moved)

    @property
    def agreeing(self) -> int:
        return sum(one.is_with for one in self.moved)


def preview(session: Session, viewer: Viewer, checked: Checked) -> Preview:
    """Understand the past complaints that hold the word once without and once with the edit: four queries.

    The exclusions of a word are longer phrases with the word in them, so the word finds them too.
    """
    word = checked.edit.word
    recent = select(Complaint.id).order_by(Complaint.id.desc()).limit(SEARCHED_BACK).subquery()
    ids = session.scalars(
        select(Complaint.id)
        .join(recent, recent.c.id == Complaint.id)
        .where(Complaint.first_text.contains(word, autoescape=True))
        .order_by(Complaint.id.desc())
        .limit(MOST_FOUND)
    ).all()
    chosen = ids[:MOST_READ]
    rows = session.execute(
        select(
            Complaint.id, Complaint.number, Complaint.community_id, Complaint.first_text, Complaint.subject_code,
            Complaint.submitted_at,
        ).where(Complaint.id.in_(chosen)).order_by(Complaint.id.desc())
    ).all()  # fmt: skip
    said: dict[int, tuple[str, str]] = {}
    decided = session.execute(
        select(Correction.complaint_id, Correction.old, Correction.new)
        .where(Correction.complaint_id.in_(chosen), live_category())
        .order_by(Correction.id)
    )
    for complaint_id, old, new in decided.tuples():
        said[complaint_id] = (said.get(complaint_id, (old or "", ""))[0], new or "")
    mine = visible_community_ids(session, viewer)
    moved: list[Moved] = []
    letters = read = 0
    for row in rows:
        letters += len(row.first_text)
        if read and letters > MOST_LETTERS:
            break
        read += 1
        understood, label = said.get(row.id, (row.subject_code, ""))
        context = Context(at=row.submitted_at)
        route = _route(checked, row.first_text, understood, context)
        if route is None:
            continue
        before, after = route
        is_visible = mine is None or row.community_id in mine
        words = row.first_text if is_visible else ""
        moved.append(Moved(row.number, words, before, after, label == before, label == after, is_visible))
    counted = Counter((one.before, one.after) for one in moved)
    return Preview(
        len(ids),
        len(ids) == MOST_FOUND,
        read,
        tuple(moved),
        tuple((before, after, count) for (before, after), count in counted.most_common()),
        _examples(checked),
    )


def _route(checked: Checked, text: str, understood: str, context: Context) -> tuple[str, str] | None:
    """From which subject to which a complaint would move; None when it stays."""
    had = understand(text, context, checked.before).categories
    has = understand(text, context, checked.after).categories
    if had == has or not had:
        return None
    own = understood if understood in had else had[0]
    if own in has:
        return None
    return own, next((code for code in has if code not in had), has[0] if has else "")


def _examples(checked: Checked) -> dict[str, tuple[str, str]]:
    return {
        text: (_first(checked.before, text), _first(checked.after, text))
        for text in (checked.edit.must_match, checked.edit.must_not_match)
        if text
    }


def _first(engine: Engine, text: str) -> str:
    read = understand(text, Context(at=_AT), engine)
    return read.candidates[0].category
