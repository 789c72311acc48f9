"""Hears what is no report beside a report: that nothing is dangerous, that somebody is angry or thankful."""

from __future__ import annotations

import re
import unicodedata

_PARTS = re.compile(r"[\s。．.!！~～,，、;；…]+")
_NOT = r"(?:没得|莫得|冒得|冇得|冇|没有|没|木有|无|不|未|并没有|并未)"
_SPEAKER = (
    r"(?:(?:她|他|他们|我妈|我爸|老人|妈妈|爸爸|家里人|奶奶|爷爷|外婆|外公|婆婆|公公|老伴|孩子|邻居)?"
    r"(?:自己)?(?:说|讲)(?:是)?)?"
)
_MODIFIER = r"(?:现在|目前|暂时|这会儿?|应该|好像|都|也|倒|倒是|还|全|全都|真的?)*"
_HARM = (
    r"(?:(?:明)?火|烟|火苗|漏电|触电|带电|麻手|着火|起火|冒烟|冒火(?:花)?|火花|烧起来|漏气|煤气味|燃气味|气味|味道|异味"
    r"|(?:有)?(?:人)?(?:受伤|伤亡|被困)|(?:有)?伤(?:到|着|了)?(?:人|谁|人员)?|砸(?:到|着)(?:人|谁)?|(?:有)?(?:往下)?掉(?:东西|下来)?|有?坑|人员?受伤)"
)
_TAIL = r"(?:了|的|哦|噢|嗯|啊|呀|呢|哈|嘛|咯|哒|滴|吧|情况|现象)*"
_PART_PLAIN = re.compile(
    rf"{_SPEAKER}{_MODIFIER}(?:{_NOT}+(?:什么|啥|么子|得)?(?:危险|事|事情|问题|关系|大碍|大事|啥)?(?:有)?"
    rf"|不(?:危险|要紧|碍事)|安全|(?:都|还|挺)?好(?:着|得很)?|还好){_TAIL}"
)
_PART_HARM = re.compile(
    rf"{_SPEAKER}{_MODIFIER}{_NOT}(?:有|闻到|看到|发现|再)?(?:什么|啥)?{_HARM}"
    rf"(?:[和跟或、]{_HARM})*{_TAIL}"
)
_SPLIT_ALSO = re.compile(r"也(?=没|不|冇|莫|无)|(?<=[了的气电火烟人伤])都?(?=没有|不)")
_SIMPLE = str.maketrans("沒無險電傷煙氣著們這還什麼麽樣", "没无险电伤烟气着们这还什么么样")
_CURSES = re.compile(
    r"干什么吃的|吃干饭|吃白饭|一群骗子|你们.{0,4}骗子|废物|饭桶|混蛋|王八|他妈|妈的|狗日|气死|什么态度|垃圾(?:物业|社区|政府|单位|公司)"
    r"|(?:物业|社区|你们)(?:就是|真是|都是|太)?垃圾(?!没|不|堆|桶|满)|滚(?:蛋|远)"
)
_REPROACHES = re.compile(r"不作为|说了(?:多少|好多|几)[遍次]|没人管|不管(?:事|人|我们)|踢皮球|糊弄|敷衍|忽悠")
_THREAT = re.compile(
    r"(?:要|去|就|必须|等着)(?:去)?(?:告|投诉|举报|曝光)(?:你|他|死)|去(?:上访|信访|告状|县里|市里|省里)|找记者|上电视"
    r"|(?:打|砸|烧)(?:了)?(?:你|你们|社区|物业)|要你们?好看|走着瞧|跟你们没完"
)
_THANKS_ONLY = re.compile(r"^[\s👍👌🙏😊😄😁🙂❤️🌹💐👏🤝✅♥☺️\U0001F3FB-\U0001F3FF]+$")
_SAME = re.compile(
    r"(?:跟|和|同|与)(?:我|我们|我家|他家?|她家?|楼上|楼下|隔壁|邻居)(?:们)?(?:家)?(?:的)?(?:情况)?(?:也|都)?(?:是)?(?:一样|差不多)"
    r"|也是(?:一样|这样)(?:的)?$"
)


def denies_danger(text: str) -> bool:
    """Whether every part of a short text says that there is none: 没有没有, 没漏电也没着火, 她说没有触电."""
    parts = _parts(text)
    return bool(parts) and all(_PART_PLAIN.fullmatch(part) or _PART_HARM.fullmatch(part) for part in parts)


def names_no_harm(text: str) -> bool:
    """Whether a denial says which harm there is not, so that it is worth keeping: 没伤到人."""
    return any(_PART_HARM.fullmatch(part) for part in _parts(text))


def vents(text: str, *, strongly: bool = False) -> bool:
    """Anger at those who should act; whether something is reported beside it is for the understanding to say.

    ``strongly``: in curses or threats, not in reproaches only.
    """
    if _CURSES.search(text) is not None or threatens(text):
        return True
    return not strongly and _REPROACHES.search(text) is not None


def threatens(text: str) -> bool:
    """A threat to go further up: at once for a person."""
    return _THREAT.search(text) is not None


def thanks_by_sign(text: str) -> bool:
    """👍, 🙏: thanks without words."""
    return _THANKS_ONLY.match(text) is not None


def says_same(text: str) -> bool:
    """跟我一样: the same matter with somebody else, no new one."""
    return len(text) <= 24 and _SAME.search(unicodedata.normalize("NFKC", text)) is not None


def _parts(text: str) -> list[str]:
    said = unicodedata.normalize("NFKC", text).strip().translate(_SIMPLE)
    if not said or len(said) > 30:
        return []
    pieces = [piece for part in _PARTS.split(said) for piece in _SPLIT_ALSO.split(part)]
    return [piece for piece in pieces if piece]
