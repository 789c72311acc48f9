"""What became of it: own complaints in full; of somebody else's only category, state and next date."""

from __future__ import annotations

from typing import Any

from bot.dialogue import reading
from bot.dialogue.turn import Turn
from bot.replies.catalogue import ITEM_STATE_WORDS, STATE_WORDS
from bot.replies.wording import button
from bot.replies.words import category_words, day_words
from models import Complaint
from models.workflow import ComplaintState
from services import standing
from services.numbers import find_by_number
from services.standing import ItemStanding, Standing

SHOWN_AT_MOST = 5
_STEP_WORDS = {
    "submitted": "收到",
    "triaged": "受理",
    "dispatched": "派出",
    "accepted": "承办接了",
    "in_progress": "在办",
    "done_claimed": "说办好了",
    "callback": "回访",
    "closed": "办完",
    "reopened": "重新办",
    "redirected": "转办",
    "rejected": "没受理",
    "withdrawn": "撤回",
    "merged": "合并办理",
    "plan_candidate": "改造备选",
}


def by_number(turn: Turn) -> None:
    """The complaint a number names; an unknown one gets one plain sentence."""
    complaint = find_by_number(turn.session, reading.plain(turn.text), community=turn.community, now=turn.at)
    if complaint is None:
        turn.say("status_not_found")
        return
    if complaint.resident_id == turn.talk.resident.id:
        show(turn, [complaint])
    else:
        show_to_a_stranger(turn, complaint)


def own(turn: Turn, category: str | None = None, *, is_urged: bool = False) -> None:
    """The resident's own complaints, those of one subject first asked for; the open ones before the ended."""
    mine = [*reversed(turn.filed), *turn.own]
    if category is not None:
        mine = [row for row in mine if row.subject_code == category] or mine
    if not mine:
        turn.say("status_none")
        return
    ordered = sorted(mine, key=lambda row: (not row.is_open, -row.id))
    show(turn, ordered[:SHOWN_AT_MOST], is_urged=is_urged)
    if len(ordered) > SHOWN_AT_MOST:
        turn.say("status_more", count=len(ordered) - SHOWN_AT_MOST)


def show(turn: Turn, complaints: list[Complaint], *, is_urged: bool = False) -> None:
    """Everything about the resident's own complaints; what was urged just now is not offered to be urged again."""
    for complaint in complaints:
        stands = standing.standing_of(turn.session, complaint, turn.at)
        place = turn.place_text(complaint)
        values = {
            "serial": complaint.serial,
            "number": complaint.number,
            "category": category_words(complaint.subject_code),
            "kind": "status",
            "facts": _facts(turn, complaint, stands),
        }
        if complaint.is_open:
            urge_button = () if is_urged else (button(f"urge:{complaint.id}", "催一催"),)
            values["buttons"] = (*urge_button, button("human"))
        if place:
            turn.say("status", place=place, **values)
        else:
            turn.say("status_nowhere", **values)
        _say_standing(turn, complaint, stands, is_urged=is_urged)


def show_to_a_stranger(turn: Turn, complaint: Complaint) -> None:
    """A number that can be counted through reveals nothing: category, state and next date."""
    stands = standing.standing_of(turn.session, complaint, turn.at)
    state = STATE_WORDS[stands.state.value] if stands.item is None else ITEM_STATE_WORDS[stands.item.state]
    next_text = turn.moment(stands.next_at) if stands.next_at is not None else ""
    facts = {
        "number": complaint.number,
        "serial": complaint.serial,
        "category_name": category_words(complaint.subject_code),
        "state": stands.state.value,
        "state_text": state,
        "next_text": next_text,
    }
    turn.say(
        "status_nowhere",
        serial=complaint.serial,
        number=complaint.number,
        category=category_words(complaint.subject_code),
        kind="status",
        facts=facts,
    )
    turn.say("status_now", state=state if stands.state.value != "withdrawn" else "撤回了")
    if next_text:
        turn.say("status_next_other", when=next_text)


def urge(turn: Turn, complaint_id: int | None) -> None:
    """催一催: counted and shown to the clerk."""
    chosen = turn.by_ids([complaint_id]) if complaint_id is not None else turn.own_open[:1]
    if not chosen:
        turn.say("status_none")
        return
    for complaint in chosen:
        standing.urge(turn.session, complaint, turn.act)
        turn.say("urged", serial=complaint.serial, number=complaint.number)


