"""The money of a plan on its pages: the bar against the budget, and the form in 万元."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from models import Plan
from nlp.taxonomy import taxonomy
from services.amounts import LARGEST_SUM, TEN_THOUSAND, in_ten_thousands, read_amount
from services.plans import Money, PlanSheet
from web.language import gettext as _


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar against the budget, in thousandths of its width: (class code, start, width, label)."""

    pieces: tuple[tuple[str, int, int, str], ...]
    mark: int | None


def stored_money(plan: Plan | None) -> dict[str, str]:
    if plan is None:
        return {}
    values = {
        "budget": _typed_ten(plan.budget) if plan.budget is not None else "",
        "summary": plan.summary,
    }
    for line in plan.funding:
        values[f"amount-{line.fund_code}"] = _typed_ten(line.amount)
        values[f"note-{line.fund_code}"] = line.note
    return values


def typed_money(given: Mapping[str, str]) -> Money:
    """What was typed, in 万元, as 元."""
    budget = read_amount(given.get("budget", ""), "budget", largest=LARGEST_SUM / TEN_THOUSAND, is_required=False)
    funding = []
    for code in taxonomy().funds:
        amount = read_amount(
            given.get(f"amount-{code}", ""), f"amount-{code}", largest=LARGEST_SUM / TEN_THOUSAND, is_required=False
        )
        if amount:
            funding.append((code, amount * TEN_THOUSAND, given.get(f"note-{code}", "")))
    return Money(budget * TEN_THOUSAND if budget is not None else None, funding, given.get("summary", ""))


def _typed_ten(amount: Decimal) -> str:
    return f"{in_ten_thousands(amount).normalize():f}"


def bar_of(sheet: PlanSheet) -> Bar:
    budget = sheet.plan.budget
    width = max(sheet.total, budget or Decimal(0)) * Decimal("1.05") or Decimal(1)
    pieces = []
    at = 0
    sums = [(group.code, group.name.removesuffix("类"), group.adopted_total) for group in sheet.groups]
    for code, name, amount in [*sums, ("candidate", _("候选"), sheet.candidate_total)]:
        size = int(amount * 1000 / width)
        if size:
            label = f"{name} {in_ten_thousands(amount)}" if size > 75 else ""
            pieces.append((code, at, size, label))
            at += size
    return Bar(tuple(pieces), int(budget * 1000 / width) if budget is not None else None)
