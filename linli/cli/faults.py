"""What a command says when the ground it stands on fails it: the database, or the disk."""

from __future__ import annotations

import errno

from sqlalchemy.exc import DatabaseError, OperationalError, ProgrammingError

NO_TABLE = ("no such table", "no such column", "does not exist")
DISK = {errno.ENOSPC: "the disk is full", errno.EROFS: "it is read-only", errno.EDQUOT: "the quota is used up"}


def sentence_for(error: Exception) -> str | None:
    """One plain sentence about a fault of the database or the disk; None for anything else, a mistake of ours."""
    if isinstance(error, OperationalError | ProgrammingError) and any(mark in str(error.orig) for mark in NO_TABLE):
        return "The database has not the schema of this version; run: linli db upgrade"
    if isinstance(error, OperationalError):
        return f"The database does not answer ({_first_line(error)}); start it or correct database.url."
    if isinstance(error, DatabaseError) and "not a database" in str(error.orig):
        return "The database file is damaged or no database; put it aside and restore it from a copy."
    if isinstance(error, DatabaseError) and "malformed" in str(error.orig):
        return "The database file is damaged; put it aside and restore it from a copy."
    if isinstance(error, OSError) and error.errno in DISK:
        return f"Nothing could be written: {DISK[error.errno]}."
    return None


def _first_line(error: OperationalError) -> str:
    return (str(error.orig).strip().splitlines() or ["no reason given"])[0]
