"""Measures hot topics on public complaints: python -m benchmarks.quality.topics.

The data lies beside the project; without it this is one line. "cross-fitted" is the figure to believe: every pair of
messages is judged by a forest that never saw the family of places of either. "as shipped" knows them. The baseline is
TF-IDF over words with average link, clustered with all messages at hand and at the best of its thresholds.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import jieba
import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.quality.fit_topics import ENOUGH, Pairs, cross_fitted, families, read_messages, shared_data
from benchmarks.quality.intervals import bootstrap, wilson
from nlp.topics.likeness import likeness
from nlp.topics.stream import best_group

if TYPE_CHECKING:
    from benchmarks.quality.fit_topics import Message

jieba.setLogLevel("WARNING")
_CUTS = (0.65, 0.7, 0.75, 0.78, 0.8, 0.82, 0.85, 0.88)
_BIG = 3
_OVERLAP = 0.6


def main() -> int:
    data = shared_data()
    if not (data / "hot_topics_dev.jsonl").exists():
        print("hot topics: public complaints are not here, skipped")
        return 0
    grouped = read_messages(data / "hot_topics_dev.jsonl")
    wanted = {message["id"]: message["group"] for message in grouped}
    fold = families(grouped)
    for name, messages in (("whole annex", read_messages(data / "hot_messages.jsonl.gz")), ("grouped part", grouped)):
        print(f"hot topics, {name}: {len(messages)} messages, n = {len(wanted)} of them grouped by hand")
        pairs = Pairs(messages, wanted)
        _report("as they come, cross-fitted", messages, _placed(pairs, cross_fitted(pairs, fold)), wanted)
        _report("as they come, as shipped", messages, _placed(pairs, likeness().log_odds(pairs.measures)), wanted)
        _report("TF-IDF words, average link", messages, _average_link(messages, wanted), wanted)
    return 0


def _placed(pairs: Pairs, odds: np.ndarray) -> np.ndarray:
    count = len(pairs.groups)
    bounds = np.searchsorted(pairs.later, np.arange(count + 1))
    placed = np.zeros(count, dtype=np.int64)
    groups = 0
    for number in range(count):
        mine = slice(bounds[number], bounds[number + 1])
        rows = pairs.earlier[mine]
        group = best_group(rows, odds[mine], placed[:number], ENOUGH) if len(rows) else None
        placed[number] = groups if group is None else group
        groups += group is None
    return placed


def _average_link(messages: list[Message], wanted: dict[str, str]) -> np.ndarray:
    texts = [f"{message['title']}\n{message['detail']}" for message in messages]
    words = TfidfVectorizer(tokenizer=jieba.lcut, token_pattern=None, sublinear_tf=True).fit_transform(texts)
    apart = np.clip(1 - (words @ words.T).toarray(), 0, None)
    np.fill_diagonal(apart, 0)
    tree = linkage(squareform(apart, checks=False), "average")
    cuts = [fcluster(tree, cut, "distance") for cut in _CUTS]
    return max(cuts, key=lambda cut: _pair_f1(_rows(messages, cut, wanted)))


def _rows(messages: list[Message], clusters: np.ndarray, wanted: dict[str, str]) -> np.ndarray:
    """A row for every group made by hand, so that the interval draws groups and not messages of one event.

    Columns, summed over its messages: right pairs, pairs found, pairs wanted, B-cubed precision, recall, messages.
    """
    known = [(wanted[m["id"]], int(c)) for m, c in zip(messages, clusters, strict=True) if m["id"] in wanted]
    groups, found, both = Counter(g for g, _ in known), Counter(c for _, c in known), Counter(known)
    rows: dict[str, list[float]] = {}
    for group, cluster in known:
        row = rows.setdefault(group, [0.0] * 6)
        shared = both[group, cluster]
        added = (shared - 1, found[cluster] - 1, groups[group] - 1, shared / found[cluster], shared / groups[group], 1)
        rows[group] = [before + more for before, more in zip(row, added, strict=True)]
    return np.array(list(rows.values()))


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _pair_f1(rows: np.ndarray) -> float:
    right, found, wanted = rows[:, :3].sum(axis=0)
    return float(_f1(right / max(found, 1), right / max(wanted, 1)))


def _b_cubed(rows: np.ndarray) -> float:
    precision, recall, count = rows[:, 3:].sum(axis=0)
    return float(_f1(precision / count, recall / count))


def _found(messages: list[Message], clusters: np.ndarray, wanted: dict[str, str]) -> tuple[int, int]:
    groups: dict[str, set[str]] = defaultdict(set)
    held: dict[int, set[str]] = defaultdict(set)
    for message, cluster in zip(messages, clusters, strict=True):
        if message["id"] in wanted:
            groups[wanted[message["id"]]].add(message["id"])
            held[int(cluster)].add(message["id"])
    big = [group for group in groups.values() if len(group) >= _BIG]
    right = sum(any(len(g & c) / len(g | c) >= _OVERLAP for c in held.values() if g & c) for g in big)
    return right, len(big)


def _report(name: str, messages: list[Message], clusters: np.ndarray, wanted: dict[str, str]) -> None:
    rows = _rows(messages, clusters, wanted)
    count = int(rows[:, 5].sum())
    right, big = _found(messages, clusters, wanted)
    figures = (
        ("pairwise F1", _pair_f1(rows), bootstrap(rows.tolist(), _pair_f1), count),
        ("B-cubed F1", _b_cubed(rows), bootstrap(rows.tolist(), _b_cubed), count),
        ("found", right / big, wilson(right, big), big),
    )
    for figure, value, (low, high), n in figures:
        print(f"  {name:28s} {figure:12s} {value:.3f}  [{low:.3f}, {high:.3f}]  n = {n}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
