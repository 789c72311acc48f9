"""Whether two complaints are of one matter: precision, recall and F0.5 on labelled pairs, beside TF-IDF cosine.

A pair is two messages of one community and the days between them. ``same``: one visit or one work item settles both.
``subject``: the same subject, but another thing, another place or another time. ``building``: the same place, another
trouble. Weights and thresholds are chosen on the part ``tune``; ``kept`` is only measured. About half of the pairs are
put together for this; the others are pairs of training messages of one subject that are nearest by words or share an
aspect, so that the hard ones are many. Intervals are 95 %: Wilson for shares, bootstrap over pairs for F0.5.

    python -m benchmarks.quality.similar [--misses] [--fit]
"""

from __future__ import annotations

import argparse
import itertools
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.quality.intervals import bootstrap, wilson
from nlp import similarity
from nlp.segment import reference_engine
from nlp.similarity import SAME_MATTER, Comparison, Matter, Weights, matters_of
from nlp.training.examples import subject_examples
from nlp.understand import understand
from nlp.understanding import Context

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

PAIRS = Path(__file__).parent / "similar_pairs.jsonl"
PARTS = ("tune", "kept")
KINDS = ("same", "subject", "building")
AT = datetime(2026, 11, 24, 8, tzinfo=UTC)
BETA = 0.5


@dataclass(frozen=True)
class Pair:
    """Two messages, what was understood of each, and whether a person calls them one matter."""

    label: str
    days: int
    earlier: str
    later: str
    stored: tuple[Matter, ...]
    asked: tuple[Matter, ...]

    @property
    def is_same(self) -> bool:
        return self.label == "same"


def read_pairs(part: str) -> list[Pair]:
    """The labelled pairs of one part, understood."""
    pairs = []
    for number, line in enumerate(PAIRS.read_text(encoding="utf-8").splitlines(), start=1):
        raw = json.loads(line)
        if raw["label"] not in KINDS or raw["part"] not in PARTS:
            raise ValueError(f"{PAIRS.name}:{number}: label or part is unknown")
        if raw["part"] == part:
            stored, asked = (matters_of(understand(raw[name], Context(at=AT))) for name in ("earlier", "later"))
            pairs.append(Pair(raw["label"], raw["days"], raw["earlier"], raw["later"], stored, asked))
    return pairs


def ours(pair: Pair) -> float:
    """The best score between what each message is filed as; only what the question would look at counts."""
    return max(
        (
            Comparison(asked).score(other.subjects[0], other.place, other.text, pair.days)
            for asked in pair.asked
            for other in pair.stored
            if other.subjects[0] in asked.subjects
        ),
        default=0.0,
    )


def cosines(pairs: Sequence[Pair]) -> list[float]:
    """TF-IDF cosine of the whole messages over jieba's words, weights from the training messages."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    known = TfidfVectorizer(analyzer=reference_engine()).fit([one.text for one in subject_examples()])
    earlier = known.transform([pair.earlier for pair in pairs])
    later = known.transform([pair.later for pair in pairs])
    return [float(value) for value in np.asarray(earlier.multiply(later).sum(axis=1)).ravel()]


def within_subject(pairs: Sequence[Pair]) -> list[float]:
    """The same cosine, but 0 where the two were not understood as one subject."""
    return [
        cosine if {one.subjects[0] for one in pair.stored} & {one.subjects[0] for one in pair.asked} else 0.0
        for pair, cosine in zip(pairs, cosines(pairs), strict=True)
    ]


def counts(scores: Sequence[float], pairs: Sequence[Pair], threshold: float) -> tuple[int, int, int]:
    """Rightly taken for one, taken for one, and all that are one."""
    taken = [score >= threshold for score in scores]
    right = sum(one and pair.is_same for one, pair in zip(taken, pairs, strict=True))
    return right, sum(taken), sum(pair.is_same for pair in pairs)


def f_score(right: int, taken: int, wanted: int) -> float:
    if not right:
        return 0.0
    precision, recall = right / taken, right / wanted
    return (1 + BETA**2) * precision * recall / (BETA**2 * precision + recall)


def best_threshold(scores: Sequence[float], pairs: Sequence[Pair]) -> float:
    return max(sorted(set(scores)), key=lambda one: f_score(*counts(scores, pairs, one)))


def resampled(scores: Sequence[float], pairs: Sequence[Pair], threshold: float) -> tuple[float, float]:
    rows = [(score >= threshold, pair.is_same) for score, pair in zip(scores, pairs, strict=True)]

    def figure(drawn: NDArray[np.float64]) -> float:
        taken, wanted = drawn[:, 0], drawn[:, 1]
        return f_score(int((taken * wanted).sum()), int(taken.sum()), int(wanted.sum()))

    return bootstrap(rows, figure)


def report(name: str, scores: Sequence[float], pairs: Sequence[Pair], threshold: float) -> None:
    right, taken, wanted = counts(scores, pairs, threshold)
    low, high = resampled(scores, pairs, threshold)
    print(
        f"  {name:34s} F0.5 {f_score(right, taken, wanted):.3f} [{low:.3f}, {high:.3f}]"
        f"  precision {right / max(1, taken):.3f} [{_interval(right, taken)}] n = {taken}"
        f"  recall {right / wanted:.3f} [{_interval(right, wanted)}] n = {wanted}  threshold {threshold:.2f}"
    )


def _interval(right: int, asked: int) -> str:
    low, high = wilson(right, asked)
    return f"{low:.3f}, {high:.3f}"


def fit(pairs: Sequence[Pair]) -> Weights:
    """The weights of a grid with the best F0.5 on these pairs at the threshold that is used."""
    best, chosen = -1.0, similarity.WEIGHTS
    for aspect, characters, bias in itertools.product((1.6, 2.0, 2.4), (5.0, 6.0, 7.0), (-2.6, -3.0, -3.4, -3.8)):
        similarity.WEIGHTS = Weights(0.5, aspect, -4.0, characters, bias)
        found = f_score(*counts([ours(pair) for pair in pairs], pairs, SAME_MATTER))
        if found > best:
            best, chosen = found, similarity.WEIGHTS
    return chosen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--misses", action="store_true", help="show what is wrong on the part tune")
    parser.add_argument("--fit", action="store_true", help="fit the weights on the part tune and print them")
    args = parser.parse_args()
    tune = read_pairs("tune")
    if args.fit:
        similarity.WEIGHTS = fit(tune)
        print(similarity.WEIGHTS, f"best threshold {best_threshold([ours(pair) for pair in tune], tune):.2f}")
        return
    if args.misses:
        for pair in tune:
            score = ours(pair)
            if (score >= SAME_MATTER) is not pair.is_same:
                print(f"  {score:.2f} {pair.label:8s} {pair.days:3d}  {pair.earlier} | {pair.later}")
    baselines: dict[str, Callable[[Sequence[Pair]], list[float]]] = {
        "TF-IDF cosine": cosines,
        "TF-IDF cosine within one subject": within_subject,
    }
    thresholds = {name: best_threshold(score(tune), tune) for name, score in baselines.items()}
    for part in PARTS:
        pairs = tune if part == "tune" else read_pairs(part)
        shares = ", ".join(f"{sum(pair.label == kind for pair in pairs)} {kind}" for kind in KINDS)
        print(f"{PAIRS.name}, {part}: n = {len(pairs)} pairs ({shares})")
        report("ours", [ours(pair) for pair in pairs], pairs, SAME_MATTER)
        for name, score in baselines.items():
            report(name, score(pairs), pairs, thresholds[name])


if __name__ == "__main__":
    main()
