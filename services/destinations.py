"""Where a complaint belongs that cannot enter a plan: who has it, their telephone, and what to do with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from models import Community, Complaint
from nlp.taxonomy import taxonomy


@dataclass(frozen=True, slots=True)
class Destination:
    """``action`` is dispatch (class D: construction unit, supervising engineer in copy) or redirect (class N)."""

    name: str
    phone: str
    action: Literal["dispatch", "redirect"]
    copy_to: str = ""


def destination_of(complaint: Complaint) -> Destination:
    """The destination of a complaint by its subject and the community's settings."""
    subject = taxonomy().subject(complaint.subject_code)
    community = complaint.community
    if complaint.class_code == "D":
        name = community.construction_unit or subject.lead_department
        return Destination(name, community.construction_phone, "dispatch", community.supervising_engineer)
    return Destination(
        subject.lead_department, _phone_of(subject.lead_department, subject.hotline, community), "redirect"
    )


def _phone_of(department: str, hotline: str | None, community: Community) -> str:
    if department.startswith("社区"):
        return community.phone or hotline or ""
    if department.startswith("物业"):
        return community.property_phone or hotline or community.phone
    return hotline or community.phone
