"""Conversations a person has to answer: listed, answered, given back to the bot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from models import Channel, Complaint, ContactPoint, Conversation, Message, Session
from services import audit, delivery
from services.access import Viewer
from services.complaints import mark
from services.errors import InvalidInput, NotFound
from services.ports import Act, Reply
from services.triage import scope_of

LONGEST_REPLY = 2000
LISTED = 50


@dataclass(frozen=True, slots=True)
class OpenChat:
    """A conversation with its last utterances and the complaint it was about, if any."""

    conversation: Conversation
    messages: Sequence[Message]
    complaint: Complaint | None


def list_waiting(session: Session, viewer: Viewer, *, limit: int = LISTED) -> list[OpenChat]:
    """Conversations that wait for a person's words, longest waiting first; three queries."""
    scope = scope_of(session, viewer)
    query = (
        select(Conversation)
        .where(Conversation.needs_answer.is_(True))
        .order_by(Conversation.last_message_at)
        .limit(limit)
        .options(joinedload(Conversation.community), joinedload(Conversation.contact))
    )
    if scope.community_ids is not None:
        query = query.where(Conversation.community_id.in_(scope.community_ids))
    conversations = session.scalars(query).all()
    if not conversations:
        return []
    ids = [conversation.id for conversation in conversations]
    newest: dict[int, list[Message]] = {one: [] for one in ids}
    recent = select(Message).where(Message.conversation_id.in_(ids)).order_by(Message.id.desc()).limit(len(ids) * 30)
    for message in session.scalars(recent):
        if len(newest[message.conversation_id]) < 6:
            newest[message.conversation_id].insert(0, message)
    latest: dict[int, Complaint] = {}
    for complaint in session.scalars(
        select(Complaint).where(Complaint.conversation_id.in_(ids)).order_by(Complaint.id)
    ):
        if complaint.conversation_id is not None:
            latest[complaint.conversation_id] = complaint
    return [OpenChat(one, newest[one.id], latest.get(one.id)) for one in conversations]


def access_conversation(session: Session, viewer: Viewer, conversation_id: int) -> Conversation:
    """The conversation, if its community is the viewer's. Raises NotFound."""
    conversation = session.scalar(
        select(Conversation).where(Conversation.id == conversation_id).options(joinedload(Conversation.community))
    )
    scope = scope_of(session, viewer)
    if conversation is None or (
        scope.community_ids is not None and conversation.community_id not in scope.community_ids
    ):
        raise NotFound(what="conversation")
    return conversation


def reply(session: Session, conversation: Conversation, text: str, act: Act) -> None:
    """Say something in the resident's chat. Raises InvalidInput for nothing or too much."""
    delivery.say_as_staff(session, conversation, _checked(text), act)
    audit.record(session, "conversation:answered", conversation, actor=act.by, now=act.now)


def reply_about(session: Session, complaint: Complaint, text: str, act: Act) -> bool:
    """Answer about a complaint. True when it went into the chat; False when it went on the call list."""
    words = _checked(text)
    mark(session, complaint, "replied", act)
    conversation = session.get(Conversation, complaint.conversation_id) if complaint.conversation_id else None
    if conversation is not None:
        channel = session.scalar(select(ContactPoint.channel).where(ContactPoint.id == conversation.contact_point_id))
        if channel is not Channel.PHONE:
            reply(session, conversation, words, act)
            return True
    delivery.put_on_call_list(
        session, complaint.community_id, complaint.resident_id, (Reply(words),), act, complaint_id=complaint.id
    )
    return False


def hand_back(session: Session, conversation: Conversation, act: Act) -> None:
    """The bot answers again from the next message on."""
    conversation.handed_over_at, conversation.handover_reason = None, None
    conversation.needs_answer = False
    audit.record(session, "conversation:handed_back", conversation, actor=act.by, now=act.now)


def _checked(text: str) -> str:
    words = text.strip()
    if not words:
        raise InvalidInput(field="text", reason="required")
    if len(words) > LONGEST_REPLY:
        raise InvalidInput(field="text", reason="too_long")
    return words
