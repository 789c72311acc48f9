"""What the rules for intents and dangers found, as features the model weighs together with everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nlp.hazards import Danger
    from nlp.understanding import Intent

_MOST = 5.0
_HINT = 0.6
_PAIR = 0.5


def signals(cues: Mapping[Intent, float], danger: Danger) -> dict[str, float]:
    """Features by name: "c:" intents, "h:" and "d:" dangers by script, "q:" and "t:" one half of a danger alone, "u:"
    and "v:" kinds of words and pairs of them, "x:" what takes a danger back or makes it likelier.

    Args:
        cues: the summed cue weights by intent.
        danger: the dangers found and what the words around them make of them.
    """
    found = {"c:" + intent.value: min(score, _MOST) / 2.0 for intent, score in cues.items()}
    for hazard in danger.hazards:
        found[("d:" if hazard.is_direct else "h:") + hazard.script] = 1.2 if hazard.is_direct else 0.8
    if danger.hazards:
        found["h"] = 0.7
    for name in ("is_self_harm", "is_hypothetical", "is_elsewhere", "is_lesson", "is_past", "is_wish", "is_joke"):
        if getattr(danger, name):
            found["x:" + name] = 0.8
    for script in danger.sources:
        found["q:" + script] = 0.3
    for script in danger.states:
        found["t:" + script] = 0.6
    for place, kind in enumerate(danger.hints):
        found["u:" + kind] = _HINT
        for other in danger.hints[:place]:
            found[f"v:{other}+{kind}"] = _PAIR
    if danger.is_alarming:
        found["x:is_alarming"] = 0.5
    if danger.is_first_hand:
        found["x:is_first_hand"] = 0.4
    return found
