"""Makes complaints for tests the way they really come: said by a resident, read, filed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

from linli.bootstrap import Container
from models import Author, Channel, Community, Complaint, Message, Source
from nlp.taxonomy import taxonomy
from nlp.understand import understand
from nlp.understanding import Context
from services.complaints import NewComplaint, file_complaint
from services.engine_in_use import engine_in_use
from services.places import find_community, gazetteer_of
from services.residents import open_talk


def say(house: Container, community: str, words: str, *, who: str = "r1", at: datetime | None = None) -> list[str]:
    """File what these words hold, by a browser's resident; returns the numbers."""
    at = at or datetime.now(UTC)
    with house.database.transaction() as session:
        place = find_community(session, community)
        assert isinstance(place, Community)
        talk = open_talk(session, Channel.WEB, who, place, at)
        message = Message(conversation_id=talk.conversation.id, author=Author.RESIDENT, text=words, at=at)
        session.add(message)
        session.flush()
        read = understand(words, Context(at=at, gazetteer=gazetteer_of(session, place)), engine_in_use(session))
        filed: list[Complaint] = []
        for draft in read.complaints:
            new = NewComplaint(
                community=place,
                resident=talk.resident,
                conversation=talk.conversation,
                messages=[message],
                category=draft.category,
                item=draft.item,
                urgency=read.urgency or taxonomy().subject(draft.category).default_urgency,
                confidence=draft.confidence,
                intent=read.intent,
                place=draft.place,
                source=Source.WEB,
                text=words,
                candidates=[asdict(one) for one in read.candidates],
                problems=[asdict(read.problems[number]) for number in draft.problems],
            )
            filed.append(file_complaint(session, new, house.act("resident", now=at)))
        return [complaint.number for complaint in filed]
