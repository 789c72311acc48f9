"""Finds landmarks: places people name that are not addresses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nlp.watch import Watched

if TYPE_CHECKING:
    from nlp.watch import Marks

_THING = (
    r"(?:小区|宿舍|家属院|家属区|大院|公寓|学校|小学|中学|幼儿园|超市|菜市场|农贸市场|市场|广场|医院|卫生站|门卫室|门卫|保安亭|岗亭|车棚|垃圾站|垃圾房"
    r"|垃圾池|配电房|水泵房|泵房|凉亭|亭子|花坛|篮球场|羽毛球场|健身区|[老大]?(?:槐|樟|桂花|榕)树|大门|东门|西门|南门|北门|后门|前门|侧门|小花园"
    r"|水池|水塔|锅炉房|食堂|招待所|公厕|厕所|商店|小卖部|药店|银行|饭店|餐馆|麻将馆|理发店|停车场|地下车库|车库|路口|河边|桥头|池塘|办公楼|活动室)"
)
_SIDE = (
    r"(?:后面|前面|旁边|对面|门口|边上|附近|背后|后头|前头|东边|西边|南边|北边|东侧|西侧|南侧|北侧"
    r"|楼下|转角|拐角|拐弯处|侧面|隔壁)"
)
_TAIL = r"(?:的?那?(?:一)?(?:栋楼?|幢|排房子|排|片|块空地|块地|条路|条巷子))"
_BESIDE = Watched(rf"[\u4e00-\u9fff]{{0,6}}{_THING}(?:(?:的)?{_SIDE}{_TAIL}?|{_TAIL})")
_GATE = Watched(r"(?:小区|院子|院)?(?:大门|东门|西门|南门|北门|后门|侧门)(?:口|处|那里|那边)?")
_NAMED = Watched(
    r"[\u4e00-\u9fff]{2,10}(?:小区|家园|花园|新村|花苑|佳苑|公寓|宿舍|家属院|大院|国际城|名苑|雅苑|嘉园|华庭|山庄|社区)"
)
_CUT = re.compile(
    r"^.*(?:关于|我们?是|居住在|住在|位于|反映|投诉|举报|请问|咨询|恳请|请求|我家在|家住|就在|我们|咱们|本人|[A-Za-z]\d*[市县区]|\d+[市县区]|街道"
    r"|[\u4e00-\u9fff]镇|在|的|从|到|把|往|和|给|是|请|被|让|对|号|里|为|尊敬|领导|书记|问题|解决|改善|这个|那个|整个|全|老旧|旧|所有|其他|别的|隔壁|各)"
)
_ONLY_A_SIDE = re.compile(rf"(?:我们|咱们|这个)?(?:小区|宿舍|大院)?(?:的)?{_SIDE}$")
_GENERIC = {"我们小区", "小区", "社区", "这个小区", "本小区", "老旧小区", "大院", "宿舍"}


def find_landmark(text: str, marks: Marks, community_names: tuple[str, ...] = ()) -> str | None:
    """The first landmark of a normalised text with its marks, as said; the community's own names are none."""
    for found in _BESIDE.finditer(text, marks):
        said = _trim(found.group())
        if len(said) < 3 or _ONLY_A_SIDE.match(said):
            continue
        return said
    for found in _NAMED.finditer(text, marks):
        said = _trim(found.group())
        if len(said) >= 4 and said not in _GENERIC and said not in community_names:
            return said
    gate = _GATE.search(text, marks)
    return gate.group() if gate else None


def _trim(said: str) -> str:
    return _CUT.sub("", said, count=1) or said
