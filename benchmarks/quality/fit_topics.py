"""Fits the forest that says whether two messages are one event: python -m benchmarks.quality.fit_topics.

It learns from the grouped part of the public complaints beside the project; only thresholds on six measures are
written, no word of any message. The everyday pairs of characters come from our own training messages.
How well it does on places it never saw is printed by benchmarks.quality.topics.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
import tempfile
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from nlp.loading import RESOURCES
from nlp.topics import likeness, traits
from nlp.topics.likeness import Likeness
from nlp.topics.stream import Stream

ROOT = Path(__file__).resolve().parents[2]
ZONE = ZoneInfo("Asia/Shanghai")
ENOUGH = -0.75
FOLDS = 5
_TREES = 120
_LEAVES = 8
_SAID_OFTEN = 2

Message = dict[str, Any]


def shared_data() -> Path:
    """Where the public complaints lie; the folder may be absent."""
    return Path(os.environ.get("LINLI_SHARED", ROOT.parent / "shared")) / "data"


def read_messages(path: Path) -> list[Message]:
    """The messages of a file in the order of their times."""
    raw = path.read_bytes()
    lines = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8").splitlines()
    return sorted((json.loads(line) for line in lines), key=lambda message: message["time"])


def moment(message: Message) -> datetime:
    return datetime.fromisoformat(message["time"]).replace(tzinfo=ZONE)


class Pairs:
    """Every pair of a stream that has anything in common: later, earlier, measures."""

    def __init__(self, messages: list[Message], group: dict[str, str]) -> None:
        stream = Stream()
        later, earlier, measures = [], [], []
        for number, message in enumerate(messages):
            rows, measured = stream.compare(traits.read(message["title"], message["detail"]), moment(message))
            later.append(np.full(len(rows), number))
            earlier.append(rows)
            measures.append(measured)
        self.later = np.concatenate(later)
        self.earlier = np.concatenate(earlier)
        self.measures = np.concatenate(measures)
        self.groups = [group.get(message["id"]) for message in messages]
        said = Counter(filter(None, self.groups))
        known = np.array([name is not None for name in self.groups])
        self.known = known[self.later] & known[self.earlier]
        self.one = np.array(
            [
                self.groups[a] is not None and self.groups[a] == self.groups[b]
                for a, b in zip(self.later, self.earlier, strict=True)
            ]
        )
        # A group of fifteen has a hundred pairs and is still one event.
        self.weight = np.ones(len(self.one))
        for pair in np.flatnonzero(self.one):
            self.weight[pair] = 1 / np.sqrt(said[self.groups[self.later[pair]]] - 1)


def fit(pairs: Pairs, use: np.ndarray) -> dict[str, Any]:
    """A forest from the chosen pairs, as the file holds it: more alike never means less likely."""
    model = HistGradientBoostingClassifier(
        max_iter=_TREES, learning_rate=0.06, max_leaf_nodes=_LEAVES, min_samples_leaf=20, l2_regularization=1.0,
        monotonic_cst=[1, 1, 1, 1, -1, -1], early_stopping=False, random_state=0,
    ).fit(pairs.measures[use], pairs.one[use], sample_weight=pairs.weight[use])  # fmt: skip
    trees = []
    for (predictor,) in model._predictors:
        nodes = predictor.nodes
        own = np.arange(len(nodes))
        leaf = nodes["is_leaf"].astype(bool)
        trees.append(
            {
                "feature": np.where(leaf, 0, nodes["feature_idx"]).tolist(),
                "threshold": [round(float(value), 5) for value in np.where(leaf, 0, nodes["num_threshold"])],
                "left": np.where(leaf, own, nodes["left"]).tolist(),
                "right": np.where(leaf, own, nodes["right"]).tolist(),
                "value": [round(float(value), 5) for value in nodes["value"]],
            }
        )
    return {
        "measures": list(likeness.MEASURES),
        "base": round(float(model._baseline_prediction[0, 0]), 5),
        "depth": max(int(predictor.nodes["depth"].max()) for (predictor,) in model._predictors),
        "enough": ENOUGH,
        "trees": trees,
    }


def families(messages: list[Message]) -> dict[str, int]:
    """A fold for every group: groups that share a place by name are never parted."""
    names = {message["group"]: message.get("topic") or "" for message in messages}
    parent = {group: group for group in names}

    def root(group: str) -> str:
        while parent[group] != group:
            group = parent[group]
        return group

    titles: dict[str, list[str]] = {}
    for message in messages:
        titles.setdefault(message["group"], []).append(message["title"])
    for first, name in names.items():
        for second in names:
            if name and first != second and any(name[:3] in title for title in titles[second]):
                parent[root(first)] = root(second)
    roots = sorted({root(group) for group in names})
    order = np.random.default_rng(0).permutation(len(roots))
    fold = {name: int(order[place]) % FOLDS for place, name in enumerate(roots)}
    return {group: fold[root(group)] for group in names}


def cross_fitted(pairs: Pairs, fold: dict[str, int]) -> np.ndarray:
    """Log odds of every pair from a forest that never saw the family of either message it is asked about."""
    of = np.array([fold[group] if group else -1 for group in pairs.groups])
    later, earlier = of[pairs.later], of[pairs.earlier]
    asked = np.where(later >= 0, later, earlier)
    odds = np.zeros(len(asked))
    for number in range(FOLDS):
        forest = forest_of(fit(pairs, pairs.known & (later != number) & (earlier != number)))
        mine = (asked == number) | ((asked == -1) & (number == 0))
        odds[mine] = forest.log_odds(pairs.measures[mine])
    return odds


def forest_of(raw: dict[str, Any]) -> Likeness:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "forest.json"
        path.write_text(json.dumps(raw), encoding="utf-8")
        return likeness.load(path)


def write_common_pairs() -> None:
    said: Counter[str] = Counter()
    for path in sorted((RESOURCES / "messages").glob("*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                said.update(set(traits.character_pairs(traits.plain(line.split("\t")[-1]))))
    kept = sorted(pair for pair, count in said.items() if count >= _SAID_OFTEN)
    rows = [" ".join(kept[start : start + 40]) for start in range(0, len(kept), 40)]
    head = "# Pairs of characters that our own training messages hold twice or oftener; they name no place.\n"
    traits.COMMON_FILE.write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
    traits.common_pairs.cache_clear()


def main() -> int:
    data = shared_data()
    if not (data / "hot_topics_dev.jsonl").exists():
        print("public complaints: not here, nothing to fit on")
        return 1
    grouped = read_messages(data / "hot_topics_dev.jsonl")
    write_common_pairs()
    pairs = Pairs(read_messages(data / "hot_messages.jsonl.gz"), {m["id"]: m["group"] for m in grouped})
    text = json.dumps(fit(pairs, pairs.known), separators=(",", ":")).replace('{"feature"', '\n{"feature"')
    likeness.LIKENESS_FILE.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
