"""Inbox, filtered inbox and complaint page at 10,000 and at 1,000,000 complaints, and the inbox beside Django's admin.

    python -m benchmarks.speed.desk [--small 10000] [--large 1000000] [--communities 500] [--repeats 25]

The two databases are asked alternately in one process, through the real application with a signed-in administrator
and with a clerk of one community; figures are ratios of medians.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import select

from benchmarks.speed.generate import NOW, fill
from linli.bootstrap import Container, build
from models import Base, Community, Complaint, ComplaintState, Role
from services.staff import NewStaff, create_staff
from settings import load_settings
from web.factory import create_app

PASSWORD = "bench-password-1"  # noqa: S105 - a throw-away database


@dataclass
class Desk:
    house: Container
    file: Path
    clients: dict[str, FlaskClient]
    number: str


def make_desk(complaints: int, communities: int) -> Desk:
    folder = Path(tempfile.mkdtemp(prefix="linli-bench-desk-"))
    house = build(load_settings({"LINLI_DATA_DIR": str(folder), "LINLI_LOG__LEVEL": "ERROR"}))
    Base.metadata.create_all(house.database.engine)
    begin = time.perf_counter()
    fill(house.database, complaints, communities=communities)
    print(f"{complaints:>9,} complaints in {communities} communities made in {time.perf_counter() - begin:.0f} s")
    with house.database.transaction() as session:
        community = session.scalars(select(Community).order_by(Community.id)).first()
        assert community is not None
        create_staff(session, NewStaff("admin", "管理员", PASSWORD, Role.ADMINISTRATOR, None), now=NOW)
        create_staff(session, NewStaff("clerk", "李敏", PASSWORD, Role.CLERK, community.code), now=NOW)
        number = session.scalar(
            select(Complaint.number)
            .where(Complaint.community_id == community.id, Complaint.state == ComplaintState.ACKNOWLEDGED)
            .limit(1)
        )
    assert number is not None
    app = create_app(house)
    app.config.update(WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    clients = {}
    for name in ("admin", "clerk"):
        client = app.test_client()
        answer = client.post("/desk/sign-in", data={"username": name, "password": PASSWORD})
        assert answer.status_code in (302, 303), answer.status_code
        clients[name] = client
    return Desk(house, folder / "linli.db", clients, number)


def seconds(client: FlaskClient, address: str) -> float:
    begin = time.perf_counter()
    answer = client.get(address)
    taken = time.perf_counter() - begin
    assert answer.status_code == 200, (address, answer.status_code)
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--communities", type=int, default=500)
    parser.add_argument("--repeats", type=int, default=25)
    args = parser.parse_args()
    small, large = make_desk(args.small, args.communities), make_desk(args.large, args.communities)
    same = make_desk(args.small, max(1, args.small * args.communities // args.large))
    print(
        "admin sees the whole county; clerk sees one community, which grows with the county "
        f"({args.small // args.communities:,} to {args.large // args.communities:,} complaints, so that the small page "
        "is shorter); clerk= compares with a small county whose communities are as large as those of the large one"
    )
    pages = {
        "inbox": ("/desk/inbox", "/desk/inbox"),
        "inbox, filtered (class B, P2)": ("/desk/inbox?class=B&urgency=P2",) * 2,
        "complaint page": (f"/desk/complaints/{small.number}", f"/desk/complaints/{large.number}"),
    }
    inbox_median = 0.0
    for who, less in (("admin", small), ("clerk", small), ("clerk=", same)):
        for name, (at_small, at_large) in pages.items():
            if less is same:
                at_small = at_small.replace(small.number, same.number)
            user = who.rstrip("=")
            ratio, slow = compare(less.clients[user], at_small, large.clients[user], at_large, args.repeats)
            if who == "admin" and name == "inbox":
                inbox_median = slow
            print(f"{who:6} {name:32} large/small {ratio:5.2f}  ({slow * 1000:.1f} ms at {args.large:,}; bar 1.50)")
    django = subprocess.run(
        [sys.executable, "-m", "benchmarks.speed.django_admin", str(large.file), "5"],
        capture_output=True,
        text=True,
        check=True,
    )
    theirs = json.loads(django.stdout)
    print(
        f"inbox beside the Django admin's list over the same {args.large:,} rows: "
        f"{theirs['median'] / inbox_median:.1f} times as fast (n = {args.repeats} and {theirs['n']}; bar 5)"
    )


def compare(one: FlaskClient, at_one: str, other: FlaskClient, at_other: str, repeats: int) -> tuple[float, float]:
    """Ratio of medians other/one, asked alternately, and the other's median in seconds."""
    for _ in range(3):
        seconds(one, at_one)
        seconds(other, at_other)
    first, second = [], []
    for _ in range(repeats):
        first.append(seconds(one, at_one))
        second.append(seconds(other, at_other))
    return statistics.median(second) / statistics.median(first), statistics.median(second)


if __name__ == "__main__":
    main()
