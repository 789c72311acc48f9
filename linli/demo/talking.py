"""The demo's residents: each at home somewhere, saying a script's words through the inbox and the real dialogue."""

from __future__ import annotations

import io
import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from PIL import Image, ImageDraw, ImageFilter

from bot.dialogue.engine import Dialogue
from bot.messages import Answer, Inbound
from linli.demo.messages import Script
from linli.demo.places import PlannedBuilding
from linli.demo.timeline import Timeline
from models import Channel, Community, Session
from services import inbox
from services.inbox import Arrival
from services.photos import PhotoFolder
from services.residents import open_talk

_CHINESE = "零一二三四五六七八九十"
_WHOLE = frozenset({"A05", "A09", "B05", "B07", "B09", "N05", "N06", "N11", "A10"})
"""Subjects of which a resident says that it is the whole community's."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """A resident with a home and one chat."""

    name: str
    channel: Channel
    community: Community
    building: str
    unit: int
    units: int
    floor: int
    room: str

    @property
    def address(self) -> str:
        return f"{self.building}{self.unit}单元{self.room}"


def settle(
    rng: random.Random, number: int, script: Script, community: Community, buildings: Sequence[PlannedBuilding]
) -> Speaker:
    """A home that suits the script: who speaks of the roof lives under it."""
    building = rng.choice(buildings)
    if script.opening.startswith("三幢二门"):
        building = next(one for one in buildings if one.name == "3栋")
        unit, floor, room = 2, 6, "602"
    else:
        is_top = script.subject == "A11" or "顶楼" in script.opening or "屋" in script.opening
        top = max(floor for _, floor, _, _ in building.homes)
        unit, floor, room, _ = rng.choice([home for home in building.homes if not is_top or home[1] == top])
    channel = Channel.CONSOLE if rng.random() < 0.15 else Channel.WEB
    return Speaker(f"demo-resident-{number}", channel, community, building.name, unit, building.units, floor, room)


def say_address(rng: random.Random, speaker: Speaker) -> str:
    """The home in one of the ways people write it."""
    number = speaker.building.removesuffix("栋")
    ways = [
        speaker.address,
        f"{speaker.building}{speaker.unit}单元{speaker.floor}楼",
        f"我住{speaker.building}{speaker.unit}单元{speaker.room}室，",
    ]
    if number.isdecimal():
        ways += [f"{number}-{speaker.unit}-{speaker.room}", f"{number}号楼{speaker.unit}单元{speaker.room}"]
        if int(number) <= 10:
            ways.append(f"{_CHINESE[int(number)]}幢{_CHINESE[speaker.unit]}门{_CHINESE[speaker.floor]}楼")
    if speaker.units == 1:
        ways.append(f"{speaker.building}{speaker.room}")
    return rng.choice(ways)


class Chats:
    """Says things as residents, each turn through the inbox and the dialogue, inside one transaction."""

    def __init__(self, session: Session, dialogue: Dialogue, photos: PhotoFolder, rng: random.Random) -> None:
        self._session = session
        self._dialogue = dialogue
        self._photos = photos
        self._rng = rng
        self._ids = itertools.count(1)
        self._run = f"demo-{rng.randrange(16**8):08x}"
        self.turns = 0

    def start(
        self, timeline: Timeline, at: datetime, speaker: Speaker, script: Script, filed: Callable[[str, Script], None]
    ) -> None:
        """The whole talk: what is said first, then the script's steps, answering whatever is asked between."""
        address = say_address(self._rng, speaker)
        open_talk(self._session, speaker.channel, speaker.name, speaker.community, at, is_demo=True)
        turn = _Turn(self, speaker, script, filed)
        moment = turn.say(at, script.opening.replace("{p}", address).replace("，，", "，"))
        for step in script.steps:
            kind, _, words = step.partition(":")
            moment += timedelta(seconds=self._rng.randint(40, 200))
            if kind == "days":
                later = moment + timedelta(days=self._rng.randint(2, 4), minutes=self._rng.randrange(300))
                timeline.put(later, lambda when, words=words: _ignore(turn.say(when, words)))  # type: ignore[misc]
            elif moment > timeline.until:
                return
            elif kind == "say":
                moment = turn.say(moment, words)
            elif kind == "photo":
                moment = turn.say(moment, words, [self.take_photo()])

    def hear(self, speaker: Speaker, at: datetime, text: str, button: str | None, photos: Sequence[Any] = ()) -> Answer:
        """One turn, received and answered as every channel's."""
        self._session.info.pop("tags", None)
        inbound = Inbound(
            channel=speaker.channel,
            external_id=f"{self._run}-{next(self._ids)}",
            sender=speaker.name,
            at=at,
            text=text,
            button=button,
            photos=tuple(photos),
            community=speaker.community.code,
        )
        arrival = Arrival(inbound.channel, inbound.external_id, inbound.sender, inbound.to_json())
        inbox_id, _ = inbox.receive(self._session, arrival, at)
        answer = self._dialogue.respond(self._session, inbound, inbox_id=inbox_id)
        inbox.mark_processed(self._session, inbox_id, answer.to_json(), at)
        self.turns += 1
        return answer

    def take_photo(self) -> Mapping[str, Any]:
        """A picture of a stained wall, kept as every photo is."""
        return asdict(self._photos.save(_wall(self._rng)))


