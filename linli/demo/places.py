"""The demo's county as the published figures have it: 27 areas, 593 buildings, 2,089,500 m², 8,557 households."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from decimal import Decimal

from services import household_imports as homes
from services import imports as sheet
from services.sheets import SheetRow

COUNTY = "永兴县"
AREAS = 27
BUILDINGS = 593
FLOOR_AREA = Decimal("2089500.00")
"""m², of whole buildings: homes and what lies outside them."""
HOUSEHOLDS = 8557
SMALLEST_HOME, LARGEST_HOME = 45, 130

INSTITUTE = "YX-KCSJY"
"""The community of the county survey institute, where most of the demo's story is told."""
INSTITUTE_NAME = "县勘察设计院小区"

_TREE: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("便江街道", "城东社区", ("勘察设计院片区", "老百货片区", "东门岭片区")),
    ("便江街道", "银都社区", ("银厂片区", "人民路片区")),
    ("便江街道", "城西社区", ("西河片区", "粮站片区")),
    ("便江街道", "大桥社区", ("便江大桥片区", "码头片区")),
    ("便江街道", "龙山社区", ("龙山片区", "水厂片区")),
    ("便江街道", "锦里社区", ("锦里片区", "一中片区")),
    ("便江街道", "干劲社区", ("农机片区", "汽车站片区")),
    ("湘阴渡街道", "渡口社区", ("渡口片区", "氮肥厂片区")),
    ("湘阴渡街道", "园艺社区", ("园艺场片区", "煤机片区")),
    ("马田镇", "马田墟社区", ("墟场片区", "邓家片区")),
    ("马田镇", "井冈社区", ("井冈片区",)),
    ("高亭司镇", "高亭社区", ("高亭片区", "矿务局片区")),
    ("黄泥镇", "黄泥社区", ("黄泥片区",)),
    ("柏林镇", "柏林社区", ("柏林片区", "冶炼厂片区")),
)
_COMMUNITIES: tuple[tuple[str, str], ...] = (
    ("LBH", "老百货宿舍"), ("WMJ", "外贸局家属院"), ("DML", "东门岭小区"), ("SLJ", "水利局宿舍"),
    ("YCXQ", "银厂小区"), ("YDY", "银都苑"), ("RML", "人民路小区"), ("YDJ", "邮电局宿舍"),
    ("XHXQ", "西河小区"), ("LZXQ", "粮站小区"), ("SPGS", "食品公司宿舍"), ("DQXQ", "大桥小区"),
    ("HYGS", "航运公司宿舍"), ("MTXQ", "码头小区"), ("LSXQ", "龙山小区"), ("ZLSC", "自来水厂宿舍"),
    ("JLXQ", "锦里小区"), ("YZJS", "一中教师村"), ("JYJ", "教育局宿舍"), ("NJC", "农机厂小区"),
    ("NZZ", "农资站宿舍"), ("QCZ", "汽车站小区"), ("YSGS", "运输公司宿舍"), ("DKXQ", "渡口小区"),
    ("DFC", "氮肥厂生活区"), ("YYC", "园艺场小区"), ("MJC", "煤机厂小区"), ("XCXQ", "墟场小区"),
    ("MTGX", "马田供销社宿舍"), ("DJXQ", "邓家小区"), ("JGXQ", "井冈小区"), ("GTXQ", "高亭小区"),
    ("KWJ", "矿务局新村"), ("HNXQ", "黄泥小区"), ("BLXQ", "柏林小区"), ("YLC", "冶炼厂生活区"),
    ("YXRM", "人民医院家属院"), ("SYJ", "商业局宿舍"), ("FZC", "纺织厂小区"), ("GYJ", "工业局宿舍"),
    ("LYJ", "林业局宿舍"), ("CZJ", "财政局宿舍"), ("JCGS", "建材公司小区"), ("GDJ", "供电局宿舍"),
    ("YSC", "印刷厂小区"), ("ZYY", "中医院宿舍"), ("ECXQ", "二中小区"),
)  # fmt: skip
_SHAPES = ((1, 6, 2), (2, 4, 2), (1, 7, 2), (2, 5, 2), (1, 5, 2), (2, 3, 2), (2, 6, 2), (1, 6, 3), (1, 8, 2), (1, 4, 4))
"""Units, storeys and homes per floor of the county's common buildings."""
_CHINESE = "零一二三四五六七八九十"


