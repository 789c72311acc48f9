"""What an understanding rests on: a lexicon and a model that belong together, held in one object and passed along."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from nlp.lexicon import Lexicon, lexicon
from nlp.model import LinearModel, model


@dataclass(frozen=True, slots=True)
class Engine:
    """A lexicon and the linear model trained with it; frozen, so that several may live side by side."""

    lexicon: Lexicon
    model: LinearModel


@cache
def shipped() -> Engine:
    """The engine of the shipped resources, loaded on first use.

    Raises:
        ResourceError: a resource file is missing or broken; with file and line.
    """
    return Engine(lexicon(), model())
