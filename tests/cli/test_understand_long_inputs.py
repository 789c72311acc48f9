"""Long inputs are understood on several cores: in order, every line once, and as one core would."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from linli.cli import cli
from nlp.training.messages import load_messages

LINES = 900


@pytest.fixture
def long_file(tmp_path: Path) -> Path:
    texts = [message.text for message in load_messages()[:: len(load_messages()) // LINES]]
    lines = [
        json.dumps({"id": number, "text": text, "at": "2026-11-24T08:00:00+08:00"}) for number, text in enumerate(texts)
    ]
    lines[700] = "no JSON at all"
    lines[701] = ""
    path = tmp_path / "long.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _understood(path: Path, processes: int, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], int]:
    monkeypatch.setenv("LINLI_NLP__PROCESSES", str(processes))
    done = CliRunner().invoke(cli, ["understand", str(path)])
    return done.stdout.splitlines(), done.exit_code


def test_two_processes_answer_every_line_in_order_as_one_does(long_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone, code_alone = _understood(long_file, 1, monkeypatch)
    together, code_together = _understood(long_file, 2, monkeypatch)
    assert together == alone
    assert code_alone == code_together == 1
    answers = [json.loads(line) for line in together]
    assert answers[700] == {"error": answers[700]["error"], "line": 701}
    ids = [answer["input"]["id"] for answer in answers if "input" in answer]
    assert ids == [number for number in range(ids[-1] + 1) if number not in (700, 701)]


def test_the_first_message_after_the_start_is_understood_like_any_other() -> None:
    text = "外墙上的瓷砖正往下掉，差点砸到人"
    start = [sys.executable, "-c", "from linli.cli import main; main()", "understand", "--plain"]
    done = subprocess.run(start, input=f"{text}\n{text}\n", capture_output=True, text=True, check=True)
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert first["urgency"] == second["urgency"] == "P0"
    assert first["problems"] == second["problems"]
