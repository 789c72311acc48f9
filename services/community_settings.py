"""What a community's people set themselves: telephones, who calls back, who builds, who is on call."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import or_, select

from models import Community, Place, Session, StaffUser
from services import audit
from services.errors import InvalidInput
from services.on_call import set_on_call
from services.ports import Act

TELEPHONES = ("phone", "night_phone", "gas_hotline", "property_phone", "housing_phone", "water_hotline")
FIELDS = ("contact_name", *TELEPHONES, "construction_unit", "construction_phone", "supervising_engineer")
LONGEST = {"contact_name": 60, "construction_unit": 120, "supervising_engineer": 120}
DIALLED = frozenset("0123456789 -+()（）#*转,，/ ")


def save(session: Session, community: Community, given: Mapping[str, str], act: Act) -> list[str]:
    """Keep these fields; returns the names of those that changed. Raises InvalidInput (field, reason not_a_phone)."""
    changed = []
    for name in FIELDS:
        if name not in given:
            continue
        value = given[name].strip()[: LONGEST.get(name, 40)]
        if (name in TELEPHONES or name == "construction_phone") and value and not _can_be_dialled(value):
            raise InvalidInput(field=name, reason="not_a_phone")
        if getattr(community, name) != value:
            setattr(community, name, value)
            changed.append(name)
    if changed:
        audit.record(session, "community:changed", community, actor=act.by, now=act.now, names=changed)
    return changed


def list_for_on_call(session: Session, community: Community) -> list[StaffUser]:
    """Active accounts that work for this community, by name."""
    path = session.get_one(Place, community.place_id).path
    ancestors = [int(part) for part in path.strip("/").split("/") if part]
    return list(
        session.scalars(
            select(StaffUser)
            .where(StaffUser.is_active, or_(StaffUser.scope_id.is_(None), StaffUser.scope_id.in_(ancestors)))
            .order_by(StaffUser.name)
            .limit(300)
        )
    )


def save_on_call(session: Session, community: Community, usernames: list[str], act: Act) -> None:
    """The order in which people are woken; empty names are left out. Raises InvalidInput, NotFound."""
    set_on_call(session, community.code, [name for name in usernames if name], act.now, by=act.by)


def _can_be_dialled(text: str) -> bool:
    return not set(text) - DIALLED and any(char.isdigit() for char in text)