@dataclass(slots=True)
class PlannedBuilding:
    """A building of the demo. ``homes`` are (unit, floor, room, m²)."""

    community: str
    name: str
    aliases: tuple[str, ...]
    units: int
    storeys: int
    per_floor: int
    built_year: int
    floor_area: Decimal = Decimal(0)
    homes: list[tuple[int, int, str, Decimal]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PlannedCommunity:
    code: str
    name: str
    subdistrict: str
    neighbourhood: str
    area: str


@dataclass(frozen=True, slots=True)
class PlannedCounty:
    """The whole county, as sheets would hold it."""

    communities: tuple[PlannedCommunity, ...]
    buildings: tuple[PlannedBuilding, ...]


def plan_county(rng: random.Random) -> PlannedCounty:
    """The county of this seed; its four totals are the published ones whatever the seed."""
    communities = _communities()
    buildings = _institute(rng)
    others = [community for community in communities if community.code != INSTITUTE]
    left = BUILDINGS - len(buildings)
    for number, community in enumerate(others):
        count = left // len(others) + (1 if number < left % len(others) else 0)
        buildings += [_building(community, position, rng) for position in range(1, count + 1)]
    _fit_households(buildings, rng)
    _fit_floor_area(buildings, rng)
    return PlannedCounty(tuple(communities), tuple(buildings))


def building_rows(county: PlannedCounty) -> list[SheetRow]:
    """The county as a building sheet."""
    by_code = {community.code: community for community in county.communities}
    rows = []
    for number, building in enumerate(county.buildings, start=2):
        community = by_code[building.community]
        cells = {
            sheet.CODE: community.code,
            sheet.NAME: community.name,
            sheet.BUILDING: building.name,
            sheet.ALIASES: "；".join(building.aliases),
            sheet.UNITS: str(building.units),
            sheet.STOREYS: str(building.storeys),
            sheet.PER_FLOOR: str(building.per_floor),
            sheet.YEAR: str(building.built_year),
            sheet.AREA: str(building.floor_area),
            sheet.COUNTY: COUNTY,
            sheet.SUBDISTRICT: community.subdistrict,
            sheet.NEIGHBOURHOOD: community.neighbourhood,
            sheet.PART: community.area,
        }
        rows.append(SheetRow(number, cells))
    return rows


def household_rows(county: PlannedCounty) -> list[SheetRow]:
    """The county as a household sheet; nobody's name stands in it."""
    rows: list[SheetRow] = []
    for building in county.buildings:
        for unit, floor, room, area in building.homes:
            cells = {
                homes.CODE: building.community,
                homes.BUILDING: building.name,
                homes.UNIT: str(unit),
                homes.ROOM: room,
                homes.FLOOR: str(floor),
                homes.AREA: str(area),
            }
            rows.append(SheetRow(len(rows) + 2, cells))
    return rows


def _communities() -> list[PlannedCommunity]:
    areas = [(street, neighbourhood, area) for street, neighbourhood, names in _TREE for area in names]
    assert len(areas) == AREAS
    found = [PlannedCommunity(INSTITUTE, INSTITUTE_NAME, *areas[0])]
    for number, (letters, name) in enumerate(_COMMUNITIES):
        # The first of each area is named after it; the rest are spread over the town's areas.
        place = areas[_AREA_OF.get(letters, number % 14)]
        found.append(PlannedCommunity(f"YX-{letters}", name, *place))
    return found


_AREA_OF = {
    "LBH": 1, "WMJ": 1, "DML": 2, "SLJ": 2, "YCXQ": 3, "YDY": 3, "RML": 4, "YDJ": 4, "XHXQ": 5, "LZXQ": 6, "SPGS": 6,
    "DQXQ": 7, "HYGS": 8, "MTXQ": 8, "LSXQ": 9, "ZLSC": 10, "JLXQ": 11, "YZJS": 12, "JYJ": 12, "NJC": 13, "NZZ": 13,
    "QCZ": 14, "YSGS": 14, "DKXQ": 15, "DFC": 16, "YYC": 17, "MJC": 18, "XCXQ": 19, "MTGX": 19, "DJXQ": 20,
    "JGXQ": 21, "GTXQ": 22, "KWJ": 23, "HNXQ": 24, "BLXQ": 25, "YLC": 26,
}  # fmt: skip


def _institute(rng: random.Random) -> list[PlannedBuilding]:
    """Six buildings of three units and six storeys, two homes to a floor."""
    found = []
    for number in range(1, 7):
        aliases = (f"{_CHINESE[number]}幢", *(("老办公楼",) if number == 1 else ()))
        building = PlannedBuilding(INSTITUTE, f"{number}栋", aliases, 3, 6, 2, 1994 + number // 2)
        building.homes = _homes(building, rng)
        found.append(building)
    return found


def _building(community: PlannedCommunity, position: int, rng: random.Random) -> PlannedBuilding:
    units, storeys, per_floor = rng.choice(_SHAPES)
    name, aliases = f"{position}栋", (f"{_CHINESE[position]}幢",) if position <= 10 else ()
    if community.code == "YX-YZJS":
        # A village of teachers whose buildings go by the cyclical signs and by letters, as such places do.
        name = ("甲栋", "乙栋", "丙栋", "丁栋")[position - 1] if position <= 4 else f"B{position}栋"
        aliases = ()
    building = PlannedBuilding(community.code, name, aliases, units, storeys, per_floor, rng.randint(1978, 2000))
    building.homes = _homes(building, rng)
    return building


def _homes(building: PlannedBuilding, rng: random.Random) -> list[tuple[int, int, str, Decimal]]:
    sizes = [_home_size(rng) for _ in range(building.per_floor)]
    return [
        (unit, floor, f"{floor}{door:02d}", sizes[door - 1])
        for unit in range(1, building.units + 1)
        for floor in range(1, building.storeys + 1)
        for door in range(1, building.per_floor + 1)
    ]


def _home_size(rng: random.Random) -> Decimal:
    return Decimal(rng.randint(SMALLEST_HOME * 2, LARGEST_HOME * 2)) / 2


def _fit_households(buildings: list[PlannedBuilding], rng: random.Random) -> None:
    """Make the homes exactly as many as published: shops take ground floors, or single stairs become double."""
    others = [building for building in buildings if building.community != INSTITUTE]
    rng.shuffle(others)
    count = sum(len(building.homes) for building in buildings)
    single = [building for building in others if building.units == 1]
    while count < HOUSEHOLDS:
        building = single.pop()
        count -= len(building.homes)
        building.units = 2
        building.homes = _homes(building, rng)
        count += len(building.homes)
    for building in [*others, *others]:
        ground = [home for home in building.homes if home[1] == 1]
        if not ground and building in others[: len(others) // 2]:
            ground = [home for home in building.homes if home[1] == 2]
        for home in ground:
            if count == HOUSEHOLDS:
                return
            building.homes.remove(home)
            count -= 1


def _fit_floor_area(buildings: list[PlannedBuilding], rng: random.Random) -> None:
    """Share out the published floor area: the homes' own, and the rest in proportion to the buildings' size."""
    inside = [sum((area for *_, area in building.homes), Decimal(0)) for building in buildings]
    weights = [size * Decimal(rng.randint(80, 120)) for size in inside]
    outside = FLOOR_AREA - sum(inside)
    shares = [(outside * weight / sum(weights)).quantize(Decimal("0.1")) for weight in weights]
    shares[-1] += outside - sum(shares)
    for building, own, share in zip(buildings, inside, shares, strict=True):
        building.floor_area = own + share
