"""The demo's one plan, from the voices of the institute's community to works and notices, through the services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import select

from linli.demo.desk import Desk
from linli.demo.timeline import Timeline
from models import Building, Community, Complaint, Session, WorkItem, WorkItemState
from nlp.taxonomy import taxonomy
from services import notices, plans, work_items
from services.deadlines import ZONE
from services.notices import NewNotice
from services.plans import Money
from services.promotion import Promotion, sort_out

W = WorkItemState
_STEPS = (W.ADOPTED, W.DESIGNED, W.UNDER_CONSTRUCTION, W.INSPECTED, W.HANDED_OVER)


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """A work item of the demo and how far it has come. ``buildings`` are codes, none for the whole community."""

    title: str
    subject: str
    quantity: str
    unit: str
    unit_cost: str
    reaches: WorkItemState
    why: str
    buildings: tuple[str, ...] = ()
    declined_because: str = ""


ITEMS = (
    PlannedItem("更换埋地供水管", "A01", "620", "米", "380", W.DESIGNED, "六楼水压小，老铁管锈穿过两次。"),
    PlannedItem("雨污分流和化粪池清掏", "A02", "480", "米", "650", W.ADOPTED, "雨天返水、院子里有臭味。"),
    PlannedItem(
        "楼内老电线和表箱更换", "A03", "72", "户", "1800", W.ADOPTED, "空调一开就跳闸。", ("3", "5")
    ),
    PlannedItem("通信线缆入地", "A04", "520", "米", "320", W.CANDIDATE, "线缆垂到头顶，四家运营商一起下地。"),
    PlannedItem(
        "院内主路重铺", "A05", "1350", "平方米", "120", W.UNDER_CONSTRUCTION, "路面坑多，雨天积水。"
    ),
    PlannedItem("补齐消防设施、划出消防通道", "A08", "6", "处", "6000", W.INSPECTED, "消火栓没水，通道被车占。"),
    PlannedItem(
        "屋面防水翻修", "A11", "860", "平方米", "110", W.DESIGNED, "顶层多户一下雨就漏，补过又漏。", ("3", "4")
    ),
    PlannedItem("外墙脱落处修补", "A12", "320", "平方米", "90", W.ADOPTED, "瓷砖往下掉，下面是过道。", ("2", "5")),
    PlannedItem("楼道照明和扶手", "A13", "420", "米", "180", W.UNDER_CONSTRUCTION, "楼道灯坏，老人摸黑上楼。"),
    PlannedItem("路灯更换", "B03", "14", "盏", "2600", W.HANDED_OVER, "大门到5栋一路没有亮。"),
    PlannedItem("电瓶车车棚和充电桩", "B06", "6", "套", "3200", W.INSPECTED, "有人从五楼拉线下来充电。"),
    PlannedItem("划线增加停车位", "B05", "46", "个", "180", W.CANDIDATE, "晚上回来没有地方停。"),
    PlannedItem("单元口无障碍坡道", "B04", "18", "处", "5000", W.CANDIDATE, "推轮椅上不去台阶。"),
    PlannedItem(
        "3栋3单元加装电梯", "B11", "1", "部", "550000", W.DECLINED, "六楼没有电梯，老人下不了楼。", ("3",),
        "三单元还有两户没有同意。同意以后可以随时再提，社区帮着协调。",
    ),
    PlannedItem("围墙文化墙", "C09", "360", "平方米", "150", W.CANDIDATE, "画板梁古村、银匠的故事。"),
    PlannedItem(
        "老年食堂", "C04", "1", "处", "180000", W.DECLINED, "几位老人中午做饭难。", (),
        "院里没有合适的房子。城东社区的助餐点离这里六百米，可以送餐上门。",
    ),
)  # fmt: skip
BUDGET = Decimal(1_800_000)
FUNDING = (
    ("F01", Decimal(900_000), "中央补助，已下达"),
    ("F02", Decimal(300_000), "省级补助"),
    ("F03", Decimal(350_000), "县级配套"),
    ("F09", Decimal(150_000), "供水公司免费换主管"),
    ("F06", Decimal(60_000), "居民自筹，坡道和充电棚"),
)
SUMMARY = "六栋楼216户，1995年前后建成。先修漏、通水、保安全，再说停车、充电和坡道。"


class PlanStory:
    """What the planner does with the institute's voices over the demo's last twelve days."""

    def __init__(self, session: Session, community: Community, desk: Desk, timeline: Timeline) -> None:
        self._session = session
        self._community = community
        self._desk = desk
        self._timeline = timeline
        self._buildings = {
            row.code: row.id for row in session.scalars(select(Building).where(Building.community_id == community.id))
        }

    def put_down(self, now: datetime) -> None:
        """Put the plan's days on the timeline: promoted, decided, designed, built, inspected, handed over."""
        days = {W.ADOPTED: 8.0, W.DESIGNED: 6.0, W.UNDER_CONSTRUCTION: 4.0, W.INSPECTED: 2.5, W.HANDED_OVER: 1.5}
        for number, planned in enumerate(ITEMS):
            start = _working_hour(now, 11, number)
            self._timeline.put(start, lambda when, planned=planned: self._promote(planned, when))  # type: ignore[misc]
            if planned.reaches is W.DECLINED:
                at = _working_hour(now, 8, number)
                self._timeline.put(at, lambda when, planned=planned: self._decline(planned, when))  # type: ignore[misc]
                continue
            for step in _STEPS[: _STEPS.index(planned.reaches) + 1] if planned.reaches in _STEPS else ():
                at = _working_hour(now, days[step], number)
                self._timeline.put(at, lambda when, planned=planned, step=step: self._step(planned, step, when))  # type: ignore[misc]
        self._timeline.put(_working_hour(now, 7, 20), self._set_money)
        self._timeline.put(_working_hour(now, 1, 1), self._attach_later_voices)
        self._timeline.put(_working_hour(now, 2, 3), lambda when: self._give_notice(when, now))
        self._timeline.put(_working_hour(now, 1, 5), lambda when: self._draft_notice(when, now))

    def _promote(self, planned: PlannedItem, now: datetime) -> None:
        new = Promotion(
            community=self._community,
            title=planned.title,
            subject_code=planned.subject,
            quantity=Decimal(planned.quantity),
            unit=planned.unit,
            unit_cost=Decimal(planned.unit_cost),
            buildings=tuple(self._buildings[code] for code in planned.buildings),
            why=planned.why,
            complaints=sort_out(self._voices(planned.subject), self._community.id).taken,
            is_demo=True,
        )
        work_items.promote(self._session, new, self._desk.act("planner", now))
        self._desk.deliver(now)

    def _attach_later_voices(self, now: datetime) -> None:
        """Who spoke after the item stood is put behind it too, and told where it is in the plan."""
        for planned in ITEMS:
            if planned.reaches in (W.DECLINED, W.HANDED_OVER):
                continue
            voices = sort_out(self._voices(planned.subject), self._community.id).taken
            if voices:
                work_items.attach(self._session, self._item(planned), voices, self._desk.act("planner", now))
        self._desk.deliver(now)

    def _voices(self, subject: str) -> list[Complaint]:
        query = select(Complaint).where(
            Complaint.community_id == self._community.id,
            Complaint.subject_code == subject,
            Complaint.urgency != "P0",
            Complaint.submitted_at < self._timeline.until - timedelta(days=1),
        )
        return list(self._session.scalars(query.order_by(Complaint.id)))

    def _item(self, planned: PlannedItem) -> WorkItem:
        return self._session.scalars(select(WorkItem).where(WorkItem.title == planned.title, WorkItem.is_demo)).one()

    def _decline(self, planned: PlannedItem, now: datetime) -> None:
        work_items.decline(self._session, self._item(planned), planned.declined_because, self._desk.act("planner", now))
        self._desk.deliver(now)

    def _step(self, planned: PlannedItem, step: WorkItemState, now: datetime) -> None:
        item, act = self._item(planned), self._desk.act("planner", now)
        today = now.astimezone(ZONE).date()
        if step is W.ADOPTED:
            starts = today + timedelta(days=4 if planned.reaches in _STEPS[2:] else 24)
            work_items.adopt(self._session, item, act, starts_on=starts, ends_on=starts + timedelta(days=30))
        elif step is W.DESIGNED:
            work_items.design(self._session, item, act)
        elif step is W.UNDER_CONSTRUCTION:
            work_items.start_construction(self._session, item, act, starts_on=today)
        elif step is W.INSPECTED:
            work_items.inspect(self._session, item, act)
        else:
            work_items.hand_over(self._session, item, act)
        self._desk.deliver(now)

    def _set_money(self, now: datetime) -> None:
        act = self._desk.act("planner", now)
        plan = plans.find_plan(self._session, self._community)
        assert plan is not None
        plans.set_money(self._session, plan, Money(BUDGET, FUNDING, SUMMARY), act)

    def _give_notice(self, now: datetime, loaded_at: datetime) -> None:
        day = (loaded_at + timedelta(days=5)).astimezone(ZONE).date()
        act = self._desk.act("planner", now)
        notice = notices.draft(
            self._session,
            NewNotice(
                community=self._community,
                kind="water",
                title=f"3栋、5栋 {day.month}月{day.day}日 8:00–18:00 停水",
                body="更换楼前供水管，请提前一天接好水。家里有病人、孕妇的，请打社区电话，我们送水上门。",
                starts_at=_at(day, 8),
                ends_at=_at(day, 18),
                buildings=(self._buildings["3"], self._buildings["5"]),
                is_demo=True,
            ),
            act,
        )
        notices.schedule(self._session, notice, act)
        notices.deliver_due(self._session, act)
        self._desk.deliver(now)

    def _draft_notice(self, now: datetime, loaded_at: datetime) -> None:
        day = (loaded_at + timedelta(days=9)).astimezone(ZONE).date()
        notices.draft(
            self._session,
            NewNotice(
                community=self._community,
                kind="parking",
                title=f"{day.month}月{day.day}日起主路施工，请把车停到东门外",
                body="主路要铺新路面，施工期间院内不能停车。东门外临时车位免费，请把电话留在车上。",
                starts_at=_at(day, 7),
                ends_at=_at(day + timedelta(days=3), 18),
                is_demo=True,
            ),
            self._desk.act("planner", now),
        )


def subjects_of_the_plan() -> frozenset[str]:
    """The subjects of the demo's items. Raises KeyError for one the taxonomy does not know."""
    return frozenset(taxonomy().subject(planned.subject).code for planned in ITEMS)


def _working_hour(now: datetime, days_ago: float, number: int) -> datetime:
    """A moment of a day of office work so many days ago, later for a later number."""
    day = (now - timedelta(days=days_ago)).astimezone(ZONE).date()
    return datetime.combine(day, time(9, 30), tzinfo=ZONE) + timedelta(minutes=7 * number)


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=ZONE)
