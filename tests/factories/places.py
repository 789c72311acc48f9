"""Makes places for tests: a county, a community, its buildings, units and homes."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select

from models import (
    Building,
    BuildingAlias,
    Community,
    County,
    OnCall,
    Place,
    PlaceKind,
    Role,
    Session,
    StaffUser,
    Unit,
)
from services.places import sort_key

MADE_AT = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


def make_community(
    session: Session,
    code: str = "YX-TEST",
    name: str = "测试小区",
    *,
    buildings: int = 6,
    units: int = 3,
    storeys: int = 6,
    letters: str = "YX",
    **fields: object,
) -> Community:
    """A community with its numbered buildings ("1栋", alias "一幢"); the county is made once."""
    county = session.scalar(select(County).where(County.letters == letters))
    if county is None:
        place = _place(session, PlaceKind.COUNTY, f"{letters}县", None)
        county = County(place_id=place.id, letters=letters)
        session.add(county)
        session.flush()
    root = session.get_one(Place, county.place_id)
    place = _place(session, PlaceKind.COMMUNITY, name, root)
    values = {"contact_name": "李敏", "phone": "0735-000 0110"} | fields
    community = Community(
        place_id=place.id, county_id=county.place_id, code=code, name=name, created_at=MADE_AT, **values
    )
    session.add(community)
    session.flush()
    for number in range(1, buildings + 1):
        building = Building(
            community_id=community.id,
            code=str(number),
            name=f"{number}栋",
            sort_key=sort_key(str(number)),
            storeys=storeys,
            unit_count=units,
            homes_per_floor=2,
        )
        building.aliases = [BuildingAlias(alias=f"{'零一二三四五六七八九十'[number]}幢")] if number <= 10 else []
        building.units = [Unit(code=str(unit), sort_key=sort_key(str(unit))) for unit in range(1, units + 1)]
        session.add(building)
    session.flush()
    return community


def put_on_call(session: Session, community: Community, name: str = "李敏") -> StaffUser:
    """Somebody who is woken by a P0 in this community."""
    person = StaffUser(
        username=f"on-call-{community.code.lower()}",
        name=name,
        password_hash="never signs in",
        role=Role.CLERK,
        scope_id=community.place_id,
        created_at=MADE_AT,
    )
    session.add(person)
    session.flush()
    session.add(OnCall(community_id=community.id, staff_id=person.id, position=1))
    session.flush()
    return person


def _place(session: Session, kind: PlaceKind, name: str, parent: Place | None) -> Place:
    place = Place(kind=kind, name=name, parent_id=parent.id if parent else None, path="")
    session.add(place)
    session.flush()
    place.path = f"{parent.path if parent else '/'}{place.id}/"
    return place
