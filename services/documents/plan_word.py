"""The plan of a community as a Word document: no names, no room numbers, every inserted text inert."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from docxtpl import DocxTemplate
from sqlalchemy import func, select

from models import Building, Complaint, Plan, Session
from nlp.taxonomy import taxonomy
from services import plans
from services.amounts import in_ten_thousands
from services.deadlines import ZONE
from services.documents.make_template import PLAN_TEMPLATE
from services.plans import ItemLine, PlanSheet
from services.support import homes_by_building, support_by_subject

NOT_PRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
ORDINALS = "一二三"
OPEN = "待定"
UNKNOWN = "未登记"
STATE_WORDS = {
    "candidate": "候选", "adopted": "列入", "designed": "设计完", "under_construction": "施工中",
    "inspected": "已验收", "handed_over": "已移交", "declined": "未列入",
}  # fmt: skip


def write_plan(session: Session, plan: Plan, now: datetime) -> bytes:
    """The document (docx) of this plan as it stands ``now``."""
    template = DocxTemplate(str(PLAN_TEMPLATE))
    template.render(_clean(_context(session, plan, now)), autoescape=True)
    out = io.BytesIO()
    template.save(out)
    return out.getvalue()


def file_name(plan: Plan) -> str:
    """A name for the download, from the community's code and the year."""
    return f"{re.sub(r'[^A-Za-z0-9-]', '_', plan.community.code)}-{plan.year}.docx"


def _context(session: Session, plan: Plan, now: datetime) -> dict[str, Any]:
    sheet = plans.show(session, plan)
    today = now.astimezone(ZONE).date()
    buildings = list(
        session.scalars(select(Building).where(Building.community_id == plan.community_id).order_by(Building.sort_key))
    )
    homes = homes_by_building(session, plan.community_id)
    area = sum((building.floor_area for building in buildings if building.floor_area is not None), Decimal(0))
    return {
        "community": sheet.community.name,
        "year": str(sheet.plan.year),
        "made_on": f"{today.year}年{today.month}月{today.day}日",
        "is_demo": sheet.plan.is_demo,
        "summary": sheet.plan.summary.strip(),
        "buildings": [_building(building, homes.get(building.id, 0)) for building in buildings],
        "homes": f"{sheet.homes:,}",
        "area": _plain(area),
        "said": {"households": sheet.said.households, "voices": sheet.said.voices, "anonymous": sheet.said.anonymous},
        "notes": _notes(session, sheet, buildings),
        "subjects": _subjects(session, plan.community_id),
        "item_count": len(sheet.lines),
        "adopted_count": len(sheet.adopted_lines),
        "candidate_count": len(sheet.lines) - len(sheet.adopted_lines),
        "adopted_total": _ten(sheet.adopted_total),
        "budget": _ten(sheet.plan.budget) if sheet.plan.budget is not None else "",
        "groups": _groups(sheet, today),
        "has_reference_prices": sheet.has_illustrative_prices,
        "sums": _sums(sheet),
        "funding": [
            {"name": taxonomy().funds.get(line.fund_code, line.fund_code), "amount": _ten(line.amount),
             "note": line.note}
            for line in sheet.plan.funding
        ],
        "funded": _ten(sheet.funded),
        "schedule": [
            {
                "position": line.item.position,
                "title": line.item.title,
                "starts": _day(line.item.starts_on, today),
                "ends": _day(line.item.ends_on, today),
                "state": STATE_WORDS[line.item.state],
            }
            for line in sheet.adopted_lines
        ],
        "declined": [
            {
                "position": line.item.position,
                "title": line.item.title,
                "cost": _ten(line.cost) if line.cost is not None else OPEN,
                "households": line.support.households,
                "reason": line.item.decline_reason or "",
            }
            for line in sheet.declined
        ],
    }  # fmt: skip


def _building(building: Building, homes: int) -> dict[str, str]:
    return {
        "name": building.name,
        "year": str(building.built_year or UNKNOWN),
        "units": str(building.unit_count or UNKNOWN),
        "storeys": str(building.storeys or UNKNOWN),
        "homes": f"{homes:,}",
        "area": _plain(building.floor_area) if building.floor_area is not None else UNKNOWN,
    }


