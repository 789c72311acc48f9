"""Wires the rooms together: one frozen Container holds everything that is passed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from sqlalchemy.exc import DBAPIError

from bot.dialogue.engine import Dialogue
from bot.reception import Reception
from bot.replies.wording import ChineseWording
from linli.logs import set_up_logs
from models import Database, open_database
from nlp.engine import Engine
from nlp.understanding import Gazetteer
from services.engine_in_use import engine_in_use
from services.photos import PhotoFolder
from services.places import find_community, gazetteer_of
from services.ports import Act, Wording
from services.vault import Vault
from settings import Keys, Settings, load_keys, load_settings


class SystemClock:
    """The wall clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True)
class Container:
    """Settings and the instances made from them. Cheap to make: what is costly is made when first asked for."""

    settings: Settings
    keys: Keys
    database: Database
    clock: SystemClock
    wording: Wording
    vault: Vault
    photos: PhotoFolder

    @cached_property
    def dialogue(self) -> Dialogue:
        return Dialogue(self.settings, self.wording, self.vault)

    @cached_property
    def reception(self) -> Reception:
        return Reception(self.database, self.dialogue, self.clock)

    def train_in_background(self, run_id: int, by: str) -> None:
        """Train the run that was begun in a process of its own."""
        from linli.training import train_in_background  # a page must not load the learner

        train_in_background(self.settings, run_id, by)

    def act(self, by: str = "linli", *, now: datetime | None = None, staff_id: int | None = None) -> Act:
        """An act by ``by`` now."""
        return Act(by, now or self.clock.now(), self.wording, staff_id, self.settings.alerts.next_call_after)


def build(settings: Settings | None = None) -> Container:
    """The container of these settings (by default those of config.yaml and the environment).

    Raises SettingsError with one plain sentence.
    """
    settings = settings or load_settings()
    set_up_logs(settings.log, secrets=(settings.telegram.token,))
    keys = load_keys(settings)
    return Container(
        settings=settings,
        keys=keys,
        database=open_database(settings),
        clock=SystemClock(),
        wording=ChineseWording(),
        vault=Vault(keys.encryption),
        photos=PhotoFolder(settings.upload_dir),
    )


def ground_for(code: str) -> tuple[Gazetteer | None, Engine | None]:
    """What a community in the configured database is read with: its place names, and the engine in use there.

    Both None when there is no such community, or no database yet.
    """
    settings = load_settings()
    if not settings.database.url and not (settings.data_dir / "linli.db").exists():
        return None, None
    database = open_database(settings)
    try:
        with database.reader() as session:
            community = find_community(session, code)
            if community is None:
                return None, None
            return gazetteer_of(session, community), engine_in_use(session)
    except DBAPIError:
        return None, None  # no schema yet, or nobody answers: places are read from the text alone
    finally:
        database.close()
