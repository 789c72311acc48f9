"""A house whose database is ready, for commands that need one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linli.bootstrap import Container


@contextmanager
def ready_house() -> Iterator[Container]:
    """The configured house with its migrations in; closed at the end."""
    from linli import migrate
    from linli.bootstrap import build

    house = build()
    try:
        if not migrate.is_current(house.database):
            migrate.upgrade(house.database)
        yield house
    finally:
        house.database.close()
