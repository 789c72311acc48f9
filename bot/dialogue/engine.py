"""The one engine behind every channel: finds who speaks where, runs the turn, keeps the memory, queues the answer."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue import place, reading, routing, safety
from bot.dialogue.memory import Memory
from bot.dialogue.turn import Turn, has_place
from bot.messages import Answer, Inbound
from bot.replies.catalogue import LABELS, SAFETY_TAPS
from bot.replies.wording import say
from bot.replies.words import building_words
from models import Channel, Community, Complaint, Session
from nlp.understand import understand
from nlp.understanding import Context
from services import audit, delivery, talks
from services.places import find_community, only_community
from services.ports import Act, Reply, Wording
from services.residents import Talk, find_talk, make_talk, move_to_community, note_seen
from services.vault import Vault
from settings import Settings


class Dialogue:
    """Stateless between turns: what has to be remembered lies in the conversation."""

    def __init__(self, settings: Settings, wording: Wording, vault: Vault) -> None:
        self._settings = settings
        self._wording = wording
        self._vault = vault

    def respond(self, session: Session, inbound: Inbound, *, inbox_id: int | None) -> Answer:
        """One turn in the caller's transaction: what was said is kept, understood, acted on, and answered.

        The answer is queued in the outbox. Every rule about time runs on ``inbound.at``.
        """
        inbound = replace(inbound, text=reading.storable(inbound.text))
        before = len(audit.tags_of(session))
        talk, is_chosen = self._open(session, inbound)
        if talk is None:
            return self._answer_unplaced(session, inbound, inbox_id, before)
        return self._answer(session, inbound, inbox_id, before, talk, is_chosen=is_chosen)

    def _answer(
        self, session: Session, inbound: Inbound, inbox_id: int | None, before: int, talk: Talk, *, is_chosen: bool
    ) -> Answer:
        conversation = talk.conversation
        community = _community_of(session, talk)
        memory = Memory.from_json(conversation.state)
        waiting, memory.waiting = memory.waiting, []
        photos = [photo for photo in inbound.photos if "path" in photo]
        text = inbound.text if inbound.button is None else _label_of(inbound.button)
        message = talks.hear(session, conversation, text, inbound.at, inbox_id=inbox_id, photos=photos)
        note_seen(talk.contact, inbound.at)
        turn = Turn(
            session=session,
            settings=self._settings,
            vault=self._vault,
            act=Act(
                by="resident",
                now=inbound.at,
                wording=self._wording,
                next_call_after=self._settings.alerts.next_call_after,
            ),
            inbound=inbound,
            community=community,
            talk=talk,
            memory=memory,
            message=message,
            text=text,
        )
        place.learn_hint(turn)
        if inbound.button is not None and inbound.button.startswith("building:"):
            message.text = building_words(inbound.button.partition(":")[2], turn.building_names)
            turn.text = message.text
        if is_chosen:
            turn.say("community_chosen", community=community.name)
            _take_up(turn, waiting)
        else:
            routing.route(turn)
        _ask_what_is_missing(turn)
        self._show_notice(turn)
        replies = tuple(turn.replies) + ((turn.question,) if turn.question is not None else ())
        if not replies:
            replies = (say("noted"),)
        conversation.state = turn.memory.to_json()
        delivery.queue_answer(session, conversation, inbound.channel, replies, inbound.at)
        return Answer(
            replies,
            tuple(complaint.number for complaint in turn.filed),
            turn.script,
            tuple(audit.tags_of(session)[before:]),
        )

    def _open(self, session: Session, inbound: Inbound) -> tuple[Talk | None, bool]:
        """The talk, and whether this message did nothing but choose the community."""
        talk = find_talk(session, inbound.channel, inbound.sender)
        wanted = inbound.community
        named = reading.command(inbound.text) if inbound.button is None else None
        is_start = named is not None and named[0] == "start"
        if named is not None and is_start and named[1]:
            wanted = named[1]
        community: Community | None = None
        known = talk.conversation.community if talk is not None else None
        if wanted:
            is_known = known is not None and known.code.upper() == wanted.strip().upper()
            community = known if is_known else find_community(session, wanted)
        if talk is not None and talk.conversation.community_id is not None:
            if community is not None and community.id != talk.conversation.community_id:
                move_to_community(session, talk, community)
                return talk, is_start
            return talk, False
        contact = talks.find_contact(session, inbound.channel, inbound.sender)
        if contact is not None and contact.staff_id is not None:
            return None, False
        is_named = False
        if community is None and not wanted:
            if contact is not None and inbound.button is None:
                community = find_community(session, reading.plain(inbound.text))
                is_named = community is not None
            community = community or only_community(session)
        if community is None:
            return None, False
        if contact is None:
            return make_talk(session, inbound.channel, inbound.sender, community, inbound.at), is_start
        conversation = talks.open_unplaced(session, inbound.channel, inbound.sender, inbound.at)
        return talks.settle(session, conversation, community, inbound.at), is_start or is_named

    def _answer_unplaced(self, session: Session, inbound: Inbound, inbox_id: int | None, before: int) -> Answer:
        """Nobody knows where this person lives: danger is answered, the rest waits for the community's code."""
        conversation = talks.open_unplaced(session, inbound.channel, inbound.sender, inbound.at)
        photos = [photo for photo in inbound.photos if "path" in photo]
        text = inbound.text if inbound.button is None else _label_of(inbound.button)
        message = talks.hear(session, conversation, text, inbound.at, inbox_id=inbox_id, photos=photos)
        replies: list[Reply] = []
        script: str | None = None
        named = reading.command(inbound.text)
        understanding = understand(text, Context(at=inbound.at))
        if understanding.safety_script is not None:
            script = understanding.safety_script
            replies.append(safety.script_without_numbers(script))
        if conversation.contact.staff_id is not None:
            replies.append(say("staff_contact"))
        else:
            was_named = bool(inbound.community) or (named is not None and bool(named[1]))
            memory = Memory.from_json(conversation.state)
            if named is None and inbound.button is None and text.strip() and not inbound.community:
                session.flush()
                memory.waiting.append(message.id)
            memory.loose_photos.extend(photo.id for photo in message.attachments if photos)
            conversation.state = memory.to_json()
            replies.append(say("community_unknown" if was_named else "ask_community", kind="question"))
        delivery.queue_answer(session, conversation, inbound.channel, replies, inbound.at)
        return Answer(tuple(replies), (), script, tuple(audit.tags_of(session)[before:]))

    def _show_notice(self, turn: Turn) -> None:
        resident = turn.talk.resident
        kept = self._settings.privacy
        if resident.notice_version == kept.notice_version:
            return
        turn.say("notice", keeper=kept.keeper, years=kept.keep_years, kind="privacy")
        if turn.inbound.channel is Channel.TELEGRAM:
            turn.say("notice_abroad", kind="privacy")
        talks.note_notice(resident, kept.notice_version, turn.at)


