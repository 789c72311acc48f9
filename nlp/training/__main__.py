"""Rebuilds the shipped model and its card: python -m nlp.training; --evaluate scores the held-out part instead."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime

from nlp.model import MODEL_FILE, save
from nlp.training.evaluate import evaluate
from nlp.training.fit import build
from nlp.training.messages import load_messages
from nlp.training.own import card_of
from nlp.understand import understand
from nlp.understanding import Context
from nlp.watch import save_needs

CARD_FILE = MODEL_FILE.with_name("card.json")


def main(arguments: list[str]) -> None:
    if "--evaluate" in arguments:
        for head, score in evaluate().items():
            print(f"{head}: {score.right:.3f} right, {score.near:.3f} within three, n = {score.n}")
            print("  " + ", ".join(f"{wanted} taken for {got}: {count}" for wanted, got, count in score.confusions))
            if "--misses" in arguments:
                print("\n".join(f"  {wanted}\t{got}\t{text}" for wanted, got, text in score.misses))
        return
    model, report = build()
    save(MODEL_FILE, model)
    understand("", Context(at=datetime.now(UTC)))  # registers every pattern there is
    save_needs()
    for head, (right, near, temperature) in report.items():
        print(f"{head}: {right:.3f} right, {near:.3f} within three (held out), temperature {temperature:.2f}")
    size = MODEL_FILE.stat().st_size / 1e6
    print(f"{MODEL_FILE.name}: {len(model.index)} features, {size:.1f} MB")
    card = card_of(load_messages())
    written = {"fingerprint": model.fingerprint, "made_at": datetime.now(UTC).isoformat(), **card._asdict()}
    CARD_FILE.write_text(json.dumps(written, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{CARD_FILE.name}: {card.right / card.n:.3f} right on messages it did not learn from, n = {card.n}")


if __name__ == "__main__":
    main(sys.argv[1:])
