"""Files what was said: one complaint for each category at each place, or an addition to what is already filed."""

from __future__ import annotations

from datetime import timedelta

from bot.dialogue import place, reading, safety
from bot.dialogue.memory import JOIN_SECONDS
from bot.dialogue.telling import is_building_unknown, tell, tell_filed
from bot.dialogue.turn import Turn, has_place, mention_of
from models import Channel, Complaint, Source
from nlp.taxonomy import taxonomy
from nlp.understanding import ComplaintDraft, Intent, PlaceMention, Understanding
from services import complaints, talks
from services.complaints import NewComplaint, due_text_moment
from services.talks import RECENT

HALF_SENTENCE_SECONDS = 120
HALF_SENTENCE = 4
"""A first message of at most so many characters, like 堵了, is half a sentence; what follows says the rest."""
OWN_SUBJECT = 0.7
SAME_TALK = timedelta(hours=24)
UNKNOWN_SUBJECT = "N12"
INQUIRY_SUBJECT = "N08"
OPINION_SUBJECT = "D07"
SOURCES = {
    Channel.WEB: Source.WEB,
    Channel.TELEGRAM: Source.TELEGRAM,
    Channel.CONSOLE: Source.CONSOLE,
    Channel.PHONE: Source.PHONE,
}


def report(turn: Turn, understanding: Understanding) -> None:
    """File every draft, or add it where the same thing is already filed; then say all of it in one answer."""
    drafts = list(understanding.complaints) or [_only_draft(understanding)]
    joined = _join_split_sentence(turn, understanding, drafts)
    if joined is not None:
        _say_added(turn, [joined], understanding)
        return
    filed: list[Complaint] = []
    added: list[Complaint] = []
    repeated: list[Complaint] = []
    sources: list[str] = []
    for index, draft in enumerate(drafts):
        urgency = _urgency(understanding, drafts, index)
        mention, source = place.fill(turn, draft.place, draft.category, understanding.text)
        known = _same_words(turn, draft) or _same_matter(
            turn, understanding, draft, mention if source is None else draft.place
        )
        if known is not None and known not in filed:
            if _is_repeat(turn, known):
                repeated.append(known)
            else:
                _refine(turn, known, draft, urgency)
                added.append(known)
            complaints.add_words(turn.session, known, turn.message, turn.act)
            continue
        filed.append(_file(turn, understanding, draft, mention, urgency))
        if source is not None and source not in sources:
            sources.append(source)
    if filed:
        turn.filed.extend(filed)
        turn.memory.latest = [complaint.id for complaint in filed]
        turn.memory.latest_at = turn.at.isoformat()
        turn.memory.said = None
    _put_photos(turn, filed or added or repeated)
    _say_filed(turn, understanding, filed, sources)
    if added or repeated:
        _say_added(turn, added, understanding, repeated)


def want_place(turn: Turn, complaint: Complaint) -> None:
    """The place of this complaint has still to be asked."""
    if complaint.id not in turn.memory.place_wanted:
        turn.memory.place_wanted.append(complaint.id)


def file_tapped(turn: Turn, category: str, mention: PlaceMention, script: str | None) -> Complaint:
    """File a danger that was only tapped: its words are the tap's, and a person finds out the rest."""
    other = tuple(code for code in ("A06", "A03", "A08", "A12", UNKNOWN_SUBJECT) if code != category)[:2]
    complaint = complaints.file_complaint(
        turn.session,
        NewComplaint(
            community=turn.community,
            resident=turn.talk.resident,
            conversation=turn.talk.conversation,
            messages=[turn.message],
            category=category,
            item=None,
            urgency="P0",
            confidence=0.3,
            intent=Intent.EMERGENCY,
            place=mention,
            source=SOURCES[turn.inbound.channel],
            text=turn.text,
            candidates=[
                {"category": code, "confidence": 0.3 if code == category else 0.1} for code in (category, *other)
            ],
            safety_script=script,
            is_demo=turn.talk.resident.is_demo,
        ),
        turn.act,
    )
    turn.filed.append(complaint)
    turn.memory.latest, turn.memory.latest_at = [complaint.id], turn.at.isoformat()
    _put_photos(turn, [complaint])
    return complaint


def add_detail(turn: Turn, complaint: Complaint) -> None:
    """A detail that is no report of its own belongs to what was just filed."""
    complaints.add_words(turn.session, complaint, turn.message, turn.act)
    _put_photos(turn, [complaint])
    tell(turn, complaint, "added")


