"""Measures the learner on real public complaints: python -m benchmarks.quality.public_data.

Seven classes of letters to officials, learned through the command itself from the training part, and asked about the
dev part; the baseline (jieba and LinearSVC) learns and answers the same in the same run. With --folds all labelled
letters are asked in turn, near-duplicates kept together: slower, and four times as many answers to judge by. The texts
are not part of the project: skipped where ../shared (LINLI_SHARED) is not there.
"""

from __future__ import annotations

import gzip
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
import jieba
import numpy as np
from scipy.sparse import vstack
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.svm import LinearSVC

from benchmarks.quality.intervals import bootstrap, wilson

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[2]
FOLDS = 5
TITLE = range(6, 41)
NOT_SURE = 0.10
ALIKE = 0.6
COMMAND = (sys.executable, "-c", "from linli.cli import main; main()", "model")
Row = dict[str, Any]


class Answers(NamedTuple):
    """What was answered: class numbers and confidences (any scale), one each per text."""

    classes: NDArray[np.int64]
    confidence: NDArray[np.float64]


class Learned(NamedTuple):
    """Answers of one learner to letters and to titles."""

    letters: Answers
    titles: Answers


@click.command()
@click.option("--folds", is_flag=True, help="Ask all labelled letters in turn as well; some ten minutes.")
def main(folds: bool) -> None:
    """Print macro-F1 of letters and titles, what is right of the surest nine tenths, size and time of learning."""
    shared = Path(os.environ.get("LINLI_SHARED", ROOT.parent / "shared")) / "data"
    if not (shared / "labelled_train.jsonl.gz").exists():
        print("public data: ../shared is not here, skipped")
        return
    jieba.setLogLevel(logging.WARNING)
    taught, asked = _rows(shared / "labelled_train.jsonl.gz"), _rows(shared / "labelled_dev.jsonl.gz")
    names = sorted({row["label"] for row in taught})
    print(f"public data: learned from {len(taught)}, {len(names)} classes")
    _report("dev", asked, names, [(taught, asked)])
    if folds:
        rows = taught + asked
        parts = _folds(rows)
        turns = [
            (
                [row for row, part in zip(rows, parts, strict=True) if part != number],
                [row for row, part in zip(rows, parts, strict=True) if part == number and row["form"] != "tokens"],
            )
            for number in range(FOLDS)
        ]
        _report(f"{FOLDS} folds", [row for _, part in turns for row in part], names, turns)


def _report(
    name: str, asked: Sequence[Row], names: Sequence[str], turns: Sequence[tuple[list[Row], list[Row]]]
) -> None:
    learned, base, seconds, megabytes = _in_turns(turns, names)
    wanted = np.array([names.index(row["label"]) for row in asked])
    is_title = [_has_title(row) for row in asked]
    for kind, right, ours, theirs in (
        ("letters", wanted, learned.letters, base.letters),
        ("titles alone", wanted[is_title], learned.titles, base.titles),
    ):
        _print_pair(f"{name}, {kind}, macro-F1", right, ours, theirs, len(names))
    for side, answers in (("", learned.letters), (" (baseline)", base.letters)):
        sure = answers.confidence >= np.quantile(answers.confidence, NOT_SURE)
        hits = answers.classes[sure] == wanted[sure]
        low, high = wilson(int(hits.sum()), len(hits))
        print(f"  {name}, right of the surest 90 %{side}: {hits.mean():.3f} [{low:.3f}, {high:.3f}]  n = {len(hits)}")
    print(f"  {name}, expected calibration error: {_calibration_error(learned.letters, wanted):.3f}  n = {len(wanted)}")
    print(f"  {name}, model {max(megabytes):.1f} MB; whole command {max(seconds):.0f} s at the longest")


def _print_pair(title: str, wanted: NDArray[np.int64], ours: Answers, theirs: Answers, classes: int) -> None:
    rows = np.stack([wanted, ours.classes, theirs.classes], axis=1).tolist()
    figures: tuple[tuple[str, Callable[[NDArray[np.float64]], float]], ...] = (
        ("", lambda drawn: _macro_f1(drawn[:, 0], drawn[:, 1], classes)),
        (" (baseline)", lambda drawn: _macro_f1(drawn[:, 0], drawn[:, 2], classes)),
        (
            " (ahead by)",
            lambda drawn: _macro_f1(drawn[:, 0], drawn[:, 1], classes) - _macro_f1(drawn[:, 0], drawn[:, 2], classes),
        ),
    )
    for side, figure in figures:
        low, high = bootstrap(rows, figure)
        value = figure(np.asarray(rows, dtype=np.float64))
        print(f"  {title}{side}: {value:.3f} [{low:.3f}, {high:.3f}]  n = {len(rows)}")


def _macro_f1(wanted: NDArray[np.float64], got: NDArray[np.float64], classes: int) -> float:
    """The mean over the classes that occur in ``wanted`` of 2·right / (asked for + answered)."""
    joint = np.bincount((wanted * classes + got).astype(np.int64), minlength=classes * classes)
    table = joint.reshape(classes, classes)
    occurs = table.sum(axis=1) > 0
    sums = table.sum(axis=0) + table.sum(axis=1)
    return float((2.0 * np.diag(table)[occurs] / sums[occurs]).mean())


