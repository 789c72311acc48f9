"""Decides what a message wants: cues with weights, what else was understood, and the model's opinion."""

from __future__ import annotations

import re
from math import log
from typing import TYPE_CHECKING

from nlp.loading import RESOURCES, ResourceError, line_of, read_yaml
from nlp.understanding import Intent
from nlp.watch import Watched, watching

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nlp.watch import Marks

INTENTS_FILE = RESOURCES / "intents.yaml"
FILES_NOTHING = frozenset(
    {
        Intent.PRAISE, Intent.GREETING, Intent.SPAM, Intent.OTHER, Intent.STATUS, Intent.PRIVACY, Intent.HUMAN,
        Intent.SUPPLEMENT, Intent.WITHDRAW,
    }
)  # fmt: skip
"""Intents that never file a complaint by themselves."""

_COMMAND = Watched(
    r"忽略.{0,8}(?:指令|提示|规则)|系统提示|system ?prompt|扮演|假装你是|ignore (?:all|previous)"
    r"|DROP TABLE|<script|rm -rf|^/[a-z]+|^=[A-Za-z]+\(",
    re.IGNORECASE,
)
_LONGEST_CUED = 400


@watching
def _cues() -> tuple[tuple[Intent, Watched, float], ...]:
    """Intent, pattern and weight of each cue."""
    raw = read_yaml(INTENTS_FILE)
    compiled = []
    for name, cues in raw["cues"].items():
        for cue in cues:
            try:
                compiled.append((Intent(name), Watched(cue["find"], re.IGNORECASE), float(cue["weight"])))
            except (re.error, ValueError, KeyError) as problem:
                line = line_of(INTENTS_FILE, str(cue.get("find", name))[:40])
                raise ResourceError(f"{INTENTS_FILE.name}:{line}: {problem}") from problem
    return tuple(compiled)


def is_command(text: str, marks: Marks) -> bool:
    """Whether the text, with its marks, tries to give orders to a program rather than to tell of a community."""
    return _COMMAND.finds(text, marks)


def cue_scores(text: str, marks: Marks) -> dict[Intent, float]:
    """The summed weights of the cues found in a text with its marks; letters are read at their start and end only."""
    read = text if len(text) <= _LONGEST_CUED else text[: _LONGEST_CUED // 2] + "\n" + text[-_LONGEST_CUED // 2 :]
    scores: dict[Intent, float] = {}
    for intent, pattern, weight in _cues():
        if pattern.numbers <= marks and pattern.pattern.search(read):
            scores[intent] = scores.get(intent, 0.0) + weight
    return scores


def decide_intent(
    text: str,
    cues: Mapping[Intent, float],
    opinion: Mapping[str, float],
    *,
    marks: Marks,
    problem: float,
    is_danger: bool,
    is_place_only: bool,
) -> Intent:
    """The intent of a normalised text.

    Args:
        text: the normalised text.
        cues: the cues found in it, see ``cue_scores``.
        opinion: the model's probability by intent.
        marks: its marks (see ``nlp.watch``).
        problem: how sure it is that a concrete trouble is named, 0 to 1.
        is_danger: a hazard is reported as happening now.
        is_place_only: nothing but an address, time or telephone number is left.
    """
    stripped = text.strip()
    if is_command(stripped, marks) or not stripped:
        return Intent.OTHER if not is_place_only else Intent.SUPPLEMENT
    if is_place_only and max(cues.get(intent, 0.0) for intent in (Intent.STATUS, Intent.WITHDRAW)) < 1.5:
        return Intent.SUPPLEMENT
    total = dict.fromkeys(_ALL, log(_LEAST_SHARE))
    for intent in _ALL:
        share = opinion.get(intent, 0.0)
        if share > _LEAST_SHARE:
            total[intent] = log(share)
    for intent, weight in cues.items():
        total[intent] += _CUE_SHARE * weight
    total[Intent.REPORT] += _PROBLEM_SHARE * problem
    # Thanks and greetings around a trouble are manners.
    total[Intent.PRAISE] -= problem
    total[Intent.GREETING] -= problem
    # A trouble told is no mere addition to one told before.
    total[Intent.SUPPLEMENT] -= problem
    if len(stripped) > _LETTER:
        # Letters open with a greeting and close with thanks; what they want stands between.
        total[Intent.REPORT] += 2.0
        for intent in _NOT_IN_LETTERS:
            total[intent] -= 3.0
        if _CIVIC.finds(stripped, marks):
            # A letter to an office may speak of loans or of its writer's data without being about them.
            total[Intent.SPAM] -= 4.0
            total[Intent.PRIVACY] -= 2.0
    if is_danger:
        total[Intent.EMERGENCY] += 1.0
        total[Intent.REPORT] += 1.0
        for intent in (Intent.INQUIRY, Intent.SUGGESTION, Intent.GREETING, Intent.PRAISE, Intent.OTHER, Intent.SPAM):
            total[intent] -= 3.0
    else:
        total[Intent.EMERGENCY] -= 1.0
    return max(total, key=total.__getitem__)


_CIVIC = Watched(r"尊敬|领导|书记|市长|投诉|举报|反映|业主|居民|请问|您好|政府")
_CUE_SHARE = 0.5
_LEAST_SHARE = 0.003
_ALL = tuple(Intent)
_PROBLEM_SHARE = 0.8
_LETTER = 80
_NOT_IN_LETTERS = (
    Intent.GREETING, Intent.OTHER, Intent.SUPPLEMENT, Intent.WITHDRAW, Intent.PRAISE, Intent.HUMAN,
    Intent.EMERGENCY, Intent.SPAM,
)  # fmt: skip
