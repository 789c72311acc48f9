"""Reads quantities and sums of money typed by people, into Decimals that fit the columns."""

from __future__ import annotations

import unicodedata
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from services.errors import InvalidInput

CENT = Decimal("0.01")
LARGEST_QUANTITY = Decimal("99999999.99")
LARGEST_SUM = Decimal("999999999999.99")
TEN_THOUSAND = Decimal(10000)


def read_amount(
    text: str, field: str, *, largest: Decimal = LARGEST_QUANTITY, is_required: bool = True
) -> Decimal | None:
    """The number a person typed ("1,200", "８６０", "12.5"); None for nothing where nothing is allowed.

    Raises InvalidInput with ``field`` and the reason required, not_a_number, too_large, too_precise or negative.
    """
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace(" ", "").strip()
    if not plain:
        if is_required:
            raise InvalidInput(field=field, reason="required")
        return None
    try:
        number = Decimal(plain)
    except InvalidOperation:
        raise InvalidInput(field=field, reason="not_a_number") from None
    if not number.is_finite():
        raise InvalidInput(field=field, reason="not_a_number")
    if number < 0:
        raise InvalidInput(field=field, reason="negative")
    if number > largest:
        raise InvalidInput(field=field, reason="too_large")
    if number != number.quantize(CENT):
        raise InvalidInput(field=field, reason="too_precise")
    return number.quantize(CENT)


def in_ten_thousands(amount: Decimal) -> Decimal:
    """元 as 万元 with two decimals, half up as accounts are kept."""
    return (amount / TEN_THOUSAND).quantize(CENT, ROUND_HALF_UP)
