"""The command: JSON lines in, JSON lines out, in order; a bad line spoils nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from linli.cli.understand import understand

if TYPE_CHECKING:
    from pathlib import Path


def run(given: str, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    result = CliRunner().invoke(understand, list(arguments), input=given)
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]


def test_each_line_is_answered_in_order_with_its_input() -> None:
    code, lines = run('{"text": "楼道灯坏了", "id": 7}\n\n{"text": "你好"}\n')
    assert code == 0
    assert [line["input"]["text"] for line in lines] == ["楼道灯坏了", "你好"]
    assert lines[0]["input"]["id"] == 7
    assert lines[0]["categories"] == ["A13"]
    assert lines[0]["problems"][0]["evidence"][0].keys() == {"text", "start", "end", "weight", "why"}
    assert lines[1]["intent"] == "greeting"
    assert lines[1]["urgency"] is None


def test_a_bad_line_is_named_and_the_rest_goes_on() -> None:
    bad = ["no json", '{"words": 1}', "[1]", '{"text":"你好","at":"gestern"}']
    code, lines = run("\n".join(['{"text": "楼道灯坏了"}', *bad, '{"text": "你好"}']))
    assert code == 1
    assert [line.get("line") for line in lines] == [None, 2, 3, 4, 5, None]
    assert all("error" in line for line in lines[1:5])


def test_half_a_surrogate_pair_comes_back_as_it_came() -> None:
    code, lines = run('{"text": "\\ud800漏水"}\n')
    assert code == 0
    assert lines[0]["input"]["text"] == "\ud800漏水"


def test_times_run_on_the_moment_given() -> None:
    _, (line,) = run('{"text": "昨天晚上十一点还在打桩", "at": "2025-03-02T10:00:00+08:00"}\n')
    assert line["time_exprs"] == ["昨天晚上十一点"]
    assert line["times"][0]["from"] == "2025-03-01T23:00:00+08:00"
    assert set(line["times"][0]) == {"text", "start", "end", "from", "to", "precision", "repeat"}


def test_raw_lines_are_taken_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "messages.txt"
    path.write_text('三幢二门顶楼漏雨\n{"text": 1}\n', encoding="utf-8")
    code, lines = run("", "--plain", str(path))
    assert code == 0
    assert [line["building"] for line in lines] == ["3", None]
    assert lines[0]["floor"] == "top"
    assert lines[1]["input"] == {"text": '{"text": 1}'}
