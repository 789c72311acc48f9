"""Removes the demo and all that hangs on it, and leaves everything else as it is."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, delete, exists, select, update

from linli.bootstrap import Container
from models import (
    Alert,
    AlertCall,
    Attachment,
    Building,
    BuildingAlias,
    CallTask,
    Community,
    Complaint,
    ComplaintHistory,
    ComplaintMessage,
    ContactPoint,
    Conversation,
    Correction,
    County,
    Database,
    Event,
    FundingLine,
    Household,
    Inbox,
    Message,
    Notice,
    NoticeBuilding,
    NumberSeries,
    OnCall,
    Outbox,
    Place,
    Plan,
    Resident,
    Session,
    StaffUser,
    Unit,
    WorkItem,
    WorkItemBuilding,
    WorkItemHistory,
)

REMOVED = "demo:removed"
NO_PASSWORD = "!"  # noqa: S105 - what no password hashes to: the account cannot be signed in to


def remove(house: Container) -> bool:
    """Delete the demo; returns False when there was none. What was said in a demo community goes with it.

    The removal is remembered, so that a later start does not load the demo again.
    """
    with house.database.transaction() as session:
        if session.scalar(select(Community.id).where(Community.is_demo).limit(1)) is None:
            return False
        _move_back(session)
        paths = _photo_paths(session)
        _remove_rows(session)
        session.add(
            Event(at=house.clock.now(), tag=REMOVED, actor="linli", subject_type="demo", subject_id=None, fields={})
        )
        left = set(session.scalars(select(Attachment.path).where(Attachment.path.in_(paths))))
    for path in paths - left:
        (house.settings.upload_dir / path).unlink(missing_ok=True)
    return True


def was_removed(database: Database) -> bool:
    """Whether somebody did not want the demo; loading it again by hand is always possible."""
    with database.reader() as session:
        return session.scalar(select(Event.id).where(Event.tag == REMOVED).limit(1)) is not None


def _communities() -> Select[tuple[int]]:
    return select(Community.id).where(Community.is_demo)


def _residents() -> Select[tuple[int]]:
    return select(Resident.id).where(Resident.community_id.in_(_communities()))


def _contacts() -> Select[tuple[int]]:
    staff = select(StaffUser.id).where(StaffUser.is_demo)
    return select(ContactPoint.id).where(
        ContactPoint.resident_id.in_(_residents())
        | (ContactPoint.staff_id.in_(staff) & ContactPoint.external_id.startswith("demo-staff-"))
    )


def _conversations() -> Select[tuple[int]]:
    return select(Conversation.id).where(
        Conversation.community_id.in_(_communities()) | Conversation.contact_point_id.in_(_contacts())
    )


def _complaints() -> Select[tuple[int]]:
    return select(Complaint.id).where(Complaint.community_id.in_(_communities()))


def _photo_paths(session: Session) -> set[str]:
    messages = select(Message.id).where(Message.conversation_id.in_(_conversations()))
    return set(
        session.scalars(
            select(Attachment.path).where(
                Attachment.message_id.in_(messages) | Attachment.complaint_id.in_(_complaints())
            )
        )
    )


def _remove_rows(session: Session) -> None:
    """From the leaves to the root, so that no reference is ever left hanging."""
    messages = select(Message.id).where(Message.conversation_id.in_(_conversations()))
    inbox_ids = {found for found in session.scalars(select(Message.inbox_id).where(Message.id.in_(messages))) if found}
    alerts = select(Alert.id).where(Alert.community_id.in_(_communities()))
    notices = select(Notice.id).where(Notice.community_id.in_(_communities()))
    plans = select(Plan.id).where(Plan.community_id.in_(_communities()))
    items = select(WorkItem.id).where(WorkItem.plan_id.in_(plans))
    buildings = select(Building.id).where(Building.community_id.in_(_communities()))
    _forget_events(session)

    def drop(model: type[Any], *where: ColumnElement[bool]) -> None:
        session.execute(delete(model).where(*where).execution_options(synchronize_session=False))

    drop(
        Outbox,
        Outbox.contact_point_id.in_(_contacts())
        | Outbox.conversation_id.in_(_conversations())
        | Outbox.complaint_id.in_(_complaints())
        | Outbox.notice_id.in_(notices)
        | Outbox.alert_id.in_(alerts),
    )
    drop(CallTask, CallTask.community_id.in_(_communities()))
    drop(AlertCall, AlertCall.alert_id.in_(alerts))
    drop(Alert, Alert.community_id.in_(_communities()))
    drop(Attachment, Attachment.message_id.in_(messages) | Attachment.complaint_id.in_(_complaints()))
    for model in (ComplaintMessage, ComplaintHistory, Correction):
        drop(model, model.complaint_id.in_(_complaints()))
    session.execute(
        update(Complaint)
        .where(Complaint.community_id.in_(_communities()))
        .values(merged_into_id=None, work_item_id=None)
        .execution_options(synchronize_session=False)
    )
    drop(NoticeBuilding, NoticeBuilding.notice_id.in_(notices))
    drop(Notice, Notice.community_id.in_(_communities()))
    drop(WorkItemBuilding, WorkItemBuilding.work_item_id.in_(items))
    drop(WorkItemHistory, WorkItemHistory.work_item_id.in_(items))
    drop(WorkItem, WorkItem.plan_id.in_(plans))
    drop(FundingLine, FundingLine.plan_id.in_(plans))
    drop(Plan, Plan.community_id.in_(_communities()))
    drop(Complaint, Complaint.community_id.in_(_communities()))
    drop(Message, Message.conversation_id.in_(_conversations()))
    contact_ids = set(session.scalars(_contacts()))
    drop(Conversation, Conversation.id.in_(_conversations()))
    drop(Inbox, Inbox.sender.startswith("demo-resident-"))
    for part in _parts(inbox_ids):
        drop(Inbox, Inbox.id.in_(part))
    for part in _parts(contact_ids):
        drop(ContactPoint, ContactPoint.id.in_(part))
    drop(Resident, Resident.community_id.in_(_communities()))
    drop(Household, Household.building_id.in_(buildings))
    drop(Unit, Unit.building_id.in_(buildings))
    drop(BuildingAlias, BuildingAlias.building_id.in_(buildings))
    drop(Building, Building.community_id.in_(_communities()))
    drop(OnCall, OnCall.community_id.in_(_communities()))
    _remove_staff(session)
    place_ids = set(session.scalars(select(Community.place_id).where(Community.is_demo)))
    drop(Community, Community.is_demo.is_(True))
    for part in _parts(place_ids):
        drop(Place, Place.id.in_(part))
    _remove_empty_places(session)


def _move_back(session: Session) -> None:
    """Somebody real who looked at the demo last goes back to the community of what they reported last."""
    real = select(Complaint).where(
        Complaint.resident_id.in_(_residents()), Complaint.community_id.not_in(_communities())
    )
    for complaint in session.scalars(real.order_by(Complaint.id)).all():
        resident = complaint.resident
        resident.community_id, resident.household_id = complaint.community_id, None
        resident.home_building = resident.home_unit = resident.home_floor = resident.home_room = None
        if complaint.conversation is not None:
            complaint.conversation.community_id = complaint.community_id
    session.flush()


def _forget_events(session: Session) -> None:
    """The audit trail of what goes goes too; that of everything else stays."""
    subjects: tuple[tuple[str, Select[tuple[int]]], ...] = (
        ("complaint", _complaints()),
        ("conversation", _conversations()),
        ("resident", _residents()),
        ("contactpoint", _contacts()),
        ("community", _communities()),
        ("alert", select(Alert.id).where(Alert.community_id.in_(_communities()))),
        ("notice", select(Notice.id).where(Notice.community_id.in_(_communities()))),
        ("plan", select(Plan.id).where(Plan.community_id.in_(_communities()))),
        ("message", select(Message.id).where(Message.conversation_id.in_(_conversations()))),
        (
            "workitem",
            select(WorkItem.id).join(Plan, Plan.id == WorkItem.plan_id).where(Plan.community_id.in_(_communities())),
        ),
    )
    for subject_type, ids in subjects:
        session.execute(
            delete(Event)
            .where(Event.subject_type == subject_type, Event.subject_id.in_(ids))
            .execution_options(synchronize_session=False)
        )


def _remove_staff(session: Session) -> None:
    """Delete the demo's accounts; one that real work still names is closed instead, so that history stays true."""
    for person in session.scalars(select(StaffUser).where(StaffUser.is_demo)).all():
        # A closed account must not stand on a real on-call list: nobody would be woken.
        session.execute(delete(OnCall).where(OnCall.staff_id == person.id))
        is_named = session.scalar(
            select(
                exists().where(Message.staff_id == person.id)
                | exists().where(Complaint.filed_by_id == person.id)
                | exists().where(Alert.acknowledged_by_id == person.id)
                | exists().where(AlertCall.staff_id == person.id)
                | exists().where(Outbox.staff_id == person.id)
                | exists().where(ContactPoint.staff_id == person.id)
            )
        )
        if is_named:
            person.is_active, person.password_hash, person.scope_id = False, NO_PASSWORD, None
            person.session_version += 1
            session.flush()
        else:
            session.execute(delete(Event).where(Event.subject_type == "staffuser", Event.subject_id == person.id))
            session.delete(person)
            session.flush()


def _remove_empty_places(session: Session) -> None:
    """Delete the demo's places from the leaves up, as long as nothing real lies in them."""
    while True:
        child = select(Place.parent_id).where(Place.parent_id.is_not(None))
        with_staff = select(StaffUser.scope_id).where(StaffUser.scope_id.is_not(None))
        empty = list(
            session.scalars(
                select(Place.id).where(
                    Place.is_demo,
                    Place.id.not_in(child),
                    Place.id.not_in(with_staff),
                    Place.id.not_in(select(Community.county_id)),
                )
            )
        )
        if not empty:
            break
        for part in _parts(set(empty)):
            session.execute(delete(NumberSeries).where(NumberSeries.county_id.in_(part)))
            session.execute(delete(County).where(County.place_id.in_(part)))
            session.execute(delete(Place).where(Place.id.in_(part)))
    # What is left of them has something real in it and belongs to that from now on.
    session.execute(update(Place).where(Place.is_demo).values(is_demo=False))


def _parts(ids: set[int], size: int = 500) -> list[list[int]]:
    ordered = sorted(ids)
    return [ordered[start : start + size] for start in range(0, len(ordered), size)]
