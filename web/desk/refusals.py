"""Why an edit of the lexicon was refused, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlp.taxonomy import taxonomy
from web.language import gettext as _
from web.language import language


def refusal_words(facts: Mapping[str, Any]) -> str:
    """The sentence for the facts of an InvalidInput: the field, the reason and what the reason names."""
    values = {name: value for name, value in facts.items() if name not in ("field", "reason", "script")}
    values["danger"] = _danger(str(facts.get("script") or ""))
    reason, field = str(facts["reason"]), str(facts["field"])
    if reason == "required":
        return _required(field)
    words = {
        "no_word": _("只写一个词，不带空格和标点，最多 %(most)s 个字。"),
        "unknown": _("选一个类别。"),
        "same_subject": _("原来和现在是同一个类别。"),
        "out_of_range": _("分量在 0 到 %(most)s 之间。"),
        "too_many": _("不算的说法最多 %(most)s 个。"),
        "not_longer": _("“%(phrase)s”要比“%(word)s”长，并且包含它。"),
        "too_long": _("太长了，最多 %(most)s 个字。"),
        "without_word": _("这句例子里没有“%(word)s”。"),
        "no_change": _("和现在一样，没有要改的。"),
        "does_not_match": _("照这样改，这句例子认不出来，看看“不算的说法”。"),
        "does_match": _("照这样改，这句反例还是会被认成这一类，把它写进“不算的说法”。"),
        "breaks_example": _("照这样改，“%(word)s”的例子就不成立了，先改那一个。"),
        "danger_word": _("不能拿掉：“%(word)s”是认出%(danger)s要靠的词。"),
        "danger_word_moved": _("“%(word)s”说的是%(danger)s，不能挪到不问安全的类别。"),
        "danger_word_lowered": _("“%(word)s”说的是%(danger)s，分量不能调低。"),
        "danger_word_excluded": _("“%(word)s”说的是%(danger)s，不能在“%(phrase)s”里不算。"),
        "danger_phrase": _("“%(phrase)s”说的就是%(danger)s，不能不算。"),
        "loses_danger": _("照这样改，这句危险的话就漏掉了：“%(message)s”。"),
    }
    return words[reason] % _Missing(values) if reason in words else _("这一项不对，重新选一下。")


class _Missing(dict[str, Any]):
    """Values for a sentence; what is not known is left blank rather than failing."""

    def __missing__(self, name: str) -> str:
        return ""


def _required(field: str) -> str:
    return {
        "word": _("写上这个词。"),
        "reason": _("写上为什么改，以后的人要看。"),
        "must_match": _("写一句应该认出来的话。"),
        "must_not_match": _("写一句不该认成这一类的话。"),
    }.get(field, _("这一项要填。"))


def _danger(script: str) -> str:
    """What a script is about, as people say it."""
    if script == "self_harm":
        return _("轻生的话")
    known = {one.code for one in taxonomy().scripts}
    if script not in known:
        return _("危险")
    names = {
        "S-GAS": _("燃气泄漏"),
        "S-FIRE": _("着火"),
        "S-ELEC": _("漏电"),
        "S-FALL": _("高处掉东西"),
        "S-MANHOLE": _("井盖和坑"),
        "S-STRUCT": _("房屋要塌"),
        "S-LIFT": _("电梯困人"),
        "S-MED": _("有人受伤生病"),
        "S-CRIME": _("打斗和犯罪"),
        "S-FLOOD": _("进水"),
    }
    return names.get(script, script if language() == "en" else _("危险"))
