"""The features of a message for training: the same that are read from it in use."""

from __future__ import annotations

from nlp import model as linear
from nlp.hazards import find_danger
from nlp.intents import cue_scores
from nlp.lexicon import lexicon
from nlp.model import Vector
from nlp.places import find_places
from nlp.signals import signals
from nlp.spelling import normalise
from nlp.watch import marks_of


def training_text(text: str) -> str:
    """The text as scored in use: one spelling, addresses blanked out."""
    plain = normalise(text)
    letters = list(plain)
    for start, end in find_places(plain).spans:
        letters[start:end] = " " * (end - start)
    return "".join(letters)


def training_vector(text: str) -> Vector:
    """The features of a message as they are in use, signals included."""
    plain = training_text(text)
    marks = marks_of(plain)
    return {**worded_vector(plain), **signals(cue_scores(plain.strip(), marks), find_danger(plain, marks))}


def scored_vector(text: str, head: str) -> Vector:
    """The features one head sees of a message; what the rules found must not sway the subject."""
    return worded_vector(training_text(text)) if head == "subject" else training_vector(text)


def worded_vector(plain: str) -> Vector:
    """The features of a normalised text without signals."""
    grams, scale = linear.gram_names(plain)
    return {**dict.fromkeys(grams, scale), **linear.other_features(plain, lexicon().read(plain))}
