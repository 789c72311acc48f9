"""``linli model train FILE`` and ``linli model predict``: any labelled lines in, a model and its answers out."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from linli.cli import cli
from nlp.learning.store import MODEL_NAME
from tests.cli.labelled_messages import KINDS, labelled_rows, write_rows

ROOT = Path(__file__).resolve().parents[2]


def call(*words: str | Path, given: str | bytes | None = None) -> Result:
    return CliRunner().invoke(cli, ["model", *map(str, words)], input=given)


def ask(model: Path, *rows: object) -> tuple[int, list[dict[str, Any]]]:
    lines = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
    result = call("predict", "--model", model, given=lines)
    assert not result.stderr, result.stderr
    return result.exit_code, [json.loads(line) for line in result.stdout.split("\n") if line]


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model of three kinds of messages."""
    folder = tmp_path_factory.mktemp("learned")
    result = call("train", write_rows(folder / "rows.jsonl", labelled_rows()), "--out", folder / "model")
    assert result.exit_code == 0, result.output
    return folder / "model"


def test_what_was_learned_is_told_apart_in_other_words(learned: Path) -> None:
    asked = {"水电": "楼上水管漏了，地上都是水", "环境": "垃圾没人倒，臭死了", "停车": "我的车位又被占了"}
    code, lines = ask(learned, *({"text": text, "id": text} for text in asked.values()))
    assert code == 0
    assert [line["label"] for line in lines] == list(asked)
    assert [line["input"]["id"] for line in lines] == list(asked.values())
    for line in lines:
        shares = [candidate["confidence"] for candidate in line["candidates"]]
        assert line["candidates"][0] == {"label": line["label"], "confidence": line["confidence"]}
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) == pytest.approx(1, abs=0.001)


def test_what_is_not_known_at_all_is_answered_with_little_confidence(learned: Path) -> None:
    _, (known, unknown, empty) = ask(learned, {"text": "水管爆了"}, {"text": "щука"}, {"text": ""})
    assert unknown["confidence"] == empty["confidence"] < 0.4 < known["confidence"]


def test_a_bad_line_is_named_and_the_rest_goes_on(learned: Path) -> None:
    bad = ["no json", "[1]", '{"words": 1}', '{"text": 7}', '{"text": null}', '{"text": ' + "[" * 100_000]
    code, lines = ask(learned, {"text": "水管爆了"}, "", *bad, {"text": "车位被占了"})
    assert code == 1
    assert [line.get("line") for line in lines] == [None, 3, 4, 5, 6, 7, 8, None]
    assert all("error" in line for line in lines[1:7])
    assert lines[-1]["label"] == "停车"


def test_any_text_gets_an_answer(learned: Path) -> None:
    texts = ["\ud800水管", "\x00", "a" * 1_000_000, "水" * 1_000_000, "<b>水管</b>", "👍🏽" * 9, "\u2028\u2029", "\r\n"]
    code, lines = ask(learned, *({"text": text} for text in texts))
    assert code == 0
    assert [line["input"]["text"] for line in lines] == texts
    assert {line["label"] for line in lines} <= set(KINDS)


def test_packed_files_and_standard_input_are_read_as_plain_files(tmp_path: Path, learned: Path) -> None:
    packed = tmp_path / "rows.jsonl.gz"
    packed.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in labelled_rows()).encode()))
    result = call("train", "-", "--out", tmp_path / "again", given=packed.read_bytes())
    assert result.exit_code == 0, result.output
    plain = "".join(json.dumps(row) + "\n" for row in labelled_rows())
    answers = [call("predict", "--model", tmp_path / "again", packed).stdout]
    answers.append(call("predict", "--model", learned, given=plain).stdout)
    assert answers[0] == answers[1]
    assert len(answers[0].splitlines()) == len(labelled_rows())


def test_a_packed_file_that_ends_too_early_says_so(tmp_path: Path, learned: Path) -> None:
    torn = tmp_path / "rows.jsonl.gz"
    torn.write_bytes(gzip.compress(b'{"text": "x"}\n' * 9)[:-12])
    answered = call("predict", "--model", learned, torn)
    assert answered.exit_code == 1
    assert "gzip" in json.loads(answered.stdout.splitlines()[-1])["error"]
    taught = call("train", torn, "--out", tmp_path / "new")
    assert taught.exit_code == 1
    assert "gzip" in taught.stderr
    assert not (tmp_path / "new").exists()


def test_fields_may_have_other_names_and_labels_may_be_numbers(tmp_path: Path) -> None:
    numbers = {kind: number for number, kind in enumerate(KINDS, start=10)}
    rows: list[dict[str, object]] = [{"said": row["text"], "kind": numbers[row["label"]]} for row in labelled_rows()]
    file = write_rows(tmp_path / "rows.jsonl", rows)
    names = ("--text-field", "said", "--label-field", "kind")
    assert call("train", file, *names, "--out", tmp_path / "model").exit_code == 0
    _, (line,) = ask(tmp_path / "model", {"said": "电表箱跳闸"})
    assert line["label"] == numbers["水电"]
    other = call("predict", "--model", tmp_path / "model", "--text-field", "words", given='{"words": "车位被占"}\n')
    assert json.loads(other.stdout)["label"] == numbers["停车"]


@pytest.mark.parametrize("kind", ["folder", "file", "dangling link"])
def test_what_stands_already_is_not_touched(tmp_path: Path, kind: str) -> None:
    out = tmp_path / "out"
    if kind == "folder":
        out.mkdir()
    elif kind == "file":
        out.write_text("mine")
    else:
        out.symlink_to(tmp_path / "nowhere")
    result = call("train", write_rows(tmp_path / "rows.jsonl", labelled_rows()), "--out", out)
    assert result.exit_code == 1
    assert "exists already" in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "rows.jsonl"]
    assert kind != "file" or out.read_text() == "mine"