def _take_up(turn: Turn, waiting: list[int]) -> None:
    """What was said before the community was known, each in its turn, as if it were said now."""
    chosen = turn.message
    for message in talks.list_messages(turn.session, waiting):
        turn.read(message)
        routing.route(turn)
    turn.message = chosen


def _ask_what_is_missing(turn: Turn) -> None:
    """At most one question in the whole answer: danger before the place, the place in the next answer."""
    if turn.question is None and turn.safety_wanted:
        safety.ask(turn, turn.safety_wanted)
    if turn.question is not None or not turn.memory.place_wanted:
        return
    wanted = [row for row in turn.by_ids(turn.memory.place_wanted) if _lacks_place(row)]
    turn.memory.place_wanted = []
    if wanted:
        place.ask(turn, wanted, is_danger=any(row.urgency == "P0" for row in wanted))


def _lacks_place(complaint: Complaint) -> bool:
    return not has_place(complaint) or (complaint.needs_place_check and complaint.building_id is None)


def _community_of(session: Session, talk: Talk) -> Community:
    return session.get_one(Community, talk.conversation.community_id)


def _label_of(value: str) -> str:
    """The words on the button, as the person saw them."""
    kind, _, detail = value.partition(":")
    if kind == "safety":
        return SAFETY_TAPS.get(detail.partition(":")[0], value)
    if kind == "urge":
        return LABELS["urge"]
    return LABELS.get(value, value)
