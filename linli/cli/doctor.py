"""``linli doctor``: looks the installation over and says, a line per finding, what is well and what must be mended."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator

import click
from sqlalchemy.exc import DBAPIError, OperationalError

from linli import migrate
from linli.bootstrap import SystemClock
from linli.cli.faults import sentence_for
from models import Database, open_database
from services import checkup
from services.checkup import Finding, Level
from settings import Settings, SettingsError, load_keys, load_settings, refuse_placeholders

MARKS = {Level.OK: "ok  ", Level.NOTE: "note", Level.MEND: "MEND"}
SENTENCES = {
    "settings_wrong": "{why}",
    "keys_missing": "No keys are made yet; they are made at the first start.",
    "database_unreachable": "The database {url} does not answer; start it or correct database.url.",
    "schema_current": "The database has the schema of this version.",
    "schema_newer": "The database belongs to a newer version of Linli than this one; update the program.",
    "database_damaged": "{why}",
    "schema_old": "The database has not the schema of this version; run: linli db upgrade",
    "engine_missing": "The library {name} is missing; run: make setup",
    "engine_slow": "The fast segmenter rjieba is missing; the slower one is used. Run: make setup",
    "engine_fast": "Chinese is segmented by the fast engine.",
    "folder_writable": "The data folder {folder} can be written.",
    "folder_not_writable": "The data folder {folder} cannot be written: {why}.",
    "disk_nearly_full": "Only {free_mb} MB are free where the data folder lies.",
    "keys_private": "The keys can be read by this account only.",
    "key_readable_by_others": "The key {file} can be read by others; run: chmod 600 {file}",
    "delivery_off": "delivery.mode is off: nothing is sent unasked, news and notices are held.",
    "delivery_safelist": "delivery.mode is safelist: what is sent unasked goes to listed contacts only.",
    "delivery_live": "delivery.mode is live: news and notices go to everyone.",
    "telegram_on": "Telegram is on.",
    "telegram_off": "Telegram is off: no token is set.",
    "open_to_network": "The pages listen on {host}: others in the network can open them.",
    "holidays_known": "Holidays are known up to {year}.",
    "holidays_unknown": "Holidays of {year} are not known yet: Monday to Friday count. Update chinesecalendar.",
    "no_community": "There is no community yet; run: linli import buildings FILE",
    "communities": "{count} communities.",
    "nobody_on_call": "{name} ({community}): nobody is on call; a P0 wakes nobody. Set it on the desk under settings.",
    "nobody_on_call_more": "{count} more communities have nobody on call.",
    "no_telephone": "{name} ({community}): no {field} is set; residents are given none.",
    "no_telephone_more": "{count} more communities have no {field}.",
    "accounts": "{count} active accounts.",
    "no_accounts": "There is no account for the desk; run: linli staff add NAME --role ROLE",
    "not_linked": "{username} is on call without a linked chat: a P0 shows on the desk and in the outbox only.",
    "more_not_linked": "{count} more people on call have no linked chat.",
    "closed_account_on_call": "{username} is on call, but the account is closed.",
    "inbox_failed": "{count} messages could not be answered; see the log, then the desk.",
    "inbox_unreadable": "{count} arrivals could not be read and are kept.",
    "inbox_waiting": "{count} messages have waited for an answer for more than five minutes; is linli serve running?",
    "outbox_failed": "{count} messages could not be sent; the desk's outbox shows why.",
    "outbox_held": "{count} messages are held; the desk's outbox shows them.",
    "outbox_without_channel": "{count} messages wait for a channel that is off.",
    "model_whole": "Version {number} of the model is in use.",
    "model_broken": "Version {number} of the model is in use, but {file} is missing or damaged: the one before "
    "answers. Restore the file, or run: linli model rollback",
    "everybody_answered": "Every message was answered ({count}).",
}


@click.command()
def doctor() -> None:
    """Look the installation over: a line per finding; exit status 1 if something must be mended."""
    must_mend = False
    for finding in _findings():
        must_mend = must_mend or finding.level is Level.MEND
        click.echo(f"{MARKS[finding.level]}  {SENTENCES[finding.code].format(**finding.facts)}")
    sys.exit(1 if must_mend else 0)


def _findings() -> Iterator[Finding]:
    try:
        settings = load_settings()
        refuse_placeholders(settings)
        if (settings.data_dir / "keys").is_dir():
            load_keys(settings)  # a broken key is a finding too
        database = open_database(settings)
    except SettingsError as error:
        yield Finding(Level.MEND, "settings_wrong", {"why": str(error)})
        return
    now = SystemClock().now()
    yield from checkup.check_files(settings)
    if not (settings.data_dir / "keys").is_dir():
        yield Finding(Level.NOTE, "keys_missing")
    yield from checkup.check_settings(settings, now)
    yield from _check_libraries()
    try:
        yield from _check_database(database, settings)
    finally:
        database.close()


def _check_database(database: Database, settings: Settings) -> Iterator[Finding]:
    try:
        is_current = migrate.is_current(database)
        is_newer = migrate.is_newer(database)
    except OperationalError:
        url = database.engine.url.render_as_string(hide_password=True)
        yield Finding(Level.MEND, "database_unreachable", {"url": url})
        return
    except DBAPIError as error:
        yield Finding(Level.MEND, "database_damaged", {"why": sentence_for(error) or type(error.orig).__name__})
        return
    if not is_current:
        yield Finding(Level.MEND, "schema_newer" if is_newer else "schema_old")
        return
    yield Finding(Level.OK, "schema_current")
    with database.reader() as session:
        yield from checkup.check_places(session)
        yield from checkup.check_people(session)
        yield from checkup.check_model(session)
        yield from checkup.check_traffic(session, settings, SystemClock().now())


def _check_libraries() -> Iterator[Finding]:
    """Looked up, not imported: a check-up should be quick."""
    missing = [name for name in ("jieba", "chinese_calendar", "PIL", "docxtpl") if not importlib.util.find_spec(name)]
    for name in missing:
        yield Finding(Level.MEND, "engine_missing", {"name": name})
    has_fast = importlib.util.find_spec("rjieba") is not None
    yield Finding(Level.OK if has_fast else Level.NOTE, "engine_fast" if has_fast else "engine_slow")
