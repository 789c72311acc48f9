"""Whom a notice reaches: the residents of some buildings, counted as homes, by chat, by telephone, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import selectinload

from models import Building, Channel, Community, ContactPoint, Household, Resident, Session
from services.delivery import Mode
from services.support import homes_by_building


@dataclass(frozen=True, slots=True)
class Reach:
    """How many homes a notice reaches. ``listed`` of the ``chat`` homes get it while delivery.mode is safelist.

    ``call`` homes have somebody without a chat, who goes on the call list; ``missed`` homes are not known at all.
    """

    homes: int
    chat: int
    call: int
    listed: int
    mode: Mode
    contacts: int = 0

    @property
    def missed(self) -> int:
        return max(0, self.homes - self.chat - self.call)

    @property
    def goes_out(self) -> int:
        """Homes with a chat that really receive it under the mode."""
        return {"off": 0, "safelist": self.listed, "live": self.chat}[self.mode]

    @property
    def held(self) -> int:
        return self.chat - self.goes_out


def reach(session: Session, community: Community, buildings: Sequence[int], mode: Mode) -> Reach:
    """How many homes of these buildings (none: all of the community) a notice reaches, counted as homes."""
    sizes = homes_by_building(session, community.id)
    homes = sum(size for building_id, size in sizes.items() if not buildings or building_id in buildings)
    chat: set[str] = set()
    listed: set[str] = set()
    call: set[str] = set()
    contacts = 0
    for resident in residents_of(session, community.id, buildings):
        home = _home(resident)
        usable = usable_contacts(resident)
        contacts += len(usable)
        if not usable:
            call.add(home)
            continue
        chat.add(home)
        if any(contact.is_listed for contact in usable):
            listed.add(home)
    return Reach(max(homes, len(chat | call)), len(chat), len(call - chat), len(listed), mode, contacts)


def residents_of(session: Session, community_id: int, buildings: Sequence[int]) -> list[Resident]:
    """The residents whose home lies in these buildings (none: everybody of the community), contacts loaded."""
    query = (
        select(Resident)
        .where(Resident.community_id == community_id, Resident.erased_at.is_(None))
        .options(selectinload(Resident.contacts))
        .order_by(Resident.id)
    )
    if buildings:
        codes = session.scalars(select(func.upper(Building.code)).where(Building.id.in_(buildings))).all()
        query = query.outerjoin(Household, Household.id == Resident.household_id).where(
            or_(
                Household.building_id.in_(buildings),
                Resident.household_id.is_(None) & func.upper(Resident.home_building).in_(codes),
            )
        )
    return list(session.scalars(query))


def usable_contacts(resident: Resident) -> list[ContactPoint]:
    """The chats this person can be reached in."""
    return [
        contact
        for contact in resident.contacts
        if contact.channel is not Channel.PHONE and contact.unreachable_at is None
    ]


def _home(resident: Resident) -> str:
    if resident.household_id is not None:
        return f"h{resident.household_id}"
    if resident.home_building and resident.home_room:
        return f"{resident.home_building}-{resident.home_unit or '?'}-{resident.home_room}"
    return f"r{resident.id}"
