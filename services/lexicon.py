"""The lexicon as the desk edits it: an edit is checked, appended, and taken back by another edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, literal, select

from models import LexiconEdit, Session, StaffUser
from nlp.engine import Engine, shipped
from nlp.lexicon import Lexicon
from nlp.lexicon_edits import Refusal, WordEdit, find_broken_example, find_fault, teach, tidy
from nlp.lexicon_guard import find_danger_word, find_lost_danger
from services import audit
from services.engine_in_use import as_word_edit, engine_in_use, live_word_edits, look_again
from services.errors import Conflict, InvalidInput, NotFound
from services.ports import Act

LONGEST_REASON = 300
HISTORY_PAGE = 50


@dataclass(frozen=True, slots=True)
class Checked:
    """An edit that may be saved: as it is stored, and the engines without and with it."""

    edit: WordEdit
    before: Engine
    after: Engine


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history. ``is_live``: it counts now; ``undone_by`` names the line that took it back."""

    row: LexiconEdit
    author: str
    is_live: bool
    undone_by: int | None


def check_edit(session: Session, given: WordEdit) -> Checked:
    """Everything that can be said against an edit before it is saved.

    Raises:
        InvalidInput: a field is wrong, an example does not hold, nothing would change, or a danger word would be
            pushed out; ``field``, ``reason`` and what the reason names.
    """
    edit = tidy(given)
    _refuse(find_fault(edit))
    edits = live_word_edits(session)
    before = _engine(session, edits)
    if not _changes(before.lexicon, edits, edit):
        raise InvalidInput(field="weight", reason="no_change", word=edit.word)
    _refuse(find_danger_word(before.lexicon, edit))
    after = teach(Engine(shipped().lexicon, before.model), [*edits, edit])
    _refuse(find_broken_example(after.lexicon, [*edits, edit]))
    _refuse(find_lost_danger(before, after, edit))
    return Checked(edit, before, after)


def save_edit(session: Session, given: WordEdit, reason: str, act: Act) -> LexiconEdit:
    """Append an edit. Raises InvalidInput as ``check_edit`` does, and for a reason missing or too long."""
    why = reason.strip()
    if not why:
        raise InvalidInput(field="reason", reason="required")
    if len(why) > LONGEST_REASON:
        raise InvalidInput(field="reason", reason="too_long", most=LONGEST_REASON)
    edit = check_edit(session, given).edit
    return _append(session, edit, why, act, undoes_id=None)


def undo_edit(session: Session, edit_id: int, act: Act) -> LexiconEdit:
    """Take an edit back by a new one; taking back what took back brings the first one back.

    Raises:
        NotFound: there is no such edit.
        Conflict: it has been taken back already.
        InvalidInput: without it an example of another edit would not hold, or a danger would be missed.
    """
    row = session.get(LexiconEdit, edit_id)
    if row is None:
        raise NotFound(what="lexicon_edit")
    if edit_id in _undone(session):
        raise Conflict(what="lexicon_edit")
    before = _engine(session, live_word_edits(session))
    undoing = _append(session, as_word_edit(row), "", act, undoes_id=row.id)
    edits = live_word_edits(session)
    after = teach(Engine(shipped().lexicon, before.model), edits)
    _refuse(find_broken_example(after.lexicon, edits))
    # Back towards the lexicon as it was shipped is always allowed, so that is what nothing may be lost against.
    plain = Engine(shipped().lexicon, before.model)
    _refuse(find_lost_danger(plain, after, as_word_edit(row)))
    return undoing


def list_history(session: Session, *, word: str | None = None, before_id: int | None = None) -> list[Entry]:
    """Edits, newest first, a page at a time: three queries."""
    query = (
        select(LexiconEdit, func.coalesce(StaffUser.name, LexiconEdit.by))
        .outerjoin(StaffUser, LexiconEdit.by == literal("staff:") + StaffUser.username)
        .order_by(LexiconEdit.id.desc())
        .limit(HISTORY_PAGE)
    )
    if word is not None:
        query = query.where(LexiconEdit.word == word)
    if before_id is not None:
        query = query.where(LexiconEdit.id < before_id)
    undone = _undone(session)
    return [
        Entry(row, author, row.id not in undone and row.undoes_id is None, undone.get(row.id))
        for row, author in session.execute(query).tuples()
    ]


def last_edit_id(session: Session) -> int:
    """The newest edit's id, 0 when there is none: what a preview was made against."""
    return session.scalar(select(func.max(LexiconEdit.id))) or 0


def current_meaning(lexicon: Lexicon, word: str, edits: Sequence[WordEdit]) -> tuple[dict[str, float], tuple[str, ...]]:
    """What a word says by subject as the lexicon stands, and the phrases in which it means nothing."""
    weights = dict(lexicon.words.get(word, ((), ()))[1])
    mine = [edit for edit in edits if edit.word == word]
    phrases = mine[-1].exclusions if mine else ()
    return weights, phrases


def _engine(session: Session, edits: Sequence[WordEdit]) -> Engine:
    return teach(Engine(shipped().lexicon, engine_in_use(session).model), edits)


def _changes(lexicon: Lexicon, edits: Sequence[WordEdit], edit: WordEdit) -> bool:
    weights, phrases = current_meaning(lexicon, edit.word, edits)
    same_weight = abs(weights.get(edit.subject, 0.0) - edit.weight) < 0.001
    is_moved = edit.moved_from is not None and edit.moved_from in weights
    return not same_weight or is_moved or set(phrases) != set(edit.exclusions)


def _append(session: Session, edit: WordEdit, reason: str, act: Act, *, undoes_id: int | None) -> LexiconEdit:
    row = LexiconEdit(
        word=edit.word,
        subject_code=edit.subject,
        weight=edit.weight,
        moved_from=edit.moved_from,
        exclusions=list(edit.exclusions),
        must_match=edit.must_match,
        must_not_match=edit.must_not_match,
        reason=reason,
        by=act.by,
        at=act.now,
        undoes_id=undoes_id,
    )
    session.add(row)
    session.flush()
    tag = "lexicon:edited" if undoes_id is None else "lexicon:undone"
    audit.record(session, tag, row, actor=act.by, now=act.now, category=edit.subject)
    look_again(session)
    return row


def _undone(session: Session) -> dict[int, int]:
    """Which edit each taken-back edit was taken back by."""
    pairs = session.execute(
        select(LexiconEdit.id, LexiconEdit.undoes_id)
        .where(LexiconEdit.undoes_id.is_not(None))
        .order_by(LexiconEdit.id.desc())
    ).tuples()
    undone: dict[int, int] = {}
    for edit_id, undoes_id in pairs:
        if edit_id not in undone and undoes_id is not None:
            undone[undoes_id] = edit_id
    return undone


def _refuse(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise InvalidInput(field=refusal.field, reason=refusal.code, **refusal.facts)
