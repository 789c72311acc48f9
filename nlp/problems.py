"""Finds the stretches that name a trouble, and sorts troubles into complaints: one category at one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nlp.classify import Verdict, best_item, classify_parts, evidence
from nlp.clauses import Clause
from nlp.consequences import relations
from nlp.understanding import ComplaintDraft, PlaceMention, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlp.places import LocatedPlace, Places

_CHAT = 160
_OWN_VOICE = 0.35
_OUTRIGHT = 0.8
_MOST_IN_A_LETTER = 4
_STRONG_WORDS = 2.2
_SOME_WORDS = 1.0
# How sure the model must be of a clause alone: beside strong words, beside some, beside none.
_FLOOR = 0.6
_SURE_OF_ITSELF = 0.8
_CERTAIN = 0.95
_HALF = 0.5
_FLOOR_IN_LETTER = 0.75
# How likely the whole message must hold a clause's subject.
_FITS = 0.05
_FITS_LETTER = 0.05
_FITS_ALONE = 0.0003
_FITS_SOME = 0.01
_FOREIGN = 0.02
# How likely a clause must hold a subject its words name outright, where the model hears the last trouble again.
_HEARD = 0.15
_UNCLEAR = "N12"
# A trouble without a mark before it has so many letters at least; so many places are tried for it.
_SHORTEST = 2
_MOST_CUTS = 3
_MOST = 3
_BARE = 5
_WORTH_READING = 4


class Finding(NamedTuple):
    """The subjects of a text, primary first, and the stretches that name them."""

    categories: tuple[str, ...]
    problems: tuple[Problem, ...]


def find_problems(original: str, verdict: Verdict, clauses: Sequence[Clause], votes: Sequence[Verdict]) -> Finding:
    """Decides the categories and finds the stretches for each.

    Args:
        original: the resident's text; quoted in the answer.
        verdict: the verdict on the whole normalised text.
        clauses: its clauses.
        votes: the verdict on each clause alone.
    """
    text = verdict.text
    is_letter = len(text) > _CHAT
    if not is_letter:
        clauses, votes = _run_together(verdict, clauses, votes)
    categories = _categories_of_letter(verdict, votes) if is_letter else _categories(verdict, votes, clauses)
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


def _run_together(
    whole: Verdict, clauses: Sequence[Clause], votes: Sequence[Verdict]
) -> tuple[list[Clause], list[Verdict]]:
    """Cuts clauses in which two troubles are told without a mark between them ("楼道灯不亮下水道也堵了")."""
    cut: list[Clause] = []
    heard: list[Verdict] = []
    for clause, vote in zip(clauses, votes, strict=True):
        found = _cut(whole, clause, vote) if len(vote.reading.scores) > 1 else None
        if found is None:
            cut.append(clause)
            heard.append(vote)
            continue
        at, left, right = found
        cut += [clause._replace(end=at), Clause(at, clause.end, is_announced=True)]
        heard += [left, right]
    return cut, heard


def _cut(whole: Verdict, clause: Clause, vote: Verdict) -> tuple[int, Verdict, Verdict] | None:
    """Where the second of two troubles begins, and the verdict on each; None where the clause tells of one."""
    known, text, marks = relations(), whole.text, whole.marks
    tried = 0
    for hit in vote.reading.hits:
        at = hit.start
        first, second = text[clause.start : at], text[at : clause.end]
        if len(first) < _SHORTEST or len(second) < _SHORTEST or not hit.subjects:
            continue
        if not known.states.finds(first, marks) or not known.names_a_state(second, marks):
            continue
        tried += 1
        if tried > _MOST_CUTS:
            break
        left, right = classify_parts(whole, [(clause.start, at), (at, clause.end)])
        one, two = left.ranked[0], right.ranked[0]
        if (
            not known.follows((one,), two, second)
            and not known.tells_what_came_of_it(second, marks)
            and not known.denies(second, marks)
            and _stands_alone(left, one, two)
            and _stands_alone(right, two, one)
        ):
            return at, left, right
    return None


def _stands_alone(vote: Verdict, own: str, other: str) -> bool:
    scores = vote.reading.scores
    return (
        own not in (other, _UNCLEAR)
        and vote.subjects[own] >= _SURE_OF_ITSELF
        and scores.get(own, 0.0) >= _SOME_WORDS
        and other not in scores
        and vote.subjects[other] < _FOREIGN
    )


def _categories(verdict: Verdict, votes: Sequence[Verdict], clauses: Sequence[Clause]) -> tuple[str, ...]:
    """The subjects of a chat message: that of the whole, and that of each clause with a trouble of its own."""
    if len(clauses) == 1 and len(votes[0].text.strip()) > _BARE:
        return (verdict.ranked[0],)
    causes: list[str] = []
    told_after: set[int] = set()
    announced = _announced(clauses, votes)
    owns = [_own_subject(vote) for vote in votes]
    for index, (own, vote) in enumerate(zip(owns, votes, strict=True)):
        if index not in announced and relations().follows(causes, own, vote.text):
            told_after.add(index)
        elif vote.subjects[own] >= _FLOOR:
            causes.append(own)
    primary = _cause_of(verdict.ranked[0], votes, told_after)
    chosen = [primary]
    for index, (own, vote) in enumerate(zip(owns, votes, strict=True)):
        if own == primary and index not in told_after:
            own = _named_outright(vote, primary) or own
            if own not in chosen:
                chosen.append(own)
        if own in chosen or own == _UNCLEAR or index in told_after:
            continue
        stands_free = index == 0 or index in announced
        if _is_trouble_of_its_own(verdict, vote, own, primary, stands_free=stands_free) or (
            index in announced and _is_sure_alone(vote, own, primary)
        ):
            chosen.append(own)
    return tuple(chosen[:_MOST])


def _named_outright(vote: Verdict, primary: str) -> str | None:
    """What a clause names outright and says is wrong, where the model hears the primary subject again without a word.

    "一楼搭了个铁皮屋，把消防通道占了一半": much is built over, but the clause names the fire lane.
    """
    scores = vote.reading.scores
    if primary in scores or relations().denies(vote.text, vote.marks):
        return None
    named = [code for code in vote.ranked[1:3] if scores.get(code, 0.0) >= _STRONG_WORDS]
    if len(named) != 1 or vote.subjects[named[0]] < _HEARD or not relations().names_a_state(vote.text, vote.marks):
        return None
    return named[0]


def _announced(clauses: Sequence[Clause], votes: Sequence[Verdict]) -> set[int]:
    """The clauses announced as a further trouble; an announcement without a trouble ("还有一个事") reaches the next."""
    found: set[int] = set()
    for index, clause in enumerate(clauses):
        is_carried = index - 1 in found and not votes[index - 1].reading.hits
        if clause.is_announced or is_carried:
            found.add(index)
    return found


def _own_subject(vote: Verdict) -> str:
    """A clause's subject; bare words that the model alone would guess at are left to the lexicon ("渗水")."""
    best = vote.ranked[0]
    if len(vote.text.strip()) <= _BARE and not vote.reading.scores.get(best):
        return next((code for code in vote.ranked[1:3] if vote.reading.scores.get(code, 0.0) >= _SOME_WORDS), best)
    return best


