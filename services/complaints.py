"""Complaints: filed, amended, withdrawn, taken in, corrected, passed on, ended. History is appended, never edited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models import (
    Community,
    Complaint,
    ComplaintHistory,
    ComplaintMessage,
    ComplaintState,
    Conversation,
    Correction,
    Message,
    Resident,
    SafetyState,
    Session,
    Source,
    append_rows,
)
from models.workflow import COMPLAINT_TRANSITIONS, ENDED
from nlp.taxonomy import taxonomy
from nlp.understanding import PlaceMention
from services import alerts, audit, delivery
from services.deadlines import limits_for
from services.errors import InvalidInput, StatusNotAllowed
from services.numbers import next_number
from services.places import ResolvedPlace, resolve
from services.ports import Act
from services.residents import remember_home

S = ComplaintState


@dataclass(frozen=True, slots=True)
class NewComplaint:
    """What is filed: one category at one place by one resident, from one or several messages."""

    community: Community
    resident: Resident
    conversation: Conversation | None
    messages: Sequence[Message]
    category: str
    item: str | None
    urgency: str
    confidence: float
    intent: str
    place: PlaceMention
    source: Source
    text: str
    candidates: Sequence[dict[str, Any]] = ()
    problems: Sequence[dict[str, Any]] = ()
    safety_script: str | None = None
    ask_safety: bool = False
    filed_by_id: int | None = None
    is_demo: bool = False
    words: str = field(default="")
    """Everything said that belongs to it; the text when empty."""


def file_complaint(session: Session, new: NewComplaint, act: Act) -> Complaint:
    """File it: numbered, resolved, acknowledged, with its limits; a P0 raises an alert.

    The answer that carries the number is the acknowledgement, so the state after this is ``acknowledged``.
    """
    now = act.now
    number, serial = next_number(session, new.community, now)
    place = resolve(session, new.community, new.place)
    limits = limits_for(new.urgency, now)
    mention = new.place
    complaint = Complaint(
        number=number,
        serial=serial,
        community_id=new.community.id,
        resident_id=new.resident.id,
        conversation_id=new.conversation.id if new.conversation else None,
        building=mention.building,
        unit=mention.unit,
        floor=mention.floor,
        room=mention.room,
        landmark=mention.landmark[:120] if mention.landmark else None,
        is_whole_community=mention.is_whole_community,
        building_id=place.building_id,
        unit_id=place.unit_id,
        household_id=place.household_id,
        needs_place_check=place.needs_check,
        subject_code=new.category,
        item_code=new.item,
        class_code=new.category[0],
        urgency=new.urgency,
        first_urgency=new.urgency,
        confidence=new.confidence,
        intent=new.intent,
        candidates=list(new.candidates),
        problems=list(new.problems),
        first_text=new.text,
        words=new.words or new.text,
        state=S.ACKNOWLEDGED,
        is_open=True,
        source=new.source,
        safety_state=SafetyState.ASKED if new.ask_safety else SafetyState.NOT_ASKED,
        safety_asked_at=now if new.ask_safety else None,
        safety_script=new.safety_script,
        submitted_at=now,
        updated_at=now,
        ack_due_at=limits.acknowledge_by,
        contact_due_at=limits.contact_by,
        resolve_due_at=limits.resolve_by,
        filed_by_id=new.filed_by_id,
        is_demo=new.is_demo,
        household_key=household_key(new.resident.id, place),
    )
    session.add(complaint)
    session.flush()
    append_rows(
        session,
        ComplaintHistory,
        *(
            {"complaint_id": complaint.id, "at": now, "from_state": before, "to_state": after, "by": by, "note": ""}
            for before, after, by in ((None, S.SUBMITTED, act.by), (S.SUBMITTED, S.ACKNOWLEDGED, "linli"))
        ),
    )
    append_rows(
        session,
        ComplaintMessage,
        *({"complaint_id": complaint.id, "message_id": message.id} for message in new.messages),
    )
    remember_home(new.resident, place)
    audit.record(
        session, "complaint:filed", complaint, actor=act.by, now=now, category=new.category, urgency=new.urgency
    )
    if new.urgency == "P0":
        alerts.raise_alert(session, alerts.Cause.of(complaint), act)
    return complaint


def household_key(resident_id: int, place: ResolvedPlace) -> str:
    """What counts as one household: the home; without a room, one person in one building."""
    mention = place.mention
    if place.household_id is not None:
        return f"h{place.household_id}"
    where = mention.building or mention.landmark or "?"
    if mention.room is not None:
        return f"{where}-{mention.unit or '?'}-{mention.room}"[:120]
    return f"r{resident_id}@{where}"[:120]


def transition(session: Session, complaint: Complaint, to: ComplaintState, act: Act, note: str = "") -> None:
    """Move to a state the table allows. Raises StatusNotAllowed."""
    if to not in COMPLAINT_TRANSITIONS[complaint.state]:
        raise StatusNotAllowed(state=complaint.state, wanted=to)
    session.add(
        ComplaintHistory(
            complaint_id=complaint.id, at=act.now, from_state=complaint.state, to_state=to, by=act.by, note=note
        )
    )
    complaint.state = to
    complaint.is_open = to not in ENDED
    complaint.updated_at = act.now
    audit.record(session, f"complaint:{to}", complaint, actor=act.by, now=act.now)


def mark(session: Session, complaint: Complaint, name: str, act: Act, note: str = "") -> None:
    """A dated mark in the history that is not a state."""
    session.add(ComplaintHistory(complaint_id=complaint.id, at=act.now, mark=name, by=act.by, note=note))
    complaint.updated_at = act.now


def add_words(session: Session, complaint: Complaint, message: Message, act: Act) -> None:
    """What was said later belongs to it too."""
    session.flush()
    session.add(ComplaintMessage(complaint_id=complaint.id, message_id=message.id))
    if message.text:
        complaint.words = f"{complaint.words}\n{message.text}" if complaint.words else message.text
    complaint.is_read = False
    mark(session, complaint, "amended", act)
    audit.record(session, "complaint:amended", complaint, actor=act.by, now=act.now)


def set_place(session: Session, complaint: Complaint, mention: PlaceMention, act: Act) -> ResolvedPlace:
    """Put it somewhere else, or say where it is. A correction by staff is kept to learn from."""
    place = resolve(session, complaint.community, mention)
    _note_correction(session, complaint, "place", place_code(complaint), _mention_code(mention), act)
    complaint.building, complaint.unit = mention.building, mention.unit
    complaint.floor, complaint.room = mention.floor, mention.room
    complaint.landmark = mention.landmark[:120] if mention.landmark else None
    complaint.is_whole_community = mention.is_whole_community
    complaint.building_id, complaint.unit_id = place.building_id, place.unit_id
    complaint.household_id, complaint.needs_place_check = place.household_id, place.needs_check
    complaint.household_key = household_key(complaint.resident_id, place)
    complaint.updated_at = act.now
    if act.staff_id is None:
        remember_home(complaint.resident, place)
    return place


def set_category(session: Session, complaint: Complaint, category: str, act: Act) -> None:
    """File it under another subject. Raises InvalidInput for an unknown code."""
    if not taxonomy().has_subject(category):
        raise InvalidInput(field="category", reason="unknown")
    if category == complaint.subject_code:
        return
    _note_correction(session, complaint, "category", complaint.subject_code, category, act)
    mark(session, complaint, "corrected", act, f"{complaint.subject_code}→{category}")
    complaint.subject_code, complaint.class_code, complaint.item_code = category, category[0], None


def set_urgency(session: Session, complaint: Complaint, urgency: str, act: Act, note: str = "") -> None:
    """Raise or lower; the first value stays in first_urgency. Lowering a P0 needs a reason; a new P0 alerts."""
    if urgency not in {"P0", "P1", "P2", "P3"}:
        raise InvalidInput(field="urgency", reason="unknown")
    if urgency == complaint.urgency:
        return
    if complaint.urgency == "P0" and not note.strip():
        raise InvalidInput(field="note", reason="required")
    _note_correction(session, complaint, "urgency", complaint.urgency, urgency, act)
    mark(session, complaint, "urgency", act, f"{complaint.urgency}→{urgency} {note}".strip())
    complaint.urgency = urgency
    limits = limits_for(urgency, complaint.submitted_at if urgency != "P0" else act.now)
    complaint.ack_due_at, complaint.contact_due_at = limits.acknowledge_by, limits.contact_by
    complaint.resolve_due_at = limits.resolve_by
    if urgency == "P0":
        alerts.raise_alert(session, alerts.Cause.of(complaint), act)


def answer_safety(session: Session, complaint: Complaint, tap: str, scripts: Sequence[str], act: Act) -> None:
    """The answer to the one-tap question: injured, leak, fire, falling (a P0) or none (closes the question)."""
    complaint.safety_answer = tap
    if tap == "none":
        complaint.safety_state = SafetyState.SAFE
        mark(session, complaint, "safety", act, "none")
        return
    complaint.safety_state = SafetyState.DANGER
    complaint.safety_script = scripts[0] if scripts else complaint.safety_script
    mark(session, complaint, "safety", act, tap)
    set_urgency(session, complaint, "P0", act)


def take_in(session: Session, complaint: Complaint, act: Act) -> None:
    """受理: acknowledged → triaged."""
    transition(session, complaint, S.TRIAGED, act)
    complaint.is_read = True


def withdraw(session: Session, complaint: Complaint, act: Act, note: str = "") -> None:
    transition(session, complaint, S.WITHDRAWN, act, note)


def redirect(session: Session, complaint: Complaint, destination: str, phone: str, act: Act, note: str = "") -> None:
    """转办 out of the renovation: the resident is told where it went and whom to call."""
    if not destination.strip():
        raise InvalidInput(field="destination", reason="required")
    complaint.destination, complaint.destination_phone = destination.strip(), phone.strip() or None
    if complaint.state is S.REOPENED or S.REDIRECTED in COMPLAINT_TRANSITIONS[complaint.state]:
        transition(session, complaint, S.REDIRECTED, act, note or destination)
    else:
        raise StatusNotAllowed(state=complaint.state, wanted=S.REDIRECTED)
    tell(session, complaint, "redirected", act, destination=destination.strip(), phone=phone.strip(), note=note)


def dispatch(
    session: Session, complaint: Complaint, unit: str, act: Act, *, phone: str = "", copy_to: str = ""
) -> None:
    """Send to a handling unit; class D goes to the construction unit with the supervising engineer in copy."""
    if not unit.strip():
        raise InvalidInput(field="destination", reason="required")
    if complaint.state is S.ACKNOWLEDGED:
        transition(session, complaint, S.TRIAGED, act)
    complaint.destination, complaint.destination_phone = unit.strip(), phone.strip() or None
    complaint.copy_to = copy_to.strip() or None
    transition(session, complaint, S.DISPATCHED, act, unit)
    tell(session, complaint, "dispatched", act, destination=unit.strip(), phone=phone.strip())


def close(session: Session, complaint: Complaint, outcome: str, act: Act) -> None:
    """End it with what was done; the resident reads ``outcome``."""
    if not outcome.strip():
        raise InvalidInput(field="outcome", reason="required")
    path = {
        S.ACKNOWLEDGED: [S.TRIAGED],
        S.DISPATCHED: [S.ACCEPTED, S.IN_PROGRESS, S.DONE_CLAIMED, S.CALLBACK],
        S.ACCEPTED: [S.IN_PROGRESS, S.DONE_CLAIMED, S.CALLBACK],
        S.IN_PROGRESS: [S.DONE_CLAIMED, S.CALLBACK],
        S.DONE_CLAIMED: [S.CALLBACK],
        S.REOPENED: [S.TRIAGED],
    }
    for step in path.get(complaint.state, []):
        transition(session, complaint, step, act)
    complaint.outcome = outcome.strip()
    transition(session, complaint, S.CLOSED, act, outcome)
    tell(session, complaint, "closed", act, outcome=outcome.strip())


def reject(session: Session, complaint: Complaint, reason: str, act: Act) -> None:
    if not reason.strip():
        raise InvalidInput(field="reason", reason="required")
    complaint.outcome = reason.strip()
    transition(session, complaint, S.REJECTED, act, reason)
    tell(session, complaint, "rejected", act, outcome=reason.strip())


def reopen(session: Session, complaint: Complaint, act: Act, note: str = "") -> None:
    """Not solved, not satisfied, or it came back: a new clock."""
    transition(session, complaint, S.REOPENED, act, note)
    limits = limits_for(complaint.urgency, act.now)
    complaint.ack_due_at, complaint.contact_due_at = limits.acknowledge_by, limits.contact_by
    complaint.resolve_due_at = limits.resolve_by
    complaint.is_read = False


def tell(session: Session, complaint: Complaint, tag: str, act: Act, **facts: Any) -> None:
    """Tell the resident, in the chat they used, what became of it; those without a chat go on the call list."""
    if delivery.tell_resident(session, complaint, act.wording.news(tag, tell_facts(complaint) | facts), act):
        mark(session, complaint, "told", act, tag)


def tell_facts(complaint: Complaint) -> dict[str, Any]:
    """What every piece of news about a complaint may name."""
    return {
        "number": complaint.number,
        "category": complaint.subject_code,
        "place": place_code(complaint),
        "phone_community": complaint.community.phone,
    }


def place_code(complaint: Complaint) -> dict[str, Any]:
    """The place as data, for wording."""
    return {
        "building": complaint.building,
        "unit": complaint.unit,
        "floor": complaint.floor,
        "room": complaint.room,
        "landmark": complaint.landmark,
        "whole": complaint.is_whole_community,
    }


def _mention_code(mention: PlaceMention) -> dict[str, Any]:
    return {
        "building": mention.building,
        "unit": mention.unit,
        "floor": mention.floor,
        "room": mention.room,
        "landmark": mention.landmark,
        "whole": mention.is_whole_community,
    }


def _note_correction(session: Session, complaint: Complaint, field_name: str, old: Any, new: Any, act: Act) -> None:
    if act.staff_id is None or old == new:
        return
    session.add(
        Correction(complaint_id=complaint.id, field=field_name, old=_short(old), new=_short(new), by=act.by, at=act.now)
    )
    audit.record(session, "complaint:corrected", complaint, actor=act.by, now=act.now, field=field_name)


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return "-".join(str(value[key]) for key in ("building", "unit", "floor", "room", "landmark") if value.get(key))[
            :120
        ]
    return str(value)[:120]


def due_text_moment(complaint: Complaint) -> datetime:
    """The moment promised to the resident: when somebody calls back. Same on the desk and in the chat."""
    return complaint.contact_due_at
