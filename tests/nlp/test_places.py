"""Where: every notation residents use, and the numbers that must not be taken for an address."""

from __future__ import annotations

import pytest

from nlp.places import find_places
from nlp.spelling import normalise
from nlp.understanding import Gazetteer, GazetteerBuilding, PlaceMention


def slots(text: str) -> tuple[str | None, str | None, str | None, str | None]:
    place = find_places(normalise(text)).overall
    return place.building, place.unit, place.floor, place.room


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("三幢二门五楼，灯坏了", ("3", "2", "5", None)),
        ("12#-1-602 水压低", ("12", "1", "6", "602")),
        ("二十三号楼停水", ("23", None, None, None)),
        ("A3幢电梯坏了", ("A3", None, None, None)),
        ("我家五零一水管爆了", (None, None, "5", "501")),
        ("我们三动二单园四零二漏水", ("3", "2", "4", "402")),
        ("3、4栋停水", ("3,4", None, None, None)),
        ("1到4栋都没水", ("1,2,3,4", None, None, None)),
        ("一二三栋没水", ("1,2,3", None, None, None)),
        ("贰单元门坏了", (None, "2", None, None)),
        ("乙单元灯不亮", (None, "乙", None, None)),
        ("B7栋漏水", ("B7", None, None, None)),
        ("3栋2单元顶楼漏雨", ("3", "2", "top", None)),
        ("3楼2单元灯坏了", ("3", "2", None, None)),
        ("负一楼积水", (None, None, "-1", None)),
        ("10号楼2单元1203室", ("10", "2", "12", "1203")),
        ("8栋1、2单元停水", ("8", "1,2", None, None)),
        ("3栋502、503都漏水", ("3", None, "5", "502,503")),
        ("7#302没气", ("7", None, "3", "302")),
        ("８栋２单元", ("8", "2", None, None)),
        ("501家天天往楼下倒水", (None, None, "5", "501")),
        ("3/2/501水压低", ("3", "2", "5", "501")),
        ("我是3栋的，5栋楼下垃圾没人收", ("5", None, None, None)),
    ],
)
def test_an_address_is_read_in_every_notation(
    text: str, expected: tuple[str | None, str | None, str | None, str | None]
) -> None:
    assert slots(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "电话13812345678打给我",
        "物业费涨到1200元",
        "2024年3月5日停电",
        "湘L12345的车乱停",
        "坐5路公交去",
        "停水3天了",
        "502宿舍后面那排",
        "一栋楼就一个灯",
        "我们两栋楼共用一个垃圾桶",
        "六层楼没电梯",
        "墙上掉了一层皮",
        "幸福路12号的路灯",
        "晚上10点还在施工",
        "单号YX-2026-000123",
        "220伏的电压只有180",
        "化粪池一座堵了",
        "物业说要120户同意才行",
        "",
        "😀😀",
    ],
)
def test_a_number_that_is_no_address_is_left_alone(text: str) -> None:
    assert slots(text) == (None, None, None, None)


def test_the_names_of_a_community_lead_to_its_buildings() -> None:
    gazetteer = Gazetteer(
        community="县勘察设计院小区",
        names=("县勘察设计院小区",),
        buildings=(GazetteerBuilding("7", ("老红楼", "7栋")), GazetteerBuilding("13", ("13栋",))),
    )
    assert find_places("老红楼二单元漏水", gazetteer).overall == PlaceMention("7", "2")
    assert find_places("17栋漏水", gazetteer).overall.building == "17"


def test_a_landmark_is_kept_where_no_building_is_named() -> None:
    assert find_places("老百货公司宿舍后面那栋，化粪池漫出来了").overall.landmark == "老百货公司宿舍后面那栋"


def test_two_places_stay_two_places() -> None:
    located = find_places("3栋屋顶漏水，5栋2单元灯坏了").located
    assert [(one.place.building, one.place.unit) for one in located] == [("3", None), ("5", "2")]


@pytest.mark.parametrize("unit", ["一", "1", "1-", "一、", "3栋", "小区", "号楼", "栋、"])
def test_no_text_makes_reading_slow(unit: str) -> None:
    import time

    begun = time.perf_counter()
    find_places(unit * (10_000 // len(unit)))
    assert time.perf_counter() - begun < 5
