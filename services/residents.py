"""Residents and the channels they are reached on: found or made by the channel's own name for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import contains_eager, joinedload

from models import Channel, Community, Complaint, ContactPoint, Conversation, Resident, Session
from nlp.understanding import PlaceMention
from services.places import ResolvedPlace


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation with the person on its other end."""

    conversation: Conversation
    contact: ContactPoint
    resident: Resident
    is_new: bool = False
    has_filed: bool = False
    """Whether the resident had filed anything before this message."""


_TALK = (
    select(Conversation, exists().where(Complaint.resident_id == ContactPoint.resident_id).correlate(ContactPoint))
    .join(ContactPoint, ContactPoint.id == Conversation.contact_point_id)
    .where(ContactPoint.channel == bindparam("channel"), ContactPoint.external_id == bindparam("external_id"))
    .options(
        contains_eager(Conversation.contact).joinedload(ContactPoint.resident),
        joinedload(Conversation.community).joinedload(Community.county),
    )
    .with_for_update(of=Conversation)
)
"""Asked with every message, so it is put together once."""


def find_talk(session: Session, channel: Channel, external_id: str) -> Talk | None:
    """The conversation of this contact, if it has one; locked for this transaction on PostgreSQL."""
    found = session.execute(_TALK, {"channel": channel, "external_id": external_id}).one_or_none()
    if found is None:
        return None
    conversation, has_filed = found
    if conversation.contact.resident is None:
        return None
    return Talk(conversation, conversation.contact, conversation.contact.resident, has_filed=has_filed)


def open_talk(
    session: Session, channel: Channel, external_id: str, community: Community, now: datetime, *, is_demo: bool = False
) -> Talk:
    """The conversation of this contact in this community, made with its resident where there is none."""
    talk = find_talk(session, channel, external_id)
    if talk is not None:
        if talk.conversation.community_id != community.id:
            move_to_community(session, talk, community)
        return talk
    return make_talk(session, channel, external_id, community, now, is_demo=is_demo)


def make_talk(
    session: Session, channel: Channel, external_id: str, community: Community, now: datetime, *, is_demo: bool = False
) -> Talk:
    """A resident of this community with a contact and a conversation, where it is known that there is none."""
    resident = Resident(community_id=community.id, created_at=now, is_demo=is_demo)
    session.add(resident)
    session.flush()
    contact = ContactPoint(
        channel=channel,
        external_id=external_id,
        resident_id=resident.id,
        is_listed=is_demo or community.is_demo,
        created_at=now,
        last_seen_at=now,
        unreachable_at=None,
    )
    session.add(contact)
    session.flush()
    conversation = Conversation(
        contact_point_id=contact.id, community_id=community.id, state={}, started_at=now, last_message_at=now
    )
    conversation.contact, conversation.community = contact, community
    contact.resident = resident
    session.add(conversation)
    session.flush()
    return Talk(conversation, contact, resident, is_new=True)


def note_seen(contact: ContactPoint, at: datetime) -> None:
    """The person is there; kept to the hour, so that not every message rewrites the row."""
    if contact.unreachable_at is not None:
        contact.unreachable_at = None
    if contact.last_seen_at is None or at - contact.last_seen_at > timedelta(hours=1):
        contact.last_seen_at = at


def move_to_community(session: Session, talk: Talk, community: Community) -> None:
    """The person chose another community: the home there is not known yet.

    A chat counts as listed while it is in a demo, and only then; one that staff listed elsewhere starts anew too.
    """
    left = talk.conversation.community
    if talk.contact.staff_id is None and (left is not None and left.is_demo) != community.is_demo:
        talk.contact.is_listed = community.is_demo
    talk.conversation.community_id = community.id
    talk.conversation.state = {}
    resident = talk.resident
    resident.community_id = community.id
    resident.household_id = None
    resident.home_building = resident.home_unit = resident.home_floor = resident.home_room = None


def remember_home(resident: Resident, place: ResolvedPlace) -> None:
    """Keep the home after a complaint, as far as it was said; never overwrite more with less."""
    mention = place.mention
    if mention.building is None or "," in mention.building or place.unknown is not None:
        return
    if resident.home_building == mention.building and mention.room is None and resident.home_room is not None:
        return
    if resident.home_building not in (None, mention.building) and mention.room is None:
        return
    resident.home_building = mention.building
    resident.home_unit = mention.unit or resident.home_unit
    resident.home_floor = mention.floor or resident.home_floor
    resident.home_room = mention.room or resident.home_room
    resident.household_id = place.household_id or resident.household_id


def home_of(resident: Resident) -> PlaceMention | None:
    """The remembered home as a mention; None when none is known."""
    if resident.home_building is None:
        return None
    return PlaceMention(resident.home_building, resident.home_unit, resident.home_floor, resident.home_room)


def contacts_of(session: Session, resident_id: int) -> list[ContactPoint]:
    """The contact points of a resident, the most recently seen first."""
    return list(
        session.scalars(
            select(ContactPoint)
            .where(ContactPoint.resident_id == resident_id)
            .order_by(ContactPoint.last_seen_at.desc().nulls_last(), ContactPoint.id.desc())
        )
    )


def set_reachable(session: Session, channel: Channel, external_id: str, now: datetime, *, is_reachable: bool) -> None:
    """The contact blocked us, or came back. Unknown contacts are left alone."""
    contact = session.scalar(
        select(ContactPoint).where(ContactPoint.channel == channel, ContactPoint.external_id == external_id)
    )
    if contact is not None:
        contact.unreachable_at = None if is_reachable else contact.unreachable_at or now


def is_staff_contact(session: Session, channel: Channel, external_id: str) -> bool:
    """Whether this address belongs to somebody of the staff."""
    return (
        session.scalar(
            select(ContactPoint.staff_id).where(
                ContactPoint.channel == channel, ContactPoint.external_id == external_id
            )
        )
        is not None
    )
