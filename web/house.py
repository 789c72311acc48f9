"""What the web room is given by the bootstrap, as a Protocol; ``house()`` is how a view reaches it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol, cast

from flask import current_app

if TYPE_CHECKING:  # a page needs the shape of these only; importing them here would load the dialogue with every page
    from bot.dialogue.engine import Dialogue
    from bot.reception import Reception
    from models import Database
    from services.photos import PhotoFolder
    from services.ports import Act, Clock, Wording
    from services.vault import Vault
    from settings import Keys, Settings


class House(Protocol):
    @property
    def settings(self) -> Settings: ...
    @property
    def keys(self) -> Keys: ...
    @property
    def database(self) -> Database: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def wording(self) -> Wording: ...
    @property
    def vault(self) -> Vault: ...
    @property
    def photos(self) -> PhotoFolder: ...
    @property
    def dialogue(self) -> Dialogue: ...
    @property
    def reception(self) -> Reception: ...
    def train_in_background(self, run_id: int, by: str) -> None: ...
    def act(self, by: str = "linli", *, now: datetime | None = None, staff_id: int | None = None) -> Act: ...


def house() -> House:
    """The house this application was made with."""
    return cast(House, current_app.extensions["house"])