def _file(
    turn: Turn, understanding: Understanding, draft: ComplaintDraft, mention: PlaceMention, urgency: str
) -> Complaint:
    asks = understanding.ask_safety and urgency != "P0" and _asks(understanding, draft)
    script = understanding.safety_script if _is_dangerous_draft(understanding, draft, urgency) else None
    complaint = complaints.file_complaint(
        turn.session,
        NewComplaint(
            community=turn.community,
            resident=turn.talk.resident,
            conversation=turn.talk.conversation,
            messages=[turn.message],
            category=draft.category,
            item=draft.item,
            urgency=urgency,
            confidence=draft.confidence,
            intent=understanding.intent,
            place=mention,
            source=SOURCES[turn.inbound.channel],
            text=understanding.text,
            candidates=[candidate.to_json() for candidate in understanding.candidates],
            problems=[understanding.problems[number].to_json() for number in draft.problems],
            safety_script=script,
            ask_safety=asks,
            is_demo=turn.talk.resident.is_demo,
        ),
        turn.act,
    )
    if asks:
        turn.safety_wanted.append(complaint)
    if is_building_unknown(complaint) or (
        not has_place(complaint) and (urgency == "P0" or place.matters(draft.category, understanding.intent))
    ):
        want_place(turn, complaint)
    return complaint


def _only_draft(understanding: Understanding) -> ComplaintDraft:
    """A report without a clear subject is filed all the same, under the best guess, for a person to sort."""
    fallback = {Intent.INQUIRY: INQUIRY_SUBJECT, Intent.OPINION: OPINION_SUBJECT}.get(
        understanding.intent, UNKNOWN_SUBJECT
    )
    if understanding.categories:
        category = understanding.categories[0]
    elif understanding.candidates and understanding.candidates[0].confidence >= 0.4:
        category = understanding.candidates[0].category
    else:
        category = fallback
    confidence = next((row.confidence for row in understanding.candidates if row.category == category), 0.2)
    numbers = tuple(index for index, row in enumerate(understanding.problems) if row.category == category)
    return ComplaintDraft(category, None, confidence, understanding.place, numbers)


def _urgency(understanding: Understanding, drafts: list[ComplaintDraft], index: int) -> str:
    """The message's level for the draft it comes from, the subject's usual level for the others."""
    level = understanding.urgency or taxonomy().subject(drafts[index].category).default_urgency
    if understanding.intent in (Intent.SUGGESTION, Intent.INQUIRY, Intent.OPINION):
        return level if level == "P0" else "P3"
    if len(drafts) == 1 or index == _leading(understanding, drafts):
        return level
    usual = taxonomy().subject(drafts[index].category).default_urgency
    return max(usual, "P1")


def _leading(understanding: Understanding, drafts: list[ComplaintDraft]) -> int:
    """The draft the message's level comes from: the one its safety words are about, else the first."""
    if understanding.safety_script is not None:
        for index, draft in enumerate(drafts):
            if understanding.safety_script in taxonomy().subject(draft.category).scripts:
                return index
    return 0


def _is_dangerous_draft(understanding: Understanding, draft: ComplaintDraft, urgency: str) -> bool:
    return understanding.safety_script is not None and (
        urgency == "P0" or understanding.complaints[:1] in ((draft,), ())
    )


def _asks(understanding: Understanding, draft: ComplaintDraft) -> bool:
    asking = taxonomy().ask_safety
    if draft.category in asking:
        return True
    no_other = not any(row.category in asking for row in understanding.complaints)
    return no_other and (not understanding.complaints or draft == understanding.complaints[0])


def _same_words(turn: Turn, draft: ComplaintDraft) -> Complaint | None:
    for known in turn.own_open:
        if abs(turn.at - known.submitted_at) > SAME_TALK:
            continue
        if known.subject_code == draft.category and _is_repeat(turn, known):
            return known
    return None


def _is_repeat(turn: Turn, known: Complaint) -> bool:
    if turn.inbound.photos:
        return False
    said = [known.first_text, *known.words.split("\n")]
    return any(reading.same_words(turn.text, line) for line in said)


def _same_matter(
    turn: Turn, understanding: Understanding, draft: ComplaintDraft, mention: PlaceMention
) -> Complaint | None:
    """A complaint of the same subject, filed just before, at a place that does not differ."""
    for known in turn.own:
        ago = abs(turn.at - known.submitted_at)
        is_recent = ago <= RECENT or (ago <= SAME_TALK and reading.goes_on(turn.text))
        if not (known.is_open and is_recent and compatible(mention_of(known), mention)):
            continue
        if known.subject_code == draft.category and _same_kind(known.intent, understanding.intent):
            return known
        if _turns_dangerous(turn, understanding, draft, known):
            return known
        if known.urgency == understanding.urgency == "P0" and known.safety_script == understanding.safety_script:
            # The same danger in other words, as "正在往下掉" after loose tiles: one alert, not two.
            return known
    return None


def _turns_dangerous(turn: Turn, understanding: Understanding, draft: ComplaintDraft, known: Complaint) -> bool:
    """现在冒火花了, without a subject or a place of its own: the wires reported just before have become dangerous."""
    return (
        understanding.urgency == "P0"
        and draft.place.is_empty
        and draft.confidence < OWN_SUBJECT
        and len(turn.text) <= safety.SHORT_CRY
        and known.id in turn.memory.latest
        and understanding.safety_script in taxonomy().subject(known.subject_code).scripts
    )


