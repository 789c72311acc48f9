"""The history of a complaint in sentences, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models import ComplaintHistory
from services.case_file import CaseFile
from web.desk import labels
from web.language import gettext as _


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened."""

    at: datetime
    who: str
    what: str
    note: str = ""


def story(case: CaseFile) -> list[Step]:
    """States, marks, alerts and calls together, newest first."""
    steps = [_step(entry, case.names) for entry in case.history]
    for alert in case.alerts:
        steps.append(Step(alert.raised_at, labels.who("linli"), _("特急，叫人")))
        for call in alert.calls:
            told = _("叫了%(name)s", name=call.staff.name)
            steps.append(Step(call.at, labels.who("linli"), told, "" if call.has_contact else _("没绑聊天，没送到")))
        if alert.acknowledged_at is not None and alert.acknowledged_by is not None:
            steps.append(Step(alert.acknowledged_at, alert.acknowledged_by.name, _("已接")))
    return sorted(steps, key=lambda step: step.at)[::-1]  # of two at the same moment the later one stands above


def _step(entry: ComplaintHistory, names: dict[str, str]) -> Step:
    who = labels.who(entry.by, names)
    if entry.to_state is not None:
        return Step(entry.at, who, str(labels.STATES[entry.to_state][0]), entry.note)
    mark, note = entry.mark or "", entry.note
    if mark == "told":
        return Step(entry.at, who, _("告诉居民：%(what)s", what=labels.NEWS.get(note, note)))
    if mark == "safety":
        return Step(entry.at, who, _("答“%(tap)s”", tap=labels.TAPS.get(note, note)))
    if mark == "corrected" and "→" in note:
        old, new = note.split("→", 1)
        note = f"{old} {labels.subject_name(old)} → {new} {labels.subject_name(new)}"
    if mark in ("confirmed", "unconfirmed"):
        note = f"{note} {labels.subject_name(note)}"
    return Step(entry.at, who, str(labels.MARKS.get(mark, mark)), note)
