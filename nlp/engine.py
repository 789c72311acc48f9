"""What an understanding rests on: a lexicon and a model that belong together, held in one object and passed along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from nlp.lexicon import Lexicon, lexicon
from nlp.model import LinearModel, model


@dataclass(frozen=True, slots=True)
class Engine:
    """A lexicon and the linear model trained with it; frozen, so that several may live side by side.

    ``taught`` holds what the desk has taught since: by word, how far its weight for a subject was moved (see
    ``nlp.taught``).
    """

    lexicon: Lexicon
    model: LinearModel
    taught: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@cache
def shipped() -> Engine:
    """The engine of the shipped resources, loaded on first use.

    Raises:
        ResourceError: a resource file is missing or broken; with file and line.
    """
    return Engine(lexicon(), model())
