"""Who said the same: the whole question at 10,000, 100,000 and 1,000,000 complaints, beside FTS5 with bm25 at 100,000.

The stored texts are put together from the training sheets' messages with places, openings and endings, each once; the
questions are messages written for measuring (part tune), asked in a random community each. Both sides have their
database open and know the community. Ours understands the message, looks its neighbours up and ranks them with their
reasons. The baseline looks all words of the message up in a bare FTS5 table of the same texts, cut by the same engine,
and keeps those of the community (``over all``); a second one has the community as a word of each text, which narrows
its search (``per community``).

Found is the share of the first ten that has the subject asked about, of as many as the community holds, ten at most;
a message of two subjects is asked about its first. The subjects stored are those of the sheets: ours has to tell the
subject of each question itself. One thread, every question asked once of each side in turn.

    python -m benchmarks.speed.similar [--small 10000] [--middle 100000] [--large 1000000] [--questions 200]
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from benchmarks.quality.intervals import wilson
from benchmarks.speed.generate import NOW, complaint_row
from linli.bootstrap import Container, build
from models import Base, Community, Complaint, Resident, Session
from nlp.segment import segment
from nlp.training.examples import subject_examples
from services.duplicates import find_said
from services.places import find_community, gazetteer_of
from settings import load_settings
from tests.factories.places import make_community

COMMUNITIES = 500
BUILDINGS = 12
UNITS = 3
CHUNK = 10_000
FIRST = 10
QUESTIONS = Path(__file__).parents[1] / "quality" / "messages.jsonl"
PLACES = ("{b}栋{u}单元", "{b}幢{u}门", "{b}-{u}", "{b}号楼{u}单元", "{b}栋", "我住{b}栋{u}单元，")
OPENINGS = (
    "", "", "", "你好，", "反映一下，", "师傅，", "麻烦问一下，", "我来说个事，", "请帮忙看看，", "又来打扰了，",
    "社区同志，", "各位领导，", "替我妈说一句，", "群里没人理，", "老问题，",
)  # fmt: skip
ENDINGS = (
    "", "", "", "，请尽快处理", "，说了好几回了", "，谢谢", "，什么时候有人来", "，都{n}天了", "，邻居们都这么说",
    "，请给个答复", "，大家都有意见", "，等了{n}天", "，麻烦上门看一下", "，电话打了{n}次", "，老人孩子都受不了",
    "，再不管就打热线了", "，上个月也说过", "，急", "，盼回复", "，我可以带路",
)  # fmt: skip


@dataclass(frozen=True)
class Text:
    """A message as it is stored: its subject, its place, and where in it the trouble is told."""

    subject: str
    building: str
    unit: str | None
    words: str
    start: int
    end: int


def texts(seed: int) -> Iterator[Text]:
    """Endless distinct texts in many voices."""
    pick = random.Random(seed)
    said = [(one.labels[0], one.text) for one in subject_examples()]
    seen: set[int] = set()
    while True:
        subject, core = pick.choice(said)
        building, unit = str(pick.randrange(1, BUILDINGS + 1)), str(pick.randrange(1, UNITS + 1))
        form = pick.choice(PLACES)
        opening = pick.choice(OPENINGS)
        place = form.format(b=building, u=unit)
        before = opening + place
        words = before + core + pick.choice(ENDINGS).format(n=pick.randrange(2, 90))
        if hash(words) in seen:
            continue
        seen.add(hash(words))
        is_unit_said = "{u}" in form
        yield Text(subject, building, unit if is_unit_said else None, words, len(before), len(before) + len(core))


@dataclass
class Stored:
    """A house with its complaints, how many of a subject each community holds, and the subject of each complaint."""

    house: Container
    held: Counter[tuple[int, str]]
    subjects: list[str]


def make(complaints: int, *, words_of: list[tuple[int, str]] | None = None) -> Stored:
    """A house with so many complaints; their words and communities are added to ``words_of`` where it is given."""
    folder = tempfile.mkdtemp(prefix="linli-bench-similar-")
    house = build(load_settings({"LINLI_DATA_DIR": folder, "LINLI_LOG__LEVEL": "ERROR"}))
    Base.metadata.create_all(house.database.engine)
    begin = time.perf_counter()
    with house.database.transaction() as session:
        ids = [
            make_community(session, _code(i), f"第{i}小区", buildings=BUILDINGS, units=UNITS, places_stamp="bench").id
            for i in range(COMMUNITIES)
        ]
    people = max(COMMUNITIES, complaints // 4)
    with house.database.transaction() as session:
        for first in range(0, people, CHUNK):
            session.connection().execute(
                insert(Resident),
                [
                    {"id": i + 1, "community_id": ids[(i + 1) % COMMUNITIES], "created_at": NOW, "is_demo": False}
                    for i in range(first, min(people, first + CHUNK))
                ],
            )
    pick, source = random.Random(7), texts(11)
    held: Counter[tuple[int, str]] = Counter()
    subjects = [""]
    for first in range(0, complaints, CHUNK):
        rows = []
        for serial in range(first + 1, min(complaints, first + CHUNK) + 1):
            row = _row(complaint_row(serial, pick, ids, people), next(source))
            rows.append(row)
            held[row["community_id"], row["subject_code"]] += 1
            subjects.append(row["subject_code"])
            if words_of is not None:
                words_of.append((row["community_id"], row["first_text"]))
        with house.database.transaction() as session:
            session.connection().execute(insert(Complaint), rows)
    with house.database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    print(f"{complaints:>9,} complaints in {COMMUNITIES} communities made in {time.perf_counter() - begin:.0f} s")
    return Stored(house, held, subjects)


def _code(number: int) -> str:
    return f"YX-{number:04d}"


def _row(row: dict[str, Any], text: Text) -> dict[str, Any]:
    problem = {
        "text": text.words[text.start : text.end],
        "start": text.start,
        "end": text.end,
        "category": text.subject,
        "item": None,
        "confidence": 0.9,
        "evidence": [],
    }
    return row | {
        "subject_code": text.subject,
        "class_code": text.subject[0],
        "building": text.building,
        "unit": text.unit,
        "candidates": [{"category": text.subject, "confidence": 0.9}],
        "problems": [problem],
        "first_text": text.words,
        "words": text.words,
        "conversation_id": None,
    }


class FullText:
    """FTS5 with bm25 over all words, in a file of its own."""

    def __init__(self, words_of: list[tuple[int, str]]) -> None:
        file = Path(tempfile.mkdtemp(prefix="linli-bench-fts-")) / "fts.db"
        self.connection = sqlite3.connect(file)
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("CREATE VIRTUAL TABLE complaint USING fts5(words, community UNINDEXED)")
        self.connection.execute("CREATE VIRTUAL TABLE marked USING fts5(words)")
        for number, (community, text) in enumerate(words_of, start=1):
            words = " ".join(segment(text))
            self.connection.execute(
                "INSERT INTO complaint(rowid, words, community) VALUES (?, ?, ?)", (number, words, community)
            )
            self.connection.execute("INSERT INTO marked(rowid, words) VALUES (?, ?)", (number, f"c{community} {words}"))
        for table in ("complaint", "marked"):
            self.connection.execute(f"INSERT INTO {table}({table}) VALUES ('optimize')")  # noqa: S608 - two known names
        self.connection.commit()

    def over_all(self, community: int, text: str) -> list[int]:
        rows = self.connection.execute(
            "SELECT rowid FROM complaint WHERE complaint MATCH ? AND community = ? ORDER BY rank LIMIT ?",
            (_any_word(text), community, FIRST),
        )
        return [row[0] for row in rows]

    def per_community(self, community: int, text: str) -> list[int]:
        query = f"c{community} AND ({_any_word(text)})"
        rows = self.connection.execute(
            "SELECT rowid FROM marked WHERE marked MATCH ? ORDER BY rank LIMIT ?", (query, FIRST)
        )
        return [row[0] for row in rows]


def _any_word(text: str) -> str:
    words = dict.fromkeys(word for word in segment(text) if any(one.isalnum() for one in word))
    return " OR ".join(f'"{word}"' for word in words)


@dataclass(frozen=True)
class Question:
    """What is asked, where, and the subject a person gave it."""

    community: int
    code: str
    text: str
    subject: str


def questions(count: int) -> list[Question]:
    """Messages of the measuring set that speak of a subject, part tune, each asked in a community of its own."""
    pick = random.Random(3)
    labels = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    chosen = [one for one in labels if one["part"] == "tune" and one["categories"] and len(one["text"]) > 3]
    pick.shuffle(chosen)
    asked = []
    for one in chosen[:count]:
        number = pick.randrange(COMMUNITIES)
        asked.append(Question(number + 1, _code(number), one["text"], one["categories"][0]))
    return asked


class Ours:
    """The product's own answer, from one session."""

    def __init__(self, stored: Stored, asked: list[Question]) -> None:
        self.session = Session(stored.house.database.engine)
        self.communities: dict[str, Community] = {}
        for code in {one.code for one in asked}:
            community = find_community(self.session, code)
            assert community is not None
            self.communities[code] = community
            gazetteer_of(self.session, community)  # a process reads a community's places once, with its first message

    def find(self, question: Question) -> list[int]:
        found = find_said(self.session, self.communities[question.code], question.text, NOW, limit=FIRST)
        return [one.complaint.id for one in found]


