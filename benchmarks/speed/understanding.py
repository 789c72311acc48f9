"""Measures how fast messages are understood: python -m benchmarks.speed.understanding [--messages N].

Every figure stands beside a baseline of the same run, measured in turns with it on the same texts, all distinct, one
thread on each side, in processor time. The public complaints are measured where ../shared is.
"""

from __future__ import annotations

import gzip
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import click
import jieba
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from nlp.segment import segment
from nlp.training.messages import Kind, load_messages
from nlp.understand import understand
from nlp.understanding import Context

ROOT = Path(__file__).resolve().parents[2]
CONTEXT = Context(at=datetime(2026, 11, 24, 8, tzinfo=UTC))
ROUNDS = 8
TAUGHT = 3000
SWEEP = (100, 300, 1_000, 3_000, 10_000)
START = "from linli.cli import main; main()"

Work = Callable[[Sequence[str]], object]


@click.command()
@click.option("--messages", default=1600, help="Messages measured; 1600 by default.")
def main(messages: int) -> None:
    """Print speed of segmentation and understanding as ratios, the sweep over lengths, memory and the first answer."""
    taught, asked = _texts(messages)
    segmentation("chat-length messages", asked, bar=15)
    public = _public(400)
    if public:
        segmentation("public complaints", public, bar=10)
    else:
        print("segmentation, public complaints: ../shared is not here, skipped")
    whole(taught, asked)
    sweep(asked)
    process()


def segmentation(name: str, texts: Sequence[str], bar: int) -> None:
    """Words of the texts through the product's one function, beside jieba.cut."""
    jieba.setLogLevel(60)
    jieba.initialize()
    ours, theirs = _in_turns(texts, lambda part: [segment(text) for text in part], _jieba)
    ratio = _ratio(theirs, ours)
    print(
        f"segmentation, {name}: {ratio:.1f} times jieba.cut "
        f"(n = {len(texts)}, mean {_mean(texts):.0f} characters; bar {bar})"
    )


def whole(taught: tuple[list[str], list[str]], asked: Sequence[str]) -> None:
    """The whole understanding of a message, beside words, TF-IDF and a linear machine: one by one and in batches."""
    vectorizer = TfidfVectorizer(tokenizer=jieba.lcut, lowercase=False, token_pattern=None)
    machine = LinearSVC().fit(vectorizer.fit_transform(taught[0]), taught[1])

    def one_by_one(part: Sequence[str]) -> object:
        return [machine.predict(vectorizer.transform([text])) for text in part]

    def in_batch(part: Sequence[str]) -> object:
        return machine.predict(vectorizer.transform(list(part)))

    ours, single = _in_turns(asked, _understood, one_by_one)
    again, batch = _in_turns(asked, _understood, in_batch)
    n = f"n = {len(asked)}, mean {_mean(asked):.0f} characters"
    print(f"understanding, one by one: {_ratio(single, ours):.2f} times the baseline ({n}; bar 6)")
    print(
        f"understanding, beside the baseline in batches of {len(asked) // ROUNDS}: "
        f"{_ratio(batch, again):.2f} ({n}; bar 0.7)"
    )
    print(f"  {1e6 * statistics.median(ours) / (len(asked) / ROUNDS):.0f} microseconds of processor a message")


def sweep(texts: Sequence[str]) -> None:
    """Time for each character at growing lengths: linear when it does not grow."""
    whole_text = "，".join(texts)
    costs = []
    for length in SWEEP:
        pieces = [whole_text[at : at + length] for at in range(0, min(len(whole_text) - length, 20 * length), length)][
            :20
        ]
        spent = min(_spent(_understood, pieces) for _ in range(3))
        costs.append(1e6 * spent / (len(pieces) * length))
    shown = ", ".join(f"{length}: {cost:.1f}" for length, cost in zip(SWEEP, costs, strict=True))
    print(f"microseconds a character by length: {shown}; longest against 1,000: {costs[-1] / costs[2]:.2f} times")


def process() -> None:
    """A process of its own: until its first answer, and the memory it takes for the nlp room."""
    spent = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", START, "understand", "--plain"],
            input="3栋漏水\n",
            text=True,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        spent.append(time.perf_counter() - began)
    print(f"first answer after the start of a process: {statistics.median(spent):.2f} s (n = {len(spent)}; bar 0.5)")
    code = (
        "from nlp.understand import understand; from nlp.understanding import Context;"
        "from datetime import datetime, UTC; c = Context(at=datetime.now(UTC));"
        "[understand('3栋%d单元漏水' % n, c) for n in range(2000)];"
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    print(f"memory of a process with the nlp room: {int(done.stdout) / 1024:.0f} MB (bar 250)")
    model = ROOT / "nlp" / "resources" / "model" / "linear.npz"
    print(f"shipped model: {model.stat().st_size / 1e6:.1f} MB (bar 20)")


def _texts(messages: int) -> tuple[tuple[list[str], list[str]], list[str]]:
    known = [message for message in load_messages() if message.kind is Kind.SUBJECT]
    known.sort(key=lambda message: (hash_of(message.text), message.text))
    taught = known[:TAUGHT]
    asked = [message.text for message in known[TAUGHT : TAUGHT + messages]]
    return ([message.text for message in taught], [message.label for message in taught]), asked


def hash_of(text: str) -> int:
    """An order that has nothing to do with what a text says, the same in every run."""
    return sum(ord(letter) * (place + 1) for place, letter in enumerate(text)) * 2654435761 % 2**32


def _public(most: int) -> list[str]:
    path = Path(os.environ.get("LINLI_SHARED", ROOT.parent / "shared")) / "data" / "hot_messages.jsonl.gz"
    if not path.exists():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        return [json.loads(line)["detail"] for _, line in zip(range(most), stream, strict=False)]


def _jieba(part: Sequence[str]) -> object:
    return [list(jieba.cut(text)) for text in part]


def _understood(part: Sequence[str]) -> object:
    return [understand(text, CONTEXT) for text in part]


def _in_turns(texts: Sequence[str], ours: Work, theirs: Work) -> tuple[list[float], list[float]]:
    """Processor seconds of each for the same part of the texts, turn by turn; no text comes twice."""
    size = len(texts) // ROUNDS
    ours(texts[:5])
    theirs(texts[:5])
    spent: tuple[list[float], list[float]] = ([], [])
    for turn in range(ROUNDS):
        part = texts[turn * size : (turn + 1) * size]
        spent[0].append(_spent(ours, part))
        spent[1].append(_spent(theirs, part))
    return spent


def _spent(work: Work, part: Sequence[str]) -> float:
    began = time.process_time()
    work(part)
    return time.process_time() - began


def _ratio(theirs: Sequence[float], ours: Sequence[float]) -> float:
    return statistics.median(one / other for one, other in zip(theirs, ours, strict=True))


def _mean(texts: Sequence[str]) -> float:
    return statistics.mean(len(text) for text in texts)


if __name__ == "__main__":
    main()
