"""A small set of labelled messages in our own words: three kinds, enough to learn from in a second."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PLACES = ("一号楼", "北门口", "三单元", "东边围墙", "幼儿园旁", "菜场对面", "七栋", "老车棚", "西区", "水塔下")
KINDS = {
    "水电": ("水管爆了水淌一地", "自来水又黄又浑", "电表箱老跳闸", "半夜停水没人通知", "下水道堵得冒水"),
    "环境": ("垃圾桶满了几天没人倒", "有人烧树叶烟很大", "绿化带踩秃了全是泥", "臭水沟蚊子成群", "狗屎到处都是"),
    "停车": ("车位被外面的车占了", "汽车停在消防通道上", "电动车没处充电", "划好的车位线磨没了", "道闸坏了抬不起来"),
}


def labelled_rows() -> list[dict[str, str]]:
    """150 messages, 50 of each kind."""
    return [
        {"text": f"{place}{what}，请派人看看", "label": kind}
        for kind, wordings in KINDS.items()
        for what in wordings
        for place in PLACES
    ]


def write_rows(path: Path, rows: list[dict[str, object]] | list[dict[str, str]]) -> Path:
    """The rows as JSON lines."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path
