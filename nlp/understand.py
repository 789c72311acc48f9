"""Understands one message: what is wrong, where, since when, how urgent, and what the writer wants; pure and fast."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from nlp.classify import Verdict, classify
from nlp.clauses import Clause, split_clauses
from nlp.engine import Engine, shipped
from nlp.hazards import find_danger
from nlp.intents import FILES_NOTHING, cue_scores, decide_intent, is_command
from nlp.lexicon import WEAK
from nlp.places import Places, find_places
from nlp.problems import Finding, draft_complaints, find_problems
from nlp.safety_question import asks_safety
from nlp.signals import signals
from nlp.spelling import normalise_marked
from nlp.times import find_times
from nlp.understanding import Evidence, Intent, Problem, Understanding
from nlp.urgency import Acute, decide_urgency, judge_danger

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nlp.understanding import Context

_NOTHING_LEFT = re.compile(
    r"^(?:[\s\W\d_]|我们?|家|住在?|在|是|的|这里|这边|那里|小区|地址|楼号|房号|电话|就|都|有|了|已经|快|哦|呢|啊|吧|哈|对|嗯|位置|业主|住户|姓[\u4e00-\u9fff])*$"
)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_PRIMARY_FLOOR = 0.10
_SUBJECT_INTENTS = frozenset(
    {Intent.REPORT, Intent.EMERGENCY, Intent.SUGGESTION, Intent.INQUIRY, Intent.FEEDBACK, Intent.OPINION}
)
_MAX_TEXT = 20_000
# Dangers to people that somebody must answer within minutes, however calmly they are told.
_CALLS_FOR_HELP = frozenset({"S-MED", "S-LIFT", "S-FIRE", "S-GAS", "S-CRIME"})
_LETTER = 120
_ROOF = "A11"
_TOP_FLOOR = re.compile(r"顶[楼层]|最(?:上面|高)(?:一|那)?[层楼]?")
_CLEAR_CUE = 2.4
_SOME_CUE = 1.0

_SUBJECT_OF_SCRIPT = {
    "S-GAS": "A06",
    "S-FIRE": "A08",
    "S-ELEC": "A03",
    "S-LIFT": "N09",
    "S-FALL": "A12",
    "S-STRUCT": "A14",
    "S-MANHOLE": "A05",
    "S-FLOOD": "A01",
    "S-CRIME": "N04",
}


def understand(text: str, context: Context, engine: Engine | None = None) -> Understanding:
    """Everything one message says.

    Args:
        text: the resident's own words, any length, any Unicode.
        context: when it was sent (aware) and, where known, the names of the community's places.
        engine: the lexicon and the model to use; by default the shipped ones.

    Returns:
        The understanding; all offsets are code points into ``text``. Never raises for any text.
    """
    read = text[:_MAX_TEXT]
    plain, marks = normalise_marked(read)
    places = find_places(plain, context.gazetteer, marks)
    times = find_times(read, context.at, marks)
    used = [*places.spans, *((time.start, time.end) for time in times if time.repeat != "rain")]
    bare = _blank(plain, places.spans)
    danger = find_danger(bare, marks)
    cues = cue_scores(bare.strip(), marks)
    clauses = split_clauses(plain, used, marks)
    parts = [(clause.start, clause.end) for clause in clauses] if len(clauses) > 1 else []
    verdict, *votes = classify(engine or shipped(), bare, marks, signals(cues, danger), parts)
    acute = judge_danger(
        danger, verdict.hazards, length=len(_CHINESE.findall(bare)), is_foreign=_CHINESE.search(bare) is None
    )
    left = _blank(plain, used)
    is_place_only = bool(times or not places.overall.is_empty) and _NOTHING_LEFT.match(left) is not None
    intent = decide_intent(
        bare,
        cues,
        verdict.intents,
        marks=marks,
        problem=_trouble(verdict, acute, bare),
        is_danger=acute.is_now and acute.level == "P0",
        is_place_only=is_place_only,
    )
    if is_command(plain, marks):
        acute = Acute(False, None, None, False)
    if intent in FILES_NOTHING and (danger.is_self_harm or _overrides(acute, intent, cues.get(intent, 0.0))):
        intent = Intent.EMERGENCY if danger.is_self_harm or acute.level == "P0" else Intent.REPORT
    if acute.is_now and acute.script in _CALLS_FOR_HELP and intent is Intent.REPORT and len(bare) <= _LETTER:
        intent = Intent.EMERGENCY
    finding = _subjects(read, verdict, intent, clauses, votes or [verdict] * len(clauses), is_place_only=is_place_only)
    script = acute.script or (acute.likeliest if acute.is_doubtful else None)
    if not finding.categories and script is not None and intent not in FILES_NOTHING:
        finding = _danger_alone(text, script)
    problems = _with_top_floor(read, finding.problems, places)
    urgency = decide_urgency(bare, intent, finding.categories, acute, marks)
    files = intent in _SUBJECT_INTENTS and bool(finding.categories)
    ask = files and asks_safety(
        acute, urgency.level, finding.categories, verdict.ranked[:2], is_worded=bool(danger.hazards)
    )
    tags = set(urgency.tags)
    if intent is Intent.HUMAN:
        tags.add("asks_human")
    if danger.is_past:
        tags.add("past")
    return Understanding(
        text=text,
        intent=intent,
        categories=finding.categories,
        candidates=verdict.candidates,
        urgency=urgency.level,
        ask_safety=ask,
        place=places.overall,
        times=times,
        safety_script=urgency.script,
        problems=problems,
        complaints=draft_complaints(problems, finding.categories, places) if files else (),
        is_self_harm=danger.is_self_harm,
        tags=frozenset(tags),
    )


def _danger_alone(text: str, script: str) -> Finding:
    """A danger whose words name no subject, as in another language: filed where its script belongs."""
    category = _SUBJECT_OF_SCRIPT.get(script)
    said = text.strip()
    if category is None or not said:
        return Finding((), ())
    start = text.index(said)
    reason = Evidence(said, start, start + len(said), 1.0, f"danger:{script}")
    problem = Problem(said, start, start + len(said), category, None, 0.5, (reason,))
    return Finding((category,), (problem,))


def _with_top_floor(read: str, problems: tuple[Problem, ...], places: Places) -> tuple[Problem, ...]:
    """The top floor is an address and speaks for a leaking roof at once: it stands among the first leak's evidence."""
    if places.overall.floor != "top":
        return problems
    for index, problem in enumerate(problems):
        if problem.category != _ROOF:
            continue
        said = next((found for found in _TOP_FLOOR.finditer(read)), None)
        if said is None:
            break
        reason = Evidence(said.group(), said.start(), said.end(), WEAK, f"place:{said.group()}")
        marked = replace(problem, evidence=(reason, *problem.evidence))
        return (*problems[:index], marked, *problems[index + 1 :])
    return problems


