"""Tells how surely two complaints are of one matter: by meaning, place and time, with what they share as reasons.

One matter is what one visit or one work item settles. The score is a product, for a wrong merge costs more than a
missed one: whoever means the same at another building, or a year after the outage, is of another matter.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

from nlp.loading import RESOURCES, ResourceError, line_of, read_yaml
from nlp.segment import segment
from nlp.spelling import CHANGED, normalise
from nlp.taxonomy import taxonomy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from nlp.understanding import ComplaintDraft, Understanding

SIMILAR_FILE = RESOURCES / "similar.yaml"
SAME_MATTER = 0.5
"""From this score on two complaints are taken for one matter: where precision counts twice as much as recall."""
READ = 400
"""So many characters of a complaint's problems are compared."""
ALSO_LIKELY = 0.08
"""A further subject at least this likely is looked at too."""
_WORDS_NAMED = 5
_LETTER = re.compile(r"[\u4e00-\u9fffA-Za-z]")

# How far another place can be the same matter's, 0 to 1.
_SAME_UNIT = 1.0
_SAME_BUILDING = 0.95
_OTHER_HOME = 0.3
_OTHER_UNIT = 0.2
_OTHER_BUILDING = 0.1
_PLACE_UNKNOWN = 0.7
_ELSEWHERE_IN_COMMUNITY = 0.95
_OTHER_LANDMARK = 0.5
# Days after which a matter is half as likely the same.
_HALF_LIFE_PASSING = 21.0
_HALF_LIFE_LASTING = 540.0


class Weights(NamedTuple):
    """What each sign of one meaning adds to the log-odds; ``python -m benchmarks.quality.similar --fit`` makes them."""

    subject: float
    aspect: float
    other_aspect: float
    characters: float
    bias: float


WEIGHTS = Weights(subject=0.5, aspect=2.0, other_aspect=-4.0, characters=7.0, bias=-3.4)


