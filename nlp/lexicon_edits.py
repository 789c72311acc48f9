"""Edits of the lexicon: what the desk teaches a word, laid over the shipped lexicon without touching it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from nlp.engine import Engine
from nlp.lexicon import Lexicon
from nlp.spelling import normalise
from nlp.taxonomy import taxonomy
from nlp.training.vectors import training_text

LONGEST_WORD = 20
LONGEST_EXAMPLE = 300
MOST_EXCLUSIONS = 12
HEAVIEST = 6.0
"""The model looks at no more than this much of a subject's words together."""

_WORD = re.compile(r"[\w+\-·]+")


@dataclass(frozen=True, slots=True)
class WordEdit:
    """What a word shall mean from now on.

    ``weight`` is how much it speaks for ``subject`` (1 weakly, 2.6 strongly, at most HEAVIEST); 0 takes it from the
    subject. ``moved_from`` is a subject it speaks for no longer. In the longer phrases of ``exclusions`` the word means
    nothing. ``must_match`` is a sentence in which it must speak for the subject, ``must_not_match`` one in which it
    must not.
    """

    word: str
    subject: str
    weight: float
    moved_from: str | None = None
    exclusions: tuple[str, ...] = ()
    must_match: str = ""
    must_not_match: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an edit is refused: the field, the code of the reason, and what it names."""

    field: str
    code: str
    facts: Mapping[str, object] = dataclasses.field(default_factory=dict)


class _Entry(NamedTuple):
    groups: tuple[str, ...]
    subjects: tuple[tuple[str, float], ...]


_NOTHING = _Entry((), ())
_NO_SHIFT = 0.001


def tidy(edit: WordEdit) -> WordEdit:
    """The edit in the spelling the lexicon reads: one width, no traditional letters, no blanks around."""
    exclusions = tuple(dict.fromkeys(phrase for one in edit.exclusions if (phrase := _plain(one))))
    return WordEdit(
        _plain(edit.word),
        edit.subject.strip(),
        round(float(edit.weight), 2),
        edit.moved_from or None,
        exclusions,
        edit.must_match.strip(),
        edit.must_not_match.strip(),
    )


def find_fault(edit: WordEdit) -> Refusal | None:
    """What is wrong with the form of a tidied edit, whatever the lexicon; None when nothing is."""
    if not edit.word:
        return Refusal("word", "required")
    if len(edit.word) > LONGEST_WORD or not _WORD.fullmatch(edit.word):
        return Refusal("word", "no_word", {"most": LONGEST_WORD})
    for name, code in (("subject", edit.subject), ("moved_from", edit.moved_from)):
        if code is not None and not taxonomy().has_subject(code):
            return Refusal(name, "unknown")
    if edit.moved_from == edit.subject:
        return Refusal("moved_from", "same_subject")
    if not 0.0 <= edit.weight <= HEAVIEST:
        return Refusal("weight", "out_of_range", {"most": HEAVIEST})
    if len(edit.exclusions) > MOST_EXCLUSIONS:
        return Refusal("exclusions", "too_many", {"most": MOST_EXCLUSIONS})
    for phrase in edit.exclusions:
        if edit.word not in phrase or phrase == edit.word:
            return Refusal("exclusions", "not_longer", {"phrase": phrase, "word": edit.word})
        if len(phrase) > LONGEST_WORD or not _WORD.fullmatch(phrase):
            return Refusal("exclusions", "no_word", {"phrase": phrase, "most": LONGEST_WORD})
    for name, example in (("must_match", edit.must_match), ("must_not_match", edit.must_not_match)):
        if len(example) > LONGEST_EXAMPLE:
            return Refusal(name, "too_long", {"most": LONGEST_EXAMPLE})
        if not example and (name == "must_not_match" or edit.weight > 0):
            return Refusal(name, "required")
    if edit.weight > 0 and edit.word not in normalise(edit.must_match):
        return Refusal("must_match", "without_word", {"word": edit.word})
    return None


def apply(lexicon: Lexicon, edits: Iterable[WordEdit]) -> Lexicon:
    """A new lexicon with the edits laid over it in order; the one given stays as it is.

    A word may be added, weighed anew, taken from a subject or moved to another; its groups, on which combinations
    rest, are kept. A phrase in which a word means nothing still speaks with the other words it holds.
    """
    words: dict[str, tuple[tuple[str, ...], tuple[tuple[str, float], ...]]] = dict(lexicon.words)
    excluded: dict[str, set[str]] = {}
    last: dict[str, WordEdit] = {}
    for edit in edits:
        groups, subjects = words.get(edit.word, _NOTHING)
        weights = {code: weight for code, weight in subjects if code not in (edit.subject, edit.moved_from)}
        if edit.weight > 0:
            weights[edit.subject] = edit.weight
        if groups or weights:
            words[edit.word] = (groups, tuple(weights.items()))
        else:
            words.pop(edit.word, None)
        last[edit.word] = edit
    for edit in last.values():  # the latest edit of a word names all its exclusions
        for phrase in edit.exclusions:
            excluded.setdefault(phrase, set()).add(edit.word)
    if not excluded:
        return Lexicon(words, lexicon.silent, lexicon.combinations)
    bare = Lexicon(dict(words), lexicon.silent, ())
    for phrase, without in excluded.items():
        words[phrase] = _rest(bare, phrase, without)  # an empty entry too: the phrase is seen, and says nothing
    return Lexicon(words, lexicon.silent | excluded.keys(), lexicon.combinations)


def teach(engine: Engine, edits: Sequence[WordEdit]) -> Engine:
    """An engine that knows the edits, in order; the one given stays as it is."""
    if not edits:
        return engine
    shipped, edited = engine.lexicon, apply(engine.lexicon, edits)
    taught: dict[str, dict[str, float]] = {}
    for edit in {edit.word: edit for edit in edits}.values():
        had, has = _weights(shipped, edit.word), _weights(edited, edit.word)
        moved = {code: has.get(code, 0.0) - had.get(code, 0.0) for code in {**had, **has}}
        taught[edit.word] = {code: shift for code, shift in moved.items() if abs(shift) > _NO_SHIFT}
        for phrase in edit.exclusions:
            # The model has learned what the shipped word says and would hear it in the phrase as well.
            silenced = taught.setdefault(phrase, {})
            silenced.update({code: silenced.get(code, 0.0) - weight for code, weight in had.items()})
    return Engine(edited, engine.model, taught)


def speaks_for(lexicon: Lexicon, word: str, subject: str, text: str) -> bool:
    """Whether the word, as it stands in a resident's sentence, speaks for the subject."""
    hits = lexicon.read(training_text(text)).hits
    return any(hit.word == word and any(code == subject for code, _ in hit.subjects) for hit in hits)


