"""What the desk has taught: edits of the lexicon, versions of the model, which one is in use, and training runs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Float, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, reference


class LexiconEdit(Base):
    """One edit of one word, appended, never changed. ``undoes_id`` names the edit that this one takes back."""

    __tablename__ = "lexicon_edit"
    __table_args__ = (CheckConstraint("weight >= 0", name="weight_not_negative"),)

    id: Mapped[Id]
    word: Mapped[str] = mapped_column(String(40), index=True)
    subject_code: Mapped[str] = mapped_column(String(4), comment="A01 … N12")
    weight: Mapped[float] = mapped_column(Float, comment="0 takes the word from the subject")
    moved_from: Mapped[str | None] = mapped_column(String(4), comment="a subject it speaks for no longer")
    exclusions: Mapped[Any] = mapped_column(JSON, comment="longer phrases in which the word means nothing")
    must_match: Mapped[str] = mapped_column(Text)
    must_not_match: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(String(300))
    by: Mapped[str] = mapped_column(String(60), comment="staff:<user name>")
    at: Mapped[datetime]
    undoes_id: Mapped[int | None] = reference("lexicon_edit.id", nullable=True)


class ModelVersion(Base):
    """One trained version of the product's model: a file under the data folder and what was measured of it."""

    __tablename__ = "model_version"
    __table_args__ = (UniqueConstraint("number"),)

    id: Mapped[Id]
    number: Mapped[int]
    path: Mapped[str] = mapped_column(String(200), comment="under the data folder")
    digest: Mapped[str] = mapped_column(String(64), comment="SHA-256 of the file")
    figures: Mapped[Any] = mapped_column(JSON, comment="what was measured, old against new")
    by: Mapped[str] = mapped_column(String(60))
    made_at: Mapped[datetime]


class ModelUse(Base):
    """Which version is in use since when, appended, never changed; the newest row counts.

    Without a version it is the shipped model. ``is_rollback``: the one in use before the last choice is back.
    """

    __tablename__ = "model_use"

    id: Mapped[Id]
    version_id: Mapped[int | None] = reference("model_version.id", nullable=True)
    is_rollback: Mapped[bool] = mapped_column(default=False)
    by: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]


class ModelTraining(Base):
    """One training run: how far it is, and how it ended. At most one is running."""

    __tablename__ = "model_training"
    __table_args__ = (UniqueConstraint("is_running"),)

    id: Mapped[Id]
    is_running: Mapped[bool | None] = mapped_column(comment="true while it runs, then empty; so there is one at most")
    step: Mapped[str] = mapped_column(String(20))
    share: Mapped[float] = mapped_column(Float, comment="how much is done, 0 to 1")
    by: Mapped[str] = mapped_column(String(60))
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(comment="last sign of life")
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(20), comment="verdict on the version, failed or broken_off")
    problem: Mapped[str | None] = mapped_column(String(300))
    version_id: Mapped[int | None] = reference("model_version.id", nullable=True, index=False)