def test_wrong_lines_of_a_training_file_are_named_and_nothing_is_written(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    bad = ["{", '{"text": "x"}', '{"label": "x"}', '{"text": 3, "label": "x"}', '{"text": "x", "label": true}', '["x"]']
    bad += ['{"text": "x", "label": " "}', '{"text": "x", "label": null}']
    good = [json.dumps(row) for row in labelled_rows()]
    file.write_text("\n".join([good[0], *bad, *good[1:]]), encoding="utf-8")
    result = call("train", file, "--out", tmp_path / "model")
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    assert [line.split(": ")[0] for line in lines[:-1]] == [f"{file}:{number}" for number in range(2, 10)]
    assert "8 wrong lines" in lines[-1]
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [("", "nothing to learn from"), ("\n\n", "nothing to learn from"), ('{"text": "水", "label": "a"}\n' * 9, "two")],
    ids=["empty", "blank", "one label"],
)
def test_what_cannot_be_learned_from_is_said(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(content, encoding="utf-8")
    result = call("train", file, "--out", tmp_path / "model")
    assert result.exit_code == 1
    assert str(file) in result.stderr
    assert said in result.stderr
    assert not (tmp_path / "model").exists()


def test_two_examples_are_enough_for_a_model(tmp_path: Path) -> None:
    rows = [{"text": "水管爆了", "label": "水电"}, {"text": "车位被占", "label": "停车"}]
    assert call("train", write_rows(tmp_path / "rows.jsonl", rows), "--out", tmp_path / "model").exit_code == 0
    _, lines = ask(tmp_path / "model", *rows)
    assert [line["label"] for line in lines] == ["水电", "停车"]


def _broken(file: Path, how: str) -> None:
    whole = file.read_bytes()
    if how == "torn":
        file.write_bytes(whole[: len(whole) // 2])
    elif how == "empty":
        file.write_bytes(b"")
    elif how == "other":
        file.write_text("not a model")
    elif how == "array":
        with file.open("wb") as stream:
            np.save(stream, np.zeros(3))
    else:
        with np.load(file) as stored:
            arrays = {name: stored[name] for name in stored.files}
        if how == "part missing":
            del arrays["weights"]
        elif how == "wrong shape":
            arrays["bias"] = arrays["bias"][:1]
        elif how == "no number":
            arrays["weights"][0, 0] = np.nan
        elif how == "pointing outside":
            arrays["place"][0] = 1 << 30
        elif how == "pickle":
            arrays["bias"] = np.array([{"a": 1}], dtype=object)
        else:
            arrays["header"] = np.frombuffer(b'{"format": 99}', dtype=np.uint8)
        with file.open("wb") as stream:
            np.savez(stream, **arrays)


@pytest.mark.parametrize(
    "how",
    [
        "torn",
        "empty",
        "other",
        "array",
        "part missing",
        "wrong shape",
        "no number",
        "pointing outside",
        "pickle",
        "newer format",
    ],
)
def test_a_broken_model_is_refused_by_the_name_of_its_file(tmp_path: Path, learned: Path, how: str) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    file = folder / MODEL_NAME
    file.write_bytes((learned / MODEL_NAME).read_bytes())
    _broken(file, how)
    result = call("predict", "--model", folder, given='{"text": "x"}\n')
    assert result.exit_code == 1
    assert not result.stdout
    assert result.stderr.startswith(f"linli: {file}: ")


def test_a_model_that_is_not_there_is_said(tmp_path: Path) -> None:
    result = call("predict", "--model", tmp_path / "none", given='{"text": "x"}\n')
    assert result.exit_code == 1
    assert "there is no model" in result.stderr


def test_file_and_out_belong_together(tmp_path: Path) -> None:
    file = write_rows(tmp_path / "rows.jsonl", labelled_rows())
    assert call("train", file).exit_code == 2
    assert call("train", "--out", tmp_path / "model").exit_code == 2


def test_answering_needs_no_database_no_data_folder_and_not_the_library_that_learns(
    tmp_path: Path, learned: Path
) -> None:
    program = (
        "import sys; from linli.cli import cli; "
        "cli(sys.argv[1:], standalone_mode=False); "
        "print(sorted({'sklearn', 'scipy', 'sqlalchemy', 'flask', 'settings'} & set(sys.modules)))"
    )
    data = tmp_path / "data"
    done = subprocess.run(
        [sys.executable, "-c", program, "model", "predict", "--model", str(learned)],
        input='{"text": "水管爆了"}\n',
        env={**os.environ, "LINLI_DATA_DIR": str(data), "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    answer, imported = done.stdout.splitlines()
    assert json.loads(answer)["label"] == "水电"
    assert imported == "[]"
    assert not data.exists()


def test_learning_again_from_the_same_lines_gives_the_same_model(tmp_path: Path, learned: Path) -> None:
    file = write_rows(tmp_path / "rows.jsonl", labelled_rows())
    assert call("train", file, "--out", tmp_path / "again").exit_code == 0
    with np.load(learned / MODEL_NAME) as one, np.load(tmp_path / "again" / MODEL_NAME) as other:
        assert all(np.array_equal(one[name], other[name]) for name in one.files)
    assert [path.name for path in (tmp_path / "again").iterdir()] == [MODEL_NAME]
