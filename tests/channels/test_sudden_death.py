"""A crash between receiving and answering loses nothing and files nothing twice."""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import func, select

from linli import migrate
from models import Complaint, Inbox, InboxState, open_database
from settings import load_settings
from tests.channels.test_telegram import LEAK, NUMBER
from tests.factories.places import make_community
from tests.servers.bot_api import BotApi
from tests.servers.linli_process import LinliProcess

CHATS = range(1001, 1013)


def test_what_was_confirmed_before_a_sudden_death_is_answered_after_it(tmp_path: Path, api: BotApi) -> None:
    data = tmp_path / "killed"
    database = open_database(load_settings({"LINLI_DATA_DIR": str(data)}))
    migrate.upgrade(database)
    with database.transaction() as session:
        make_community(session)
    first = LinliProcess(data, api.environment())
    try:
        api.wait_until(lambda: api.count("getUpdates") > 0, 30)
        for chat in CHATS:
            api.say(chat, LEAK)
        api.wait_until(lambda: api.unconfirmed == 0)
    finally:
        first.kill()
    with database.reader() as session:
        arrived = dict(session.execute(select(Inbox.state, func.count()).group_by(Inbox.state)).tuples().all())
    assert sum(arrived.values()) == len(CHATS), "confirmed, so it is written down"
    assert arrived.get(InboxState.RECEIVED), "killed before all were answered, else this shows nothing"

    second = LinliProcess(data, api.environment())
    try:
        for chat in CHATS:
            api.wait_until(lambda chat=chat: NUMBER.search("\n".join(api.texts(chat))), 30)
        assert second.end() == 0, second.output
    finally:
        second.kill()
    with database.reader() as session:
        assert session.scalar(select(func.count(Complaint.id))) == len(CHATS)
        assert set(session.scalars(select(Inbox.state))) == {InboxState.PROCESSED}
    database.close()
    shutil.rmtree(data)
