"""Files complaints for tests, as a resident's chat would, without reading any text."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from models import Channel, Community, Complaint, Session, Source
from nlp.understanding import PlaceMention
from services.complaints import NewComplaint, file_complaint
from services.ports import Act
from services.residents import open_talk

_chats = count(1)


@dataclass(frozen=True, slots=True)
class Voice:
    """What a resident says. The same ``chat`` is the same person; without one it is somebody new."""

    category: str = "A11"
    text: str = "一下雨就漏，墙都发霉了"
    building: str | None = "3"
    unit: str | None = "2"
    room: str | None = None
    chat: str | None = None
    channel: Channel = Channel.TELEGRAM
    urgency: str = "P2"
    is_listed: bool = True


def say(session: Session, community: Community, act: Act, voice: Voice | None = None) -> Complaint:
    """A filed complaint, acknowledged, with its conversation and its contact."""
    voice = voice or Voice()
    talk = open_talk(session, voice.channel, voice.chat or f"chat-{next(_chats)}", community, act.now)
    talk.contact.is_listed = voice.is_listed
    source = {Channel.TELEGRAM: Source.TELEGRAM, Channel.WEB: Source.WEB, Channel.PHONE: Source.PHONE}
    complaint = file_complaint(
        session,
        NewComplaint(
            community=community,
            resident=talk.resident,
            conversation=None if voice.channel is Channel.PHONE else talk.conversation,
            messages=(),
            category=voice.category,
            item=None,
            urgency=voice.urgency,
            confidence=0.9,
            intent="complaint",
            place=PlaceMention(voice.building, voice.unit, None, voice.room),
            source=source.get(voice.channel, Source.CONSOLE),
            text=voice.text,
        ),
        act,
    )
    session.flush()
    return complaint
