"""What the tests of this room share: one moment, and nothing else."""

from __future__ import annotations

from datetime import datetime

from nlp.times import SHANGHAI
from nlp.understanding import Context

NOON = Context(at=datetime(2026, 11, 24, 12, 0, tzinfo=SHANGHAI))
