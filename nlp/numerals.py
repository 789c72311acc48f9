"""Reads Chinese and Arabic numerals as residents write and say them."""

from __future__ import annotations

_DIGITS = {
    "零": 0, "〇": 0, "○": 0, "一": 1, "壹": 1, "二": 2, "贰": 2, "两": 2, "俩": 2, "三": 3, "叁": 3, "仨": 3, "四": 4,
    "肆": 4, "五": 5, "伍": 5, "六": 6, "陆": 6, "七": 7, "柒": 7, "八": 8, "捌": 8, "九": 9, "玖": 9,
}  # fmt: skip
_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}

NUMERAL_CHARACTERS = "".join(_DIGITS) + "".join(_TENS)
"""Every character a Chinese numeral may hold, for use inside a character class."""


def parse_number(text: str) -> int | None:
    """The value of "23", "二十三", "五零一", "贰" or "-1"; None where it is no numeral.

    A row of bare digits ("五零一") is read digit by digit, as rooms are said.
    """
    if not text:
        return None
    if text[0] in "-负":
        value = parse_number(text[1:])
        return None if value is None else -value
    if text.isascii():
        return int(text) if text.isdigit() else None
    if any(character in _TENS for character in text):
        return _with_units(text)
    digits = []
    for character in text:
        digit = _DIGITS.get(character)
        if digit is None:
            if not ("0" <= character <= "9"):
                return None
            digit = int(character)
        digits.append(str(digit))
    return int("".join(digits))


def _with_units(text: str) -> int | None:
    total = 0
    pending: int | None = None
    for character in text:
        if character in _TENS:
            unit = _TENS[character]
            total += (1 if pending is None else pending) * unit
            pending = None
        elif character in _DIGITS:
            # "二三十" names a range, not a number.
            if pending not in (None, 0):
                return None
            pending = _DIGITS[character]
        else:
            return None
    return total + (pending or 0)