def find_broken_example(lexicon: Lexicon, edits: Sequence[WordEdit]) -> Refusal | None:
    """The first example the edited lexicon does not keep, the newest edit first; None when all hold."""
    seen: set[str] = set()
    for number, edit in enumerate(reversed(edits)):
        if edit.word in seen:
            continue
        seen.add(edit.word)
        whose = {} if number == 0 else {"word": edit.word}
        if edit.weight > 0 and not speaks_for(lexicon, edit.word, edit.subject, edit.must_match):
            return Refusal("must_match", "does_not_match" if number == 0 else "breaks_example", whose)
        if edit.must_not_match and speaks_for(lexicon, edit.word, edit.subject, edit.must_not_match):
            return Refusal("must_not_match", "does_match" if number == 0 else "breaks_example", whose)
    return None


def _weights(lexicon: Lexicon, word: str) -> dict[str, float]:
    return dict(lexicon.words.get(word, _NOTHING)[1])


def _plain(text: str) -> str:
    return normalise(text.strip())


def _rest(bare: Lexicon, phrase: str, without: set[str]) -> _Entry:
    """What a phrase says once some words in it mean nothing; its own entry, where it has one, counts."""
    muted = [(at, at + len(word)) for word in without for at in range(len(phrase)) if phrase.startswith(word, at)]
    groups: dict[str, None] = {}
    weights: dict[str, float] = {}
    for hit in bare.read(phrase).hits:
        if any(start <= hit.start and hit.end <= end for start, end in muted):
            continue
        groups.update(dict.fromkeys(hit.groups))
        for code, weight in hit.subjects:
            weights[code] = max(weight, weights.get(code, 0.0))
    return _Entry(tuple(groups), tuple(weights.items())) if groups or weights else _NOTHING
