"""Staff: accounts, sign-in, and the link from an account to the chat that wakes it."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select, update

from models import Channel, ContactPoint, Event, Place, Role, Session, StaffUser
from services import audit
from services.access import Viewer
from services.errors import InvalidInput, NotFound
from services.places import find_community

MIN_PASSWORD_LENGTH = 8
LINK_CODE_LASTS = timedelta(minutes=30)
CODE_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 8

_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody has this password")


@dataclass(frozen=True, slots=True)
class NewStaff:
    """An account to make. ``community`` is the code of the community it works for; None is everywhere."""

    username: str
    name: str
    password: str
    role: Role
    community: str | None = None
    scope_id: int | None = None
    is_demo: bool = False


def create_staff(session: Session, new: NewStaff, now: datetime, *, by: str = "linli") -> StaffUser:
    """Make an account. Raises InvalidInput (username taken or empty, password short) and NotFound (community)."""
    username = new.username.strip().lower()
    if not username or len(username) > 60:
        raise InvalidInput(field="username", reason="required")
    if len(new.password) < MIN_PASSWORD_LENGTH:
        raise InvalidInput(field="password", reason="too_short")
    if session.scalar(select(StaffUser.id).where(StaffUser.username == username)) is not None:
        raise InvalidInput(field="username", reason="taken")
    scope_id = new.scope_id
    if new.community is not None:
        community = find_community(session, new.community)
        if community is None:
            raise NotFound(what="community")
        scope_id = community.place_id
    person = StaffUser(
        username=username,
        name=new.name.strip() or username,
        password_hash=_hasher.hash(new.password),
        role=new.role,
        scope_id=scope_id,
        is_demo=new.is_demo,
        created_at=now,
    )
    session.add(person)
    session.flush()
    audit.record(session, "staff:created", person, actor=by, now=now, role=new.role)
    return person


def authenticate(session: Session, username: str, password: str, now: datetime) -> StaffUser | None:
    """The account of this name and password; None when either is wrong. Takes as long for both."""
    person = session.scalar(select(StaffUser).where(StaffUser.username == username.strip().lower()))
    known_hash = person.password_hash if person is not None and person.is_active else _NOBODY
    try:
        _hasher.verify(known_hash, password)
    except (VerificationError, InvalidHashError):
        return None
    if person is None or not person.is_active:
        return None
    if _hasher.check_needs_rehash(person.password_hash):
        person.password_hash = _hasher.hash(password)
    audit.record(session, "staff:signed_in", person, actor=f"staff:{person.username}", now=now)
    return person


def set_password(session: Session, person: StaffUser, password: str, now: datetime, *, by: str) -> None:
    """A new password ends every session of this person. Raises InvalidInput when it is short."""
    if len(password) < MIN_PASSWORD_LENGTH:
        raise InvalidInput(field="password", reason="too_short")
    person.password_hash = _hasher.hash(password)
    end_sessions(session, person.id)
    audit.record(session, "staff:password_changed", person, actor=by, now=now)


def end_sessions(session: Session, staff_id: int) -> None:
    """End all sessions of this person, on every machine."""
    session.execute(
        update(StaffUser).where(StaffUser.id == staff_id).values(session_version=StaffUser.session_version + 1)
    )


def find_viewer(session: Session, staff_id: int, session_version: int) -> Viewer | None:
    """The signed-in person, in one query; None for a closed account or a session that was ended."""
    row = session.execute(
        select(
            StaffUser.username,
            StaffUser.name,
            StaffUser.role,
            StaffUser.is_active,
            StaffUser.session_version,
            StaffUser.scope_id,
            Place.path,
        )
        .outerjoin(Place, Place.id == StaffUser.scope_id)
        .where(StaffUser.id == staff_id)
    ).one_or_none()
    if row is None or not row.is_active or row.session_version != session_version:
        return None
    return Viewer(staff_id, row.username, row.name, row.role, row.path if row.scope_id is not None else None)


def set_language(session: Session, staff_id: int, language: str) -> None:
    session.execute(update(StaffUser).where(StaffUser.id == staff_id).values(locale=language))


def find_staff(session: Session, username: str) -> StaffUser | None:
    """The account of this user name, closed or not."""
    return session.scalar(select(StaffUser).where(StaffUser.username == username.strip().lower()))


@dataclass(frozen=True, slots=True)
class Account:
    """An account as a list shows it. ``place`` is None for somebody who works everywhere."""

    username: str
    name: str
    role: Role
    place: str | None
    is_linked: bool


def list_accounts(session: Session) -> list[Account]:
    """Active accounts by user name, and whether a chat is linked that can wake them."""
    is_linked = (
        select(ContactPoint.id)
        .where(ContactPoint.staff_id == StaffUser.id, ContactPoint.unreachable_at.is_(None))
        .exists()
    )
    rows = session.execute(
        select(StaffUser.username, StaffUser.name, StaffUser.role, Place.name, is_linked)
        .outerjoin(Place, Place.id == StaffUser.scope_id)
        .where(StaffUser.is_active)
        .order_by(StaffUser.username)
    )
    return [Account(*row) for row in rows]


def list_contacts(session: Session, staff_id: int) -> list[ContactPoint]:
    """The chats linked to this account."""
    return list(
        session.scalars(select(ContactPoint).where(ContactPoint.staff_id == staff_id).order_by(ContactPoint.id))
    )


def make_link_code(session: Session, staff_id: int, now: datetime) -> str:
    """Eight characters, good once and for thirty minutes, that link a chat to this account.

    Kept as the hash in the audit trail, so no table holds a usable code.
    """
    import secrets

    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    person = session.get_one(StaffUser, staff_id)
    audit.record(
        session, "staff:link_offered", person, actor=f"staff:{person.username}", now=now, code=_code_hash(code)
    )
    return code


def redeem_link_code(
    session: Session, code: str, channel: Channel, external_id: str, now: datetime
) -> StaffUser | None:
    """Link this chat to the account the code was made for; None for a wrong, old or used code.

    A chat that belonged to a resident stays theirs and is not linked.
    """
    wanted = _code_hash(code.strip().upper())
    recent = session.scalars(
        select(Event)
        .where(Event.tag.in_(("staff:link_offered", "staff:linked")), Event.at > now - LINK_CODE_LASTS)
        .order_by(Event.id.desc())
        .limit(500)
    ).all()
    matching = [event for event in recent if hmac.compare_digest(str(event.fields.get("code", "")), wanted)]
    if len(matching) != 1 or matching[0].tag != "staff:link_offered" or matching[0].subject_id is None:
        return None
    person = session.get_one(StaffUser, matching[0].subject_id)
    contact = session.scalar(
        select(ContactPoint).where(ContactPoint.channel == channel, ContactPoint.external_id == external_id)
    )
    if contact is not None and contact.resident_id is not None:
        return None
    if contact is None:
        contact = ContactPoint(channel=channel, external_id=external_id, created_at=now)
        session.add(contact)
    contact.staff_id, contact.is_listed, contact.unreachable_at = person.id, True, None
    session.flush()
    audit.record(session, "staff:linked", person, actor=f"staff:{person.username}", now=now, code=wanted)
    return person


def unlink_contact(session: Session, staff_id: int, contact_id: int, now: datetime) -> None:
    """Take a chat off this account: it is told nothing more."""
    contact = session.get(ContactPoint, contact_id)
    if contact is None or contact.staff_id != staff_id:
        raise NotFound(what="contact")
    contact.unreachable_at = now
    contact.is_listed = False


def _code_hash(code: str) -> str:
    return hashlib.sha256(f"staff link {code}".encode()).hexdigest()[:32]
