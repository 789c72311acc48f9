"""Measures understanding on labelled messages: python -m benchmarks.quality.understand [MEASURE ...].

Every figure stands with n, its 95 % interval and the baseline's in the same run. The part "tune" of ``messages.jsonl``
may be read when something is mended; "kept" and ``places_kept.jsonl`` never are, and their misses are not printed.
The other files are from outside the project and are skipped where they are not there, and the baseline with them.
A MEASURE named on the command line prints its misses. Routed without a person is what reaches ``SURE_FROM``, the
product's own constant; at the end stands what "tune" and the files from outside would choose.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.quality.baselines import Baseline, read_slots
from benchmarks.quality.measures import (
    Answer,
    Figure,
    Scores,
    answer_of,
    measure,
    measure_landmark,
    measure_places,
)
from nlp.understand import understand
from nlp.understanding import SURE_FROM, Context, Gazetteer, GazetteerBuilding

ROOT = Path(__file__).resolve().parents[2]
OWN = Path(__file__).parent / "messages.jsonl"
PLACES = Path(__file__).parent / "places_kept.jsonl"
TUNE, KEPT = "tune", "kept"
PARTS = (TUNE, KEPT)
FILES = ("gold_messages.jsonl", "real_messages.jsonl")
AT = datetime(2026, 11, 24, 8, tzinfo=UTC)


def main(arguments: list[str]) -> int:
    domain = Path(os.environ.get("LINLI_SHARED", ROOT.parent / "shared")) / "domain"
    show = set(arguments)
    reference = domain / "taxonomy.yaml"
    baseline = Baseline(reference) if reference.exists() else None
    if baseline is None:
        print(f"{reference.name}: not here, so there is no baseline")
    own = read_lines(OWN)
    parts = {part: [label for label in own if label["part"] == part] for part in PARTS}
    readable = [*parts[TUNE]]
    for part, labels in parts.items():
        _report(f"{OWN.name}, {part}", labels, baseline, show if part != KEPT else set())
    _report_places()
    for name in FILES:
        if (domain / name).exists():
            labels = read_lines(domain / name)
            readable += labels
            _report(name, labels, baseline, show)
        else:
            print(f"{name}: not here, skipped")
    chosen = score(readable).threshold()
    print(f"sure from {SURE_FROM}; {len(readable)} readable messages choose {chosen}")
    return 0


def read_lines(path: Path) -> list[dict[str, Any]]:
    """One labelled message a line."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def gazetteer_of(places: dict[str, Any] | None) -> Gazetteer | None:
    """The names that stand beside a text of ``places_kept.jsonl``."""
    if places is None:
        return None
    buildings = tuple(GazetteerBuilding(one["code"], tuple(one["names"])) for one in places["buildings"])
    return Gazetteer(places["community"], tuple(places["names"]), buildings)


def score(labels: list[dict[str, Any]]) -> Scores:
    """The product's answers to labelled messages, compared with their labels."""
    scores = Scores()
    for label in labels:
        measure(scores, label, answer_of(understand(label["text"], Context(at=AT))))
    return scores


def _report(name: str, labels: list[dict[str, Any]], baseline: Baseline | None, show: set[str]) -> None:
    scores, against = score(labels), Scores()
    if baseline is not None:
        for label, answer in zip(labels, baseline.answers([label["text"] for label in labels]), strict=True):
            measure(against, label, answer)
    _print(f"{name}: n = {len(labels)}", scores.figures(SURE_FROM), against.figures())
    for measured in sorted(show & scores.misses.keys()):
        print(f"  missed, {measured}:")
        for miss in scores.misses[measured]:
            print(f"    {miss}")


def _report_places() -> None:
    labels = read_lines(PLACES)
    for title, is_known in (("names known", True), ("names unknown", False)):
        scores, against = Scores(), Scores()
        asked = [label for label in labels if (label["places"] is not None) is is_known]
        for label in asked:
            found = understand(label["text"], Context(at=AT, gazetteer=gazetteer_of(label["places"])))
            measure_places(scores, label, answer_of(found))
            measure_landmark(scores, label, answer_of(found))
            measure_places(against, label, Answer((), (), "", None, False, False, read_slots(label["text"])))
        _print(f"{PLACES.name}, {title}: n = {len(asked)}", scores.figures(), against.figures())


def _print(title: str, figures: dict[str, Figure], against: dict[str, Figure]) -> None:
    print(f"{title}\n  {'':34s} {'here':>6s}  {'95 %':^15s}  {'n':>5s}   {'baseline':>8s}  {'95 %':^15s}")
    for measured, figure in sorted(figures.items(), key=lambda entry: _place_of(entry[0])):
        print(f"  {measured:34s} {_shown(figure)}  {figure.n:5d}   {_shown(against.get(measured)):>8s}")


def _shown(figure: Figure | None) -> str:
    if figure is None:
        return "-"
    low, high = figure.interval
    return f"{figure.value:6.3f}  {low:6.3f} – {high:6.3f}"


_ORDER = ("subject", "class", "category", "span", "intent", "urgency", "P0 by", "question", "P0 where", "script")
_ORDER_AFTER = (
    "building",
    "unit",
    "floor",
    "room",
    "all four",
    "wrong place",
    "landmark",
    "time",
    "expected",
    "routed",
)


def _place_of(measured: str) -> tuple[int, str]:
    order = (*_ORDER, *_ORDER_AFTER)
    return next((at for at, start in enumerate(order) if measured.startswith(start)), len(order)), measured


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
