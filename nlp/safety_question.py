"""Decides whether a resident is asked the one-tap question about danger; the chat asks exactly where this says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlp.taxonomy import taxonomy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlp.urgency import Acute

ASKS_FROM = 0.015
"""From this share of danger on the question is put where one of the two best subjects can be dangerous.

This and the next were chosen on messages the model had not learned from, in the sheets and in the part "tune" of the
benchmark, where every danger is caught by its words or by the question (n = 56).
"""

ASKS_OTHERS_FROM = 0.05
"""The same where neither of the two best subjects can be dangerous."""

CAN_HURT = frozenset({"A03", "A06", "A12", "A14", "N09"})
"""Wires, gas, walls and what hangs on them, structure and lifts: what fails here can hurt people, however calmly it is
told, so a first subject among these is asked about unless it is only a wish.
"""

ASKS_TOLD_FROM = 0.5
"""The same for news, lessons and jokes: only where the model is sure that they are none."""


def asks_safety(
    acute: Acute, level: str | None, categories: Sequence[str], best: Sequence[str], *, is_worded: bool
) -> bool:
    """Whether the question is put for a message that is filed.

    It is put where the model sees a share of danger, however small, and where something pressing is the matter with a
    thing that can hurt people when it fails: lifts, gas, wires, walls, trees, pits. A broken lamp or a leaking roof is
    neither.

    Args:
        acute: what the danger of the text was judged to be.
        level: its urgency; a P0 has its safety words and is not asked.
        categories: the subjects it is filed under; without any there is nothing to ask about.
        best: the two likeliest subjects of the whole text.
        is_worded: whether the rules found words of danger, which a long letter may bury under everything else.
    """
    if not categories or level == "P0":
        return False
    if acute.is_told:
        return acute.risk >= ASKS_TOLD_FROM
    if categories[0] in CAN_HURT and level != "P3":
        return True
    risky = taxonomy().ask_safety
    if (level == "P1" or is_worded) and not risky.isdisjoint(categories):
        return True
    return acute.risk >= (ASKS_OTHERS_FROM if risky.isdisjoint(best) else ASKS_FROM)
