"""Checks the labelled messages: their form, repeated and nearly repeated texts, and how many each label has."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from nlp.loading import ResourceError
from nlp.training.messages import MESSAGES, SHEETS, Kind, LabelledMessage, Split, known_labels, read_sheet, skeleton

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

NEARLY_SAME = 0.8
"""Jaccard similarity of two skeletons' character bigrams from which they count as one wording."""

ENOUGH: dict[Kind, int] = {Kind.SUBJECT: 60, Kind.INTENT: 80, Kind.HAZARD: 90}
"""Messages per label under which the report marks it as thin."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the report; returns 1 on a malformed line or a text that stands twice, otherwise 0.

    The only argument is the folder of the sheets; without it the shipped ones are checked.
    """
    given = sys.argv[1:] if arguments is None else arguments
    folder = Path(given[0]) if given else MESSAGES
    messages: list[LabelledMessage] = []
    errors: list[str] = []
    for name, kind in SHEETS.items():
        try:
            found, problems = read_sheet(folder / name, kind)
        except ResourceError as problem:
            errors.append(str(problem))
            continue
        messages.extend(found)
        errors.extend(problems)
    errors.extend(
        f"{_where(later)}: stands already at {_where(first)}: {later.text}" for first, later in repeated(messages)
    )
    for kind in Kind:
        _print_counts(kind, [message for message in messages if message.kind is kind])
    near = list(nearly_repeated(messages))
    print(f"nearly the same: {len(near)}")
    for first, later in near:
        print(f"  {_where(first)} {first.text}\n  {_where(later)} {later.text}\n")
    print(f"errors: {len(errors)}")
    for error in errors:
        print(f"  {error}")
    return 1 if errors else 0


def repeated(messages: Iterable[LabelledMessage]) -> Iterator[tuple[LabelledMessage, LabelledMessage]]:
    """Pairs (first, later) of one kind with the very same text. Sheets of different kinds may share a text."""
    seen: dict[tuple[Kind, str], LabelledMessage] = {}
    for message in messages:
        first = seen.setdefault((message.kind, message.text), message)
        if first is not message:
            yield first, message


def nearly_repeated(messages: Iterable[LabelledMessage]) -> Iterator[tuple[LabelledMessage, LabelledMessage]]:
    """Pairs of one kind and label that are one wording: the same skeleton, or bigrams alike from NEARLY_SAME on.

    Only pairs with the same primary label: alike words under different labels are what the model must tell apart.
    """
    groups: dict[tuple[Kind, str], list[LabelledMessage]] = defaultdict(list)
    for message in messages:
        groups[message.kind, message.label].append(message)
    for group in groups.values():
        shapes = [_bigrams(skeleton(message.text)) for message in group]
        for later, shape in enumerate(shapes):
            for first in range(later):
                if group[first].text != group[later].text and _alike(shapes[first], shape):
                    yield group[first], group[later]


def _bigrams(text: str) -> frozenset[str]:
    return frozenset(text[at : at + 2] for at in range(len(text) - 1)) or frozenset((text,))


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= NEARLY_SAME * len(one | other)


def _where(message: LabelledMessage) -> str:
    return f"{message.sheet}:{message.line}"


def _print_counts(kind: Kind, messages: list[LabelledMessage]) -> None:
    primary = Counter(message.label for message in messages)
    held_out = Counter(message.label for message in messages if message.split is Split.HELD_OUT)
    also = Counter(label for message in messages for label in message.labels[1:])
    lengths = sorted(len(message.text) for message in messages) or [0]
    print(
        f"{kind.value}: {len(messages)} messages, {sum(held_out.values())} held out, "
        f"{lengths[0]}–{lengths[-1]} characters, half of them up to {lengths[len(lengths) // 2]}"
    )
    for label in known_labels(kind):
        thin = f"  thin: fewer than {ENOUGH[kind]}" if primary[label] < ENOUGH[kind] else ""
        second = f", {also[label]} as a further label" if also[label] else ""
        print(f"  {label:<10} {primary[label]:>4}, {held_out[label]} held out{second}{thin}")


if __name__ == "__main__":
    sys.exit(main())
