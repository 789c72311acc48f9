"""Complaints per second, received → understood → durable → answer queued, as a share of bare row writes.

The baseline writes the same rows (inbox, both messages, complaint, outbox) with the same content, read back from the
real run, one complaint at a time through the same models, with the same two commits, and nothing else. Both run
alternately in the same process on databases of their own; everybody is known beforehand on both sides.

    python -m benchmarks.speed.turns [--complaints 600] [--rounds 3] [--database sqlite|postgres]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bot.messages import Inbound
from linli.bootstrap import Container, build
from models import (
    Author,
    Base,
    Channel,
    Complaint,
    ComplaintState,
    ContactPoint,
    Conversation,
    Inbox,
    InboxState,
    Message,
    Outbox,
    OutboxKind,
    OutboxState,
    Resident,
    Source,
)
from settings import load_settings
from tests.factories.places import make_community

SENTENCES = (
    "{b}栋{u}单元顶楼，一下雨就漏，墙都发霉了",
    "{b}幢{u}门楼道灯坏了快两个月，晚上摸黑上楼",
    "{b}栋门口下水道又堵了，臭得不行",
    "{b}号楼{u}单元单元门锁不上，谁都能进",
    "{b}栋前面路面坑坑洼洼，下雨全是水",
    "{b}栋楼下电动车没地方充电，都从楼上拉线",
    "{b}栋{u}单元的自来水早上小得洗不了脸",
    "{b}栋旁边车位太少，晚上回来没地方停车",
    "{b}栋后面垃圾桶三天没人收，苍蝇到处飞",
    "{b}栋楼梯扶手松了，老人不敢扶",
)


def sentences(complaints: int) -> list[str]:
    return [
        SENTENCES[i % len(SENTENCES)].format(b=i // 10 % 6 + 1, u=i // 60 % 3 + 1) + f"，第{i}回说了"
        for i in range(complaints)
    ]


def fresh_house(kind: str, name: str) -> Container:
    folder = Path(tempfile.mkdtemp(prefix="linli-bench-"))
    environ = {"LINLI_DATA_DIR": str(folder), "LINLI_LOG__LEVEL": "ERROR"}
    if kind == "postgres":
        from tests.conftest import POSTGRES
        from tests.factories.postgres import fresh_database

        environ["LINLI_DATABASE__URL"] = fresh_database(POSTGRES, f"linli_bench_{name}")
    house = build(load_settings(environ))
    if kind == "sqlite":
        Base.metadata.create_all(house.database.engine)
    with house.database.transaction() as session:
        make_community(session)
    return house


def real_turns(house: Container, texts: list[str], start: datetime, round_: int) -> float:
    begin = time.perf_counter()
    for i, text in enumerate(texts):
        answer = house.reception.hear(
            Inbound(
                channel=Channel.WEB,
                external_id=f"{round_}-{i}",
                sender=f"{round_}-resident-{i}",
                at=start + timedelta(seconds=i),
                text=text,
                community="YX-TEST",
            )
        )
        assert answer is not None
        assert answer.complaints, text
    return time.perf_counter() - begin


def greet(house: Container, rounds: int, complaints: int, start: datetime) -> None:
    """Everybody has said hello before, as the baseline's resident is known before."""
    for round_ in range(rounds):
        for i in range(complaints):
            house.reception.hear(
                Inbound(
                    channel=Channel.WEB,
                    external_id=f"hello-{round_}-{i}",
                    sender=f"{round_}-resident-{i}",
                    at=start,
                    text="你好",
                    community="YX-TEST",
                )
            )


@dataclass(frozen=True)
class Content:
    """What one real turn wrote, for the baseline to write again."""

    text: str
    payload: Any
    answer: Any
    candidates: Any
    problems: Any
    said_back: str
    replies: Any


