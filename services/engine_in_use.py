"""The engine this database says is in use: the lexicon with the desk's edits, and the chosen version of the model."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import event, func, select
from sqlalchemy.engine import Engine as DatabaseEngine

from models import LexiconEdit, ModelUse, ModelVersion, Session
from nlp.engine import Engine, shipped
from nlp.lexicon_edits import WordEdit, find_fault, teach
from nlp.loading import ResourceError
from nlp.model import LinearModel
from nlp.model_files import load_sound

log = structlog.get_logger(__name__)

LOOKED_EVERY_SECONDS = 2.0
"""How long this process goes on without asking whether another one has taught something."""

_Mark = tuple[int, int]
"""Ids of the last edit of the lexicon and of the last change of the version in use."""


@dataclass(slots=True)
class _Known:
    looked_at: float
    mark: _Mark
    engine: Engine


_LAST_IDS = select(select(func.max(LexiconEdit.id)).scalar_subquery(), select(func.max(ModelUse.id)).scalar_subquery())

_KNOWN: WeakKeyDictionary[DatabaseEngine, _Known] = WeakKeyDictionary()
_LOADED: dict[str, LinearModel] = {}
_LOADING = Lock()


def engine_in_use(session: Session) -> Engine:
    """The engine to understand a community's residents with; kept in the process until something is taught.

    What this process teaches counts from its commit on, what another teaches within LOOKED_EVERY_SECONDS. A version
    whose file is broken is named in the log, and the one used before it, in the end the shipped one, answers.
    """
    bind = session.get_bind()
    assert isinstance(bind, DatabaseEngine)
    known = _KNOWN.get(bind)
    now = time.monotonic()
    if known is not None and now - known.looked_at < LOOKED_EVERY_SECONDS:
        return known.engine
    mark = _mark(session)
    if known is not None and known.mark == mark:
        known.looked_at = now
        return known.engine
    # One request loads; those that come meanwhile go on with what is there.
    if not _LOADING.acquire(blocking=known is None):
        assert known is not None
        return known.engine
    try:
        engine = _build(session)
        _KNOWN[bind] = _Known(now, mark, engine)
    finally:
        _LOADING.release()
    return engine


def look_again(session: Session) -> None:
    """Something was taught in this session: once it is committed, this process looks at once."""
    bind = session.get_bind()

    @event.listens_for(session, "after_commit", once=True)
    def _forget(_session: Session) -> None:
        known = _KNOWN.get(bind) if isinstance(bind, DatabaseEngine) else None
        if known is not None:
            known.looked_at = float("-inf")


def live_edits(session: Session) -> list[LexiconEdit]:
    """The edits that count, oldest first: neither taken back nor taking back; a taking back may be taken back too."""
    rows = session.scalars(select(LexiconEdit).order_by(LexiconEdit.id)).all()
    undone: set[int] = set()
    live: list[LexiconEdit] = []
    for row in reversed(rows):
        if row.id in undone:
            continue
        if row.undoes_id is not None:
            undone.add(row.undoes_id)
        else:
            live.append(row)
    return live[::-1]


def live_word_edits(session: Session) -> list[WordEdit]:
    """The edits that count, for the lexicon; one this release cannot use is named in the log and left out."""
    usable = []
    for row in live_edits(session):
        edit = as_word_edit(row)
        fault = find_fault(edit)
        if fault is None:
            usable.append(edit)
        else:
            log.error("lexicon_edit_not_usable", edit=row.id, field=fault.field, why=fault.code)
    return usable


def as_word_edit(row: LexiconEdit) -> WordEdit:
    return WordEdit(
        row.word,
        row.subject_code,
        row.weight,
        row.moved_from,
        tuple(row.exclusions or ()),
        row.must_match,
        row.must_not_match,
    )


def load_version(data_dir: Path, version: ModelVersion) -> LinearModel:
    """The model of a version.

    Raises:
        ResourceError: its file is missing, damaged, changed since it was written, or of another release.
    """
    path = data_dir / version.path
    if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() != version.digest:
        raise ResourceError(f"{path.name}: is damaged (it is not the file that was written)")
    kept = _LOADED.get(version.digest)
    if kept is not None and path.is_file():
        return kept
    model = load_sound(path)
    if model.fingerprint != shipped().model.fingerprint:
        raise ResourceError(f"{path.name}: was made with another release; train a new version")
    _LOADED.clear()  # one version in memory beside the shipped one
    _LOADED[version.digest] = model
    return model


def versions_in_turn(session: Session) -> list[ModelVersion | None]:
    """The versions taken into use one after the other and not rolled back, the one in use last; None is the shipped.

    It begins with the shipped one.
    """
    rows = session.execute(
        select(ModelUse.is_rollback, ModelVersion)
        .outerjoin(ModelVersion, ModelVersion.id == ModelUse.version_id)
        .order_by(ModelUse.id)
    ).tuples()
    turn: list[ModelVersion | None] = [None]
    for is_rollback, version in rows:
        if not is_rollback:
            turn.append(version)
        elif len(turn) > 1:
            turn.pop()
    return turn


def _mark(session: Session) -> _Mark:
    edit, use = session.connection().execute(_LAST_IDS).one()
    return edit or 0, use or 0


def _build(session: Session) -> Engine:
    base = shipped()
    edits = live_word_edits(session)
    model = _model(session)
    return teach(base if model is base.model else Engine(base.lexicon, model), edits)


def _model(session: Session) -> LinearModel:
    data_dir: Path = session.info["data_dir"]
    for version in reversed(versions_in_turn(session)):
        if version is None:
            break
        try:
            return load_version(data_dir, version)
        except ResourceError as problem:
            log.error("model_not_usable", version=version.number, file=str(data_dir / version.path), why=str(problem))
    return shipped().model
