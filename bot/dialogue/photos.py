"""Photos: put on the complaint they belong to, kept while they wait for words, and said when one could not be read."""

from __future__ import annotations

from bot.dialogue.turn import Turn
from services import complaints, talks
from services.talks import RECENT


def refused(turn: Turn) -> int:
    """How many photos of this message could not be kept."""
    return sum(1 for photo in turn.inbound.photos if "path" not in photo)


def say_refused(turn: Turn) -> None:
    count = refused(turn)
    if count:
        turn.say("photo_refused", count=count)


def without_words(turn: Turn) -> None:
    """Only photos: they join what was filed within the last half hour, else they wait for one sentence."""
    if not turn.photos:
        return
    ids = [photo.id for photo in turn.photos]
    recent = next((row for row in turn.latest or turn.own_open if abs(turn.at - row.submitted_at) <= RECENT), None)
    if recent is None:
        turn.memory.loose_photos.extend(ids)
        turn.say("photo_kept")
        return
    add(turn, ids, recent.id)


def add(turn: Turn, ids: list[int], complaint_id: int) -> None:
    """Put these photos on one of the resident's complaints."""
    for complaint in turn.by_ids([complaint_id]):
        talks.attach(turn.session, complaint, ids)
        complaints.add_words(turn.session, complaint, turn.message, turn.act)
        turn.say("photo_added", serial=complaint.serial, number=complaint.number)
