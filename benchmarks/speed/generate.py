"""Makes a county of any size for the speed benchmarks: communities, residents, complaints with words and history."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from models import (
    Author,
    Channel,
    Complaint,
    ComplaintHistory,
    ComplaintMessage,
    ComplaintState,
    ContactPoint,
    Conversation,
    Database,
    Message,
    Resident,
    SafetyState,
    Source,
)
from models.workflow import ENDED
from tests.factories.places import make_community

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
WORDS = ("楼顶漏雨", "下水道堵了", "路灯不亮", "车位不够", "电动车没处充电", "楼道灯坏了", "墙皮掉了", "垃圾没人收")
SUBJECTS = ("A11", "A02", "B03", "B05", "B06", "A13", "A12", "A10", "N03", "D01", "C02")
STATES = (
    [ComplaintState.CLOSED] * 60
    + [ComplaintState.REDIRECTED] * 12
    + [ComplaintState.WITHDRAWN] * 4
    + [ComplaintState.PLAN_CANDIDATE] * 8
    + [ComplaintState.ACKNOWLEDGED] * 6
    + [ComplaintState.TRIAGED] * 5
    + [ComplaintState.DISPATCHED] * 5
)


def fill(database: Database, complaints: int, *, communities: int = 500, seed: int = 7, chunk: int = 5000) -> None:
    """Write ``complaints`` complaints in ``communities`` communities, each with its message, link and history."""
    pick = random.Random(seed)
    with database.transaction() as session:
        ids = [
            make_community(session, f"YX-{i:04d}", f"第{i}小区", buildings=4, units=2).id for i in range(communities)
        ]
    people = max(communities, complaints // 4)
    with database.transaction() as session:
        connection = session.connection()
        for first in range(0, people, chunk):
            last = min(people, first + chunk)
            span = range(first + 1, last + 1)
            connection.execute(
                insert(Resident),
                [{"id": i, "community_id": ids[i % communities], "created_at": NOW, "is_demo": False} for i in span],
            )
            connection.execute(
                insert(ContactPoint),
                [
                    {
                        "id": i,
                        "channel": Channel.WEB,
                        "external_id": f"g{i}",
                        "resident_id": i,
                        "is_listed": False,
                        "created_at": NOW,
                    }
                    for i in span
                ],
            )
            connection.execute(
                insert(Conversation),
                [
                    {
                        "id": i,
                        "contact_point_id": i,
                        "community_id": ids[i % communities],
                        "state": {},
                        "started_at": NOW,
                        "last_message_at": NOW,
                        "needs_answer": False,
                    }
                    for i in span
                ],
            )
    for first in range(0, complaints, chunk):
        rows = [complaint_row(i + 1, pick, ids, people) for i in range(first, min(complaints, first + chunk))]
        with database.transaction() as session:
            connection = session.connection()
            connection.execute(
                insert(Message),
                [
                    {
                        "id": row["id"],
                        "conversation_id": row["conversation_id"],
                        "author": Author.RESIDENT,
                        "text": row["first_text"],
                        "at": row["submitted_at"],
                    }
                    for row in rows
                ],
            )
            connection.execute(insert(Complaint), rows)
            connection.execute(
                insert(ComplaintMessage), [{"complaint_id": row["id"], "message_id": row["id"]} for row in rows]
            )
            connection.execute(
                insert(ComplaintHistory),
                [
                    {
                        "complaint_id": row["id"],
                        "at": row["submitted_at"],
                        "from_state": "submitted",
                        "to_state": "acknowledged",
                        "by": "linli",
                        "note": "",
                    }
                    for row in rows
                ],
            )
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()


def complaint_row(serial: int, pick: random.Random, communities: list[int], people: int) -> dict[str, Any]:
    resident = serial % people + 1
    community = communities[resident % len(communities)]
    at = NOW - timedelta(minutes=pick.randrange(1, 1_500_000))
    state = pick.choice(STATES)
    subject = pick.choice(SUBJECTS)
    urgency = pick.choices(("P0", "P1", "P2", "P3"), (1, 9, 60, 30))[0]
    building = str(pick.randrange(1, 5))
    text = f"{building}栋{pick.choice((1, 2))}单元{pick.choice(WORDS)}，说了{pick.randrange(1, 90)}回了"
    return {
        "id": serial,
        "number": f"YX-2026-{serial:06d}",
        "serial": serial,
        "community_id": community,
        "resident_id": resident,
        "conversation_id": resident,
        "building": building,
        "unit": "1",
        "floor": None,
        "room": None,
        "landmark": None,
        "is_whole_community": False,
        "building_id": None,
        "needs_place_check": False,
        "subject_code": subject,
        "item_code": None,
        "class_code": subject[0],
        "urgency": urgency,
        "first_urgency": urgency,
        "confidence": 0.9,
        "intent": "report",
        "candidates": [{"category": subject, "confidence": 0.9}],
        "problems": [],
        "first_text": text,
        "words": text,
        "state": state,
        "is_open": state not in ENDED,
        "is_read": pick.random() < 0.5,
        "source": Source.WEB,
        "safety_state": SafetyState.NOT_ASKED,
        "submitted_at": at,
        "updated_at": at,
        "ack_due_at": at + timedelta(hours=8),
        "contact_due_at": at + timedelta(days=1),
        "resolve_due_at": at + timedelta(days=7),
        "household_key": f"r{resident}@{building}",
        "urged_count": 0,
        "is_demo": False,
    }
