"""What of a message tells its event apart: pairs of neighbouring characters, names of places, regions."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache

from nlp.loading import RESOURCES, read_text

COMMON_FILE = RESOURCES / "topics" / "common_pairs.txt"

# A headline says in one line what the letter says in twenty; a letter's later pages say nothing new.
_TITLE_COUNTS = 3
_READ = 3000
_NAMES = 60
_RUN = re.compile(r"[\u4e00-\u9fffA-Za-z0-9]+")
_REGION = re.compile(r"[A-Z]\d+[市县区]")
_MASKED = re.compile(r"[A-Z]\d{0,2}[市县区]")
_KIND = (
    "小区|社区|街道|家园|花园|嘉园|佳园|新村|新城|国际城|国际|公寓|大厦|广场|商场|市场|公园|学校|中学|小学|幼儿园|大学|学院|医院|公司|集团|银行"
    "|派出所|大桥|立交桥|立交|号线|路口|大道|火车站|汽车站|南站|车站|地铁站|山庄|华庭|豪庭|华府|水岸|城|苑|园|府|湾|郡|庭|居|阁|镇|乡|村|组|路|街|巷"
    "|桥|站|湖|岭|塘|楼盘|项目|中心|二期|一期|三期|四期|期|栋|平台|贷|财富|网"
)
_PLACE = re.compile(rf"([\u4e00-\u9fffA-Za-z0-9]{{1,7}}?)({_KIND})")
# What leads into a name and is no part of it; searched in seven characters at most.
_LEAD = re.compile(
    r"^.*(?:反映|投诉|举报|请求|咨询|建议|关于|解决|希望|恳请|恳求|请问|询问|对于|位于|住在|座落在|我们|我是|本人|附近|旁边|旁|周边|[省市县区镇乡]|街道|社区"
    r"|尊敬的|领导|书记|[的在对与和及到从由把被给将为向是有至让像以])"
)
_NAME_KEPT = 4

Counts = Counter[str]


@dataclass(frozen=True, slots=True)
class Place:
    """A named place as said: its name and what kind of place it is, both as written."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Traits:
    """One message as the comparison sees it.

    ``pairs`` counts all pairs of neighbouring characters, ``rare`` those no everyday message of ours holds,
    ``problem`` those that are left when the names of places are taken out, ``names`` the pairs inside such names in
    either order, so that two swapped letters are the same name. The headline counts three times.
    """

    pairs: Counts
    rare: Counts
    problem: Counts
    names: Counts
    regions: frozenset[str]


def read(title: str, text: str) -> Traits:
    """The traits of a message; either part may be empty."""
    headline, letter = plain(title), plain(text[:_READ])
    pairs = _weighed(headline, letter)
    common = common_pairs()
    names: Counts = Counter()
    for part, weight in ((headline, _TITLE_COUNTS), (letter, 1)):
        for pair in {pair for place in places(part) for pair in _either_order(place.name)}:
            names[pair] += weight
    return Traits(
        pairs=pairs,
        rare=Counter({pair: count for pair, count in pairs.items() if pair not in common}),
        problem=_weighed(_without_names(headline), _without_names(letter)),
        names=names,
        regions=frozenset(_REGION.findall(headline)) | frozenset(_REGION.findall(letter)),
    )


def plain(text: str) -> str:
    """The text in one width; half of a surrogate pair, which no engine takes, is a question mark."""
    return unicodedata.normalize("NFKC", text.encode("utf-8", "replace").decode("utf-8"))


def places(text: str) -> list[Place]:
    """The named places of a text in one width, in order, each once; sixty at most."""
    found: dict[Place, None] = {}
    for run in _RUN.findall(_MASKED.sub(" ", text)):
        for hit in _PLACE.finditer(run):
            name = _LEAD.sub("", hit.group(1))[-_NAME_KEPT:]
            if len(name) > 1 and not name.isdigit():
                found.setdefault(Place(name, hit.group(2)))
        if len(found) >= _NAMES:
            break
    return list(found)[:_NAMES]


@cache
def common_pairs() -> frozenset[str]:
    """Pairs of characters that everyday messages without place names hold."""
    lines = (line for line in read_text(COMMON_FILE).splitlines() if not line.startswith("#"))
    return frozenset(pair for line in lines for pair in line.split())


def character_pairs(text: str) -> list[str]:
    """Neighbouring characters of a text, masked regions left out, as two-letter strings in order."""
    return [run[start : start + 2] for run in _RUN.findall(_MASKED.sub(" ", text)) for start in range(len(run) - 1)]


def _weighed(headline: str, letter: str) -> Counts:
    counts = Counter(character_pairs(letter))
    for pair in character_pairs(headline):
        counts[pair] += _TITLE_COUNTS
    return counts


def _without_names(text: str) -> str:
    for name in sorted({place.name for place in places(text)}, key=lambda name: (-len(name), name)):
        text = text.replace(name, " ")
    return text


def _either_order(name: str) -> list[str]:
    near = ["".join(sorted(name[start : start + 2])) for start in range(len(name) - 1)]
    return near + ["_".join(sorted((name[start], name[start + 2]))) for start in range(len(name) - 2)]