def _same_kind(known: str, intent: Intent) -> bool:
    """An opinion or a question is no detail of a report, nor the other way round."""
    apart = (Intent.OPINION, Intent.INQUIRY, Intent.SUGGESTION)
    return known == intent or (known not in apart and intent not in apart)


def compatible(old: PlaceMention, new: PlaceMention) -> bool:
    """Whether two places may be the same: nothing that both tell differs."""
    if new.landmark and new.landmark != old.landmark and (old.landmark or old.building):
        return False
    pairs = ((old.building, new.building), (old.unit, new.unit), (old.floor, new.floor), (old.room, new.room))
    return all(one is None or other is None or one == other for one, other in pairs)


def _refine(turn: Turn, known: Complaint, draft: ComplaintDraft, urgency: str) -> None:
    new = draft.place
    if not new.is_empty and place.merged(mention_of(known), new) != mention_of(known):
        place.put(turn, known, new, words=False)
    if urgency == "P0" and known.safety_script is None:
        known.safety_script = turn.understanding.safety_script
    if urgency < known.urgency:
        complaints.set_urgency(turn.session, known, urgency, turn.act, "补充后更急")


def _join_split_sentence(turn: Turn, understanding: Understanding, drafts: list[ComplaintDraft]) -> Complaint | None:
    """The second half of a sentence sent within seconds: read together with the first, it is one matter."""
    ago = turn.memory.paused_seconds(turn.at)
    latest = turn.latest
    if (
        understanding.urgency == "P0"
        or ago is None
        or len(latest) != 1
        or ago > _join_seconds(turn, latest[0])
        or len(drafts) != 1
        or reading.adds(turn.text)
    ):
        return None
    first, draft = latest[0], drafts[0]
    if first.subject_code == draft.category or not compatible(mention_of(first), draft.place):
        return None
    whole = turn.understood(f"{first.first_text}，{turn.text}")
    if len(whole.complaints) != 1:
        return None
    category = whole.complaints[0].category
    is_long = min(len(reading.plain(first.first_text)), len(turn.text)) > HALF_SENTENCE
    are_sure = is_long and min(first.confidence, draft.confidence) >= OWN_SUBJECT
    if are_sure and category != first.subject_code:
        # Two clear matters in one breath, of which the whole sentence shows only the louder.
        return None
    complaints.set_category(turn.session, first, category, turn.act)
    _refine(turn, first, draft, understanding.urgency or first.urgency)
    complaints.add_words(turn.session, first, turn.message, turn.act)
    _put_photos(turn, [first])
    return first


def _join_seconds(turn: Turn, first: Complaint) -> int:
    """How long a sentence may still be finished: longer where one of its halves is only a word or two."""
    is_half = len(reading.plain(first.first_text)) <= HALF_SENTENCE and not has_place(first)
    is_report = _same_kind(first.intent, turn.understanding.intent)
    is_short = is_half or len(reading.plain(turn.text)) <= HALF_SENTENCE
    return HALF_SENTENCE_SECONDS if is_short and is_report and first.intent != Intent.OPINION else JOIN_SECONDS


def _put_photos(turn: Turn, targets: list[Complaint]) -> None:
    """Photos of this message, and those that waited for words, belong to the first complaint."""
    if not targets:
        return
    waiting = turn.memory.loose_photos
    now = [photo.id for photo in turn.photos]
    if waiting or now:
        talks.attach(turn.session, targets[0], [*waiting, *now])
        turn.memory.loose_photos = []


def _say_filed(turn: Turn, understanding: Understanding, filed: list[Complaint], sources: list[str]) -> None:
    if not filed:
        return
    if understanding.safety_script is not None:
        safety.show(turn, [understanding.safety_script])
    for complaint in sorted(filed, key=lambda row: (row.urgency != "P0", row.id)):
        tell_filed(turn, complaint)
    for source in sources:
        turn.say(source)
    if understanding.intent is Intent.SUGGESTION:
        turn.say("suggestion")
    elif understanding.intent is Intent.OPINION:
        turn.say("opinion")
    elif understanding.intent is Intent.INQUIRY:
        turn.say("inquiry")
    calm = [due_text_moment(complaint) for complaint in filed if complaint.urgency != "P0"]
    if calm:
        turn.say("due", who=turn.worker, when=turn.moment(min(calm)))
    if turn.inbound.photos and turn.photos:
        turn.say("photo_with_words")


def _say_added(
    turn: Turn, added: list[Complaint], understanding: Understanding, repeated: list[Complaint] | None = None
) -> None:
    everything = [*added, *(repeated or [])]
    if understanding.safety_script is not None and any(row.urgency == "P0" for row in everything):
        safety.show(turn, [understanding.safety_script])
    for complaint in added:
        tell(turn, complaint, "filed_danger" if complaint.urgency == "P0" else "added")
    if added and understanding.intent is Intent.OPINION:
        turn.say("opinion")
    for complaint in repeated or []:
        turn.say("same_words", serial=complaint.serial, number=complaint.number)
