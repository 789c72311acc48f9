"""Decides how urgent a message is (P0 to P3) and which safety script it calls for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlp.hazards import Danger, rules
from nlp.places import is_whole_building
from nlp.taxonomy import taxonomy
from nlp.understanding import Intent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nlp.watch import Marks

_NEVER_URGENT = frozenset(
    {
        Intent.GREETING, Intent.PRAISE, Intent.SPAM, Intent.HUMAN, Intent.PRIVACY, Intent.SUPPLEMENT, Intent.WITHDRAW,
        Intent.OTHER,
    }
)  # fmt: skip
_WISHES = frozenset({Intent.SUGGESTION, Intent.INQUIRY, Intent.OPINION})
_LETTER = 120
_QUESTIONS = frozenset({"N08", "N12"})
_SUPPLY = frozenset({"A01", "A03", "A06", "A07", "D05"})
# From this share of danger on a message is taken for one, and a long letter, which argues and recalls, from this one.
_IS_DANGER = 0.4
_LETTER_IS_DANGER = 0.7
# The same where words stand that mostly tell of worries, wishes and the past; and where a phrase is a danger by itself.
_SPITE_OF_WORRY = 0.6
_DIRECT_IS_DANGER = 0.25
# From here on the message is filed and asked about even where it seemed to want nothing.
_IS_DOUBTFUL = 0.3
_CRY = 10


@dataclass(frozen=True, slots=True)
class Urgency:
    """The level (None where the message has none), the script to show, and facts worth remembering."""

    level: str | None
    script: str | None
    tags: frozenset[str]


@dataclass(frozen=True, slots=True)
class Acute:
    """Whether a danger is happening now, judged before the intent is known.

    ``risk`` is the model's share of danger to people, 0 to 1; ``is_told`` says that it is news, a lesson or a joke.
    """

    is_now: bool
    script: str | None
    level: str | None
    is_worry: bool
    risk: float = 0.0
    is_told: bool = False
    likeliest: str | None = None

    @property
    def is_doubtful(self) -> bool:
        """Not sure enough to act on, and too likely to pass over."""
        return not self.is_now and self.risk >= _IS_DOUBTFUL


def judge_danger(danger: Danger, opinion: Mapping[str, float], *, length: int, is_foreign: bool = False) -> Acute:
    """What the dangers of a text come to once worry, news, drills and the past are taken off.

    The model has seen what the rules found, so its share of danger decides; the rules stand in for it where a phrase is
    a danger by itself, and against it where the words only tell of one.

    Args:
        danger: what the rules found.
        opinion: the model's probability by safety script, with "NONE".
        length: of the text in Chinese characters; a long letter must be surer than a cry for help.
        is_foreign: no Chinese in it, so that the model knows none of its words and the rules decide.
    """
    if danger.is_self_harm:
        return Acute(True, "S-CRIME", "P0", False, 1.0)
    shares = {script: share for script, share in opinion.items() if script not in ("NONE", "S-FLOOD")}
    risk = sum(shares.values())
    likeliest = max(shares, key=shares.__getitem__) if shares else None
    if danger.is_lesson or (danger.is_told_only and not danger.is_calling):
        return Acute(False, None, None, False, risk, is_told=True)
    is_back = danger.is_first_hand or danger.is_calling
    is_supposed = not is_back and (danger.is_past or danger.is_wish or danger.is_hypothetical or danger.is_joke)
    urgent = [hazard for hazard in danger.hazards if hazard.level == "P0"]
    if length > _LETTER:
        is_now = risk >= _LETTER_IS_DANGER and not is_supposed
    else:
        is_now = risk >= (_SPITE_OF_WORRY if is_supposed else _IS_DANGER) or (
            not is_supposed
            and any(hazard.is_direct for hazard in urgent)
            and (risk >= _DIRECT_IS_DANGER or length <= _CRY or danger.is_calling or is_foreign)
        )
    if is_now:
        named = [hazard.script for hazard in urgent]
        chosen = likeliest if not named or likeliest in named else named[0]
        return Acute(True, chosen, "P0", False, risk)
    if not danger.hazards or (danger.is_joke and not is_back):
        return Acute(False, None, None, False, risk, likeliest=likeliest)
    is_flood = any(hazard.level == "P1" for hazard in danger.hazards) and not is_supposed
    is_unsure = opinion.get("S-FLOOD", 0.0) < opinion.get("NONE", 0.0) and length > _LETTER
    if is_flood and not is_unsure:
        return Acute(True, "S-FLOOD", "P1", False, risk, likeliest=likeliest)
    return Acute(False, None, None, True, risk, likeliest=likeliest)


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