def _say_standing(turn: Turn, complaint: Complaint, stands: Standing, *, is_urged: bool) -> None:
    state = STATE_WORDS[stands.state.value]
    item = stands.item
    if item is not None:
        _say_item(turn, item)
        return
    if stands.state.value == "redirected" and stands.holder:
        if stands.holder_phone:
            turn.say("status_destination", who=stands.holder, phone=stands.holder_phone)
        else:
            turn.say("status_destination_nophone", who=stands.holder)
        return
    if stands.next_at is None:
        turn.say("status_now", state=state)
        if stands.outcome:
            turn.say("status_outcome", outcome=stands.outcome)
        return
    turn.say("status_who", state=state, who=stands.holder or turn.worker)
    if complaint.urgency == "P0" and stands.state in (ComplaintState.SUBMITTED, ComplaintState.ACKNOWLEDGED):
        turn.say_watched("status_alerted")
        return
    late = "status_overdue" if is_urged else "status_late"
    turn.say(late if stands.is_late else "status_next", when=turn.moment(stands.next_at))


def _say_item(turn: Turn, item: ItemStanding) -> None:
    if item.state == "declined":
        turn.say("status_item_declined", title=item.title)
        if item.decline_reason:
            turn.say("status_reason", reason=item.decline_reason)
        return
    if item.state == "candidate":
        turn.say("status_item_candidate", title=item.title)
    else:
        turn.say("status_item", position=item.position, title=item.title, state=ITEM_STATE_WORDS[item.state])
    if item.starts_on is not None and item.state in ("adopted", "designed"):
        turn.say("status_item_starts", when=day_words(item.starts_on))
    if item.households > 1:
        turn.say("status_item_households", count=item.households)


def _facts(turn: Turn, complaint: Complaint, stands: Standing) -> dict[str, Any]:
    item = stands.item
    steps: list[dict[str, Any]] = []
    is_declined = item is not None and item.state == "declined"
    for state, at in stands.steps:
        if is_declined and state == "closed":
            continue  # what ended is the waiting; the step below says how
        if state in _STEP_WORDS:
            steps.append({"label": _STEP_WORDS[state], "at_text": day_words(at.astimezone(turn.settings.zone).date())})
    facts: dict[str, Any] = {
        "number": complaint.number,
        "serial": complaint.serial,
        "category": complaint.subject_code,
        "category_name": category_words(complaint.subject_code),
        "place_text": turn.place_text(complaint),
        "state": stands.state.value,
        "state_text": STATE_WORDS[stands.state.value],
        "who": stands.holder or turn.worker,
        "phone": stands.holder_phone,
        "next_text": turn.moment(stands.next_at) if stands.next_at is not None else "",
        "is_late": stands.is_late,
        "outcome": stands.outcome,
        "steps": steps,
        "work_item": None,
    }
    if item is not None:
        starts = day_words(item.starts_on) if item.starts_on is not None else ""
        facts["work_item"] = {
            "position": item.position,
            "title": item.title,
            "state": item.state,
            "state_text": ITEM_STATE_WORDS[item.state],
            "quantity": item.quantity,
            "unit": item.unit,
            "buildings_text": "、".join(item.buildings),
            "households": item.households,
            "starts_text": starts,
            "days": (item.ends_on - item.starts_on).days + 1 if item.starts_on and item.ends_on else None,
            "reason": item.decline_reason or "",
        }
        if item.state not in ("declined", "candidate"):
            steps.append({"label": f"列入方案第{item.position}项", "at_text": ""})
        elif item.state == "declined":
            steps.append({"label": "没列入", "at_text": ""})
    for step in steps:
        step["is_current"] = step is steps[-1]
    if item is not None and item.state in ("adopted", "designed"):
        steps.append(
            {"label": "施工", "at_text": facts["work_item"]["starts_text"], "is_current": False, "is_ahead": True}
        )
    return facts


def say_reopened(turn: Turn, complaint: Complaint) -> None:
    """It is in work again, with its new date."""
    turn.say(
        "reopened",
        serial=complaint.serial,
        number=complaint.number,
        category=category_words(complaint.subject_code),
    )
    turn.say("status_next", when=turn.moment(complaint.contact_due_at))
