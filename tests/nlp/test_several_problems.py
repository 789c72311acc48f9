"""Messages with two or three problems: each is filed, and what only came of a trouble is filed with it."""

from __future__ import annotations

import pytest

from nlp.understand import understand
from tests.nlp.conftest import NOON


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("单元门锁坏了，楼道灯也不亮", {"A09", "A13"}),
        ("墙上裂缝越来越大，屋顶还漏雨", {"A14", "A11"}),
        ("一楼私搭了个铁皮屋，把消防通道占了一半", {"B01", "A08"}),
        ("水管锈了出黄水，下水道返臭，顶楼还漏雨", {"A01", "A02", "A11"}),
        ("路烂 车乱停", {"A05", "B05"}),
        ("一是楼道灯不亮，二是楼下有人遛狗不牵绳", {"A13", "N05"}),
        ("下水道又堵了，还有一个事，天花板在滴水", {"A02", "A11"}),
        ("楼上漏水到我家，隔壁天天打麻将吵得睡不着", {"N02", "N03"}),
        ("想有个老年食堂，还有就是六楼爬不动想装电梯", {"C04", "B11"}),
        ("楼道灯不亮 垃圾没人倒 大门锁坏了", {"A13", "A10", "A09"}),
        ("楼道灯不亮下水道也堵了", {"A13", "A02"}),
        ("屋顶漏雨楼道扶手也锈断了", {"A11", "A13"}),
        ("污水冒出来，垃圾桶烂了，路灯也黑着", {"A02", "A10", "B03"}),
        ("垃圾房苍蝇扑面，绿化带成了菜地", {"A10", "B02"}),
        ("附近没菜场，老人吃饭也成问题", {"C05", "C04"}),
        ("二楼往外搭了个棚，把消防通道占了大半", {"B01", "A08"}),
    ],
)
def test_each_problem_of_a_message_is_filed_once(text: str, expected: set[str]) -> None:
    found = understand(text, NOON)
    assert set(found.categories) == expected
    assert sorted(draft.category for draft in found.complaints) == sorted(expected)


def test_bare_words_beside_a_stronger_clause_are_not_lost() -> None:
    found = understand("家里漏水，楼道灯不亮", NOON)
    assert len(found.complaints) == 2
    assert {"家里漏水", "楼道灯不亮"} == {problem.text for problem in found.problems}


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("一下雨就漏，墙都发霉了", "A11"),
        ("下水道堵了，臭得不敢开窗", "A02"),
        ("楼道灯坏了，晚上黑漆漆的，老人不敢下楼", "A13"),
        ("化粪池冒出来了，满院子粪水，苍蝇乱飞", "A02"),
        ("垃圾没人收，苍蝇老鼠都来了，臭死了", "A10"),
        ("水压小，洗澡洗一半没水，热水器也打不着", "A01"),
        ("楼道里电线老化，怕着火", "A03"),
        ("电梯又坏了，七楼老人买菜都下不来", "N09"),
        ("六楼爬不动，老伴坐轮椅，想装电梯", "B11"),
        ("路灯不亮，晚上散步看不见路，老人摔了", "B03"),
    ],
)
def test_what_came_of_a_trouble_is_no_second_complaint(text: str, category: str) -> None:
    (draft,) = understand(text, NOON).complaints
    assert draft.category == category


def test_somebody_hurt_by_a_dark_lamp_is_no_second_complaint() -> None:
    assert len(understand("灯坏了，我妈摸黑摔了一跤", NOON).complaints) == 1


def test_what_is_announced_as_a_second_trouble_is_one_though_it_might_have_followed() -> None:
    assert set(understand("化粪池溢出来了，另外楼道里老鼠多得很", NOON).categories) == {"A02", "N06"}


def test_a_thing_that_is_denied_is_no_trouble() -> None:
    assert understand("停车乱得要命，消防倒是没占，就是我们出不来", NOON).categories == ("B05",)
