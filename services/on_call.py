"""Who is woken by an emergency in a community: the order of the on-call list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete

from models import OnCall, Place, Session, StaffUser
from services import audit
from services.alerts import list_on_call
from services.errors import InvalidInput, NotFound
from services.places import find_community
from services.staff import find_staff


def find_on_call(session: Session, community_code: str) -> list[StaffUser]:
    """Who is on call in this community, in order. Raises NotFound for an unknown community."""
    community = find_community(session, community_code)
    if community is None:
        raise NotFound(what="community")
    return [entry.staff for entry in list_on_call(session, community.id)]


def set_on_call(
    session: Session, community_code: str, usernames: Sequence[str], now: datetime, *, by: str = "linli"
) -> list[StaffUser]:
    """Put these accounts on call, the first first, in place of whoever was.

    Raises NotFound (community, or staff with ``name``) and InvalidInput (a closed account, or one of another place).
    """
    community = find_community(session, community_code)
    if community is None:
        raise NotFound(what="community")
    path = session.get_one(Place, community.place_id).path
    people: list[StaffUser] = []
    for username in dict.fromkeys(name.strip().lower() for name in usernames):
        person = find_staff(session, username)
        if person is None:
            raise NotFound(what="staff", name=username)
        if not person.is_active:
            raise InvalidInput(field="staff", reason="closed", name=username)
        if person.scope_id is not None and not path.startswith(session.get_one(Place, person.scope_id).path):
            raise InvalidInput(field="staff", reason="elsewhere", name=username)
        people.append(person)
    session.execute(delete(OnCall).where(OnCall.community_id == community.id))
    session.flush()
    session.add_all(
        OnCall(community_id=community.id, staff_id=person.id, position=position)
        for position, person in enumerate(people, start=1)
    )
    session.flush()
    audit.record(session, "community:on_call_set", community, actor=by, now=now, staff=[person.id for person in people])
    return people