def _groups(sheet: PlanSheet, today: date) -> list[dict[str, Any]]:
    shown = [group for group in sheet.groups if group.lines]
    return [
        {
            "ordinal": ORDINALS[index],
            "name": group.name,
            "total": _ten(group.total),
            "candidate_total": _ten(group.total - group.adopted_total) if group.total > group.adopted_total else "",
            "lines": [_line(line, today) for line in group.lines],
            "explained": [_line(line, today) for line in group.lines if line.item.why.strip()],
        }
        for index, group in enumerate(shown)
    ]


def _line(line: ItemLine, today: date) -> dict[str, Any]:
    item = line.item
    mark = "①" if item.is_cost_illustrative else ""
    return {
        "position": item.position,
        "title": item.title,
        "is_candidate": item.state == "candidate",
        "place": "、".join(building.name for building in line.buildings) or "全小区",
        "quantity": _plain(item.quantity),
        "unit": item.unit,
        "price": f"{_plain(item.unit_cost)}{mark}" if item.unit_cost is not None else OPEN,
        "cost": _ten(line.cost) if line.cost is not None else OPEN,
        "households": line.support.households,
        "when": f"{_day(item.starts_on, today)}起" if item.starts_on else OPEN,
        "why": item.why,
    }


def _sums(sheet: PlanSheet) -> list[dict[str, str]]:
    rows = [{"name": f"列入·{group.name}", "amount": _ten(group.adopted_total)} for group in sheet.groups]
    rows.append({"name": "列入合计", "amount": _ten(sheet.adopted_total)})
    rows.append({"name": "候选合计（没有定）", "amount": _ten(sheet.candidate_total)})
    if sheet.plan.budget is not None and sheet.left is not None:
        rows.append({"name": "预算", "amount": _ten(sheet.plan.budget)})
        rows.append({"name": "列入后结余" if sheet.left >= 0 else "列入后超出预算", "amount": _ten(abs(sheet.left))})
    return rows


def _subjects(session: Session, community_id: int) -> list[dict[str, Any]]:
    rows = []
    for code, support in support_by_subject(session, community_id).items():
        if not taxonomy().has_subject(code):
            continue
        group = taxonomy().subject_class(code)
        rows.append(
            {
                "class_name": group.name,
                "name": taxonomy().subject(code).name,
                "voices": support.voices,
                "households": support.households,
                "where": "改造" if group.enters_plan else "施工单位" if group.code == "D" else "转有关部门",
            }
        )
    return rows


def _notes(session: Session, sheet: PlanSheet, buildings: list[Building]) -> list[str]:
    """What is not certain in the figures, so that nobody takes them for more than they are."""
    unplaced = session.scalar(
        select(func.count())
        .select_from(Complaint)
        .where(Complaint.community_id == sheet.community.id, Complaint.needs_place_check)
    )
    without_area = sum(building.floor_area is None for building in buildings)
    without_year = sum(building.built_year is None for building in buildings)
    notes = []
    if without_area:
        notes.append(f"{without_area}栋没有登记建筑面积，合计里没有算。")
    if without_year:
        notes.append(f"{without_year}栋没有登记建成年份。")
    if unplaced:
        notes.append(f"{unplaced}件诉求的楼栋或房号还没核对。")
    if sheet.unpriced:
        notes.append(f"{sheet.unpriced}项还没有单价，费用里没有算。")
    return notes


def _clean(value: Any) -> Any:
    """The same value without characters that XML or a printer cannot take."""
    if isinstance(value, str):
        return NOT_PRINTABLE.sub("", value)
    if isinstance(value, Mapping):
        return {name: _clean(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_clean(part) for part in value]
    return value


def _ten(amount: Decimal) -> str:
    return f"{in_ten_thousands(amount):,}"


def _plain(number: Decimal) -> str:
    text = f"{number:,.2f}"
    return text.rstrip("0").rstrip(".")


def _day(day: date | None, today: date) -> str:
    if day is None:
        return OPEN
    return f"{day.month}月{day.day}日" if day.year == today.year else f"{day.year}年{day.month}月{day.day}日"
