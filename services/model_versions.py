"""Versions of the product's model: trained one at a time, kept as files, taken into use and rolled back."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from models import Correction, ModelTraining, ModelUse, ModelVersion, Session
from nlp.loading import ResourceError
from nlp.model import LinearModel, save
from services import audit
from services.engine_in_use import load_version, look_again, versions_in_turn
from services.errors import Conflict, InvalidInput, NotFound
from services.ports import Act

FOLDER = "models"
LISTED = 50
GONE_AFTER = timedelta(seconds=90)
"""A run without a sign of life for so long has ended with its process."""
TAKEN = frozenset({"better", "too_few_better"})
"""Verdicts with which a version is taken into use."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A version as shown; ``problem`` says why its file cannot be used."""

    version: ModelVersion
    is_in_use: bool
    problem: str | None = None


def begin_training(session: Session, act: Act) -> ModelTraining:
    """A new run, unless one is running. Raises Conflict with ``by`` and ``at`` of the one that is."""
    running = find_running(session)
    if running is not None:
        if act.now - running.seen_at < GONE_AFTER:
            raise Conflict(what="training", by=running.by, at=running.started_at)
        _end(running, "broken_off", act.now)
        session.flush()
    run = ModelTraining(is_running=True, step="read", share=0.0, by=act.by, started_at=act.now, seen_at=act.now)
    try:
        with session.begin_nested():
            session.add(run)
    except IntegrityError:
        raise Conflict(what="training", by=act.by, at=act.now) from None  # another press came first
    return run


def note_step(session: Session, run_id: int, step: str, share: float, now: datetime) -> None:
    """How far a run is."""
    run = session.get(ModelTraining, run_id)
    if run is not None and run.is_running:
        run.step, run.share, run.seen_at = step, share, now


def note_alive(session: Session, run_id: int, now: datetime) -> None:
    run = session.get(ModelTraining, run_id)
    if run is not None and run.is_running:
        run.seen_at = now


def fail_training(session: Session, run_id: int, problem: str, now: datetime) -> None:
    run = session.get(ModelTraining, run_id)
    if run is not None and run.is_running:
        _end(run, "failed", now)
        run.problem = problem[:300]


def finish_training(
    session: Session, run_id: int, model: LinearModel, figures: Mapping[str, Any], verdict: str, act: Act
) -> ModelVersion:
    """Write the version's file, then its row; it is taken into use when the verdict says it is better.

    Raises OSError when the file cannot be written.
    """
    number = (session.scalar(select(func.max(ModelVersion.number))) or 0) + 1
    path, digest = _write(session.info["data_dir"], number, model)
    version = ModelVersion(number=number, path=path, digest=digest, figures=dict(figures), by=act.by, made_at=act.now)
    session.add(version)
    session.flush()
    audit.record(session, "model:trained", version, actor=act.by, now=act.now, verdict=verdict)
    run = session.get(ModelTraining, run_id)
    if run is not None and run.is_running:
        _end(run, verdict, act.now)
        run.version_id = version.id
    if verdict in TAKEN:
        _take(session, version, act)
    return version


def find_running(session: Session) -> ModelTraining | None:
    return session.scalar(select(ModelTraining).where(ModelTraining.is_running.is_(True)))


def find_last_training(session: Session) -> ModelTraining | None:
    return session.scalar(select(ModelTraining).order_by(ModelTraining.id.desc()).limit(1))


def is_alive(run: ModelTraining, now: datetime) -> bool:
    """Whether a run that has not ended still shows signs of life."""
    return bool(run.is_running) and now - run.seen_at < GONE_AFTER


def version_in_use(session: Session) -> ModelVersion | None:
    """The version the database says is in use; None is the shipped one."""
    return versions_in_turn(session)[-1]


def may_roll_back(session: Session) -> bool:
    """Whether another version was in use before."""
    return len(versions_in_turn(session)) > 1


def list_versions(session: Session) -> list[Listed]:
    """The newest versions first, each with what is wrong with its file: two queries."""
    chosen = version_in_use(session)
    rows = session.scalars(select(ModelVersion).order_by(ModelVersion.number.desc()).limit(LISTED)).all()
    data_dir: Path = session.info["data_dir"]
    return [Listed(row, row is chosen, _quick_problem(data_dir, row)) for row in rows]


def use_version(session: Session, number: int | None, act: Act) -> ModelVersion | None:
    """Take a version into use; None is the shipped one.

    Raises:
        NotFound: there is no such version.
        Conflict: it is in use already.
        InvalidInput: its file cannot be used; ``why`` names the file.
    """
    version = None
    if number is not None:
        version = session.scalar(select(ModelVersion).where(ModelVersion.number == number))
        if version is None:
            raise NotFound(what="model_version")
    if version is version_in_use(session):
        raise Conflict(what="model_use")
    _check(session, version)
    return _take(session, version, act)


def roll_back(session: Session, act: Act) -> ModelVersion | None:
    """The version in use before the last choice is in use again; None is the shipped one. Returns it.

    Raises Conflict when nothing was in use before, InvalidInput when its file cannot be used.
    """
    turn = versions_in_turn(session)
    if len(turn) < 2:
        raise Conflict(what="rollback")
    before = turn[-2]
    _check(session, before)
    return _take(session, before, act, is_rollback=True)


def last_correction_id(session: Session) -> int:
    return session.scalar(select(func.max(Correction.id))) or 0


def _take(
    session: Session, version: ModelVersion | None, act: Act, *, is_rollback: bool = False
) -> ModelVersion | None:
    row = ModelUse(version_id=version.id if version else None, is_rollback=is_rollback, by=act.by, at=act.now)
    session.add(row)
    session.flush()
    tag = "model:rolled_back" if is_rollback else "model:used"
    audit.record(session, tag, row, actor=act.by, now=act.now, number=version.number if version else None)
    look_again(session)
    return version


def _check(session: Session, version: ModelVersion | None) -> None:
    if version is None:
        return
    try:
        load_version(session.info["data_dir"], version)
    except ResourceError as problem:
        raise InvalidInput(field="number", reason="not_usable", why=str(problem)) from None


def _quick_problem(data_dir: Path, version: ModelVersion) -> str | None:
    return None if (data_dir / version.path).is_file() else f"{Path(version.path).name}: is missing"


def _write(data_dir: Path, number: int, model: LinearModel) -> tuple[str, str]:
    """Writes the file beside its place and moves it there whole; returns its path under the data folder, and digest."""
    name = f"version-{number:04d}.npz"
    folder = data_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{name}.{os.getpid()}"
    try:
        save(draft, model)
        digest = hashlib.sha256(draft.read_bytes()).hexdigest()
        draft.replace(folder / name)
    finally:
        draft.unlink(missing_ok=True)
    return f"{FOLDER}/{name}", digest


def _end(run: ModelTraining, outcome: str, now: datetime) -> None:
    run.is_running, run.outcome, run.ended_at, run.seen_at = None, outcome, now, now
