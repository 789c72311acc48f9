"""What people at the desk said a complaint is: kept, taken back, and handed on to learn from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from models import Complaint, Correction, Session
from nlp.taxonomy import taxonomy
from services import audit, complaints
from services.errors import Conflict, InvalidInput
from services.ports import Act

CATEGORY = "category"
MOST_READ = 20_000
_CHUNK = 500
# Telephone and identity numbers teach nothing and must not become features.
_LONG_NUMBER = re.compile(r"\d{5,}")


@dataclass(frozen=True, slots=True)
class Known:
    """A complaint whose subject a person decided: its number, the words, what was understood, and what is right."""

    correction_id: int
    complaint_id: int
    number: str
    text: str
    understood: str
    label: str


def live_category() -> ColumnElement[bool]:
    """Whether a correction is of the category, takes nothing back and was not taken back."""
    later = aliased(Correction)
    is_undone = select(later.id).where(later.undoes_id == Correction.id).exists()
    return (Correction.field == CATEGORY) & Correction.undoes_id.is_(None) & ~is_undone


def list_known(session: Session, *, until_id: int | None = None) -> list[Known]:
    """The last word on each complaint somebody decided, oldest first; the newest MOST_READ corrections count."""
    query = (
        select(
            Correction.id, Correction.old, Correction.new, Complaint.id.label("complaint_id"), Complaint.number,
            Complaint.first_text, Complaint.problems, Complaint.conversation_id, Complaint.submitted_at,
        )
        .join(Complaint, Complaint.id == Correction.complaint_id)
        .where(live_category())
        .order_by(Correction.id.desc())
        .limit(MOST_READ)
    )  # fmt: skip
    if until_id is not None:
        query = query.where(Correction.id <= until_id)
    last: dict[int, Any] = {}
    first_old: dict[int, str] = {}
    for row in session.execute(query):
        last.setdefault(row.complaint_id, row)
        first_old[row.complaint_id] = row.old or ""
    shared = _shared(session, [row.conversation_id for row in last.values() if row.conversation_id is not None])
    known = [
        Known(
            row.id,
            row.complaint_id,
            row.number,
            _words(row.first_text, row.problems, is_part=(row.conversation_id, row.submitted_at) in shared),
            first_old[row.complaint_id],
            row.new,
        )
        for row in last.values()
        if row.new and taxonomy().has_subject(row.new)
    ]
    return [one for one in reversed(known) if one.text.strip()]


def decide(session: Session, complaint: Complaint, category: str, act: Act) -> Correction:
    """Keep what a person says this complaint is: another subject, or that the one understood is right.

    Raises InvalidInput for an unknown code and for somebody who is not of the staff.
    """
    if act.staff_id is None or not taxonomy().has_subject(category):
        raise InvalidInput(field="category", reason="unknown")
    if category != complaint.subject_code:
        complaints.set_category(session, complaint, category, act)
        session.flush()
        return _last(session, complaint)
    kept = Correction(complaint_id=complaint.id, field=CATEGORY, old=category, new=category, by=act.by, at=act.now)
    session.add(kept)
    complaints.mark(session, complaint, "confirmed", act, category)
    session.flush()
    audit.record(session, "complaint:confirmed", complaint, actor=act.by, now=act.now, category=category)
    return kept


def take_back(session: Session, complaint: Complaint, act: Act) -> str:
    """Take the last decision on the category back by a new line; the subject is what it was before. Returns it.

    Raises Conflict when nothing is left to take back, or when the subject has been changed since.
    """
    last = session.scalar(
        select(Correction)
        .where(Correction.complaint_id == complaint.id, live_category())
        .order_by(Correction.id.desc())
        .limit(1)
    )
    if last is None or last.new != complaint.subject_code or last.old is None:
        raise Conflict(what="correction")
    session.add(
        Correction(
            complaint_id=complaint.id, field=CATEGORY, old=last.new, new=last.old, by=act.by, at=act.now,
            undoes_id=last.id,
        )
    )  # fmt: skip
    if last.old != complaint.subject_code:
        complaints.mark(session, complaint, "corrected", act, f"{complaint.subject_code}→{last.old}")
        complaint.subject_code, complaint.class_code, complaint.item_code = last.old, last.old[0], None
    else:
        complaints.mark(session, complaint, "unconfirmed", act, last.old)
    session.flush()
    audit.record(session, "complaint:correction_undone", complaint, actor=act.by, now=act.now)
    return last.old


def _last(session: Session, complaint: Complaint) -> Correction:
    return session.scalars(
        select(Correction)
        .where(Correction.complaint_id == complaint.id, Correction.field == CATEGORY)
        .order_by(Correction.id.desc())
        .limit(1)
    ).one()


def _shared(session: Session, conversation_ids: Sequence[int]) -> set[tuple[int, object]]:
    """Messages from which more than one complaint was filed, as (conversation, moment)."""
    found: set[tuple[int, object]] = set()
    ids = sorted(set(conversation_ids))
    for at in range(0, len(ids), _CHUNK):
        rows = session.execute(
            select(Complaint.conversation_id, Complaint.submitted_at)
            .where(Complaint.conversation_id.in_(ids[at : at + _CHUNK]))
            .group_by(Complaint.conversation_id, Complaint.submitted_at)
            .having(func.count() > 1)
        )
        found.update((row.conversation_id, row.submitted_at) for row in rows)
    return found


def _words(text: str, problems: Any, *, is_part: bool) -> str:
    """The words that speak of this complaint: of a message with several troubles only its own stretches."""
    if is_part and problems:
        spans = sorted((problem["start"], problem["end"]) for problem in problems)
        text = "，".join(text[start:end] for start, end in spans) or text
    return _LONG_NUMBER.sub(lambda found: " " * len(found.group()), text)
