"""The frame around every desk page: who is signed in, the navigation with its counts, the red bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from flask import Flask, render_template

from models import Alert, Session
from services import alerts, triage
from services.access import Viewer
from services.permissions import Permission
from web.desk import labels
from web.house import house
from web.language import gettext as _
from web.security import current_viewer


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the navigation."""

    key: str
    label: str
    icon: str
    address: str
    count: str = ""
    is_urgent: bool = False


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An open alert as the bar shows it."""

    alert: Alert
    next_name: str | None
    next_at: datetime | None

    @property
    def called(self) -> list[tuple[str, datetime, bool]]:
        return [(call.staff.name, call.at, call.has_contact) for call in self.alert.calls]


def page(template: str, session: Session, *, active: str = "", **values: Any) -> str:
    """Render a desk page inside its frame. ``active`` is the key of the navigation entry that is lit."""
    return render_template(template, **frame_values(session, active), **values)


def frame_values(session: Session, active: str) -> dict[str, Any]:
    """What web/templates/desk/base.html needs; five queries at most."""
    viewer = current_viewer()
    now = house().clock.now()
    scope = triage.scope_of(session, viewer)
    counts = triage.nav_counts(session, scope)
    return {
        "viewer": viewer,
        "now": now,
        "active": active,
        "entries": navigation(viewer, counts),
        **alert_values(session, viewer),
        "scope_label": scope_label(scope),
        "delivery_mode": house().settings.delivery.mode,
    }


def alert_values(session: Session, viewer: Viewer) -> dict[str, Any]:
    """What web/templates/desk/alerts/bar.html needs. ``alerts_mark`` changes when there is something new to show."""
    shown = open_alerts(session, viewer)
    mark = ".".join(f"{one.alert.id}-{len(one.alert.calls)}-{one.next_name or ''}" for one in shown)
    return {"open_alerts": shown, "alerts_mark": sha256(mark.encode()).hexdigest()[:16]}


def open_alerts(session: Session, viewer: Viewer) -> list[OpenAlert]:
    found = alerts.list_open(session, viewer)
    chains = triage.on_call_chains(session, [alert.community_id for alert in found])
    shown = []
    for alert in found:
        chain: Sequence[str] = chains.get(alert.community_id, ())
        name = chain[len(alert.calls) % len(chain)] if chain else None
        shown.append(OpenAlert(alert, name, alert.next_call_at if chain else None))
    return shown


def scope_label(scope: triage.Scope) -> str:
    if scope.community_ids is None:
        return _("全县")
    if len(scope.community_ids) == 1:
        return scope.only_name or _("1个小区")
    return _("%(count)s个小区", count=len(scope.community_ids))


def navigation(viewer: Viewer, counts: Mapping[str, str]) -> list[Entry]:
    may = viewer.may
    entries = [Entry("inbox", _("收件箱"), "inbox", "/desk/", counts.get("waiting", ""), is_urgent=True)]
    if may(Permission.COMPLAINT_HANDLE):
        entries.append(Entry("chats", _("等人回话"), "message-circle", "/desk/chats", counts.get("chats", "")))
    if may(Permission.CALLS_HANDLE):
        entries.append(Entry("calls", _("电话名单"), "phone-outgoing", "/desk/calls", counts.get("calls", "")))
    if may(Permission.COMPLAINT_FILE):
        entries.append(Entry("file", _("代报"), "edit", "/desk/file"))
    if may(Permission.COMPLAINT_VIEW):
        entries.append(Entry("topics", _("热点"), "flame", "/desk/topics"))
    if may(Permission.PLAN_VIEW):
        entries.append(Entry("plans", _("方案"), "clipboard", "/desk/plans/"))
    if may(Permission.NOTICE_VIEW):
        entries.append(Entry("notices", _("通知"), "speakerphone", "/desk/notices/"))
    if may(Permission.OUTBOX_VIEW):
        entries.append(Entry("outbox", _("发件箱"), "send", "/desk/outbox"))
    if may(Permission.LEARNING_VIEW):
        entries.append(Entry("lexicon", _("学习"), "tag", "/desk/lexicon"))
    entries.append(Entry("settings", _("设置"), "settings", "/desk/settings"))
    return entries


def install_filters(app: Flask) -> None:
    """The words of labels.py as template filters and globals."""
    env = app.jinja_env
    env.globals.update(
        STATES=labels.STATES,
        ITEM_STATES=labels.ITEM_STATES,
        URGENCIES=labels.URGENCIES,
        CLASSES=labels.CLASSES,
        SOURCES=labels.SOURCES,
        MODES=labels.MODES,
        TAPS=labels.TAPS,
        place_text=labels.place_text,
        home_text=labels.home_text,
        floor_text=labels.floor_text,
        subject_name=labels.subject_name,
        due=labels.due,
        shared=labels.shared,
        Permission=Permission,
    )
    env.filters.update(moment=labels.moment, short_moment=labels.short_moment, span=labels.span, who=labels.who)
