"""Splits a text into the stretches that name a trouble, and troubles into complaints: one category at one place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from nlp.classify import Verdict, best_item, classify, evidence
from nlp.understanding import ComplaintDraft, PlaceMention, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlp.places import LocatedPlace, Places

_CLAUSE = re.compile(r"[^，,。！!？?；;、…\n~～]+")
_SPACES = re.compile(r"[^\s]+")
_LEAD = re.compile(
    r"(?:[\s:：\"“”'（）()\[\]【】*.·\-—]|\d{1,2}[、.．](?!\d)|我们?(?:这|这里|这边|小区|院子|院里|楼|单元|家|是)?(?:的)?(?=\0)|请问|麻烦|另外|还有(?:就是)?|而且|并且|然后|但是|可是|所以|因为|因此|就是|现在|目前|主要是|反映(?:一下)?|投诉|举报|你好|您好|领导好?|那个|这个|尊敬的领导)+"
)
_TRAIL = re.compile(r"[\s\"“”'）)\]】]+$")
_CHAT = 160
_MAX_CLAUSES = 60
_OWN_VOICE = 0.35
_OUTRIGHT = 0.8
_MOST_IN_A_LETTER = 4
_STRONG_WORDS = 2.2
_SURE_OF_ITSELF = 0.8
_FOREIGN = 0.05
_BARE = 5
_WORTH_READING = 4


class Clause(NamedTuple):
    """A clause without what leads into it: code points."""

    start: int
    end: int


def split_clauses(text: str, used: Sequence[tuple[int, int]]) -> list[Clause]:
    """The clauses of a normalised text; addresses and greetings at their beginning are left out.

    Args:
        text: the normalised text.
        used: stretches that are addresses or times.
    """
    clauses: list[Clause] = []
    masked = _mask(text, used)
    for found in _CLAUSE.finditer(text):
        pieces = [found.span()]
        if found.end() - found.start() > 12 and " " in found.group():
            pieces = [
                (found.start() + word.start(), found.start() + word.end()) for word in _SPACES.finditer(found.group())
            ]
        for start, end in pieces:
            start = _trim_start(masked, start, end)
            tail = _TRAIL.search(text, start, end)
            if tail:
                end = tail.start()
            if end - start >= 2 and any("\u4e00" <= letter <= "\u9fff" for letter in text[start:end]):
                clauses.append(Clause(start, end))
                if len(clauses) >= _MAX_CLAUSES:
                    return clauses
    return clauses


def _mask(text: str, used: Sequence[tuple[int, int]]) -> str:
    letters = list(text)
    for start, end in used:
        letters[start:end] = "\0" * (end - start)
    return "".join(letters)


def _trim_start(masked: str, start: int, end: int) -> int:
    while start < end:
        if masked[start] == "\0":
            start += 1
            continue
        lead = _LEAD.match(masked, start, end)
        if lead and lead.end() > start:
            start = lead.end()
            continue
        # "那个楼顶", "的楼道": a joint between address and trouble.
        if masked[start] in "的那，, " and start > 0 and masked[start - 1] == "\0":
            start += 1
            continue
        break
    return start


class Finding(NamedTuple):
    """The subjects of a text, primary first, and the stretches that name them."""

    categories: tuple[str, ...]
    problems: tuple[Problem, ...]


def find_problems(original: str, verdict: Verdict, clauses: Sequence[Clause]) -> Finding:
    """Decides the categories and finds the stretches for each.

    Args:
        original: the resident's text; quoted in the answer.
        verdict: the verdict on the whole normalised text.
        clauses: its clauses.
    """
    text = verdict.text
    if len(clauses) > 1:
        votes = [classify(text[clause.start : clause.end]) for clause in clauses]
    else:
        votes = [verdict] * len(clauses)
    categories = _categories(verdict, votes, is_letter=len(text) > _CHAT)
    is_letter = len(text) > _CHAT
    problems: list[Problem] = []
    for clause, vote in zip(clauses, votes, strict=True):
        chosen = _category_of(vote, categories, is_letter=is_letter)
        if chosen is not None:
            problems.append(_problem(original, verdict, clause, chosen, vote))
    if is_letter and len(problems) > _MOST_IN_A_LETTER:
        problems.sort(key=lambda problem: -_strength(problem))
        del problems[_MOST_IN_A_LETTER:]
    for category in categories:
        if not any(problem.category == category for problem in problems) and clauses:
            best = max(range(len(clauses)), key=lambda index: votes[index].subjects[category])
            problems.append(_problem(original, verdict, clauses[best], category, votes[best]))
    problems.sort(key=lambda problem: (problem.start, problem.category != categories[0]))
    return Finding(categories, tuple(problems))


def _categories(verdict: Verdict, votes: Sequence[Verdict], *, is_letter: bool) -> tuple[str, ...]:
    primary = verdict.ranked[0]
    chosen = [primary]
    near = set(verdict.ranked[:8])
    for vote in votes:
        own = vote.ranked[0]
        is_bare = len(vote.text.strip()) <= _BARE
        if own in chosen or own not in near or own == "N12":
            continue
        sure = vote.subjects[own]
        words = vote.reading.scores.get(own, 0.0)
        rival = vote.reading.scores.get(primary, 0.0)
        if (
            is_bare
            and not is_letter
            and sure >= _SURE_OF_ITSELF
            and words >= 1.0
            and not rival
            and vote.subjects[primary] < _FOREIGN
        ):
            # Bare words ("漏水") beside another trouble: nothing in the clause speaks for that one.
            chosen.append(own)
            continue
        floor = 0.75 if is_letter else 0.6
        if (
            sure >= floor
            and words >= _STRONG_WORDS
            and words > rival
            and verdict.subjects[own] >= (0.05 if is_letter else 0.004)
        ):
            chosen.append(own)
    return tuple(chosen[:3])


def _strength(problem: Problem) -> float:
    return problem.confidence + sum(
        reason.weight for reason in problem.evidence if reason.why.startswith(("word", "rule"))
    )


def _category_of(vote: Verdict, categories: Sequence[str], *, is_letter: bool) -> str | None:
    def support(category: str) -> float:
        return vote.subjects[category] + 0.12 * vote.reading.scores.get(category, 0.0)

    best = max(categories, key=support)
    if is_letter:
        # Letters argue; only clauses that name a trouble outright are evidence.
        return best if support(best) >= _OUTRIGHT and vote.reading.scores.get(best, 0.0) >= _STRONG_WORDS else None
    if support(best) >= _OWN_VOICE:
        return best
    # A consequence ("墙都发霉了") rarely decides by itself, but it comes second or third to what caused it.
    if best in vote.ranked[:3] and vote.reading.hits and len(vote.text) >= _WORTH_READING:
        return best
    return None


def _problem(original: str, verdict: Verdict, clause: Clause, category: str, vote: Verdict) -> Problem:
    start, end = clause
    return Problem(
        text=original[start:end],
        start=start,
        end=end,
        category=category,
        item=best_item(category, vote.text),
        confidence=round(max(vote.subjects[category], verdict.subjects[category]), 4),
        evidence=evidence(verdict, category, original, start, end),
    )


def draft_complaints(
    problems: Sequence[Problem], categories: Sequence[str], places: Places
) -> tuple[ComplaintDraft, ...]:
    """One draft for each category at each place; a symptom and its consequence share one.

    A trouble belongs to the last place named before it, or to the first place of the message.
    """
    grouped: dict[tuple[str, PlaceMention], list[int]] = {}
    for index, problem in enumerate(problems):
        place = _place_of(problem, places)
        grouped.setdefault((problem.category, place), []).append(index)
    drafts = []
    for (category, place), indices in grouped.items():
        items = [problems[index].item for index in indices if problems[index].item]
        drafts.append(
            ComplaintDraft(
                category=category,
                item=items[0] if items else None,
                confidence=max(problems[index].confidence for index in indices),
                place=place,
                problems=tuple(indices),
            )
        )
    drafts.sort(key=lambda draft: (categories.index(draft.category), draft.problems[0]))
    return tuple(drafts)


def _place_of(problem: Problem, places: Places) -> PlaceMention:
    with_building: list[LocatedPlace] = [one for one in places.located if one.place.building and not one.is_home]
    distinct = {one.place.building for one in with_building}
    if len(distinct) < 2:
        return places.overall
    before = [one for one in with_building if one.start < problem.end]
    return (before[-1] if before else with_building[0]).place
