"""The demo's staff, who of them is woken where, and the telephone numbers of its communities (none can exist)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from linli.bootstrap import Container
from linli.demo.places import INSTITUTE
from models import Channel, Community, ContactPoint, OnCall, Role, Session, StaffUser
from services.access import Viewer, viewer_of
from services.staff import NewStaff, create_staff, set_password
from settings import SettingsError, made_once


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the demo's desk. Without ``is_everywhere`` they work for the demo's county only."""

    username: str
    name: str
    role: Role
    is_everywhere: bool = False


# The three accounts a stranger signs in with see every community: also the one they import beside the demo.
STAFF = (
    Person("clerk", "李敏", Role.CLERK, is_everywhere=True),
    Person("planner", "陈启明", Role.PLANNER, is_everywhere=True),
    Person("admin", "周文博", Role.ADMINISTRATOR, is_everywhere=True),
    Person("supervisor", "何建军", Role.SUPERVISOR),
    Person("grid1", "王桂香", Role.GRID_WORKER),
    Person("grid2", "刘小川", Role.GRID_WORKER),
    Person("waterworks", "黄志强", Role.HANDLING_UNIT),
    Person("auditor", "曹静", Role.AUDITOR),
)
ON_CALL = ("clerk", "grid1", "supervisor")
ON_CALL_ELSEWHERE = ("clerk", "grid2", "supervisor")
WOKEN = ("clerk", "grid1", "grid2", "supervisor")
CONTACT_OF = "demo-staff-{username}"


class DemoNotPossible(SettingsError):
    """The demo cannot be loaded beside what is there; the message is one sentence."""


def demo_password(house: Container) -> str:
    """The password of the demo accounts: from the settings, or made once."""
    given = house.settings.demo.password
    return given or made_once(house.settings.data_dir, "demo_password", lambda: secrets.token_urlsafe(9))


def make_staff(session: Session, house: Container, scope_id: int, now: datetime) -> dict[str, Viewer]:
    """The accounts with their linked contacts. Raises DemoNotPossible when a real account has one of the names."""
    password = demo_password(house)
    viewers: dict[str, Viewer] = {}
    for person in STAFF:
        known = session.scalar(select(StaffUser).where(StaffUser.username == person.username))
        if known is not None and not known.is_demo:
            raise DemoNotPossible(f"There is already an account called {person.username}, which the demo would need.")
        scope = None if person.is_everywhere else scope_id
        if known is None:
            new = NewStaff(person.username, person.name, password, person.role, scope_id=scope, is_demo=True)
            known = create_staff(session, new, now)
        else:
            # Closed by an earlier removal, because something real still names it.
            known.is_active, known.scope_id, known.role = True, scope, person.role
            set_password(session, known, password, now, by="linli")
        viewers[person.username] = viewer_of(session, known)
        if person.username in WOKEN:
            _link(session, known, now)
    session.flush()
    return viewers


def furnish(session: Session, communities: list[Community], viewers: dict[str, Viewer]) -> None:
    """Give every community its telephone numbers and who is on call."""
    for number, community in enumerate(communities):
        is_institute = community.code == INSTITUTE
        community.contact_name = "李敏" if is_institute else ("王桂香", "刘小川", "邓小梅", "曾国平")[number % 4]
        community.phone = "0735-000 0110" if is_institute else f"0735-000 {1000 + number:04d}"
        community.night_phone = "0735-000 0112"
        community.gas_hotline = "0735-000 0220"
        community.property_phone = "0735-000 0330"
        community.housing_phone = "0735-000 0440"
        community.water_hotline = "0735-000 0550"
        community.construction_unit = "永兴县安居建筑工程公司"
        community.construction_phone = "0735-000 0660"
        community.supervising_engineer = "正衡监理 何工"
        chain = ON_CALL if is_institute else ON_CALL_ELSEWHERE
        session.add_all(
            OnCall(community_id=community.id, staff_id=viewers[username].staff_id, position=position)
            for position, username in enumerate(chain, start=1)
        )
    session.flush()


def _link(session: Session, person: StaffUser, now: datetime) -> None:
    external_id = CONTACT_OF.format(username=person.username)
    known = session.scalar(
        select(ContactPoint).where(ContactPoint.channel == Channel.CONSOLE, ContactPoint.external_id == external_id)
    )
    if known is None:
        session.add(
            ContactPoint(
                channel=Channel.CONSOLE, external_id=external_id, staff_id=person.id, is_listed=True, created_at=now
            )
        )