@dataclass
class Asked:
    """How long one side took for each question, and what it found of what there was."""

    name: str
    seconds: list[float]
    right: int = 0
    there: int = 0
    shown: int = 0

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def show(self) -> None:
        low, high = wilson(self.right, self.there)
        print(
            f"{self.name:32} median {self.median * 1000:8.2f} ms  slowest of 20 "
            f"{sorted(self.seconds)[int(0.95 * len(self.seconds))] * 1000:8.2f} ms (n = {len(self.seconds)})  "
            f"found {self.right / max(1, self.there):.3f} [{low:.3f}, {high:.3f}] (n = {self.there})  "
            f"right among shown {self.right / max(1, self.shown):.3f} (n = {self.shown})"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--middle", type=int, default=100_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--questions", type=int, default=200)
    args = parser.parse_args()
    words_of: list[tuple[int, str]] = []
    small, middle = make(args.small), make(args.middle, words_of=words_of)
    index = FullText(words_of)
    large = make(args.large)
    asked = questions(args.questions)
    sides: list[tuple[Asked, Stored, Callable[[Question], list[int]]]] = [
        (Asked(f"ours at {args.small:,}", []), small, Ours(small, asked).find),
        (Asked(f"ours at {args.middle:,}", []), middle, Ours(middle, asked).find),
        (Asked(f"ours at {args.large:,}", []), large, Ours(large, asked).find),
        (Asked(f"FTS5 at {args.middle:,}, over all", []), middle, lambda one: index.over_all(one.community, one.text)),
        (
            Asked(f"FTS5 at {args.middle:,}, per community", []),
            middle,
            lambda one: index.per_community(one.community, one.text),
        ),
    ]
    for number, question in enumerate((*asked[:5], *asked)):
        for side, stored, find in sides:
            begin = time.perf_counter()
            found = find(question)
            taken = time.perf_counter() - begin
            if number < 5:  # only to load what is loaded on first use
                continue
            side.seconds.append(taken)
            side.right += sum(stored.subjects[one] == question.subject for one in found)
            side.there += min(FIRST, stored.held[question.community, question.subject])
            side.shown += len(found)
    for side, _, _ in sides:
        side.show()
    at_small, at_middle, at_large, over_all, per_community = (side for side, _, _ in sides)
    print(
        f"at {args.middle:,}: {over_all.median / at_middle.median:.1f} times as fast as FTS5 over all (bar 20), "
        f"{per_community.median / at_middle.median:.1f} times as fast as FTS5 per community; "
        f"at {args.large:,} {at_large.median / at_small.median:.2f} times its own time at {args.small:,} (bar 2.50)"
    )


if __name__ == "__main__":
    main()
