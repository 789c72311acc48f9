"""Complaint numbers: YX-2026-000123, the county's letters, the year, a running number without gaps by two."""

from __future__ import annotations

import re
from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from models import Community, Complaint, County, NumberSeries, Session
from services.deadlines import ZONE

FULL_NUMBER = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{1,4})-(\d{4})-(\d{6,})(?!\d)")

_SERIES = cast(Table, NumberSeries.__table__)
_NEXT = (
    update(_SERIES)
    .where(_SERIES.c.county_id == bindparam("of_county"), _SERIES.c.year == bindparam("of_year"))
    .values(next_serial=_SERIES.c.next_serial + 1)
    .returning(_SERIES.c.next_serial)
)


def next_number(session: Session, community: Community, now: datetime) -> tuple[str, int]:
    """A new number and its running part. Two at once never get the same."""
    year = now.astimezone(ZONE).year
    connection = session.connection()
    serial = connection.scalar(_NEXT, {"of_county": community.county_id, "of_year": year})
    if serial is None:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        connection.execute(
            dialect.insert(_SERIES)
            .values(county_id=community.county_id, year=year, next_serial=1)
            .on_conflict_do_nothing()
        )
        return next_number(session, community, now)
    letters = session.get_one(County, community.county_id).letters
    return f"{letters}-{year}-{serial - 1:06d}", serial - 1


def find_by_number(session: Session, text: str, *, community: Community | None, now: datetime) -> Complaint | None:
    """The complaint a number names: in full, or the running number alone in ``community`` and this year."""
    full = FULL_NUMBER.search(text)
    if full:
        letters, year, serial = full.groups()
        number = f"{letters.upper()}-{year}-{int(serial):06d}"
        return session.scalar(select(Complaint).where(Complaint.number == number))
    digits = re.fullmatch(r"\D{0,6}?(\d{1,6})\D{0,4}", text.strip())
    if digits is None or community is None:
        return None
    letters = session.get_one(County, community.county_id).letters
    number = f"{letters}-{now.astimezone(ZONE).year}-{int(digits.group(1)):06d}"
    return session.scalar(select(Complaint).where(Complaint.number == number, Complaint.community_id == community.id))
