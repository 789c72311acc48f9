"""Blanks what is no part of a report - markup, orders to the machine, telephone numbers, curses, a place taken back.

The blanks are as long as what they replace, so that every offset still points into the resident's own words.
"""

from __future__ import annotations

import re
from dataclasses import replace

from nlp.understanding import Problem, Understanding

_MARKUP = re.compile(r"<script\b.*?</script\s*>|</?[A-Za-z][^<>]{0,200}>", re.IGNORECASE | re.DOTALL)
_SENTENCE = re.compile(r"[^。！？!?\n]+")
ORDER = re.compile(
    r"(?:忽略|无视|忘记|忘掉).{0,6}(?:以上|之前|前面|上面|所有|先前).{0,6}(?:指令|提示|规则|要求|设定|命令)"
    r"|(?:所有人|别人|其他人|全部居民|业主|邻居|他们|大家)的?.{0,4}(?:电话|手机号|身份证|住址|信息|名单).{0,6}(?:发|给|告诉|导出|列)"
    r"|(?:发|给|告诉|导出|列出).{0,6}(?:所有人|别人|其他人|全部居民|业主|邻居)的?.{0,4}(?:电话|手机号|身份证|住址|信息|名单)"
    r"|ignore\s+(?:all|any|the|previous)|system\s*prompt|系统提示|管理员模式|你现在是管理员|DROP\s+TABLE|</?script",
    re.IGNORECASE,
)
_CALL_ME = re.compile(
    r"(?:(?:我|她|他)(?:妈|爸|儿子|女儿|老伴|家)?的?|本人)?(?:电话|手机|号码|联系方式|联系电话|微信)(?:号码?)?(?:是|为|[:：])?\s*"
    r"(?:\+?86[- ]?)?(?:1[3-9]\d{9}|0\d{2,3}[- ]?\d{7,8})(?!\d)"
    r"|(?<!\d)(?:\+?86[- ]?)?(?:1[3-9]\d{9}|0\d{2,3}[- ]?\d{7,8})(?!\d)"
)
_IDENTITY = re.compile(r"(?:我的?)?(?:身份证(?:号码?)?(?:是|为|[:：])?\s*)?(?<!\d)\d{17}[\dXx](?![\dA-Za-z])")
_CALL_BACK = re.compile(
    r"(?:到时候?|有事|有消息|来之前|上门前|来的时候|方便的?话)?(?:请|麻烦)?(?:你们)?(?:先)?"
    r"(?:打给我|给我打(?:个)?电话|打(?:我|这个)?电话(?:给我)?|联系我|电话联系|回我电话|给我回(?:个)?电话|回电)"
)
# Rubbish is what the speaker calls somebody, not what lies about; and 气死 speaks of no gas.
_CURSE = re.compile(r"气死(?:我|人|老子)?了?|垃圾(?:物业|社区|政府|单位|公司|小区)(?!.{0,4}(?:没|不|堆|桶|满|成))")
_NUMERAL = r"[0-9一二三四五六七八九十百两]{1,4}"
_PLACE = rf"{_NUMERAL}\s*(?:栋|幢|号楼|座|单元|门|楼|层|室)"
_TAKEN_BACK = re.compile(
    rf"(?P<wrong>(?:{_PLACE})+)[,，、。.\s]*(?:哦|噢|啊|呃|诶|哎)*[,，、\s]*(?:不对|不是|错了|说错了|搞错了|打错了|哦不|噢不|呸)"
    rf"[,，、。\s啊哦]*(?:应该)?(?:是|在)?\s*(?={_PLACE})"
)


def cleared(text: str) -> str:
    """The text as it is to be understood, of the same length."""
    text = _MARKUP.sub(_blank, text)
    if ORDER.search(text):
        text = _SENTENCE.sub(_without_order, text)
    if re.search(r"\d{7}", text):
        text = _IDENTITY.sub(_blank, text)
        text = _CALL_ME.sub(_blank, text)
        text = _CALL_BACK.sub(_blank, text)
    if "垃圾" in text or "气死" in text:
        text = _CURSE.sub(_blank, text)
    return _TAKEN_BACK.sub(_blank, text)


def is_left(text: str) -> bool:
    """Whether enough is left to be a report: three different Chinese characters, or three words of letters."""
    rest = cleared(text)
    return len(set(re.findall(r"[\u4e00-\u9fff]", rest))) >= 3 or len(re.findall(r"[A-Za-z]{2,}", rest)) >= 3


def restored(understanding: Understanding, text: str) -> Understanding:
    """What was understood of the cleared text, with its words as they were said."""
    if understanding.text == text:
        return understanding
    problems = tuple(_restored_problem(problem, text) for problem in understanding.problems)
    return replace(understanding, text=text, problems=problems)


def _restored_problem(problem: Problem, text: str) -> Problem:
    return replace(problem, text=text[problem.start : problem.end])


def _blank(found: re.Match[str]) -> str:
    return " " * len(found.group())


def _without_order(found: re.Match[str]) -> str:
    sentence = found.group()
    order = ORDER.search(sentence)
    if order is None:
        return sentence
    start = max(sentence.rfind(mark, 0, order.start()) for mark in "，,；;") + 1
    return sentence[:start] + " " * (len(sentence) - start)
