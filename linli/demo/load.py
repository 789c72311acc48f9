"""Loads the demo in one transaction: the county from sheets, then weeks of talks and work in their order."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from linli.bootstrap import Container
from linli.demo.desk import Desk
from linli.demo.messages import COUNTY, INSTITUTE, Script
from linli.demo.people import DemoNotPossible, furnish, make_staff
from linli.demo.places import INSTITUTE as INSTITUTE_CODE
from linli.demo.places import PlannedBuilding, building_rows, household_rows, plan_county
from linli.demo.story import PlanStory
from linli.demo.talking import Chats, Speaker, say_address, settle
from linli.demo.timeline import Timeline, moment_of_day
from models import Community, Database, Session, Source
from services import filing
from services.household_imports import import_households
from services.imports import ImportResult, import_buildings

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""

WEEKS = 4
FILED_FOR_EVERY = 6
"""One talk of one sentence in so many comes by telephone, on paper or on a walk instead of a chat."""
RECENT_INSTITUTE = 6
"""How many of the institute's residents spoke after its plan was drawn up."""


def is_loaded(database: Database) -> bool:
    """Whether the demo is there; it is there whole or not at all."""
    with database.reader() as session:
        return session.scalar(select(Community.id).where(Community.is_demo).limit(1)) is not None


def load(house: Container, seed: int, progress: Progress) -> None:
    """Load the demo of this seed, with its times counted back from now.

    Raises DemoNotPossible when it is there already, or when something real stands in its place.
    """
    now = house.clock.now()
    rng = random.Random(seed)
    with house.database.transaction() as session:
        if session.scalar(select(Community.id).where(Community.is_demo).limit(1)) is not None:
            raise DemoNotPossible("The demo is there already.")
        communities, buildings = _make_places(session, house, rng, now, progress)
        viewers = make_staff(
            session, house, next(iter(communities.values())).county_id, now - timedelta(weeks=WEEKS + 1)
        )
        furnish(session, list(communities.values()), viewers)
        timeline = Timeline(now - timedelta(minutes=2))
        institute = communities[INSTITUTE_CODE]
        desk = Desk(
            session, house.wording, viewers, timeline, rng, planned_community_id=institute.id, vault=house.vault
        )
        chats = Chats(session, house.dialogue, house.photos, rng)
        _put_talks(chats, desk, timeline, communities, buildings, rng, now)
        PlanStory(session, institute, desk, timeline).put_down(now)
        timeline.run(lambda done, total: progress("talks and work", done, total))
        desk.acknowledge_the_rest(timeline.until, [community.id for community in communities.values()])


def _make_places(
    session: Session, house: Container, rng: random.Random, now: datetime, progress: Progress
) -> tuple[dict[str, Community], dict[str, list[PlannedBuilding]]]:
    county = plan_county(rng)
    codes = [planned.code for planned in county.communities]
    taken = session.scalar(select(Community.code).where(Community.code.in_(codes)).limit(1))
    if taken is not None:
        raise DemoNotPossible(f"There is already a community with the code {taken}, which the demo would need.")
    rows = building_rows(county)
    made_at = now - timedelta(weeks=WEEKS + 1)
    _expect_whole(import_buildings(session, rows, made_at, is_demo=True))
    progress("buildings", len(rows), len(rows))
    homes = household_rows(county)
    _expect_whole(import_households(session, homes, house.vault, is_demo=True))
    progress("households", len(homes), len(homes))
    communities = {
        community.code: community
        for community in session.scalars(select(Community).where(Community.code.in_(codes)).order_by(Community.code))
    }
    buildings: dict[str, list[PlannedBuilding]] = {}
    for building in county.buildings:
        buildings.setdefault(building.community, []).append(building)
    return communities, buildings


def _expect_whole(result: ImportResult) -> None:
    if result.errors:
        first = result.errors[0]
        raise DemoNotPossible(f"The demo does not fit beside what is there ({first.reason} {dict(first.facts)}).")


def _put_talks(
    chats: Chats,
    desk: Desk,
    timeline: Timeline,
    communities: dict[str, Community],
    buildings: dict[str, list[PlannedBuilding]],
    rng: random.Random,
    now: datetime,
) -> None:
    others = [code for code in communities if code != INSTITUTE_CODE]
    talks = [
        (script, INSTITUTE_CODE, rng.uniform(12, WEEKS * 7 - 1) if position < len(INSTITUTE) - RECENT_INSTITUTE
         else rng.uniform(0.2, 9))
        for position, script in enumerate(INSTITUTE)
    ]  # fmt: skip
    talks += [(script, rng.choice(others), rng.uniform(0.1, WEEKS * 7 - 1)) for script in COUNTY]
    for number, (script, code, days_ago) in enumerate(talks, start=1):
        at = moment_of_day(rng, now, days_ago)
        speaker = settle(rng, number, script, communities[code], buildings[code])

        def talk(when: datetime, speaker: Speaker = speaker, script: Script = script) -> None:
            chats.start(timeline, when, speaker, script, desk.expect)

        if code != INSTITUTE_CODE and number % FILED_FOR_EVERY == 0 and not script.steps:
            words = script.opening.replace("{p}", say_address(rng, speaker))
            source = rng.choice(filing.SOURCES)

            def write_down(
                when: datetime, speaker: Speaker = speaker, words: str = words, source: Source = source,
                script: Script = script,
            ) -> None:  # fmt: skip
                desk.file_for(speaker, words, source, script, when)

            timeline.put_in_office_hours(at, write_down)
            continue
        timeline.put(at, talk)


__all__: Sequence[str] = ("DemoNotPossible", "is_loaded", "load")
