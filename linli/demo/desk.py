"""What the demo's desk does with a complaint: taken in, corrected, answered, passed on, closed by the services."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from sqlalchemy import select

from linli.demo.messages import Script
from linli.demo.talking import Speaker
from linli.demo.timeline import Timeline
from models import Alert, Channel, Complaint, ComplaintState, ContactPoint, Outbox, OutboxState, Session, Source
from nlp.taxonomy import taxonomy
from services import alerts, chats, complaints, delivery, filing
from services.access import Viewer
from services.destinations import destination_of
from services.filing import Form
from services.ports import Act, Wording
from services.vault import Vault

S = ComplaintState

ANSWERS = (
    "您好，我是社区李敏。您反映的事我们收到了，明天上午派人来看。",
    "您好，师傅说这两天过来，来之前会先打您电话。",
    "看过了，已经和施工单位说了，这周内给您回话。",
    "谢谢您的照片，看得很清楚，我们带给设计的人看。",
    "您家里现在还漏吗？要是又漏了，随时在这里说一声。",
)
OUTCOMES = {
    "A": ("师傅今天上门修好了，请您看看还有没有问题。", "已经清理疏通，试过水，正常了。", "换了新的，今天验收过了。"),
    "B": ("已经处理好了，我们每周会再去看一次。", "已经清走，地面也恢复了。", "修好了，今晚起正常使用。"),
    "C": ("已经和街道说好，下个月开始试办，到时通知您。", "社区登记好了，有消息第一个告诉您。"),
    "D": ("施工单位已经整改，项目部当面道了歉。", "已按规定时间施工，夜里不再开工。"),
    "N": ("已经联系办妥，谢谢您告诉我们。",),
    "P0": ("抢修人员已到场处理，危险已经排除，现场测过安全。",),
}
REFUSED = "您说的地方不在本小区范围里，我们没有权限处理，可以打12345。"


class Desk:
    """The people at the desk on the demo's timeline."""

    def __init__(
        self,
        session: Session,
        wording: Wording,
        viewers: dict[str, Viewer],
        timeline: Timeline,
        rng: random.Random,
        *,
        planned_community_id: int,
        vault: Vault,
    ) -> None:
        """``planned_community_id``: what its residents say of classes A to C waits for the planner."""
        self._session = session
        self._wording = wording
        self._viewers = viewers
        self._timeline = timeline
        self._rng = rng
        self._planned_community_id = planned_community_id
        self._vault = vault
        self._first_outbox_id = session.scalar(select(Outbox.id).order_by(Outbox.id.desc()).limit(1)) or 0

    def act(self, username: str, now: datetime) -> Act:
        self._session.info.pop("tags", None)
        return Act(f"staff:{username}", now, self._wording, self._viewers[username].staff_id)

    def viewer(self, username: str) -> Viewer:
        return self._viewers[username]

    def expect(self, number: str, script: Script) -> None:
        """A complaint was filed: put down what the desk will do with it, and when."""
        complaint = self.find(number)
        at, rng = complaint.submitted_at, self._rng
        if complaint.urgency == "P0":
            self.watch_alert(complaint, at)
            self._timeline.put(
                at + timedelta(minutes=rng.randint(9, 20)), lambda when: self._take_in(number, script, when)
            )
            self._timeline.put(at + timedelta(hours=2), lambda when: self._pass_on(number, when))
            self._timeline.put(at + timedelta(hours=rng.randint(5, 40)), lambda when: self._close(number, when))
            return
        is_for_the_plan = complaint.community_id == self._planned_community_id
        is_for_the_plan = is_for_the_plan and taxonomy().enters_plan(complaint.class_code)
        is_recent = self._timeline.until - at < timedelta(days=2)
        if rng.random() < (0.7 if is_recent else 0.06):
            return
        put = self._timeline.put_in_office_hours
        put(at + timedelta(minutes=rng.randint(30, 400)), lambda when: self._take_in(number, script, when))
        chance = rng.random()
        if chance < 0.25:
            put(at + timedelta(hours=rng.randint(8, 30)), lambda when: self._answer(number, when))
        if is_for_the_plan:
            return
        if complaint.class_code in "DN" or chance < 0.45:
            put(at + timedelta(hours=rng.randint(10, 40)), lambda when: self._pass_on(number, when))
        if chance > 0.62:
            put(at + timedelta(days=rng.randint(2, 9)), lambda when: self._close(number, when))
        elif chance > 0.60:
            put(at + timedelta(days=1), lambda when: self._reject(number, when))

    def file_for(self, speaker: Speaker, words: str, source: Source, script: Script, now: datetime) -> None:
        """Somebody telephoned, came by, left a slip or was met on a walk: filed for them as the desk files."""
        form = Form(text=words, source=source, key=f"{speaker.name}-{self._rng.randrange(16**12):012x}")
        filed, _ = filing.file_for_someone(self._session, speaker.community, form, self.act("clerk", now), self._vault)
        for complaint in filed:
            self.expect(complaint.number, script)

    def watch_alert(self, complaint: Complaint, at: datetime) -> None:
        """Somebody presses 已接 a few minutes later; until then the next person is called as the clock would."""
        alert = self._session.scalar(
            select(Alert).where(Alert.complaint_id == complaint.id, Alert.acknowledged_at.is_(None))
        )
        if alert is None:
            return
        is_slow = self._rng.random() < 0.2
        if is_slow:
            self._timeline.put(
                at + timedelta(minutes=5), lambda when: alerts.call_next(self._session, alert, self._clock(when))
            )
        minutes = 6 if is_slow else self._rng.randint(1, 4)
        by = "clerk" if self._rng.random() < 0.6 else "supervisor"
        self._timeline.put(at + timedelta(minutes=minutes), lambda when: self._acknowledge(alert.id, by, when))

    def acknowledge_the_rest(self, now: datetime, community_ids: list[int]) -> None:
        """Leave no alert of the demo ringing."""
        open_alerts = self._session.scalars(
            select(Alert).where(Alert.acknowledged_at.is_(None), Alert.community_id.in_(community_ids))
        ).all()
        for alert in open_alerts:
            alerts.acknowledge(self._session, self.viewer("clerk"), alert.id, self.act("clerk", now))
        self.deliver(now)

    def find(self, number: str) -> Complaint:
        return self._session.scalars(select(Complaint).where(Complaint.number == number)).one()

    def deliver(self, now: datetime) -> None:
        """What the desk's acts have queued stands in the residents' chats at once, as the sender would have it."""
        self._session.flush()
        queued = self._session.scalars(
            select(Outbox.id)
            .join(ContactPoint, ContactPoint.id == Outbox.contact_point_id)
            .where(
                Outbox.id > self._first_outbox_id,
                Outbox.state == OutboxState.QUEUED,
                ContactPoint.is_listed,
                ContactPoint.channel.in_((Channel.WEB, Channel.CONSOLE)),
            )
            .order_by(Outbox.id)
        ).all()
        for outbox_id in queued:
            delivery.mark_sent(self._session, outbox_id, now)

    def _clock(self, now: datetime) -> Act:
        return Act("linli", now, self._wording)

    def _acknowledge(self, alert_id: int, by: str, now: datetime) -> None:
        alerts.acknowledge(self._session, self.viewer(by), alert_id, self.act(by, now))
        self.deliver(now)

    def _take_in(self, number: str, script: Script, now: datetime) -> None:
        complaint = self.find(number)
        if complaint.state is not S.ACKNOWLEDGED:
            return
        act = self.act("clerk", now)
        is_wrong = complaint.subject_code != script.subject and complaint.first_text.startswith(script.opening[:2])
        if is_wrong and self._rng.random() < 0.8:
            complaints.set_category(self._session, complaint, script.subject, act)
        complaints.take_in(self._session, complaint, act)

    def _answer(self, number: str, now: datetime) -> None:
        complaint = self.find(number)
        if complaint.is_open:
            chats.reply_about(self._session, complaint, self._rng.choice(ANSWERS), self.act("clerk", now))
            complaint.is_read = True
            self.deliver(now)

    def _pass_on(self, number: str, now: datetime) -> None:
        """Class N leaves the renovation, class D goes to the construction unit, the rest to the lead department."""
        complaint = self.find(number)
        act = self.act("clerk", now)
        if complaint.state not in (S.ACKNOWLEDGED, S.TRIAGED):
            return
        if complaint.class_code in "DN":
            where = destination_of(complaint)
            if where.action == "redirect" and complaint.urgency != "P0":
                complaints.redirect(self._session, complaint, where.name, where.phone, act)
            else:
                complaints.dispatch(self._session, complaint, where.name, act, phone=where.phone, copy_to=where.copy_to)
        else:
            department = taxonomy().subject(complaint.subject_code).lead_department
            complaints.dispatch(self._session, complaint, department, act)
        self.deliver(now)
        if self.find(number).state is S.DISPATCHED:
            self._timeline.put_in_office_hours(
                now + timedelta(hours=self._rng.randint(3, 20)), lambda when: self._move_on(number, S.ACCEPTED, when)
            )
            self._timeline.put_in_office_hours(
                now + timedelta(hours=self._rng.randint(24, 60)),
                lambda when: self._move_on(number, S.IN_PROGRESS, when),
            )

    def _move_on(self, number: str, to: ComplaintState, now: datetime) -> None:
        complaint = self.find(number)
        before = {S.ACCEPTED: S.DISPATCHED, S.IN_PROGRESS: S.ACCEPTED}[to]
        if complaint.state is before:
            complaints.transition(self._session, complaint, to, self.act("waterworks", now))

    def _close(self, number: str, now: datetime) -> None:
        complaint = self.find(number)
        if not complaint.is_open or complaint.state is S.PLAN_CANDIDATE:
            return
        kind = "P0" if complaint.urgency == "P0" else complaint.class_code
        complaints.close(self._session, complaint, self._rng.choice(OUTCOMES[kind]), self.act("clerk", now))
        self.deliver(now)
        if self._rng.random() < 0.06:
            self._timeline.put_in_office_hours(now + timedelta(days=1), lambda when: self._reopen(number, when))

    def _reopen(self, number: str, now: datetime) -> None:
        complaint = self.find(number)
        if complaint.state is S.CLOSED:
            act = self.act("clerk", now)
            complaints.reopen(self._session, complaint, act, "回访时居民说还没好")
            complaints.tell(self._session, complaint, "reopened", act)
            self.deliver(now)

    def _reject(self, number: str, now: datetime) -> None:
        complaint = self.find(number)
        if complaint.state in (S.ACKNOWLEDGED, S.TRIAGED):
            complaints.reject(self._session, complaint, REFUSED, self.act("clerk", now))
            self.deliver(now)
