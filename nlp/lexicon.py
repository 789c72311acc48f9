"""Finds the words of the lexicon in a text and adds up what they say for each subject, with the reasons."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from nlp.loading import RESOURCES, ResourceError, line_of, read_yaml
from nlp.taxonomy import taxonomy

LEXICON_FILE = RESOURCES / "lexicon.yaml"
STRONG = 2.6
WEAK = 1.0
# Groups whose words stand further apart than this do not speak of one thing.
NEAR = 18


class Hit(NamedTuple):
    """A lexicon word in the text: code points and what it is known for."""

    word: str
    start: int
    end: int
    groups: tuple[str, ...]
    subjects: tuple[tuple[str, float], ...]


class Reason(NamedTuple):
    """Why a subject scores: the words, their weight, and the rule that weighed them."""

    subject: str
    start: int
    end: int
    weight: float
    why: str


@dataclass(frozen=True, slots=True)
class Combination:
    groups: tuple[str, ...]
    subject: str
    weight: float
    unless: frozenset[str]
    name: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What the lexicon says of a text: hits in order, score by subject, reasons, groups and near pairs of groups."""

    hits: tuple[Hit, ...]
    scores: dict[str, float]
    reasons: tuple[Reason, ...]
    groups: frozenset[str]
    pairs: tuple[str, ...]


class Lexicon:
    """Words, groups and combinations, ready for lookups in linear time."""

    def __init__(
        self,
        words: dict[str, tuple[tuple[str, ...], tuple[tuple[str, float], ...]]],
        silent: frozenset[str],
        combinations: tuple[Combination, ...],
    ) -> None:
        self.words = words
        self.silent = silent
        self.combinations = combinations
        # A combination is looked at only where its first group stands in the text.
        self._by_first: dict[str, list[tuple[int, Combination]]] = {}
        for number, combination in enumerate(combinations):
            self._by_first.setdefault(combination.groups[0], []).append((number, combination))
        spoken = list(dict.fromkeys((*words, *silent)))
        # Each word found: how long it is, what it is known for (None where it only keeps others quiet), and whether
        # it does.
        self._of_word = [(word, words.get(word), word in silent) for word in spoken]
        self._sweep = AhoCorasick(spoken).find_matches_as_indexes if spoken else _nothing

    def read(self, text: str) -> Reading:
        """Every word found, and what the words and their combinations add up to."""
        return self._weigh(self._find(text))

    def part(self, reading: Reading, start: int, end: int) -> Reading:
        """What the words in one stretch of a text already read say by themselves; offsets stay those of the text."""
        if not reading.hits:
            return reading
        return self._weigh([hit for hit in reading.hits if hit.start >= start and hit.end <= end])

    def _weigh(self, hits: list[Hit]) -> Reading:
        if not hits:
            return _NOTHING
        scores: dict[str, float] = {}
        reasons: list[Reason] = []
        counted: set[tuple[str, str]] = set()
        reach: dict[str, int] = {}
        for hit in hits:
            for subject, weight in hit.subjects:
                # "停水" inside "施工停水" says nothing new for a subject that the longer word speaks for.
                if (subject, hit.word) in counted or hit.end <= reach.get(subject, -1):
                    continue
                counted.add((subject, hit.word))
                reach[subject] = hit.end
                scores[subject] = scores.get(subject, 0.0) + weight
                reasons.append(Reason(subject, hit.start, hit.end, weight, f"word:{hit.word}"))
        places: dict[str, list[Hit]] = {}
        for hit in hits:
            for group in hit.groups:
                places.setdefault(group, []).append(hit)
        # A combination needs two groups at least.
        possible = [entry for group in places for entry in self._by_first.get(group, ())] if len(places) > 1 else []
        possible.sort(key=_number)
        for _, combination in possible:
            if combination.unless and not combination.unless.isdisjoint(places):
                continue
            span = self._near(combination.groups, places)
            if span is not None:
                subject = combination.subject
                scores[subject] = scores.get(subject, 0.0) + combination.weight
                reasons.append(Reason(subject, span[0], span[1], combination.weight, f"rule:{combination.name}"))
        return Reading(tuple(hits), scores, tuple(reasons), frozenset(places), _pairs(hits) if len(places) > 1 else ())

    def _find(self, text: str) -> list[Hit]:
        matches = self._sweep(text, overlapping=True)
        if not matches:
            return []
        hits: list[Hit] = []
        of_word = self._of_word
        quiet_until = -1
        # The longest of the words that begin at one place comes first.
        for start, backwards, number in sorted([(start, -end, number) for number, start, end in matches]):
            word, known, is_silent = of_word[number]
            end = -backwards
            if is_silent:
                quiet_until = max(quiet_until, end)
            if known is None or (end <= quiet_until and not is_silent):
                continue
            hits.append(Hit(word, start, end, known[0], known[1]))
        return hits

    @staticmethod
    def _near(groups: tuple[str, ...], places: dict[str, list[Hit]]) -> tuple[int, int] | None:
        if any(group not in places for group in groups):
            return None
        first, *others = groups
        for hit in places[first][:8]:
            start, end = hit.start, hit.end
            for other in others:
                close = None
                for candidate in places[other][:8]:
                    if candidate.start == hit.start and candidate.end == hit.end:
                        continue
                    gap = max(candidate.start - hit.end, hit.start - candidate.end)
                    if gap <= NEAR:
                        close = candidate
                        break
                if close is None:
                    break
                start, end = min(start, close.start), max(end, close.end)
            else:
                return start, end
        return None


