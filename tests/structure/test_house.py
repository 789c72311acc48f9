"""The house as failing tests: names, sizes, who may import whom beyond the import contracts, one migration head."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("linli", "web", "bot", "jobs", "services", "nlp", "models", "settings")
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
LONGEST = 450


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_every_module_opens_with_a_sentence(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring, f"{_name(path)} does not say what it is for"


def test_no_module_has_grown_too_long() -> None:
    long = {_name(path): count for path in MODULES if (count := len(path.read_text("utf-8").splitlines())) > LONGEST}
    assert not long


def test_names_say_what_a_room_is_for() -> None:
    vague = re.compile(r"^(utils?|helpers?|misc|common|managers?)$")
    assert not [_name(path) for path in MODULES if vague.match(path.stem)]


@pytest.mark.parametrize(
    ("library", "home"),
    [
        ("flask", "web"),
        ("telegram", "bot/channels/telegram"),
        ("apscheduler", "jobs"),
        ("jieba", "nlp/segment.py"),
        ("rjieba", "nlp/segment.py"),
        ("sklearn", ("nlp/training", "nlp/learning/fit.py")),
    ],
)
def test_a_library_stays_in_its_room(library: str, home: str | tuple[str, ...]) -> None:
    strangers = [_name(path) for path in MODULES if library in _imports(path) and not _name(path).startswith(home)]
    assert not strangers, f"{library} is imported outside {home}"


@pytest.mark.parametrize("room", ["web", "bot", "jobs", "nlp", "settings"])
def test_queries_live_in_services(room: str) -> None:
    strangers = [_name(path) for path in MODULES if _name(path).startswith(room) and "sqlalchemy" in _imports(path)]
    assert not strangers


def test_running_leaves_the_checkout_clean() -> None:
    """What running writes is ignored by git: data, environments, caches."""
    ignored = subprocess.run(
        ["git", "check-ignore", "data/linli.db", ".venv/bin/linli", "nlp/__pycache__/x.pyc"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert len(ignored.stdout.split()) == 3