def _calibration_error(answers: Answers, wanted: NDArray[np.int64], bins: int = 10) -> float:
    right = answers.classes == wanted
    drawer = np.minimum((answers.confidence * bins).astype(int), bins - 1)
    parts = [drawer == number for number in range(bins) if (drawer == number).any()]
    return float(sum(part.mean() * abs(right[part].mean() - answers.confidence[part].mean()) for part in parts))


def _in_turns(
    turns: Sequence[tuple[list[Row], list[Row]]], names: Sequence[str]
) -> tuple[Learned, Learned, list[float], list[float]]:
    ours: list[Learned] = []
    theirs: list[Learned] = []
    seconds: list[float] = []
    megabytes: list[float] = []
    for taught, asked in turns:
        letters = [_whole(row) for row in asked]
        titles = [row["title"] for row in asked if _has_title(row)]
        with tempfile.TemporaryDirectory() as folder:
            learned, took, size = _ours(Path(folder), taught, letters, titles, names)
        ours.append(learned)
        seconds.append(took)
        megabytes.append(size)
        theirs.append(_baseline(taught, letters, titles, names))
    return _joined(ours), _joined(theirs), seconds, megabytes


def _joined(parts: Sequence[Learned]) -> Learned:
    def join(answers: Sequence[Answers]) -> Answers:
        return Answers(
            np.concatenate([one.classes for one in answers]), np.concatenate([one.confidence for one in answers])
        )

    return Learned(join([part.letters for part in parts]), join([part.titles for part in parts]))


def _ours(
    folder: Path, taught: Sequence[Row], letters: Sequence[str], titles: Sequence[str], names: Sequence[str]
) -> tuple[Learned, float, float]:
    """Answers through the two commands, seconds of the whole first one, and megabytes of the model."""
    file, model = folder / "taught.jsonl", folder / "model"
    _write(file, [{"text": _taught_text(row), "label": row["label"]} for row in taught])
    started = time.monotonic()
    subprocess.run((*COMMAND, "train", str(file), "--out", str(model)), cwd=ROOT, check=True, capture_output=True)
    took = time.monotonic() - started
    size = sum(path.stat().st_size for path in model.rglob("*")) / 1e6

    def ask(texts: Sequence[str]) -> Answers:
        asked = folder / "asked.jsonl"
        _write(asked, [{"text": text} for text in texts])
        words = (*COMMAND, "predict", "--model", str(model), str(asked))
        done = subprocess.run(words, cwd=ROOT, check=True, capture_output=True)
        found = [json.loads(line) for line in done.stdout.decode().split("\n") if line]
        return Answers(
            np.array([names.index(answer["label"]) for answer in found], dtype=np.int64),
            np.array([answer["confidence"] for answer in found], dtype=np.float64),
        )

    return Learned(ask(letters), ask(titles)), took, size


def _baseline(taught: Sequence[Row], letters: Sequence[str], titles: Sequence[str], names: Sequence[str]) -> Learned:
    """jieba and LinearSVC with everything as it comes; its margin between the two best classes as confidence."""
    vectorizer = TfidfVectorizer(analyzer=jieba.lcut)
    matrix = vectorizer.fit_transform([_taught_text(row) for row in taught])
    machine = LinearSVC(random_state=0).fit(matrix, [names.index(row["label"]) for row in taught])

    def ask(texts: Sequence[str]) -> Answers:
        margins = machine.decision_function(vectorizer.transform(texts))
        ranked = np.sort(margins, axis=1)
        return Answers(margins.argmax(axis=1), ranked[:, -1] - ranked[:, -2])

    return Learned(ask(letters), ask(titles))


def _folds(rows: Sequence[Row]) -> NDArray[np.int64]:
    """The part of each row; texts whose character bigrams are alike from ALIKE on are in one part."""
    grams = TfidfVectorizer(analyzer="char", ngram_range=(2, 2), sublinear_tf=True, min_df=2)
    matrix = grams.fit_transform([_taught_text(row).replace(" ", "") for row in rows]).tocsr()
    pieces = []
    for start in range(0, matrix.shape[0], 500):
        piece = matrix[start : start + 500] @ matrix.T
        piece.data[piece.data < ALIKE] = 0
        piece.eliminate_zeros()
        pieces.append(piece)
    groups = connected_components(vstack(pieces), directed=False)[1]
    labels = [row["label"] for row in rows]
    parts = np.zeros(len(rows), dtype=np.int64)
    # A seed that no setting was chosen on.
    split = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=7).split(labels, labels, groups)
    for number, (_, held) in enumerate(split):
        parts[held] = number
    return parts


def _rows(path: Path) -> list[Row]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream if line.strip()]


def _write(path: Path, rows: Sequence[Row]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _whole(row: Row) -> str:
    return f"{row['title']}\n{row['detail']}"


def _taught_text(row: Row) -> str:
    """What is learned from: the list of words where there is one, otherwise title and text."""
    return str(row.get("tokens") or _whole(row))


def _has_title(row: Row) -> bool:
    return row["form"] == "full" and len(row["title"]) in TITLE


if __name__ == "__main__":
    main()