_NOTHING = Reading((), {}, (), frozenset(), ())


def _nothing(text: str, overlapping: bool) -> list[tuple[int, int, int]]:
    return []


def _number(entry: tuple[int, Combination]) -> int:
    return entry[0]


def _pairs(hits: list[Hit]) -> tuple[str, ...]:
    """Names of groups that stand near each other, each pair once, in alphabetical order within the pair."""
    found: set[str] = set()
    for index, hit in enumerate(hits):
        if not hit.groups:
            continue
        for other in hits[index + 1 : index + 12]:
            if other.start - hit.end > NEAR:
                break
            for one in hit.groups:
                for two in other.groups:
                    if one != two:
                        found.add(f"{one}+{two}" if one < two else f"{two}+{one}")
    return tuple(sorted(found))


@cache
def lexicon() -> Lexicon:
    """The shipped lexicon, loaded on first use.

    Raises:
        ResourceError: broken, or naming a subject or group that does not exist; with file and line.
    """
    raw = read_yaml(LEXICON_FILE)
    groups: dict[str, list[str]] = raw["groups"]
    of_groups: dict[str, list[str]] = {}
    for group, members in groups.items():
        for word in members:
            of_groups.setdefault(str(word), []).append(group)
    of_subjects: dict[str, list[tuple[str, float]]] = {}
    for code, entry in raw["subjects"].items():
        if not taxonomy().has_subject(code):
            raise ResourceError(f"{LEXICON_FILE.name}:{line_of(LEXICON_FILE, f'  {code}:')}: {code} is no subject")
        for weight, key in ((STRONG, "strong"), (WEAK, "weak")):
            for word in entry[key]:
                of_subjects.setdefault(str(word), []).append((code, weight))
    combinations = []
    for rule in raw["combine"]:
        unknown = {*rule["all"], *rule.get("unless", ())} - groups.keys()
        if unknown:
            line = line_of(LEXICON_FILE, sorted(unknown)[0])
            raise ResourceError(f"{LEXICON_FILE.name}:{line}: {', '.join(sorted(unknown))} is no group")
        name = "+".join(rule["all"])
        combinations.append(
            Combination(
                tuple(rule["all"]), rule["then"], float(rule["weight"]), frozenset(rule.get("unless", ())), name
            )
        )
    words = {
        word: (tuple(of_groups.get(word, ())), tuple(of_subjects.get(word, ())))
        for word in {**of_groups, **of_subjects}
    }
    return Lexicon(words, frozenset(raw["silent"]), tuple(combinations))
