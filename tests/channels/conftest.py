"""A Telegram of our own on loopback, and a house that talks with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from linli.bootstrap import Container
from linli.serving import running
from settings import Settings
from settings.schema import TelegramSettings
from tests.servers.bot_api import TOKEN, BotApi, running_bot_api


@pytest.fixture
def api() -> Iterator[BotApi]:
    with running_bot_api() as server:
        yield server


@pytest.fixture
def settings(settings: Settings, api: BotApi) -> Settings:
    telegram = TelegramSettings(token=TOKEN, base_url=f"{api.address}/bot", poll_timeout_seconds=2)
    return settings.model_copy(update={"telegram": telegram})


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Telegram's own pace is a second for each message in a chat; one test keeps to it, the others need not wait."""
    monkeypatch.setattr("bot.sender.PER_CHAT_SECONDS", 0.02)


@pytest.fixture
def line(house: Container, community: str, quick: None) -> Iterator[Container]:
    """The house while it reads and sends."""
    with running(house):
        yield house
