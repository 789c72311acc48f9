"""Tells what a clause is to the trouble told before it: a trouble of its own, what came of that one, or a denial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlp.loading import RESOURCES, ResourceError, line_of, read_yaml
from nlp.taxonomy import taxonomy
from nlp.watch import Watched, watched_words, watching

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nlp.watch import Marks

CONSEQUENCES_FILE = RESOURCES / "consequences.yaml"
_ANY = "any"


@dataclass(frozen=True, slots=True)
class Relations:
    """Words that tell consequences and denials from troubles; ``follow`` holds words by (cause, consequence).

    ``marks`` are those of the whole text the clause is a part of (see ``nlp.watch``).
    """

    outcomes: Watched
    denials: Watched
    announced: Watched
    states: Watched
    parallels: Watched
    follow: dict[tuple[str, str], tuple[str, ...]]

    def names_a_state(self, clause: str, marks: Marks) -> bool:
        """Whether the clause says that something is wrong, and does not merely mention a thing."""
        return self.states.finds(clause, marks) or self.parallels.finds(clause, marks)

    def is_parallel(self, clause: str, marks: Marks) -> bool:
        """Whether the clause sets its trouble beside the one before it ("路灯也黑着")."""
        return self.parallels.finds(clause, marks)

    def tells_what_came_of_it(self, clause: str, marks: Marks) -> bool:
        """Whether the clause speaks of somebody's fear, harm or hindrance."""
        return self.outcomes.finds(clause, marks)

    def denies(self, clause: str, marks: Marks) -> bool:
        """Whether the clause says that there is no trouble, or that something else is not meant."""
        return self.denials.finds(clause, marks)

    def announces(self, between: str, marks: Marks) -> bool:
        """Whether the words between two clauses announce a further trouble ("还有", "另外", "二是")."""
        return self.announced.finds(between, marks)

    def follows(self, causes: Iterable[str], subject: str, clause: str) -> bool:
        """Whether a clause of this subject only tells what came of one of the causes named before it."""
        for cause in (*causes, _ANY):
            if cause != subject and any(word in clause for word in self.follow.get((cause, subject), ())):
                return True
        return False


@watching
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
        outcomes=watched_words(raw["marks"]),
        denials=watched_words(raw["denials"]),
        announced=watched_words(raw["announced"]),
        states=watched_words(raw["states"]),
        parallels=watched_words(raw["parallels"]),
        follow=follow,
    )
