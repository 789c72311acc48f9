"""One turn: what came in, what is known, and the answer that grows; flows read it and add to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from bot.dialogue import clearing
from bot.dialogue.memory import Memory, Question
from bot.messages import Inbound
from bot.replies.wording import say
from bot.replies.words import FALLBACK_PHONE, moment_words, place_words, worker_words
from models import Attachment, Community, Complaint, Message, Session
from models.workflow import ENDED
from nlp.understand import understand
from nlp.understanding import Context, Gazetteer, PlaceMention, Understanding
from services import alerts, audit, talks
from services.engine_in_use import engine_in_use
from services.places import gazetteer_of
from services.ports import Act, Button, Reply
from services.residents import Talk
from services.vault import Vault
from settings import Settings


@dataclass
class Turn:
    """``text`` is what is read (the message's own text, or the label of what was pressed)."""

    session: Session
    settings: Settings
    vault: Vault
    act: Act
    inbound: Inbound
    community: Community
    talk: Talk
    memory: Memory
    message: Message
    text: str
    replies: list[Reply] = field(default_factory=list)
    question: Reply | None = None
    filed: list[Complaint] = field(default_factory=list)
    script: str | None = None
    safety_wanted: list[Complaint] = field(default_factory=list)
    follows_place: bool = False
    """Whether the turn before did nothing but say where."""

    @property
    def at(self) -> datetime:
        return self.inbound.at

    @property
    def photos(self) -> list[Attachment]:
        return self.message.attachments if self.inbound.photos else []

    @cached_property
    def gazetteer(self) -> Gazetteer:
        return gazetteer_of(self.session, self.community)

    @cached_property
    def building_names(self) -> dict[str, str]:
        """The sheets' names of buildings by code."""
        return {row.code: row.names[0] for row in self.gazetteer.buildings if row.names}

    @cached_property
    def understanding(self) -> Understanding:
        return self.understood(self.text)

    def understood(self, text: str) -> Understanding:
        """Another text understood in the same place at the same time, without what is no part of a report."""
        context = Context(at=self.at, gazetteer=self.gazetteer)
        understanding = understand(clearing.cleared(text), context, engine_in_use(self.session))
        return clearing.restored(understanding, text)

    @cached_property
    def own(self) -> list[Complaint]:
        """The resident's complaints, newest first, without those of this turn."""
        return talks.list_own(self.session, self.talk.resident.id) if self.talk.has_filed else []

    @property
    def own_open(self) -> list[Complaint]:
        return [complaint for complaint in [*reversed(self.filed), *self.own] if complaint.state not in ENDED]

    @property
    def latest(self) -> list[Complaint]:
        """The open complaints of the latest filing."""
        known = {complaint.id: complaint for complaint in self.own_open}
        return [known[number] for number in self.memory.latest if number in known]

    def by_ids(self, ids: Sequence[int]) -> list[Complaint]:
        """Those of the resident's own open complaints, in this order; others are left out."""
        known = {complaint.id: complaint for complaint in self.own_open}
        return [known[number] for number in ids if number in known]

    def say(self, sentence: str, **values: Any) -> None:
        self.replies.append(say(sentence, **values))

    def ask(
        self,
        kind: str,
        complaints: Sequence[Complaint],
        sentence: str,
        buttons: Sequence[Button] = (),
        **values: object,
    ) -> None:
        """Ask the one question of this answer; a second one in the same turn is not asked."""
        if self.question is not None:
            return
        waiting = self.memory.question
        if waiting is not None and waiting.kind == "safety" and kind not in ("safety", "danger"):
            self.memory.safety_open = list(dict.fromkeys([*self.memory.safety_open, *waiting.complaints]))
        self.memory.question = Question(kind, [complaint.id for complaint in complaints])
        self.question = say(sentence, buttons=buttons, kind="question", facts={"question": kind}, **values)

    def read(self, message: Message) -> None:
        """Go on with another message of the same person."""
        self.message, self.text = message, message.text
        self.__dict__.pop("understanding", None)

    def tag(self, name: str, subject: object, **fields: Any) -> None:
        audit.record(self.session, name, subject, actor=self.act.by, now=self.act.now, **fields)

    @cached_property
    def is_watched(self) -> bool:
        """Whether anybody is on call here: nobody is promised who does not exist."""
        return bool(alerts.list_on_call(self.session, self.community.id))

    def say_watched(self, sentence: str, **values: Any) -> None:
        """A sentence that promises the person on call; where there is none, the number to ring instead."""
        if self.is_watched:
            self.say(sentence, **values)
        else:
            self.say_ring()

    def say_ring(self) -> None:
        """Once in an answer: nobody is on call, so ring."""
        ring = say("ring_yourself", phone=self.phone)
        if ring not in self.replies:
            self.replies.append(ring)

    @property
    def phone(self) -> str:
        """The telephone residents are given: the community's, else the hotline."""
        return self.community.phone or FALLBACK_PHONE

    @property
    def worker(self) -> str:
        return worker_words(self.community.contact_name)

    def moment(self, at: datetime) -> str:
        return moment_words(at)

    def place_text(self, complaint: Complaint) -> str:
        return place_words(mention_of(complaint), self.building_names)


def mention_of(complaint: Complaint) -> PlaceMention:
    """The place of a complaint as it was said."""
    return PlaceMention(
        complaint.building,
        complaint.unit,
        complaint.floor,
        complaint.room,
        complaint.landmark,
        complaint.is_whole_community,
    )


def has_place(complaint: Complaint) -> bool:
    """Whether somebody can go there: a building, a landmark or the whole community."""
    return bool(complaint.building or complaint.landmark or complaint.is_whole_community)
