"""Turns a safety script into the words and numbers to show, with what a community has not set left out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlp.taxonomy import taxonomy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nlp.understanding import Understanding

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_SENTENCE = re.compile(r"[^。！!？?；]+[。！!？?；]?")
_NUMBER = re.compile(r"(?<!\d)(\d{3,12})(?!\d)")
# Words that belong to a number that is not set, up to the joint with what follows or precedes.
_WITH_ALTERNATIVE = re.compile(r"(?P<verb>拨打?|打)(?P<who>[^，。；、{}拨打]{0,6})\s*\{[a-z_]+\}\s*或\s*")
_ALTERNATIVE = re.compile(r"\s*(?:或|、)\s*\{[a-z_]+\}|\{[a-z_]+\}\s*(?:或|、)\s*")
_CLAUSE_WITH = re.compile(r"[^，。；、]*\{[a-z_]+\}[^，。；、]*(?P<end>[，。；、]?)")


@dataclass(frozen=True, slots=True)
class Call:
    """A number to press: what it reaches and the digits."""

    label: str
    number: str


@dataclass(frozen=True, slots=True)
class SafetyText:
    """A script ready to show whole. ``lines`` is one sentence each, in order."""

    id: str
    lines: tuple[str, ...]
    calls: tuple[Call, ...]

    @property
    def text(self) -> str:
        return "".join(self.lines)


def render_script(script_id: str, numbers: Mapping[str, str]) -> SafetyText:
    """The words and numbers of a script.

    Args:
        script_id: such as "S-GAS".
        numbers: the community's numbers by placeholder name ("gas_hotline", …); missing and empty ones are left
            out together with the words that belong to them.

    Raises:
        KeyError: there is no such script.
    """
    script = taxonomy().script(script_id)
    say = _fill(script.say, numbers)
    lines = tuple(sentence.strip() for sentence in _SENTENCE.findall(say) if sentence.strip())
    calls: list[Call] = []
    for entry in script.call:
        if any(not numbers.get(name, "").strip() for name in _PLACEHOLDER.findall(entry)):
            continue
        filled = _PLACEHOLDER.sub(lambda found: numbers[found.group(1)].strip(), entry)
        calls += _calls(filled)
    unique = {call.number: call for call in reversed(calls)}
    ordered = list(dict.fromkeys(call.number for call in calls))
    return SafetyText(script_id, lines, tuple(unique[number] for number in ordered))


def _fill(say: str, numbers: Mapping[str, str]) -> str:
    filled = _PLACEHOLDER.sub(
        lambda found: numbers[found.group(1)].strip() if numbers.get(found.group(1), "").strip() else found.group(), say
    )
    if not _PLACEHOLDER.search(filled):
        return filled
    filled = _WITH_ALTERNATIVE.sub(lambda found: f"{found['verb']} ", filled)
    filled = _ALTERNATIVE.sub("", filled)

    def drop(found: re.Match[str]) -> str:
        # The clause goes; the mark that ended it takes the place of the mark before it.
        return found["end"] if found["end"] in "。；" else ""

    filled = _CLAUSE_WITH.sub(drop, filled)
    return re.sub(r"[，、；](?=[。；])|(?<=。)[，；、。]+|^[，；、。]+", "", filled)


def _calls(entry: str) -> list[Call]:
    """ "120（有人受伤）" is one call with a label; "96333（开通地区）/119" is two; words without a number are none."""
    calls = []
    for part in entry.split("/"):
        match = re.search(r"\d[\d\-]+(?: \d[\d\-]+)*", part)  # written with a space too: 0735-000 0220
        if match is None:
            continue
        label = (part[: match.start()] + part[match.end() :]).strip(" （）()")
        calls.append(Call(label or _WELL_KNOWN.get(match.group(), match.group()), match.group()))
    return calls


_WELL_KNOWN = {"110": "报警", "119": "消防", "120": "急救", "95598": "供电抢修", "12345": "政务服务热线"}

TAPS = ("injured", "leak", "fire", "falling")
_LEAK_BY_SCRIPT = ("S-GAS", "S-ELEC")
_FALLING_BY_SCRIPT = ("S-FALL", "S-MANHOLE", "S-STRUCT")


def scripts_for_tap(tap: str, understanding: Understanding | None = None) -> tuple[str, ...]:
    """The scripts a tap on the safety question calls for, the most fitting first.

    Args:
        tap: "injured", "leak", "fire" or "falling".
        understanding: what was said before the tap, if anything; its words decide between gas and electricity, and
            between something falling and a hole in the ground.

    Raises:
        ValueError: there is no such tap.
    """
    if tap == "injured":
        return ("S-MED",)
    if tap == "fire":
        return ("S-FIRE",)
    if tap == "leak":
        return _decided(understanding, _LEAK_BY_SCRIPT, _LEAK_BY_SUBJECT, ("S-GAS", "S-ELEC"))
    if tap == "falling":
        return _decided(understanding, _FALLING_BY_SCRIPT, _FALLING_BY_SUBJECT, ("S-FALL", "S-MANHOLE"))
    raise ValueError(f"no such tap: {tap}")


_LEAK_BY_SUBJECT = {
    "A06": "S-GAS", "A03": "S-ELEC", "A04": "S-ELEC", "B03": "S-ELEC", "B06": "S-ELEC", "B07": "S-ELEC",
    "A11": "S-ELEC", "N02": "S-ELEC", "A02": "S-ELEC", "A01": "S-ELEC",
}  # fmt: skip
_FALLING_BY_SUBJECT = {
    "A12": "S-FALL", "B02": "S-FALL", "A11": "S-FALL", "A13": "S-FALL", "N04": "S-FALL", "A02": "S-MANHOLE",
    "A05": "S-MANHOLE", "D02": "S-MANHOLE", "N11": "S-MANHOLE", "A14": "S-STRUCT",
}  # fmt: skip
_GAS_WORDS = re.compile(r"燃气|煤气|天然气|液化气|瓦斯|灶|气味|气罐|煤气坛子")
_ELECTRIC_WORDS = re.compile(r"电(?!话|梯|视|动|瓶)|插座|开关|灯|火花")


def _decided(
    understanding: Understanding | None,
    scripts: tuple[str, ...],
    by_subject: Mapping[str, str],
    undecided: tuple[str, ...],
) -> tuple[str, ...]:
    if understanding is None:
        return undecided
    if understanding.safety_script in scripts:
        return (understanding.safety_script,)
    if undecided[0] == "S-GAS":
        is_gas = _GAS_WORDS.search(understanding.text) is not None
        is_electric = _ELECTRIC_WORDS.search(understanding.text) is not None
        if is_gas != is_electric:
            return ("S-GAS",) if is_gas else ("S-ELEC",)
        if is_gas:
            return undecided
    for category in understanding.categories:
        if category in by_subject:
            return (by_subject[category],)
    return undecided
