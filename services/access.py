"""The only way rows are loaded on someone's behalf: absent and not yours get the same answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from models import Community, Complaint, Notice, Place, Plan, Role, Session, StaffUser, WorkItem
from services.errors import NotFound
from services.permissions import Permission, may

Row = TypeVar("Row", Complaint, Notice, WorkItem)


@dataclass(frozen=True, slots=True)
class Viewer:
    """A member of staff as the use cases see them. ``scope_path`` is None for somebody who works everywhere."""

    staff_id: int
    username: str
    name: str
    role: Role
    scope_path: str | None

    def may(self, permission: Permission) -> bool:
        return may(self.role, permission)


def viewer_of(session: Session, staff: StaffUser) -> Viewer:
    path = None
    if staff.scope_id is not None:
        path = session.scalar(select(Place.path).where(Place.id == staff.scope_id))
    return Viewer(staff.id, staff.username, staff.name, staff.role, path)


def visible_communities(viewer: Viewer) -> Select[tuple[Community]]:
    """A query for the communities this person works for, by name."""
    query = select(Community).order_by(Community.code)
    if viewer.scope_path is not None:
        query = query.join(Place, Place.id == Community.place_id).where(
            Place.path.startswith(viewer.scope_path, autoescape=True)
        )
    return query


def visible_community_ids(session: Session, viewer: Viewer) -> list[int] | None:
    """Ids of the communities this person works for; None when that is all of them."""
    if viewer.scope_path is None:
        return None
    kept: dict[str, list[int]] = session.info.setdefault("visible_communities", {})
    if viewer.scope_path not in kept:  # asked for several times on one page
        kept[viewer.scope_path] = list(session.scalars(visible_communities(viewer).with_only_columns(Community.id)))
    return kept[viewer.scope_path]


def access_community(session: Session, viewer: Viewer, code: str) -> Community:
    community = session.scalar(visible_communities(viewer).where(Community.code == code))
    if community is None:
        raise NotFound(what="community")
    return community


def access_complaint(session: Session, viewer: Viewer, number: str) -> Complaint:
    """The complaint with this number, if it lies in the viewer's places. Raises NotFound."""
    query = select(Complaint).where(Complaint.number == number).options(joinedload(Complaint.community))
    complaint = session.scalar(_mine(query, viewer, Complaint))
    if complaint is None:
        raise NotFound(what="complaint")
    return complaint


def access_complaints(session: Session, viewer: Viewer, numbers: list[str]) -> list[Complaint]:
    """The complaints with these numbers; raises NotFound when one is absent or not the viewer's."""
    query = _mine(select(Complaint).where(Complaint.number.in_(numbers)), viewer, Complaint)
    found = {complaint.number: complaint for complaint in session.scalars(query)}
    if len(found) != len(set(numbers)):
        raise NotFound(what="complaint")
    return [found[number] for number in dict.fromkeys(numbers)]


def access_work_item(session: Session, viewer: Viewer, item_id: int) -> WorkItem:
    query = select(WorkItem).join(Plan, Plan.id == WorkItem.plan_id).where(WorkItem.id == item_id)
    item = session.scalar(_mine(query, viewer, Plan))
    if item is None:
        raise NotFound(what="work_item")
    return item


def access_communities_item(session: Session, viewer: Viewer, community: Community, item_id: str) -> WorkItem:
    """The work item with this id, as typed, if it is of this community. Raises NotFound."""
    item = access_work_item(session, viewer, int(item_id)) if item_id.isdecimal() and len(item_id) < 18 else None
    if item is None or item.plan.community_id != community.id:
        raise NotFound(what="work_item")
    return item


def access_notice(session: Session, viewer: Viewer, notice_id: int) -> Notice:
    notice = session.scalar(_mine(select(Notice).where(Notice.id == notice_id), viewer, Notice))
    if notice is None:
        raise NotFound(what="notice")
    return notice


def _mine(
    query: Select[tuple[Row]], viewer: Viewer, holder: type[Complaint] | type[Plan] | type[Notice]
) -> Select[tuple[Row]]:
    if viewer.scope_path is None:
        return query
    return (
        query.join(Community, Community.id == holder.community_id)
        .join(Place, Place.id == Community.place_id)
        .where(Place.path.startswith(viewer.scope_path, autoescape=True))
    )


def list_communities(session: Session, viewer: Viewer, *, limit: int = 1000) -> list[Community]:
    """The communities this person works for, by code."""
    return list(session.scalars(visible_communities(viewer).limit(limit)))
