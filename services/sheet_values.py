"""Reads figures out of a sheet's cells as people type them, or says what is wrong in which row and column."""

from __future__ import annotations

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from services.sheets import SheetError, SheetRow

_SUFFIX = re.compile(r"(?:㎡|m2|m²|平方米|平米|平方|个|层|户|年|单元|元)$", re.IGNORECASE)
_THOUSANDS = re.compile(r"(?<=\d)[,，](?=\d{3}(?:\D|$))")


def read_number(
    row: SheetRow, column: str, limits: tuple[Decimal, Decimal], *, places: int
) -> tuple[Decimal | None, SheetError | None]:
    """The figure in a cell within ``limits`` (both included), rounded to ``places``; None where the cell is empty."""
    written = row[column]
    text = unicodedata.normalize("NFKC", written).strip()
    if not text:
        return None, None
    text = _THOUSANDS.sub("", _SUFFIX.sub("", text).strip())
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None, SheetError("not_a_number", row.number, column, {"value": written})
    if not value.is_finite():
        return None, SheetError("not_a_number", row.number, column, {"value": written})
    least, most = limits
    if not least <= value <= most:
        facts = {"value": written, "least": least, "most": most}
        return None, SheetError("out_of_range", row.number, column, facts)
    if places == 0 and value != value.to_integral_value():
        return None, SheetError("not_whole", row.number, column, {"value": written})
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP), None
