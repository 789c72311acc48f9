"""The tree of places above a community: county, subdistrict, neighbourhood and area, found by name or made."""

from __future__ import annotations

import itertools
import re
import string
from dataclasses import dataclass
from datetime import datetime

from pypinyin import Style, lazy_pinyin
from sqlalchemy import select

from models import Community, County, Place, PlaceKind, Session
from services.errors import Conflict
from services.place_codes import plain

NO_COUNTY = "未填县"
NO_COUNTY_LETTERS = "LL"
"""A sheet that names no county goes into one of its own."""


@dataclass(frozen=True, slots=True)
class PlaceNames:
    """Names of the levels above a community; "" where a sheet does not say."""

    county: str = ""
    subdistrict: str = ""
    neighbourhood: str = ""
    area: str = ""

    def below_county(self) -> list[tuple[PlaceKind, str]]:
        levels = (
            (PlaceKind.SUBDISTRICT, self.subdistrict),
            (PlaceKind.NEIGHBOURHOOD, self.neighbourhood),
            (PlaceKind.AREA, self.area),
        )
        return [(kind, name) for kind, name in levels if name]


def find_or_make_place(
    session: Session, kind: PlaceKind, name: str, parent: Place | None, *, is_demo: bool = False
) -> Place:
    """The place of this kind and name under ``parent``, made with its path where there is none."""
    known = session.scalar(
        select(Place).where(
            Place.kind == kind,
            Place.name == name,
            Place.parent_id.is_(None) if parent is None else Place.parent_id == parent.id,
        )
    )
    if known is not None:
        if known.is_demo and not is_demo:
            # Somebody real lives here from now on, so it outlives the demo.
            known.is_demo = False
        return known
    place = Place(kind=kind, name=name, parent_id=parent.id if parent else None, path="", is_demo=is_demo)
    session.add(place)
    session.flush()
    place.path = f"{parent.path if parent else '/'}{place.id}/"
    return place


def find_or_make_county(session: Session, name: str, community_code: str, *, is_demo: bool = False) -> County:
    """The county of this name; a new one gets letters from the community's code or from its own name's sound."""
    place = find_or_make_place(session, PlaceKind.COUNTY, name or NO_COUNTY, None, is_demo=is_demo)
    county = session.get(County, place.id)
    if county is None:
        county = County(place_id=place.id, letters=_letters(session, name, community_code))
        session.add(county)
        session.flush()
    return county


def find_or_make_community(
    session: Session, code: str, name: str, names: PlaceNames, now: datetime, *, is_demo: bool = False
) -> Community:
    """A new community in its place. Raises Conflict when another one has this name in the same place."""
    county = find_or_make_county(session, names.county, code, is_demo=is_demo)
    parent = _parent(session, county, names, is_demo=is_demo)
    _check_name(session, parent, name, None)
    place = find_or_make_place(session, PlaceKind.COMMUNITY, name, parent, is_demo=is_demo)
    community = Community(
        place_id=place.id, county_id=county.place_id, code=code, name=name, created_at=now, is_demo=is_demo
    )
    session.add(community)
    session.flush()
    return community


def move_community(session: Session, community: Community, name: str, names: PlaceNames) -> bool:
    """Give it another name or put it elsewhere in the tree, as far as ``names`` says. Returns whether it changed.

    Raises Conflict when another community has this name in the same place.
    """
    county_name, held = levels_of(session, community.place)
    wanted = dict(names.below_county())
    is_elsewhere = any(plain(held.get(kind, "")) != plain(said) for kind, said in wanted.items())
    is_other_county = bool(names.county) and plain(names.county) != plain(county_name)
    if not is_elsewhere and not is_other_county and name == community.name:
        return False
    parent = community.place.parent
    if is_elsewhere or is_other_county:
        county = find_or_make_county(session, names.county or county_name, community.code)
        merged = (wanted if is_other_county else held | wanted) if wanted else {}
        parent = _parent(
            session,
            county,
            PlaceNames(
                subdistrict=merged.get(PlaceKind.SUBDISTRICT, ""),
                neighbourhood=merged.get(PlaceKind.NEIGHBOURHOOD, ""),
                area=merged.get(PlaceKind.AREA, ""),
            ),
        )
        community.county_id = county.place_id
    assert parent is not None
    _check_name(session, parent, name, community.place_id)
    community.name = community.place.name = name
    community.place.parent_id, community.place.path = parent.id, f"{parent.path}{community.place_id}/"
    session.flush()
    return True


def levels_of(session: Session, place: Place) -> tuple[str, dict[PlaceKind, str]]:
    """The name of the county a place lies in, and the names of the levels between."""
    ids = [int(part) for part in place.path.split("/") if part]
    above = session.scalars(select(Place).where(Place.id.in_(ids), Place.id != place.id)).all()
    names = {node.kind: node.name for node in above}
    return names.pop(PlaceKind.COUNTY, ""), names


def _parent(session: Session, county: County, names: PlaceNames, *, is_demo: bool = False) -> Place:
    parent = session.get_one(Place, county.place_id)
    for kind, name in names.below_county():
        parent = find_or_make_place(session, kind, name, parent, is_demo=is_demo)
    return parent


def _check_name(session: Session, parent: Place, name: str, own_place_id: int | None) -> None:
    twin = session.scalar(
        select(Community)
        .join(Place, Place.id == Community.place_id)
        .where(Place.parent_id == parent.id, Place.kind == PlaceKind.COMMUNITY, Place.name == name)
    )
    if twin is not None and twin.place_id != own_place_id:
        raise Conflict(value=name, other=twin.code)


def _letters(session: Session, name: str, community_code: str) -> str:
    taken = set(session.scalars(select(County.letters)))
    if not name:
        return _free(NO_COUNTY_LETTERS, taken)
    taken.add(NO_COUNTY_LETTERS)
    prefix = re.match(r"([A-Za-z]{1,4})-", community_code)
    if prefix is not None and prefix.group(1).upper() not in taken:
        return prefix.group(1).upper()
    sounds = lazy_pinyin(re.sub(r"(?:自治县|县|市|区)$", "", name), style=Style.FIRST_LETTER, errors="ignore")
    initials = re.sub(r"[^A-Z]", "", "".join(sounds).upper())[:4] or "XQ"
    return _free(initials, taken)


def _free(wanted: str, taken: set[str]) -> str:
    if wanted not in taken:
        return wanted
    for length in (1, 2):
        for more in itertools.product(string.ascii_uppercase, repeat=length):
            letters = wanted[: 4 - length] + "".join(more)
            if letters not in taken:
                return letters
    raise Conflict(value=wanted, other="letters")
