"""Works through long inputs on all cores: in order, in blocks, holding no more of the input than is being read."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Result = TypeVar("Result")
Block = list[tuple[int, str]]
"""Lines with their numbers, counted from 1."""

_MOST_LINES = 200
_MOST_CHARACTERS = 200_000
# Blocks handed out for each process before the first of them must have come back.
_AHEAD = 3
# Shorter inputs are done before a second process has started.
_WORTH_IT = 3


def blocks(lines: Iterable[str]) -> Iterator[Block]:
    """The lines in blocks, bounded in lines and in characters; blank lines are left out and still counted."""
    block: Block = []
    size = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        block.append((number, line.rstrip("\r\n")))
        size += len(line)
        if len(block) >= _MOST_LINES or size >= _MOST_CHARACTERS:
            yield block
            block, size = [], 0
    if block:
        yield block


def in_order(
    work: Callable[[Block], Result], given: Iterator[Block], processes: Callable[[], int]
) -> Iterator[tuple[int, Result]]:
    """The result for each block, in order, with the number of its last line.

    Args:
        work: a function of a module; it runs in other processes where the input is long.
        given: the blocks.
        processes: how many processes to use, asked only when the input turns out to be long; 0 means all cores.
    """
    first: list[Block] = []
    for block in given:
        first.append(block)
        if len(first) >= _WORTH_IT:
            break
    count = 1 if len(first) < _WORTH_IT else processes() or len(os.sched_getaffinity(0))
    if count == 1:
        for block in chain(first, given):
            yield block[-1][0], work(block)
        return
    # The children share what was loaded here; where the system cannot fork they load it themselves.
    way = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    with ProcessPoolExecutor(count, mp_context=multiprocessing.get_context(way)) as pool:
        waiting: deque[tuple[int, Future[Result]]] = deque()
        for block in chain(first, given):
            waiting.append((block[-1][0], pool.submit(work, block)))
            if len(waiting) >= count * _AHEAD:
                number, done = waiting.popleft()
                yield number, done.result()
        while waiting:
            number, done = waiting.popleft()
            yield number, done.result()