def contents_of(house: Container, texts: list[str], round_: int) -> list[Content]:
    """The content of the rows that ``real_turns`` of this round wrote."""
    found: list[Content] = []
    with house.database.reader() as session:
        for i, text in enumerate(texts):
            row = session.scalars(select(Inbox).where(Inbox.external_id == f"{round_}-{i}")).one()
            number = row.answer["complaints"][0]
            complaint = session.scalars(select(Complaint).where(Complaint.number == number)).one()
            back = session.scalars(
                select(Message)
                .where(Message.conversation_id == complaint.conversation_id, Message.author == Author.BOT)
                .order_by(Message.id.desc())
                .limit(1)
            ).one()
            found.append(
                Content(
                    text, row.payload, row.answer, complaint.candidates, complaint.problems, back.text, back.replies
                )
            )
    return found


def bare_writes(house: Container, contents: list[Content], start: datetime, serials: count[int]) -> float:
    with house.database.transaction() as session:
        resident = Resident(community_id=1, created_at=start)
        session.add(resident)
        session.flush()
        contact = ContactPoint(
            channel=Channel.WEB, external_id=f"bare{next(serials)}", resident_id=resident.id, created_at=start
        )
        session.add(contact)
        session.flush()
        talk = Conversation(
            contact_point_id=contact.id, community_id=1, state={}, started_at=start, last_message_at=start
        )
        session.add(talk)
    begin = time.perf_counter()
    for i, content in enumerate(contents):
        at = start + timedelta(seconds=i)
        serial = next(serials)
        with house.database.transaction() as session:
            arrived = Inbox(
                channel=Channel.WEB,
                external_id=f"bare-{serial}",
                sender="resident",
                payload=content.payload,
                received_at=at,
            )
            session.add(arrived)
        with house.database.transaction() as session:
            said = Message(
                conversation_id=talk.id, author=Author.RESIDENT, text=content.text, at=at, inbox_id=arrived.id
            )
            session.add(said)
            complaint = Complaint(
                number=f"YX-2026-{serial:06d}",
                serial=serial,
                community_id=1,
                resident_id=resident.id,
                conversation_id=talk.id,
                subject_code="A11",
                class_code="A",
                urgency="P2",
                first_urgency="P2",
                confidence=0.9,
                intent="report",
                candidates=content.candidates,
                problems=content.problems,
                first_text=content.text,
                words=content.text,
                state=ComplaintState.ACKNOWLEDGED,
                source=Source.WEB,
                submitted_at=at,
                updated_at=at,
                ack_due_at=at,
                contact_due_at=at,
                resolve_due_at=at,
            )
            session.add(complaint)
            back = Message(
                conversation_id=talk.id, author=Author.BOT, text=content.said_back, replies=content.replies, at=at
            )
            session.add(back)
            session.flush()
            session.add(
                Outbox(
                    kind=OutboxKind.ANSWER,
                    contact_point_id=contact.id,
                    conversation_id=talk.id,
                    complaint_id=complaint.id,
                    message_id=back.id,
                    replies=content.replies,
                    state=OutboxState.SENT,
                    due_at=at,
                    created_at=at,
                )
            )
            row = session.get_one(Inbox, arrived.id)
            row.state, row.processed_at, row.answer = InboxState.PROCESSED, at, content.answer
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--complaints", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    args = parser.parse_args()
    texts = sentences(args.complaints)
    real, bare = fresh_house(args.database, "real"), fresh_house(args.database, "bare")
    start = datetime(2026, 9, 14, 1, 0, tzinfo=UTC)
    serials = count(1)
    greet(real, args.rounds, args.complaints, start)
    real_turns(real, texts, start, -1)
    contents = contents_of(real, texts, -1)
    bare_writes(bare, contents[:20], start, serials)
    shares: list[float] = []
    for round_ in range(args.rounds):
        at = start + timedelta(days=round_ + 1)
        slow = real_turns(real, texts, at, round_)
        fast = bare_writes(bare, contents, at, serials)
        shares.append(fast / slow)
        print(
            f"round {round_ + 1}: {len(texts) / slow:6.0f} complaints/s real, {len(texts) / fast:6.0f}/s bare rows, "
            f"share {fast / slow:.2f}"
        )
    with real.database.reader() as session:
        filed = session.scalar(select(func.count(Complaint.id)))
    print(
        f"share of bare row writes on {args.database}: median {statistics.median(shares):.2f} "
        f"(n = {args.rounds} rounds of {len(texts)}; {filed} complaints filed; bar 0.50)"
    )


if __name__ == "__main__":
    main()
