"""What the learner looks at in a text: characters in rows within words, those of its beginning counted apart."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import NamedTuple

from nlp.segment import segment

LONGEST_TEXT = 20_000
"""Characters of a text that are looked at; what follows them no longer changes the class of a letter."""

_LONGEST_GRAM = 4
_RUN = re.compile(r"[\u3400-\u9fff]+|[^\W_\u3400-\u9fff]+")
# A first line of so many characters is a title.
_TITLE = range(5, 61)
_SHORT = 60
_BEGINNING = 24
# A list of words has lost its small words: as much is said in fewer characters.
_BEGINNING_OF_WORDS = 16
_WORD_LIST_BLANKS = 8
_LONGEST_KEPT = 16
_HEAD = "^"


class Counts(NamedTuple):
    """How often each feature occurs in the whole text and in its beginning; the keys of ``head`` start with ``^``."""

    body: Counter[str]
    head: Counter[str]


def count(text: str) -> Counts:
    """The features of a text. Takes any Unicode; linear in its length up to ``LONGEST_TEXT`` characters."""
    text = text[:LONGEST_TEXT]
    if not text.isascii():
        # Halves of surrogate pairs are no characters: the segmenter cannot take them.
        text = text.encode("utf-8", "replace").decode("utf-8")
    words = segment(text)
    body = _grams(words)
    head = _grams(words[: _beginning(text, words)])
    return Counts(body, Counter({_HEAD + gram: times for gram, times in head.items()}))


def only_beginning(counts: Counts) -> Counts:
    """The features a text would have if its beginning were all of it, as when somebody writes the title alone."""
    return Counts(Counter({gram[len(_HEAD) :]: times for gram, times in counts.head.items()}), counts.head)


def _beginning(text: str, words: list[str]) -> int:
    """The number of words that stand in the title, or in the first sentence where there is no title."""
    stripped = text.strip()
    end = stripped.find("\n")
    if end in _TITLE:
        limit = end
    elif len(stripped) <= _SHORT:
        return len(words)
    else:
        is_word_list = stripped.count(" ") * _WORD_LIST_BLANKS > len(stripped)
        limit = _BEGINNING_OF_WORDS if is_word_list else _BEGINNING
    passed = 0
    for number, word in enumerate(words):
        if passed >= limit:
            return number
        passed += len(word)
    return len(words)


def _grams(words: list[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for word in words:
        found.update(_grams_of_common(word) if len(word) <= _LONGEST_KEPT else _grams_of_word(word))
    return found


@lru_cache(maxsize=1 << 15)
def _grams_of_common(word: str) -> tuple[str, ...]:
    return _grams_of_word(word)


def _grams_of_word(word: str) -> tuple[str, ...]:
    """Every row of one to four Chinese characters of the word; letters and digits stay whole. No row crosses words."""
    grams: list[str] = []
    for run in _RUN.findall(word.lower()):
        if run[0] < "\u3400" or run[0] > "\u9fff":
            grams.append(run[:_SHORT])
            continue
        for length in range(1, _LONGEST_GRAM + 1):
            grams += [run[start : start + length] for start in range(len(run) - length + 1)]
    return tuple(grams)
