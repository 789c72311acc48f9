"""Rebuilds the shipped model: python -m nlp.training."""

from __future__ import annotations

from nlp.model import MODEL_FILE, save
from nlp.training.fit import build


def main() -> None:
    model, report = build()
    save(MODEL_FILE, model)
    for head, (right, near, temperature) in report.items():
        print(f"{head}: {right:.3f} right, {near:.3f} within three (held out), temperature {temperature:.2f}")
    size = MODEL_FILE.stat().st_size / 1e6
    print(f"{MODEL_FILE.name}: {len(model.index)} features, {size:.1f} MB")


if __name__ == "__main__":
    main()
