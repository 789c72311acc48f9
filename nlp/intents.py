"""Decides what a message wants: cues with weights, what else was understood, and the model's opinion."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from nlp.loading import RESOURCES, ResourceError, line_of, read_yaml
from nlp.understanding import Intent

if TYPE_CHECKING:
    from collections.abc import Mapping

INTENTS_FILE = RESOURCES / "intents.yaml"
FILES_NOTHING = frozenset(
    {
        Intent.PRAISE, Intent.GREETING, Intent.SPAM, Intent.OTHER, Intent.STATUS, Intent.PRIVACY, Intent.HUMAN,
        Intent.SUPPLEMENT, Intent.WITHDRAW,
    }
)  # fmt: skip
"""Intents that never file a complaint by themselves."""

_COMMAND = re.compile(
    r"忽略.{0,8}(?:指令|提示|规则)|系统提示|system ?prompt|扮演|假装你是|ignore (?:all|previous)|DROP TABLE|<script|rm -rf|^/[a-z]+|^=[A-Za-z]+\(",
    re.IGNORECASE,
)
_MODEL_SHARE = 0.75
_LONGEST_CUED = 400


@cache
def _cues() -> tuple[tuple[Intent, re.Pattern[str], float], ...]:
    raw = read_yaml(INTENTS_FILE)
    compiled = []
    for name, cues in raw["cues"].items():
        for cue in cues:
            try:
                compiled.append((Intent(name), re.compile(cue["find"], re.IGNORECASE), float(cue["weight"])))
            except (re.error, ValueError, KeyError) as problem:
                line = line_of(INTENTS_FILE, str(cue.get("find", name))[:40])
                raise ResourceError(f"{INTENTS_FILE.name}:{line}: {problem}") from problem
    return tuple(compiled)


def is_command(text: str) -> bool:
    """Whether the text tries to give orders to a program rather than to tell of a community."""
    return _COMMAND.search(text) is not None


def cue_scores(text: str) -> dict[Intent, float]:
    """The summed weights of the cues found in a normalised text; letters are read at their start and end only."""
    read = text if len(text) <= _LONGEST_CUED else text[: _LONGEST_CUED // 2] + "\n" + text[-_LONGEST_CUED // 2 :]
    scores: dict[Intent, float] = {}
    for intent, pattern, weight in _cues():
        if pattern.search(read):
            scores[intent] = scores.get(intent, 0.0) + weight
    return scores


def decide_intent(
    text: str,
    opinion: Mapping[str, float],
    *,
    problem: float,
    is_danger: bool,
    is_place_only: bool,
) -> Intent:
    """The intent of a normalised text.

    Args:
        text: the normalised text.
        opinion: the model's probability by intent.
        problem: how sure it is that a concrete trouble is named, 0 to 1.
        is_danger: a hazard is reported as happening now.
        is_place_only: nothing but an address, time or telephone number is left.
    """
    stripped = text.strip()
    if is_command(stripped):
        return Intent.OTHER
    cues = cue_scores(stripped)
    if is_place_only and max((cues.get(intent, 0.0) for intent in (Intent.STATUS, Intent.WITHDRAW)), default=0) < 1.5:
        return Intent.SUPPLEMENT
    total = {intent: cues.get(intent, 0.0) + _MODEL_SHARE * _support(opinion.get(intent.value, 0.0)) for intent in Intent}
    total[Intent.REPORT] += 2.6 * problem
    if problem > 0.5:
        # Somebody who names a trouble wants it mended, however friendly the words around it are.
        for intent, share in _DAMPED.items():
            total[intent] -= share * problem
    if len(stripped) > 120:
        total[Intent.REPORT] += 1.5
        for intent in (Intent.GREETING, Intent.OTHER, Intent.SUPPLEMENT, Intent.WITHDRAW, Intent.PRAISE, Intent.HUMAN):
            total[intent] -= 2.0
    if is_danger:
        total[Intent.EMERGENCY] += 1.2
        total[Intent.REPORT] += 1.2
        for intent in (Intent.INQUIRY, Intent.SUGGESTION, Intent.GREETING, Intent.PRAISE, Intent.OTHER, Intent.SPAM):
            total[intent] -= 2.5
    else:
        total[Intent.EMERGENCY] -= 1.5
    return max(total, key=lambda intent: total[intent])


_DAMPED = {
    Intent.PRAISE: 0.8, Intent.GREETING: 1.5, Intent.OTHER: 0.8, Intent.SUPPLEMENT: 0.8, Intent.HUMAN: 0.4,
    Intent.SUGGESTION: 0.3, Intent.OPINION: 0.3,
}  # fmt: skip


def _support(probability: float) -> float:
    # From 0 at a share of 2 % up to about 3 when the model is sure.
    return max(0.0, min(3.2, 3.0 * probability**0.6))
