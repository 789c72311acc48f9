"""Every setting is documented in docs/settings.md, with its default and meaning as the code has them."""

from __future__ import annotations

from pathlib import Path

from settings.describe import as_markdown

ROOT = Path(__file__).resolve().parents[2]


def test_the_settings_page_says_what_the_code_says() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert as_markdown() in page, "run: .venv/bin/python -m settings.describe > docs/settings.md"