def _overrides(acute: Acute, intent: Intent, cue: float) -> bool:
    """Whether a danger outweighs what the words seemed to want; only a clear wish stands against it."""
    if acute.is_now:
        return cue < _CLEAR_CUE or intent is Intent.HUMAN
    return acute.is_doubtful and not acute.is_told and cue < _SOME_CUE


def _blank(text: str, spans: Iterable[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _trouble(verdict: Verdict, acute: Acute, text: str) -> float:
    """How sure it is that a concrete trouble is named, 0 to 1: words of the field, or a sure model."""
    if acute.is_now:
        return 1.0
    best = verdict.ranked[0]
    words = min(1.0, verdict.reading.scores.get(best, 0.0) / 4.0)
    return min(1.0, 0.5 * words + 0.5 * verdict.subjects[best]) if len(text.strip()) > 2 else 0.0


def _subjects(
    original: str,
    verdict: Verdict,
    intent: Intent,
    clauses: list[Clause],
    votes: list[Verdict],
    *,
    is_place_only: bool,
) -> Finding:
    nothing = Finding((), ())
    if is_place_only or not clauses:
        return nothing
    best = verdict.ranked[0]
    if intent in FILES_NOTHING:
        # A status request or a withdrawal may name its subject; a greeting or an advertisement never does.
        if intent not in (Intent.STATUS, Intent.WITHDRAW) or verdict.subjects[best] < 0.35:
            return nothing
        if verdict.reading.scores.get(best, 0.0) < 1.0:
            return nothing
    elif verdict.subjects[best] < _PRIMARY_FLOOR and not verdict.reading.scores.get(best):
        return nothing
    return find_problems(original, verdict, clauses, votes)
