"""Refuses edits of the lexicon that would push a danger word out, with the reason."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple

from nlp.engine import Engine
from nlp.hazards import HAZARDS_FILE, find_danger, rules
from nlp.lexicon import Lexicon
from nlp.lexicon_edits import Refusal, WordEdit
from nlp.loading import read_yaml
from nlp.spelling import normalise
from nlp.taxonomy import taxonomy
from nlp.training.messages import NO_HAZARD, Kind, load_messages
from nlp.understand import understand
from nlp.understanding import Context, Understanding
from nlp.watch import marks_of

_AT = datetime(2026, 11, 24, 8, tzinfo=UTC)


class _FrameWords(NamedTuple):
    """The words of the frames with the script of the first frame that rests on each."""

    sources: dict[str, str]
    states: dict[str, str]


@cache
def _frame_words() -> _FrameWords:
    sources: dict[str, str] = {}
    states: dict[str, str] = {}
    for frame in read_yaml(HAZARDS_FILE)["frames"]:
        for word in frame["source"]:
            sources.setdefault(str(word), frame["script"])
        for word in frame["state"]:
            states.setdefault(str(word), frame["script"])
    return _FrameWords(sources, states)


def script_said_by(word: str) -> str | None:
    """The script of the danger a word says by itself: a state of a frame, or a phrase that says it outright."""
    known = rules()
    if known.self_harm.pattern.search(word):
        return "self_harm"
    for script, pattern in known.direct:
        if pattern.pattern.search(word):
            return script
    states = _frame_words().states
    if word in states:
        return states[word]
    return next((script for state, script in states.items() if len(state) > 1 and state in word), None)


def find_danger_word(lexicon: Lexicon, edit: WordEdit) -> Refusal | None:
    """Whether the edit takes a word on which the rules for dangers rest out of the lexicon's sight.

    Args:
        lexicon: as it stands without the edit.
        edit: tidied and without a fault of form.
    """
    word = edit.word
    said = script_said_by(word)
    source = _frame_words().sources.get(word)
    before = dict(lexicon.words.get(word, ((), ()))[1])
    facts = {"word": word, "script": said or source}
    leaves = {code for code in (edit.subject if edit.weight == 0 else None, edit.moved_from) if code in before}
    remains = (before.keys() - leaves) | ({edit.subject} if edit.weight > 0 else set())
    if leaves and not remains and (said or source):
        return Refusal("weight", "danger_word", facts)
    if said is None:
        return next((_danger_phrase(phrase) for phrase in edit.exclusions if _danger_phrase(phrase)), None)
    risky = taxonomy().ask_safety
    if leaves & risky and not remains & risky:
        return Refusal("subject", "danger_word_moved", facts)
    if edit.weight < before.get(edit.subject, 0.0) and edit.subject in risky:
        return Refusal("weight", "danger_word_lowered", facts)
    if edit.exclusions:
        return Refusal("exclusions", "danger_word_excluded", {**facts, "phrase": edit.exclusions[0]})
    return None


def find_lost_danger(before: Engine, after: Engine, edit: WordEdit) -> Refusal | None:
    """The first shipped danger message with the word that was caught before and would be missed; None when none is.

    Caught is a P0 seen in the words, and, where the words alone do not show it, the safety question.
    """
    for text in _danger_messages():
        plain = normalise(text)
        if edit.word not in plain:
            continue
        had, has = _read(before, text), _read(after, text)
        if (had.urgency == "P0" and has.urgency != "P0") or (_is_caught(had) and not _is_caught(has)):
            return Refusal("word", "loses_danger", {"word": edit.word, "message": text})
        if had.is_self_harm and not has.is_self_harm:
            return Refusal("word", "loses_danger", {"word": edit.word, "message": text})
    return None


def _danger_phrase(phrase: str) -> Refusal | None:
    found = find_danger(phrase, marks_of(phrase))
    if not found.hazards and not found.is_self_harm:
        return None
    script = found.hazards[0].script if found.hazards else "self_harm"
    return Refusal("exclusions", "danger_phrase", {"phrase": phrase, "script": script})


@cache
def _danger_messages() -> tuple[str, ...]:
    return tuple(one.text for one in load_messages() if one.kind is Kind.HAZARD and one.label != NO_HAZARD)


def _read(engine: Engine, text: str) -> Understanding:
    return understand(text, Context(at=_AT), engine)


def _is_caught(read: Understanding) -> bool:
    return read.urgency == "P0" or read.ask_safety or read.is_self_harm
