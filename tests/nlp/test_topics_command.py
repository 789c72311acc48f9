"""The command: messages as JSON lines in, groups out; a bad line spoils nothing else."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from linli.cli.topics import topics

if TYPE_CHECKING:
    from pathlib import Path

NOISE = (
    '{"id": 7, "time": "2026-03-04 08:00:00", "title": "枫丹苑小区旁边工地半夜施工",'
    ' "detail": "枫丹苑小区隔壁的工地天天打桩打到凌晨两点，老人小孩都睡不着。", "up": 3}',
    '{"id": "7", "time": "2026-03-01T08:00:00+08:00", "title": "枫丹苑隔壁工地夜间施工扰民",'
    ' "text": "枫丹苑小区隔壁工地夜里十二点还在打桩，噪音太大，没法睡觉。"}',
)
ALONE = '{"id": 8, "time": "2026-03-02 08:00:00", "text": "云栖里公交站晚上九点以后就没有车了，下夜班的人只能走回家"}'


def run(given: str | bytes, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    result = CliRunner().invoke(topics, list(arguments), input=given)
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]


def test_groups_come_out_with_ids_as_they_went_in_and_single_messages_do_not() -> None:
    code, (group,) = run("\n".join([NOISE[0], ALONE, NOISE[1]]))
    assert code == 0
    assert set(group) == {"topic", "place", "from", "to", "heat", "ids"}
    assert group["ids"] == ["7", 7]
    assert (group["from"], group["to"]) == ("2026-03-01T08:00:00+08:00", "2026-03-04 08:00:00")
    assert "枫丹苑" in group["place"]
    assert 1.9 < group["heat"] <= 2


def test_a_bad_line_is_named_and_the_rest_is_grouped() -> None:
    bad = (
        "no json",
        "[1]",
        '{"time": "2026-03-01", "text": "x"}',
        '{"id": true, "time": "2026-03-01", "text": "x"}',
        '{"id": NaN, "time": "2026-03-01", "text": "x"}',
        '{"id": 1, "time": "gestern", "text": "x"}',
        '{"id": 1, "text": "x"}',
        '{"id": 1, "time": "2026-03-01"}',
        '{"id": 1, "time": "2026-03-01", "title": ["x"]}',
        NOISE[0],
    )
    code, lines = run("\n".join([*NOISE, *bad]))
    assert code == 1
    assert [line["line"] for line in lines if "error" in line] == list(range(3, 13))
    assert [line["ids"] for line in lines if "ids" in line] == [["7", 7]]


def test_packed_files_are_read_and_a_torn_one_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "messages.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(NOISE).encode()))
    assert run("", str(path))[1][0]["ids"] == ["7", 7]
    assert run(path.read_bytes())[1][0]["ids"] == ["7", 7]
    path.write_bytes(path.read_bytes()[:-20])
    result = CliRunner().invoke(topics, [str(path)])
    assert result.exit_code == 1
    assert "gzip" in result.stderr


def test_nothing_in_is_nothing_out() -> None:
    assert run("\n\n") == (0, [])
