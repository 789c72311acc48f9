"""Logs without names or telephone numbers: structlog over the standard library, to standard error."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any

import structlog

from settings.schema import LogSettings

DIGITS = re.compile(r"\d{7,}")


def set_up_logs(settings: LogSettings, *, secrets: Iterable[str] = ()) -> None:
    """Configure logging once per process. ``secrets`` are never written."""
    hidden = [secret for secret in secrets if secret]

    def scrub(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        for key, value in event.items():
            if isinstance(value, str):
                event[key] = _scrubbed(value, hidden)
        return event

    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.json_lines
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=False),
        structlog.processors.format_exc_info if settings.json_lines else structlog.processors.UnicodeDecoder(),
        scrub,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    handler.addFilter(_Scrubber(hidden))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level)
    for noisy in ("alembic", "httpx", "httpcore", "apscheduler", "telegram", "jieba", "waitress.queue"):
        logging.getLogger(noisy).setLevel(logging.WARNING)  # httpx prints addresses that hold the bot's token


class _Scrubber(logging.Filter):
    def __init__(self, hidden: list[str]) -> None:
        super().__init__()
        self._hidden = hidden

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.msg, str):
            record.msg = _scrubbed(record.msg, self._hidden)
        if isinstance(record.args, tuple):
            record.args = tuple(_scrubbed(a, self._hidden) if isinstance(a, str) else a for a in record.args)
        return True


def _scrubbed(text: str, hidden: list[str]) -> str:
    for secret in hidden:
        text = text.replace(secret, "•••")
    return DIGITS.sub("•••", text)