def _cause_of(primary: str, votes: Sequence[Verdict], told_after: set[int]) -> str:
    """The primary subject, or what it came of where only consequences speak for it ("楼道灯坏了，晚上黑漆漆的")."""
    speak = [index for index, vote in enumerate(votes) if vote.ranked[0] == primary]
    if not speak or not told_after.issuperset(speak):
        return primary
    for vote in votes[: speak[0]]:
        own = vote.ranked[0]
        if vote.subjects[own] >= _FLOOR and vote.reading.scores.get(own, 0.0) >= _STRONG_WORDS:
            return own
    return primary


def _is_trouble_of_its_own(verdict: Verdict, vote: Verdict, own: str, primary: str, *, stands_free: bool) -> bool:
    """Whether a clause names a trouble beside the primary one; one that ``stands_free`` is no consequence."""
    sure = vote.subjects[own]
    words = vote.reading.scores.get(own, 0.0)
    rival = vote.reading.scores.get(primary, 0.0)
    names_a_state = relations().names_a_state(vote.text, vote.marks)
    if relations().denies(vote.text, vote.marks):
        return False
    if not stands_free and relations().tells_what_came_of_it(vote.text, vote.marks):
        return names_a_state and sure >= _SURE_OF_ITSELF and words >= rival + _STRONG_WORDS
    if (
        sure >= _FLOOR
        and words >= _STRONG_WORDS
        and words > rival
        and (names_a_state or verdict.subjects[own] >= _FITS)
    ):
        return True
    if vote.subjects[primary] >= _FOREIGN or rival > words or (rival and sure < _CERTAIN):
        return False
    # Nothing in the clause speaks for the subject of the whole.
    if names_a_state and words >= _SOME_WORDS:
        is_bare = len(vote.text.strip()) <= _BARE
        return is_bare or sure >= (_HALF if relations().is_parallel(vote.text, vote.marks) else _SURE_OF_ITSELF)
    # A thing that is only mentioned must at least fit the whole.
    fits = verdict.subjects[own]
    if words >= _SOME_WORDS and sure >= _SURE_OF_ITSELF and fits >= _FITS_SOME:
        return True
    return sure >= (_HALF if words >= _STRONG_WORDS else _CERTAIN) and fits >= _FITS_ALONE


def _is_sure_alone(vote: Verdict, own: str, primary: str) -> bool:
    """Whether an announced clause is certain of its subject: by strong words and the model, or by the model alone."""
    is_spoken = vote.reading.scores.get(own, 0.0) >= _STRONG_WORDS and vote.subjects[own] >= _SURE_OF_ITSELF
    return (
        (is_spoken or (vote.subjects[own] >= _CERTAIN and relations().names_a_state(vote.text, vote.marks)))
        and vote.subjects[primary] < _FOREIGN
        and not relations().denies(vote.text, vote.marks)
    )


def _categories_of_letter(verdict: Verdict, votes: Sequence[Verdict]) -> tuple[str, ...]:
    """The subjects of a letter, which argues and repeats: only outright words that fit the whole add one."""
    primary = verdict.ranked[0]
    chosen = [primary]
    near = set(verdict.ranked[:8])
    for vote in votes:
        own = vote.ranked[0]
        if own in chosen or own not in near or own == _UNCLEAR:
            continue
        words = vote.reading.scores.get(own, 0.0)
        if (
            vote.subjects[own] >= _FLOOR_IN_LETTER
            and words >= _STRONG_WORDS
            and words > vote.reading.scores.get(primary, 0.0)
            and verdict.subjects[own] >= _FITS_LETTER
        ):
            chosen.append(own)
    return tuple(chosen[:_MOST])


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
    start, end = clause.start, clause.end
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
