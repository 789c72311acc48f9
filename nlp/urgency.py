"""Decides how urgent a message is (P0 to P3) and which safety script it calls for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlp.hazards import Danger, rules
from nlp.places import is_whole_building
from nlp.taxonomy import taxonomy
from nlp.understanding import Intent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlp.watch import Marks

_NEVER_URGENT = frozenset(
    {
        Intent.GREETING, Intent.PRAISE, Intent.SPAM, Intent.HUMAN, Intent.PRIVACY, Intent.SUPPLEMENT, Intent.WITHDRAW,
        Intent.OTHER,
    }
)  # fmt: skip
_WISHES = frozenset({Intent.SUGGESTION, Intent.INQUIRY, Intent.OPINION})
_LETTER = 120
_LETTER_DOUBTS = 0.6
_QUESTIONS = frozenset({"N08", "N12"})
_SUPPLY = frozenset({"A01", "A03", "A06", "A07", "D05"})
_MODEL_IS_SURE = 0.85
# Below this share of "no danger" the resident is asked even where nothing in the words is certain.
_MODEL_DOUBTS = 0.7
# The same where a word stands that may hide a danger.
_ALARMING_DOUBTS = 0.98


@dataclass(frozen=True, slots=True)
class Urgency:
    """The level (None where the message has none), the script to show, and facts worth remembering."""

    level: str | None
    script: str | None
    tags: frozenset[str]


@dataclass(frozen=True, slots=True)
class Acute:
    """Whether a danger is happening now, judged before the intent is known."""

    is_now: bool
    script: str | None
    level: str | None
    is_worry: bool
    is_doubtful: bool = False
    is_uneasy: bool = False


def judge_danger(danger: Danger, opinion: dict[str, float], *, is_letter: bool = False) -> Acute:
    """What the dangers of a text come to once worry, news, drills and the past are taken off.

    Args:
        danger: what the rules found.
        opinion: the model's probability by safety script, with "NONE".
        is_letter: a long text, which argues and recalls; it must be surer than a cry for help.
    """
    if danger.is_self_harm:
        return Acute(True, "S-CRIME", "P0", False)
    best, share = "NONE", 0.0
    for script, probability in opinion.items():
        if probability > share:
            best, share = script, probability
    hazards = danger.hazards
    if danger.is_lesson or (danger.is_told_only and not danger.is_calling):
        return Acute(False, None, None, False)
    if not hazards:
        none = opinion.get("NONE", 1.0)
        is_plain = not (danger.is_hypothetical or danger.is_wish or danger.is_joke)
        # Water in a home has plain words of its own; a model alone must not send anybody to the main switch.
        if best not in ("NONE", "S-FLOOD") and share >= _MODEL_IS_SURE and is_plain:
            return Acute(True, best, taxonomy().script(best).urgency, False)
        is_uneasy = danger.is_alarming and not is_letter and none < _ALARMING_DOUBTS
        return Acute(False, None, None, False, none < _MODEL_DOUBTS, is_uneasy)
    if is_letter and not danger.is_calling and opinion.get("NONE", 0.0) > _LETTER_DOUBTS:
        return Acute(False, None, None, True)
    if danger.is_joke and not danger.is_first_hand:
        return Acute(False, None, None, False)
    if danger.is_past and not _is_back(danger):
        return Acute(False, None, None, True)
    if danger.is_wish and not danger.is_first_hand:
        return Acute(False, None, None, True)
    if danger.is_hypothetical and not danger.is_first_hand:
        return Acute(False, None, None, True)
    direct = [hazard for hazard in hazards if hazard.is_direct]
    if not direct and opinion.get("NONE", 0.0) > 0.85 and not danger.is_first_hand:
        return Acute(False, None, None, True)
    urgent = [hazard for hazard in hazards if hazard.level == "P0"]
    chosen = next((hazard for hazard in urgent if hazard.script == best), None) or (urgent or list(hazards))[0]
    return Acute(True, chosen.script, chosen.level, False)


def _is_back(danger: Danger) -> bool:
    return danger.is_first_hand


def decide_urgency(
    text: str,
    intent: Intent,
    categories: Sequence[str],
    acute: Acute,
    marks: Marks,
) -> Urgency:
    """The level of a normalised text with its marks, from its content and never from its tone."""
    known = rules()
    tags = {name for name, pattern in known.tags.items() if pattern.finds(text, marks)}
    is_vulnerable = known.vulnerable.finds(text, marks)
    if is_vulnerable:
        tags.add("vulnerable")
    if is_whole_building(text, marks):
        tags.add("whole_building")
    if acute.is_worry:
        tags.add("hypothetical")
    if acute.is_now and acute.level == "P0":
        return Urgency("P0", acute.script, frozenset(tags))
    if intent in _NEVER_URGENT and not (acute.is_now and intent is not Intent.WITHDRAW):
        return Urgency(None, None, frozenset(tags))
    if intent is Intent.STATUS and not categories:
        return Urgency(None, None, frozenset(tags))
    script = acute.script if acute.is_now else None
    return Urgency(_level(text, intent, categories, acute, is_vulnerable, marks), script, frozenset(tags))


def _asks_for_rules(intent: Intent, text: str) -> bool:
    return intent is Intent.OPINION or (intent is Intent.INQUIRY and "怎么办" not in text)


def _level(
    text: str, intent: Intent, categories: Sequence[str], acute: Acute, is_vulnerable: bool, marks: Marks
) -> str:
    known = rules()
    primary = categories[0] if categories else None
    default = taxonomy().subject(primary).default_urgency if primary else "P3"
    if acute.is_now:
        return "P1"
    is_worry = acute.is_worry or known.worry.finds(text, marks)
    is_pressing = is_worry or any(pattern.finds(text, marks) for pattern in known.p1)
    if intent in _WISHES:
        if is_worry and not _asks_for_rules(intent, text):
            return "P1"
        return default if intent is Intent.SUGGESTION and len(text) > _LETTER else "P3"
    if is_pressing:
        return "P1"
    if default == "P3" and intent is Intent.REPORT and primary and primary[0] in "ABDN" and primary not in _QUESTIONS:
        # A wish for something new is P3; something that is there and does not work is P2.
        # Letters close with hopes as a matter of form.
        default = "P3" if len(text) <= _LETTER and known.improve.finds(text, marks) else "P2"
    if default == "P2" and is_vulnerable and known.vulnerable_needs.finds(text, marks):
        return "P1"
    if default == "P2" and primary in _SUPPLY and is_whole_building(text, marks):
        return "P1"
    return default
