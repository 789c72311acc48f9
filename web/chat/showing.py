"""What the page draws: the community's door, the talk in blocks, sentences for what could not be taken."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Request
from flask_babel import gettext as _

from bot.replies.words import place_words
from models import Author, Community, Session
from nlp.understanding import PlaceMention
from services.conversations import TalkView, Utterance
from services.places import gazetteer_of
from services.ports import Button, Reply
from web.chat.safety_words import SafetyLines, break_into_lines

SIZES = ("standard", "large", "largest")
FOLD_FROM = 130
EXCERPT = 96
HOTLINES = ("12345",)
_WEEKDAYS = "一二三四五六日"
_PROMISE = re.compile(r"([^，。]+)，([^。]+前)(给您回话。)(.*)")


@dataclass(frozen=True, slots=True)
class Doorway:
    """The community as its page shows it. ``place`` is the stairwell's hint in words, when the sheets hold it."""

    code: str
    name: str
    phone: str
    telephones: Sequence[tuple[str, str]]
    is_demo: bool
    place: str
    hint: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text; with ``tel`` it is a telephone number to press. ``weight`` is strong, soft or empty."""

    text: str
    tel: str | None = None
    weight: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One reply, ready to draw. ``scripts`` are the safety scripts of a danger card, one per line of its text;
    ``receipt`` is how the card of a complaint begins; ``notes`` are what was said about it right after;
    ``is_footnote`` for the privacy notice under an answer.
    """

    kind: str
    pieces: tuple[Piece, ...]
    buttons: tuple[Button, ...]
    facts: Mapping[str, Any]
    scripts: tuple[SafetyLines, ...] = ()
    receipt: str = ""
    notes: tuple[tuple[Piece, ...], ...] = ()
    is_footnote: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """One utterance in the talk. ``day`` stands above it when the day changed; ``is_live`` while it can be answered.

    ``excerpt`` is set when the words are long enough to fold; ``waits`` while no answer to it has been given;
    ``is_now`` marks the newest words of the resident, where the page opens.
    """

    id: int
    author: str
    at: str
    day: str | None
    text: str
    excerpt: str | None
    photos: tuple[int, ...]
    replies: tuple[Shown, ...]
    is_live: bool
    waits: bool = False
    photo_count: int = 0
    is_now: bool = False


def size_of(request: Request) -> str:
    chosen = request.cookies.get("linli_size", "")
    return chosen if chosen in SIZES else SIZES[0]


def doorway_of(session: Session, community: Community, hint: Mapping[str, str]) -> Doorway:
    place = ""
    if "b" in hint:
        known = {building.code.upper(): building for building in gazetteer_of(session, community).buildings}
        building = known.get(hint["b"].upper())
        if building is not None:
            place = place_words(PlaceMention(building.code, hint.get("u")), {building.code: building.names[0]})
    return Doorway(
        code=community.code,
        name=community.name,
        phone=community.phone,
        telephones=_labelled_telephones(community),
        is_demo=community.is_demo,
        place=place,
        hint=hint,
    )


def telephones_of(community: Community) -> tuple[str, ...]:
    """Numbers that become links where they stand in a text, the longest first."""
    own = [number for _label, number in _labelled_telephones(community)]
    return tuple(sorted({*own, *HOTLINES}, key=len, reverse=True))


def draw(talk: TalkView, telephones: Sequence[str], now: datetime, zone: ZoneInfo) -> list[Block]:
    """The blocks of a stretch of the talk, with what still waits for its answer at the end."""
    spoke_last = max((row.id for row in talk.utterances if row.author is Author.RESIDENT), default=0)
    blocks: list[Block] = []
    day = now.astimezone(zone).date()
    for row in talk.utterances:
        said_at = row.at.astimezone(zone)
        is_new_day = said_at.date() != day
        day = said_at.date()
        blocks.append(_block(row, said_at, is_new_day, telephones, is_live=row.id > spoke_last and not talk.unanswered))
    for waiting in talk.unanswered:
        blocks.append(
            Block(
                id=0,
                author=Author.RESIDENT.value,
                at=_clock_words(waiting.at.astimezone(zone)),
                day=None,
                text=waiting.text,
                excerpt=_excerpt(waiting.text),
                photos=(),
                replies=(),
                is_live=False,
                waits=True,
                photo_count=waiting.photo_count,
            )
        )
    newest = max((place for place, block in enumerate(blocks) if block.author == Author.RESIDENT.value), default=None)
    if newest is not None:
        blocks[newest] = replace(blocks[newest], is_now=True)
    return blocks


