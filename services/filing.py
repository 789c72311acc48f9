"""Filing for someone who telephoned, came by, wrote a slip or was met on a walk: same understanding, same number."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from models import (
    Attachment,
    Author,
    Channel,
    Community,
    Complaint,
    ContactPoint,
    Conversation,
    Message,
    Resident,
    Session,
    Source,
)
from nlp.safety import scripts_for_tap
from nlp.taxonomy import taxonomy
from nlp.understand import understand
from nlp.understanding import ComplaintDraft, Context, Intent, PlaceMention, Understanding
from services import complaints, delivery
from services.complaints import NewComplaint
from services.engine_in_use import engine_in_use
from services.errors import InvalidInput
from services.places import gazetteer_of
from services.ports import Act, StoredPhoto
from services.residents import Talk
from services.vault import Vault

SOURCES = (Source.PHONE, Source.WALK_IN, Source.PAPER, Source.BUILDING_WALK)
TAPS = ("injured", "leak", "fire", "falling", "none")
LONGEST_WORDS = 10_000
UNSORTED = "N12"
NOT_COMPLAINING = frozenset({Intent.SUGGESTION, Intent.INQUIRY, Intent.OPINION})


@dataclass(frozen=True, slots=True)
class Form:
    """What the clerk wrote down. Place fields override what the words say; ``category`` decides when it is given.

    ``key`` is the form's own random mark: sent twice, it is filed once. Without ``wants_call`` nobody is telephoned.
    """

    text: str
    source: Source
    key: str
    building: str | None = None
    unit: str | None = None
    room: str | None = None
    phone: str | None = None
    name: str | None = None
    tap: str | None = None
    category: str | None = None
    wants_call: bool = True
    photos: Sequence[StoredPhoto] = ()


def new_key() -> str:
    return secrets.token_urlsafe(12)


def read_words(session: Session, community: Community, text: str, now: datetime) -> Understanding:
    """The same understanding as in the chat."""
    context = Context(at=now, gazetteer=gazetteer_of(session, community))
    return understand(text, context, engine_in_use(session))


def drafts_of(understanding: Understanding, form: Form) -> list[ComplaintDraft]:
    """What would be filed: each complaint in the words; always at least one, because a person decided to file."""
    found = list(understanding.complaints)
    if form.category is not None:
        first = found[0] if found else None
        place = first.place if first is not None else understanding.place
        problems = first.problems if first is not None and first.category == form.category else ()
        found = [ComplaintDraft(form.category, None, 1.0, place, problems), *found[1:]]
    if not found:
        best = understanding.categories or tuple(one.category for one in understanding.candidates[:1])
        confidence = understanding.candidates[0].confidence if understanding.candidates else 0.2
        found = [ComplaintDraft(best[0] if best else UNSORTED, None, confidence, understanding.place, ())]
    return [
        ComplaintDraft(one.category, one.item, one.confidence, place_of(one.place, form), one.problems) for one in found
    ]


def place_of(said: PlaceMention, form: Form) -> PlaceMention:
    """The place in the words with what the clerk typed on top; another building drops the rest of what was said."""
    if form.building is None:
        return PlaceMention(
            said.building, form.unit or said.unit, said.floor, form.room or said.room, said.landmark,
            said.is_whole_community,
        )  # fmt: skip
    is_same = form.building == said.building
    return PlaceMention(
        building=form.building,
        unit=form.unit or (said.unit if is_same else None),
        floor=said.floor if is_same else None,
        room=form.room or (said.room if is_same else None),
        landmark=said.landmark,
    )


def file_for_someone(
    session: Session, community: Community, form: Form, act: Act, vault: Vault
) -> tuple[list[Complaint], Understanding]:
    """File every complaint in the words under one contact without a chat. A form sent twice is filed once.

    Raises InvalidInput (text missing or too long, source, category or danger unknown, telephone too short).
    """
    words = form.text.strip()
    _check(form, words)
    known = _filed_before(session, form.key)
    understanding = read_words(session, community, words, act.now)
    if known:
        return known, understanding
    talk = _open_phone_talk(session, community, form, act, vault)
    message = Message(conversation_id=talk.conversation.id, author=Author.RESIDENT, text=words, at=act.now)
    message.attachments = [_attachment(photo, act.now) for photo in form.photos]
    session.add(message)
    session.flush()
    drafts = drafts_of(understanding, form)
    filed = [
        complaints.file_complaint(
            session,
            _new_complaint(community, talk, message, understanding, draft, form, is_first=index == 0, act=act),
            act,
        )
        for index, draft in enumerate(drafts)
    ]
    for photo in message.attachments:
        photo.complaint_id = filed[0].id
    if form.tap is not None:
        scripts = scripts_for_tap(form.tap, understanding) if form.tap != "none" else ()
        for complaint in filed[:1] if form.tap != "none" else filed:
            complaints.answer_safety(session, complaint, form.tap, scripts, act)
    for complaint in filed:
        complaint.is_read = True
    return filed, understanding


def _new_complaint(
    community: Community,
    talk: Talk,
    message: Message,
    understanding: Understanding,
    draft: ComplaintDraft,
    form: Form,
    *,
    is_first: bool,
    act: Act,
) -> NewComplaint:
    usual = taxonomy().subject(draft.category).default_urgency
    level = (understanding.urgency or usual) if is_first else max(usual, "P1")
    if understanding.intent in NOT_COMPLAINING and level != "P0":
        level = "P3"
    return NewComplaint(
        community=community,
        resident=talk.resident,
        conversation=talk.conversation,
        messages=[message],
        category=draft.category,
        item=draft.item,
        urgency=level,
        confidence=draft.confidence,
        intent=understanding.intent,
        place=draft.place,
        source=form.source,
        text=form.text.strip(),
        candidates=[one.to_json() for one in understanding.candidates],
        problems=[understanding.problems[number].to_json() for number in draft.problems],
        safety_script=understanding.safety_script if level == "P0" else None,
        filed_by_id=act.staff_id,
        is_demo=community.is_demo,
    )


def _check(form: Form, words: str) -> None:
    if not words:
        raise InvalidInput(field="text", reason="required")
    if len(words) > LONGEST_WORDS:
        raise InvalidInput(field="text", reason="too_long")
    if form.source not in SOURCES:
        raise InvalidInput(field="source", reason="unknown")
    if form.category is not None and not taxonomy().has_subject(form.category):
        raise InvalidInput(field="category", reason="unknown")
    if form.tap is not None and form.tap not in TAPS:
        raise InvalidInput(field="tap", reason="unknown")
    digits = [char for char in form.phone or "" if char.isdigit()]
    if form.phone and not 5 <= len(digits) <= 15:
        raise InvalidInput(field="phone", reason="not_a_phone")


def _filed_before(session: Session, key: str) -> list[Complaint]:
    return list(
        session.scalars(
            select(Complaint)
            .join(Conversation, Conversation.id == Complaint.conversation_id)
            .join(ContactPoint, ContactPoint.id == Conversation.contact_point_id)
            .where(ContactPoint.channel == Channel.PHONE, ContactPoint.external_id == f"desk:{key}")
            .order_by(Complaint.id)
        )
    )


def find_by_telephone(session: Session, community: Community, phone: str | None, vault: Vault) -> Resident | None:
    """The resident of this community known by this telephone number."""
    index = vault.index(phone)
    if index is None:
        return None
    return session.scalar(
        select(Resident)
        .where(Resident.phone_index == index, Resident.community_id == community.id, Resident.erased_at.is_(None))
        .order_by(Resident.id)
        .limit(1)
    )


def _open_phone_talk(session: Session, community: Community, form: Form, act: Act, vault: Vault) -> Talk:
    """A contact without a chat for this filing; the same telephone in the community is the same resident."""
    index = vault.index(form.phone)
    resident = find_by_telephone(session, community, form.phone, vault)
    if resident is None:
        resident = Resident(community_id=community.id, created_at=act.now, is_demo=community.is_demo)
        session.add(resident)
    if form.phone:
        resident.phone, resident.phone_index = vault.seal(form.phone.strip()), index
    if form.name and form.name.strip():
        resident.name = vault.seal(form.name.strip()[:60])
    session.flush()
    contact = ContactPoint(
        channel=Channel.PHONE, external_id=f"desk:{form.key}"[:120], resident_id=resident.id, created_at=act.now
    )
    contact.resident = resident
    session.add(contact)
    session.flush()
    conversation = Conversation(
        contact_point_id=contact.id,
        community_id=community.id,
        state={} if form.wants_call else {delivery.WANTS_NO_CALL: True},
        started_at=act.now,
        last_message_at=act.now,
    )
    conversation.contact = contact
    session.add(conversation)
    session.flush()
    return Talk(conversation, contact, resident, is_new=True)


def _attachment(photo: StoredPhoto, now: datetime) -> Attachment:
    return Attachment(
        path=photo.path,
        mime=photo.mime,
        width=photo.width,
        height=photo.height,
        size=photo.size,
        sha256=photo.sha256,
        created_at=now,
    )


def as_problems(understanding: Understanding) -> list[Mapping[str, Any]]:
    """The evidence as stored with a complaint, for marking words before anything is filed."""
    return [problem.to_json() for problem in understanding.problems]
