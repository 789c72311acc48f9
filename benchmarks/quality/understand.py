"""Measures understanding on labelled messages: python -m benchmarks.quality.understand [MEASURE ...].

``messages.jsonl`` stands beside this file and was written without looking at the lexicon. Its half "tune" may be read
when something is mended; its half "kept" never is, and its misses are not printed. The other files are from outside
the project and are skipped where they are not there. A MEASURE named on the command line prints its misses.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlp.understand import understand
from nlp.understanding import Context

if TYPE_CHECKING:
    from nlp.understanding import Understanding

ROOT = Path(__file__).resolve().parents[2]
OWN = Path(__file__).parent / "messages.jsonl"
KEPT = "kept"
PARTS = ("tune", KEPT)
FILES = ("gold_messages.jsonl", "real_messages.jsonl")
SLOTS = ("building", "unit", "floor", "room")


class Tally:
    """Counts of right answers and of questions, by measure."""

    def __init__(self) -> None:
        self.right: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.misses: dict[str, list[str]] = {}

    def count(self, measure: str, is_right: bool, miss: str = "") -> None:
        self.asked[measure] += 1
        self.right[measure] += is_right
        if not is_right:
            self.misses.setdefault(measure, []).append(miss)

    def add(self, measure: str, right: float, asked: float) -> None:
        self.right[measure] += right  # type: ignore[assignment]
        self.asked[measure] += asked  # type: ignore[assignment]


def measure(tally: Tally, label: dict[str, Any], found: Understanding) -> None:
    """Compares one understanding with its label; what a reasonable clerk would also accept is right."""
    text = label["text"]
    short = text[:60].replace("\n", " ")
    wanted = set(label["categories"]) | set(label.get("also_ok_categories", []))
    if label["categories"]:
        ranked = [candidate.category for candidate in found.candidates]
        answer = found.categories[0] if found.categories else None
        tally.count("subject top-1", answer in wanted, f"{short} | {label['categories']} | {found.categories} {ranked}")
        tally.count(
            "subject top-3", any(code in wanted for code in ranked), f"{short} | {label['categories']} | {ranked}"
        )
        tally.count("class", answer is not None and answer[0] in {code[0] for code in wanted}, short)
        must, got = set(label["categories"]), set(found.categories)
        tally.add("category set precision", len(got & wanted), len(got))
        tally.add("category set recall", len(got & must), len(must))
    intents = {label["intent"], *label.get("also_ok_intents", [])}
    tally.count("intent", found.intent.value in intents, f"{short} | {label['intent']} | {found.intent.value}")
    levels = {label["urgency"], *label.get("also_ok_urgency", [])}
    tally.count("urgency", found.urgency in levels, f"{short} | {label['urgency']} | {found.urgency}")
    if label["urgency"] == "P0":
        tally.count("P0 recall by text", found.urgency == "P0", short)
        tally.count("P0 caught by text or question", found.urgency == "P0" or found.ask_safety, short)
    else:
        tally.count("no question where there is no danger", not found.ask_safety)
    if found.urgency == "P0":
        tally.count("P0 precision", "P0" in levels, short)
    if label.get("safety_script"):
        tally.count("script", found.safety_script == label["safety_script"], f"{short} | {found.safety_script}")
    accepted = label.get("also_ok_address") or {}
    slots = {slot: getattr(found.place, slot) for slot in SLOTS}
    is_exact = all(slots[slot] in (label.get(slot), *accepted.get(slot, [])) for slot in SLOTS)
    tally.count("places exact", is_exact, f"{short} | {slots}")
    gold_spans = _characters(label["problems"])
    if gold_spans:
        own = {index for problem in found.problems for index in range(problem.start, problem.end)}
        tally.add("span precision", len(own & gold_spans), len(own))
        tally.add("span recall", len(own & gold_spans), len(gold_spans))
    times = set(label.get("time_exprs", []))
    tally.add("time expressions recall", len(times & {time.text for time in found.times}), len(times))


def _characters(problems: list[dict[str, Any]]) -> set[int]:
    return {index for problem in problems for index in range(problem["start"], problem["end"])}


def main(arguments: list[str]) -> int:
    shared = Path(os.environ.get("LINLI_SHARED", ROOT.parent / "shared"))
    show = set(arguments)
    own = _read(OWN)
    for part in PARTS:
        _report(
            f"{OWN.name}, {part}", [label for label in own if label["part"] == part], show if part != KEPT else set()
        )
    for name in FILES:
        path = shared / "domain" / name
        if path.exists():
            _report(name, _read(path), show)
        else:
            print(f"{name}: not here, skipped")
    return 0


def _read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _report(name: str, labels: list[dict[str, Any]], show: set[str]) -> None:
    tally = Tally()
    for label in labels:
        label.setdefault("categories", [])
        label.setdefault("problems", [])
        label.setdefault("urgency", None)
        measure(tally, label, understand(label["text"], Context(at=datetime(2026, 11, 24, 8, tzinfo=UTC))))
    print(f"{name}: n = {len(labels)}")
    for measured, asked in tally.asked.items():
        share = tally.right[measured] / asked if asked else 0.0
        print(f"  {measured:40s} {share:6.3f}  n = {asked:g}")
    for pair in ("category set", "span"):
        print(f"  {pair + ' F1':40s} {_f1(tally, pair):6.3f}")
    for measured in show & tally.misses.keys():
        print(f"  missed, {measured}:")
        for miss in tally.misses[measured]:
            print(f"    {miss}")


def _f1(tally: Tally, pair: str) -> float:
    parts = []
    for half in ("precision", "recall"):
        asked = tally.asked[f"{pair} {half}"]
        parts.append(tally.right[f"{pair} {half}"] / asked if asked else 0.0)
    return 2 * parts[0] * parts[1] / sum(parts) if sum(parts) else 0.0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