class Placed(Protocol):
    """Whatever says where, as a PlaceMention or a stored complaint does."""

    @property
    def building(self) -> str | None: ...
    @property
    def unit(self) -> str | None: ...
    @property
    def room(self) -> str | None: ...
    @property
    def landmark(self) -> str | None: ...
    @property
    def is_whole_community(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Matter:
    """One complaint as it is compared: its own subject first, then those it could be too; the words of its problems."""

    subjects: tuple[str, ...]
    place: Placed
    text: str


class Reason(NamedTuple):
    """What two complaints share, or how far apart they are.

    ``kind`` is room, unit, building, landmark, subject, aspect, words or days; ``values`` are codes, words or a number.
    """

    kind: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Aspects:
    """The shipped knowledge: what a subject can mean, where it belongs, what passes, and words that tell nothing."""

    by_first: Mapping[str, Mapping[str, tuple[tuple[str, str], ...]]]
    """For each subject its words and their aspects, by the word's first character."""
    bound: frozenset[str]
    own: frozenset[str]
    passing: Mapping[str, frozenset[str]]
    silent: frozenset[str]

    def find(self, subject: str, text: str, shortest: int = 1) -> frozenset[str]:
        """The aspects of the subject that the text names by words of at least ``shortest`` characters."""
        words = self.by_first.get(subject)
        if not words:
            return frozenset()
        return frozenset(
            name
            for first in words.keys() & set(text)
            for word, name in words[first]
            if len(word) >= shortest and word in text
        )


@cache
def aspects() -> Aspects:
    """The shipped aspects, loaded on first use. Raises ResourceError as ``load_aspects`` does."""
    return load_aspects(SIMILAR_FILE)


def load_aspects(path: Path) -> Aspects:
    """Reads the aspects.

    Raises:
        ResourceError: broken, or naming a subject or an aspect that does not exist; with file and line.
    """
    raw = read_yaml(path)
    missing = {"bound", "own", "passing", "aspects", "silent"} - raw.keys()
    if missing:
        raise ResourceError(f"{path.name}:1: {', '.join(sorted(missing))} is missing")
    for code in (*raw["bound"], *raw["own"], *raw["passing"], *raw["aspects"]):
        if not taxonomy().has_subject(str(code)):
            raise ResourceError(f"{path.name}:{line_of(path, str(code))}: {code} is no subject")
    by_first: dict[str, dict[str, tuple[tuple[str, str], ...]]] = {}
    for code, named in raw["aspects"].items():
        known: dict[str, tuple[tuple[str, str], ...]] = {}
        for name, words in named.items():
            if not isinstance(words, list) or not words or not all(isinstance(word, str) and word for word in words):
                raise ResourceError(f"{path.name}:{line_of(path, f'    {name}:')}: {name} needs a list of words")
            for word in map(normalise, words):
                known[word[0]] = (*known.get(word[0], ()), (word, name))
        by_first[code] = known
    for code, names in raw["passing"].items():
        unknown = set(names) - set(raw["aspects"].get(code, ()))
        if unknown:
            raise ResourceError(
                f"{path.name}:{line_of(path, f'  {code}:')}: {', '.join(sorted(unknown))} is no aspect of {code}"
            )
    return Aspects(
        by_first,
        frozenset(raw["bound"]),
        frozenset(raw["own"]),
        {code: frozenset(names) for code, names in raw["passing"].items()},
        frozenset(map(str, raw["silent"])),
    )


def matters_of(understanding: Understanding, drafts: Sequence[ComplaintDraft] | None = None) -> tuple[Matter, ...]:
    """What a message would be filed as, ready to be compared.

    Args:
        understanding: of the message.
        drafts: what will be filed where a person has put it right; by default the understanding's own complaints,
            and its likeliest subject where it would file none.
    """
    filed = understanding.complaints if drafts is None else drafts
    known = {one.category for one in filed}
    others = tuple(
        one.category for one in understanding.candidates if one.confidence >= ALSO_LIKELY and one.category not in known
    )
    if filed:
        return tuple(Matter((one.category, *others), one.place, words_of(understanding, one)) for one in filed)
    subjects = (*understanding.categories, *others) or tuple(one.category for one in understanding.candidates[:1])
    return (Matter(subjects, understanding.place, understanding.text),) if subjects else ()


def words_of(understanding: Understanding, draft: ComplaintDraft) -> str:
    """What was said of this complaint alone; the whole message where no words are accounted for."""
    return "，".join(understanding.problems[number].text for number in draft.problems) or understanding.text


class Comparison:
    """One complaint, held against any number of others."""

    def __init__(self, matter: Matter) -> None:
        self.matter = matter
        self._known = aspects()
        self.subject = matter.subjects[0]
        self._is_bound = self.subject in self._known.bound
        self._text = normalise(matter.text[:READ])
        self._characters = _characters(self._text, self._known.silent)
        self._aspects = self._known.find(self.subject, self._text)
        self._long_aspects = self._known.find(self.subject, self._text, 2)
        self._passing = self._known.passing.get(self.subject, frozenset())

    def at_most(self, place: Placed, days: float) -> float:
        """What the score can be at this place and distance in time, whatever the words are; cheap."""
        return self._of_place(place) * math.exp2(-days / _HALF_LIFE_LASTING)

    def touches(self, text: str) -> float:
        """Which share of this complaint's characters stands somewhere in a text, 0 to 1; cheap."""
        return len(self._characters & set(text)) / len(self._characters) if self._characters else 0.0

    def score(self, subject: str, place: Placed, text: str, days: float) -> float:
        """How surely another complaint is of the same matter, 0 to 1; ``SAME_MATTER`` divides.

        Args:
            subject: its code.
            place: where it is.
            text: the words of its problems.
            days: how far apart they were said.
        """
        plain = _plain(text)
        own, theirs = self._both_aspects(subject, plain)
        shared = own & theirs
        evidence = WEIGHTS.bias
        if subject == self.subject:
            evidence += WEIGHTS.subject
        if shared:
            evidence += WEIGHTS.aspect * len(shared) / min(len(own), len(theirs))
        elif own and theirs:
            evidence += WEIGHTS.other_aspect
        characters = _characters(plain, self._known.silent)
        common = len(characters & self._characters)
        if common:
            evidence += WEIGHTS.characters * 2 * common / (len(characters) + len(self._characters))
        half_life = _HALF_LIFE_PASSING if shared and shared <= self._passing else _HALF_LIFE_LASTING
        return self._of_place(place) * math.exp2(-days / half_life) / (1.0 + math.exp(-evidence))

    def reasons(self, subject: str, place: Placed, text: str, days: float) -> tuple[Reason, ...]:
        """What the two share and how far apart they are, as data; arguments as for ``score``."""
        plain = _plain(text)
        own, theirs = self._both_aspects(subject, plain)
        found = _places_shared(self.matter.place, place)
        if subject == self.subject:
            found.append(Reason("subject", (subject,)))
        if own & theirs:
            found.append(Reason("aspect", tuple(sorted(own & theirs))))
        words = frozenset(_words(plain, self._known.silent))
        common = [word for word in _words(self._text, self._known.silent) if word in words]
        if common:
            found.append(Reason("words", tuple(common[:_WORDS_NAMED])))
        found.append(Reason("days", (str(int(days)),)))
        return tuple(found)

    def _both_aspects(self, subject: str, plain: str) -> tuple[frozenset[str], frozenset[str]]:
        """The other's words read as of this subject; where it is another's, a single character says too little."""
        if subject == self.subject:
            return self._aspects, self._known.find(self.subject, plain)
        return self._long_aspects, self._known.find(self.subject, plain, 2)

    def _of_place(self, other: Placed) -> float:
        own = self.matter.place
        if self.subject in self._known.own and (own.room is None or own.room != other.room):
            return _OTHER_HOME
        is_shared = _share_building(own.building, other.building)
        if self._is_bound:
            if own.is_whole_community or other.is_whole_community:
                return _SAME_BUILDING
            if own.building and other.building:
                if not is_shared:
                    return _OTHER_BUILDING
                if own.unit and other.unit:
                    return _SAME_UNIT if own.unit == other.unit else _OTHER_UNIT
                return _SAME_BUILDING
        if own.landmark and other.landmark:
            return _SAME_UNIT if _is_same_landmark(own.landmark, other.landmark) else _OTHER_LANDMARK
        if self._is_bound:
            return _PLACE_UNKNOWN
        return _SAME_UNIT if is_shared else _ELSEWHERE_IN_COMMUNITY


def _places_shared(own: Placed, other: Placed) -> list[Reason]:
    if _share_building(own.building, other.building):
        assert other.building is not None
        if own.unit is None or own.unit != other.unit:
            return [Reason("building", (other.building,))]
        if own.room is not None and own.room == other.room:
            return [Reason("room", (other.building, own.unit, own.room))]
        return [Reason("unit", (other.building, own.unit))]
    if own.landmark and other.landmark and _is_same_landmark(own.landmark, other.landmark):
        return [Reason("landmark", (other.landmark,))]
    return []


def _share_building(own: str | None, other: str | None) -> bool:
    """Whether they name a building in common; each may name several, as "3,4"."""
    if own is None or other is None:
        return False
    return own == other or ("," in own + other and not set(own.split(",")).isdisjoint(other.split(",")))


_SIDES = str.maketrans("", "", "小区院里那边上口处的旁")


def _is_same_landmark(own: str, other: str) -> bool:
    bare, theirs = own.translate(_SIDES), other.translate(_SIDES)
    return bool(bare and theirs) and (bare in theirs or theirs in bare)


def _words(plain: str, silent: frozenset[str]) -> dict[str, None]:
    """The words that tell something, in their order, each once."""
    return {word: None for word in segment(plain) if word not in silent and _LETTER.search(word)}


def _characters(plain: str, silent: frozenset[str]) -> set[str]:
    """The Chinese characters that tell something: they meet where words are cut or chosen differently."""
    return {one for one in plain if "\u4e00" <= one <= "\u9fff"} - silent


def _plain(text: str) -> str:
    """A stored text as it is compared, in one spelling only where a character calls for it: there are many."""
    read = text[:READ]
    return read if read.isascii() or CHANGED.isdisjoint(read) else normalise(read)
