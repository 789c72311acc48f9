"""Cuts Chinese text into words: a fast engine and the reference engine behind one function."""

from __future__ import annotations

import logging
import re
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from nlp.loading import RESOURCES, read_text

if TYPE_CHECKING:
    from collections.abc import Callable

WORDS_FILE = RESOURCES / "words.txt"
_BLANK = re.compile(r"\s")


def domain_words() -> tuple[str, ...]:
    """The words of the field that the general dictionary lacks."""
    lines = (line.strip() for line in read_text(WORDS_FILE).splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


@cache
def reference_engine() -> Callable[[str], list[str]]:
    """jieba on a tokenizer of its own, so that no other user of jieba sees our words."""
    import jieba

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    tokenizer.tmp_dir = str(Path(tempfile.gettempdir()))
    for word in domain_words():
        tokenizer.add_word(word)

    def words_of(text: str) -> list[str]:
        return list(tokenizer.lcut(text, HMM=False))

    return words_of


@cache
def fast_engine() -> Callable[[str], list[str]] | None:
    """The compiled engine with the same dictionary, or None where it is not installed."""
    try:
        import rjieba
    except ImportError:
        return None
    # The package builds one engine on import; a second would double start time and memory, and nothing else uses it.
    for word in domain_words():
        rjieba.add_word(word, None, None)

    compiled = rjieba.cut

    def words_of(text: str) -> list[str]:
        words: list[str] = compiled(text, False)
        return words

    return words_of


@cache
def _engine() -> Callable[[str], list[str]]:
    return fast_engine() or reference_engine()


def cut(text: str) -> list[str]:
    """The text cut into words and what stands between them; joined again they are the text."""
    return _engine()(text)


def segment(text: str) -> list[str]:
    """The words of the text in order, blanks left out."""
    words = _engine()(text)
    return [word for word in words if not word.isspace()] if _BLANK.search(text) else words
