"""The check-up of an installation: one finding per matter, and whether it must be mended. Words are the caller's."""

from __future__ import annotations

import hashlib
import os
import stat
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import exists, func, select

from models import (
    Channel,
    Community,
    ContactPoint,
    Inbox,
    InboxState,
    ModelUse,
    ModelVersion,
    OnCall,
    Outbox,
    OutboxState,
    Session,
    StaffUser,
)
from services.deadlines import ZONE, is_known_year
from services.delivery import PULL_CHANNELS
from settings import Settings

ANSWERED_WITHIN = timedelta(minutes=5)
SAID_MOST = 5
"""Communities named one by one; of more only the number is said."""
TELEPHONES = ("phone", "night_phone", "gas_hotline", "property_phone", "housing_phone", "water_hotline")
"""Numbers residents are given; a safety script leaves out what is not set."""
NEEDED = ("phone",)


class Level(StrEnum):
    OK = "ok"
    NOTE = "note"
    MEND = "mend"
    """Something will go wrong for somebody until it is mended."""


@dataclass(frozen=True, slots=True)
class Finding:
    """``code`` names the sentence, ``facts`` fill it."""

    level: Level
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def check_files(settings: Settings) -> Iterator[Finding]:
    """The data folder can be written, and nobody else can read the keys."""
    folder = settings.data_dir
    probe = folder / f".probe-{uuid.uuid4().hex}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"1")
        probe.unlink()
    except OSError as error:
        yield Finding(Level.MEND, "folder_not_writable", {"folder": str(folder), "why": error.strerror})
        return
    free = _free_megabytes(folder)
    if free is not None and free < 500:
        yield Finding(Level.MEND if free < 50 else Level.NOTE, "disk_nearly_full", {"free_mb": free})
    else:
        yield Finding(Level.OK, "folder_writable", {"folder": str(folder)})
    yield from _check_keys(folder / "keys")


def check_settings(settings: Settings, now: datetime) -> Iterator[Finding]:
    """What may be sent unasked, Telegram, the demo's password, and the holiday table."""
    yield Finding(Level.OK if settings.delivery.mode == "live" else Level.NOTE, f"delivery_{settings.delivery.mode}")
    yield Finding(Level.OK, "telegram_on" if settings.telegram.token else "telegram_off")
    if settings.web.host not in ("127.0.0.1", "localhost", "::1"):
        yield Finding(Level.NOTE, "open_to_network", {"host": settings.web.host})
    year = now.astimezone(ZONE).year
    if not is_known_year(year):
        yield Finding(Level.MEND, "holidays_unknown", {"year": year})
    elif not is_known_year(year + 1):
        yield Finding(Level.NOTE, "holidays_unknown", {"year": year + 1})
    else:
        yield Finding(Level.OK, "holidays_known", {"year": year + 1})


def check_places(session: Session) -> Iterator[Finding]:
    """Somebody is on call in each community and can be reached, and its residents can be given a number."""
    communities = session.scalars(select(Community).order_by(Community.code)).all()
    if not communities:
        yield Finding(Level.NOTE, "no_community")
        return
    yield Finding(Level.OK, "communities", {"count": len(communities)})
    has_on_call = set(session.scalars(select(OnCall.community_id).distinct()))
    yield from _named([one for one in communities if one.id not in has_on_call], Level.MEND, "nobody_on_call")
    for name in TELEPHONES:
        level = Level.MEND if name in NEEDED else Level.NOTE
        without = [one for one in communities if not getattr(one, name).strip()]
        yield from _named(without, level, "no_telephone", field=name)


def check_people(session: Session) -> Iterator[Finding]:
    """Accounts exist, and those on call have a chat that wakes them."""
    count = session.scalar(select(func.count(StaffUser.id)).where(StaffUser.is_active)) or 0
    yield Finding(Level.OK if count else Level.NOTE, "accounts" if count else "no_accounts", {"count": count})
    is_linked = exists().where(ContactPoint.staff_id == StaffUser.id, ContactPoint.unreachable_at.is_(None))
    on_call = exists().where(OnCall.staff_id == StaffUser.id)
    people = session.scalars(select(StaffUser).where(on_call).order_by(StaffUser.username)).all()
    linked = set(session.scalars(select(StaffUser.id).where(on_call, is_linked)))
    for person in [one for one in people if one.id not in linked][:SAID_MOST]:
        yield Finding(Level.NOTE, "not_linked", {"username": person.username})
    unlinked = len([one for one in people if one.id not in linked])
    if unlinked > SAID_MOST:
        yield Finding(Level.NOTE, "more_not_linked", {"count": unlinked - SAID_MOST})
    for person in [one for one in people if not one.is_active]:
        yield Finding(Level.MEND, "closed_account_on_call", {"username": person.username})