def problem_words(name: str, phone: str) -> str:
    """One sentence: what could not be taken, and what to do. Empty for a name that is none of ours."""
    by_telephone = _("还不行就打 %(phone)s。", phone=phone) if phone else ""
    words = {
        "empty": _("还没写字。写一句，或者拍张照，再按“发送”。"),
        "too_long": _("写得太长了，没发出去。请留下要紧的，一万字以内。"),
        "stale": _("刚才没发出去，您写的还在。请再按一次“发送”。") + by_telephone,
        "too_big": _("照片太大，没收下。换一张小一点的，或者不要照片，先说。"),
        "too_many_pixels": _("照片太大，没收下。换一张小一点的，或者不要照片，先说。"),
        "not_a_photo": _("这个文件打不开，不是照片。换一张，或者不要照片，先说。"),
        "photo_too_big": _("话收到了。有一张照片太大，没收下，换一张小一点的再发。"),
        "photo_too_many_pixels": _("话收到了。有一张照片太大，没收下，换一张小一点的再发。"),
        "photo_not_a_photo": _("话收到了。有一张照片打不开，换一张再发。"),
        "photo_too_many": _("话收到了。照片一次最多九张，后面的请再发一次。"),
        "unknown": _("没有这个小区。"),
    }
    return str(words.get(name, ""))


def in_pieces(text: str, telephones: Sequence[str]) -> tuple[Piece, ...]:
    """The text with its telephone numbers set apart; put together again it is the same text."""
    if not telephones or not text:
        return (Piece(text),)
    pattern = re.compile(rf"(?<![\d-])({'|'.join(re.escape(number) for number in telephones)})(?![\d-])")
    pieces = []
    for index, part in enumerate(pattern.split(text)):
        if part:
            pieces.append(Piece(part, dialled(part) if index % 2 else None))
    return tuple(pieces)


def dialled(number: str) -> str:
    """What a telephone dials: digits and a leading plus."""
    return re.sub(r"[^\d+]", "", number)


def _block(row: Utterance, said_at: datetime, is_new_day: bool, telephones: Sequence[str], *, is_live: bool) -> Block:
    is_hers = row.author is Author.RESIDENT
    replies = row.replies or (() if is_hers else (Reply(row.text),))
    return Block(
        id=row.id,
        author=row.author.value,
        at=_clock_words(said_at),
        day=_day_words(said_at) if is_new_day else None,
        text=row.text,
        excerpt=_excerpt(row.text) if is_hers else None,
        photos=row.photos,
        replies=_shown_together(replies, telephones),
        is_live=is_live,
    )


def _shown_together(replies: Sequence[Reply], telephones: Sequence[str]) -> tuple[Shown, ...]:
    """The replies of one answer; what is said about a complaint right after its line stands in its card."""
    shown: list[Shown] = []
    for reply in replies:
        last = shown[-1] if shown else None
        is_about_last = last is not None and last.kind in ("understood", "status") and bool(last.facts)
        if last is not None and is_about_last and reply.kind == "say" and not reply.buttons:
            shown[-1] = replace(last, notes=(*last.notes, *_notes(reply.text, telephones)))
        elif reply.kind == "privacy" and not reply.buttons and any(other.kind != "privacy" for other in shown):
            shown.append(replace(_shown(reply, telephones), is_footnote=True))
        else:
            shown.append(_shown(reply, telephones))
    return tuple(shown)


def _notes(text: str, telephones: Sequence[str]) -> list[tuple[Piece, ...]]:
    """What stands below the line of a card. Who comes back to her, and when, is what she looks for: it stands out."""
    promise = _PROMISE.fullmatch(text)
    if promise is None:
        return [in_pieces(text, telephones)]
    who, when, rest, more = promise.groups()
    notes: list[tuple[Piece, ...]] = [
        (Piece(who, weight="strong"), Piece("，"), Piece(when, weight="strong"), Piece(rest))
    ]
    if more:
        notes.append((Piece(more, weight="soft"),))
    return notes


def _shown(reply: Reply, telephones: Sequence[str]) -> Shown:
    scripts: tuple[SafetyLines, ...] = ()
    if reply.kind == "safety":
        scripts = tuple(break_into_lines(line) for line in reply.text.split("\n") if line.strip())
    receipt = reply.text.partition("，编号")[0] if reply.kind == "understood" else ""
    return Shown(reply.kind, in_pieces(reply.text, telephones), reply.buttons, reply.facts, scripts, receipt)


def _excerpt(text: str) -> str | None:
    lines = text.split("\n")
    if len(text) <= FOLD_FROM and len(lines) <= 6:
        return None
    return "\n".join(lines[:5])[:EXCERPT] + "…"


def _day_words(at: datetime) -> str:
    return f"{at.month}月{at.day}日(周{_WEEKDAYS[at.weekday()]})"


def _clock_words(at: datetime) -> str:
    part = "上午" if at.hour < 12 else "下午"
    return f"{part}{at.hour if at.hour <= 12 else at.hour - 12}:{at.minute:02d}"


def _labelled_telephones(community: Community) -> list[tuple[str, str]]:
    """What each number is for, and the number; unset ones are left out, and one number stands once."""
    numbers = {
        community.phone: _("社区"),
        community.night_phone: _("夜里"),
        community.gas_hotline: _("燃气抢修"),
        community.water_hotline: _("自来水"),
        community.property_phone: _("物业"),
    }
    if community.phone and community.phone == community.night_phone:
        numbers[community.phone] = _("社区，夜里也有人接")
    return [(label, number) for number, label in numbers.items() if number]