class _Turn:
    """What one resident says, and how they answer what they are asked."""

    def __init__(self, chats: Chats, speaker: Speaker, script: Script, filed: Callable[[str, Script], None]) -> None:
        self._chats, self._speaker, self._script, self._filed = chats, speaker, script, filed
        self._answers_left = 3

    def say(self, at: datetime, text: str, photos: Sequence[Any] = ()) -> datetime:
        """Say it, and answer the questions that come back. Returns the time of the last word."""
        answer = self._chats.hear(self._speaker, at, text, None, photos)
        self._note(answer)
        while self._answers_left > 0 and "quiet" not in self._script.steps:
            reaction = self._react(answer)
            if reaction is None:
                break
            self._answers_left -= 1
            at += timedelta(seconds=self._chats._rng.randint(15, 70))
            answer = self._chats.hear(self._speaker, at, *reaction)
            self._note(answer)
        return at

    def _note(self, answer: Answer) -> None:
        for number in answer.complaints:
            self._filed(number, self._script)

    def _react(self, answer: Answer) -> tuple[str, str | None] | None:
        """Words or a tap for the question of this answer; None where it asks nothing."""
        asked = next((reply for reply in answer.replies if reply.kind == "question"), None)
        if asked is None:
            return None
        if asked.facts.get("question") in ("safety", "danger"):
            wanted = next((step[4:] for step in self._script.steps if step.startswith("tap:")), "none")
            value = next((one.value for one in asked.buttons if one.value.startswith(f"safety:{wanted}")), None)
            return ("", value) if value is not None else None
        if asked.facts.get("question") in ("place", "building"):
            whole = next((one.value for one in asked.buttons if one.value == "place:whole"), None)
            if whole is not None and self._script.subject in _WHOLE:
                return "", whole
            return self._speaker.address, None
        return None


def _ignore(_: object) -> None:
    """A deed of the timeline returns nothing."""


def _wall(rng: random.Random) -> bytes:
    base = rng.randint(170, 225)
    image = Image.new("RGB", (640, 480), (base, base - 6, base - 18))
    draw = ImageDraw.Draw(image)
    for _ in range(rng.randint(5, 9)):
        x, y, size = rng.randrange(640), rng.randrange(480), rng.randint(40, 150)
        shade = base - rng.randint(40, 100)
        draw.ellipse((x - size, y - size // 2, x + size, y + size // 2), fill=(shade, shade - 12, shade - 34))
    points = [(x, rng.randint(180, 300)) for x in range(0, 700, 40)]
    image = image.filter(ImageFilter.GaussianBlur(14))
    ImageDraw.Draw(image).line(points, fill=(70, 62, 54), width=3)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