def check_traffic(session: Session, settings: Settings, now: datetime) -> Iterator[Finding]:
    """What could not be answered or sent, and what has waited too long."""
    arrived = dict(session.execute(select(Inbox.state, func.count()).group_by(Inbox.state)).tuples().all())
    for state, code in ((InboxState.FAILED, "inbox_failed"), (InboxState.UNREADABLE, "inbox_unreadable")):
        if arrived.get(state):
            level = Level.MEND if state is InboxState.FAILED else Level.NOTE
            yield Finding(level, code, {"count": arrived[state]})
    late = session.scalar(
        select(func.count(Inbox.id)).where(
            Inbox.state == InboxState.RECEIVED, Inbox.received_at < now - ANSWERED_WITHIN
        )
    )
    if late:
        yield Finding(Level.MEND, "inbox_waiting", {"count": late})
    sent = dict(session.execute(select(Outbox.state, func.count()).group_by(Outbox.state)).tuples().all())
    for kept, code in ((OutboxState.FAILED, "outbox_failed"), (OutboxState.HELD, "outbox_held")):
        if sent.get(kept):
            yield Finding(Level.NOTE, code, {"count": sent[kept]})
    served = {*PULL_CHANNELS, *((Channel.TELEGRAM,) if settings.telegram.token else ())}
    unserved = session.scalar(
        select(func.count(Outbox.id))
        .join(ContactPoint, ContactPoint.id == Outbox.contact_point_id)
        .where(Outbox.state == OutboxState.QUEUED, ContactPoint.channel.not_in(served))
    )
    if unserved:
        yield Finding(Level.NOTE, "outbox_without_channel", {"count": unserved})
    if not (arrived.get(InboxState.FAILED) or late):
        yield Finding(Level.OK, "everybody_answered", {"count": arrived.get(InboxState.PROCESSED, 0)})


def check_model(session: Session) -> Iterator[Finding]:
    """The file of the model version in use is there and whole; the shipped model needs no check."""
    use = (
        select(ModelVersion.number, ModelVersion.path, ModelVersion.digest)
        .join(ModelUse, ModelUse.version_id == ModelVersion.id)
        .where(ModelUse.id == select(func.max(ModelUse.id)).scalar_subquery())
    )
    row = session.execute(use).one_or_none()
    if row is None:
        return
    file = session.info["data_dir"] / row.path
    try:
        is_whole = hashlib.sha256(file.read_bytes()).hexdigest() == row.digest
    except OSError:
        is_whole = False
    level, code = (Level.OK, "model_whole") if is_whole else (Level.MEND, "model_broken")
    yield Finding(level, code, {"number": row.number, "file": str(file)})


def _named(communities: Sequence[Community], level: Level, code: str, **facts: Any) -> Iterator[Finding]:
    """One finding per community, and one for the rest; a demo's gaps need no mending."""
    for some, graded in (
        ([one for one in communities if not one.is_demo], level),
        ([one for one in communities if one.is_demo], Level.NOTE),
    ):
        for one in some[:SAID_MOST]:
            yield Finding(graded, code, {"community": one.code, "name": one.name, **facts})
        if len(some) > SAID_MOST:
            yield Finding(graded, f"{code}_more", {"count": len(some) - SAID_MOST, **facts})


def _check_keys(folder: Path) -> Iterator[Finding]:
    if os.name != "posix" or not folder.is_dir():
        return
    open_to_others = [
        path.name
        for path in sorted(folder.iterdir())
        if stat.S_IMODE(path.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO)
    ]
    for name in open_to_others:
        yield Finding(Level.MEND, "key_readable_by_others", {"file": str(folder / name)})
    if not open_to_others:
        yield Finding(Level.OK, "keys_private")


def _free_megabytes(folder: Path) -> int | None:
    if not hasattr(os, "statvfs"):
        return None
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize // (1024 * 1024)
