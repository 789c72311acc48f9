"""Tells what a clause is to the trouble told before it: a trouble of its own, what came of that one, or a denial."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from nlp.loading import RESOURCES, ResourceError, line_of, read_yaml
from nlp.taxonomy import taxonomy

if TYPE_CHECKING:
    from collections.abc import Iterable

CONSEQUENCES_FILE = RESOURCES / "consequences.yaml"
_ANY = "any"


@dataclass(frozen=True, slots=True)
class Relations:
    """Words that tell consequences and denials from troubles; ``follow`` holds words by (cause, consequence)."""

    marks: re.Pattern[str]
    denials: re.Pattern[str]
    announced: re.Pattern[str]
    states: re.Pattern[str]
    parallels: re.Pattern[str]
    follow: dict[tuple[str, str], tuple[str, ...]]

    def names_a_state(self, clause: str) -> bool:
        """Whether the clause says that something is wrong, and does not merely mention a thing."""
        return self.states.search(clause) is not None or self.is_parallel(clause)

    def is_parallel(self, clause: str) -> bool:
        """Whether the clause sets its trouble beside the one before it ("路灯也黑着")."""
        return self.parallels.search(clause) is not None

    def tells_what_came_of_it(self, clause: str) -> bool:
        """Whether the clause speaks of somebody's fear, harm or hindrance."""
        return self.marks.search(clause) is not None

    def denies(self, clause: str) -> bool:
        """Whether the clause says that there is no trouble, or that something else is not meant."""
        return self.denials.search(clause) is not None

    def announces(self, between: str) -> bool:
        """Whether the words between two clauses announce a further trouble ("还有", "另外", "二是")."""
        return self.announced.search(between) is not None

    def follows(self, causes: Iterable[str], subject: str, clause: str) -> bool:
        """Whether a clause of this subject only tells what came of one of the causes named before it."""
        for cause in (*causes, _ANY):
            if cause != subject and any(word in clause for word in self.follow.get((cause, subject), ())):
                return True
        return False


@cache
def relations() -> Relations:
    """The shipped words, loaded on first use.

    Raises:
        ResourceError: broken, or naming a subject that does not exist; with file and line.
    """
    raw = read_yaml(CONSEQUENCES_FILE)
    follow: dict[tuple[str, str], tuple[str, ...]] = {}
    for rule in raw["follow"]:
        words = tuple(str(word) for word in rule["words"])
        for code in (*rule["after"], rule["then"]):
            if code != _ANY and not taxonomy().has_subject(code):
                line = line_of(CONSEQUENCES_FILE, code)
                raise ResourceError(f"{CONSEQUENCES_FILE.name}:{line}: {code} is no subject")
        for cause in rule["after"]:
            pair = (cause, rule["then"])
            follow[pair] = follow.get(pair, ()) + words
    return Relations(
        marks=_either(raw["marks"]),
        denials=_either(raw["denials"]),
        announced=_either(raw["announced"]),
        states=_either(raw["states"]),
        parallels=_either(raw["parallels"]),
        follow=follow,
    )


def _either(words: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(word) for word in sorted(map(str, words), key=len, reverse=True)))
