"""Turns ids and values into replies: the bot's answers, and the news residents are told unasked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from bot.replies.catalogue import LABELS, SAFETY_TAPS, SENTENCES
from bot.replies.words import category_words, day_words, place_of_facts, place_words, serial_of
from services.ports import Button, Reply

LONGEST_SENTENCE = 60


def say(
    sentence: str,
    *,
    buttons: Sequence[Button] = (),
    kind: str = "say",
    facts: Mapping[str, Any] | None = None,
    **values: object,
) -> Reply:
    """The reply of one sentence. Raises KeyError for an unknown id or a missing value."""
    return Reply(SENTENCES[sentence].format(**values), tuple(buttons), kind, facts or {})


def button(value: str, label: str | None = None) -> Button:
    """A button; one with fixed words needs no label."""
    return Button(label if label is not None else LABELS[value], value)


def safety_buttons(complaint_id: int | None = None) -> tuple[Button, ...]:
    """The five taps, 都没有 last. With an id they still know their question after it has passed."""
    tail = f":{complaint_id}" if complaint_id is not None else ""
    return tuple(Button(label, f"safety:{tap}{tail}") for tap, label in SAFETY_TAPS.items())


class ChineseWording:
    """News and alerts in Chinese; implements services.ports.Wording."""

    def news(self, tag: str, facts: Mapping[str, Any]) -> tuple[Reply, ...]:
        """The replies for ``tag``. Raises KeyError for an unknown tag or a missing fact."""
        if tag == "alert":
            return _alert(facts)
        if tag == "notice":
            return _notice(facts)
        return _NEWS[tag](_Facts(facts))


class _Facts:
    """The facts of one complaint's news with their words."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self.raw = facts
        self.number = str(facts["number"])
        self.serial = serial_of(self.number)
        self.category = category_words(str(facts["category"]))

    def text(self, name: str) -> str:
        return str(self.raw.get(name) or "").strip()

    def head(self, sentence: str, **values: object) -> Reply:
        data = {
            "number": self.number,
            "serial": self.serial,
            "category_name": self.category,
            "place_text": place_words(place_of_facts(self.raw.get("place"))),
        }
        for name in ("position", "title", "quantity", "unit", "why", "reason", "outcome", "destination", "phone"):
            if self.raw.get(name):
                data[name] = self.raw[name]
        filled: dict[str, Any] = {"serial": self.serial, "number": self.number, "category": self.category} | values
        return say(sentence, kind="news", facts=data, **filled)


def _redirected(facts: _Facts) -> tuple[Reply, ...]:
    replies = [facts.head("news_redirected", who=facts.text("destination"))]
    if facts.text("phone"):
        replies.append(say("news_redirected_phone", phone=facts.text("phone")))
    return tuple(replies)


def _dispatched(facts: _Facts) -> tuple[Reply, ...]:
    return (facts.head("news_dispatched", who=facts.text("destination")),)


def _closed(facts: _Facts) -> tuple[Reply, ...]:
    replies = [facts.head("news_closed")]
    if facts.text("outcome"):
        replies.append(say("news_outcome", outcome=facts.text("outcome")))
    return (*replies, say("news_not_right"))


def _rejected(facts: _Facts) -> tuple[Reply, ...]:
    reason = facts.text("outcome") or facts.text("reason")
    return (facts.head("news_rejected"), say("news_reason", reason=reason), say("news_ask_us"))


def _reopened(facts: _Facts) -> tuple[Reply, ...]:
    return (facts.head("news_reopened"),)


def _adopted(facts: _Facts) -> tuple[Reply, ...]:
    replies = [facts.head("news_adopted", position=facts.raw["position"]), *_item_lines(facts)]
    if facts.text("why"):
        replies.append(say("news_why", why=facts.text("why")))
    return tuple(replies)


def _item_lines(facts: _Facts) -> list[Reply]:
    """What is done, how much of it and from when: one sentence, or two where a long title leaves no room."""
    title, starts = facts.text("title"), _day(facts.raw.get("starts_on"))
    amount = f"{facts.text('quantity')}{facts.text('unit')}" if facts.text("quantity") else ""
    if not title:
        return [say("news_starts", when=starts)] if starts else []
    what = say("news_item_amount", title=title, amount=amount) if amount else say("news_item", title=title)
    if not starts:
        return [what]
    whole = (
        say("news_item_amount_starts", title=title, amount=amount, when=starts)
        if amount
        else say("news_item_starts", title=title, when=starts)
    )
    return [whole] if len(whole.text) <= LONGEST_SENTENCE else [what, say("news_starts", when=starts)]


def _declined(facts: _Facts) -> tuple[Reply, ...]:
    replies = [facts.head("news_declined")]
    if facts.text("reason"):
        replies.append(say("news_reason", reason=facts.text("reason")))
    return (*replies, say("news_ask_us"))


def _restored(facts: _Facts) -> tuple[Reply, ...]:
    return (facts.head("news_restored"),)


def _item_step(sentence: str) -> Callable[[_Facts], tuple[Reply, ...]]:
    def step(facts: _Facts) -> tuple[Reply, ...]:
        replies = [facts.head(sentence, title=facts.text("title"))]
        starts = _day(facts.raw.get("starts_on"))
        ends = _day(facts.raw.get("ends_on"))
        if sentence == "news_designed" and starts:
            replies.append(say("news_starts", when=starts))
        if sentence == "news_under_construction" and ends:
            replies.append(say("news_ends", when=ends))
        return tuple(replies)

    return step


_NEWS: dict[str, Callable[[_Facts], tuple[Reply, ...]]] = {
    "redirected": _redirected,
    "dispatched": _dispatched,
    "closed": _closed,
    "rejected": _rejected,
    "reopened": _reopened,
    "adopted": _adopted,
    "declined": _declined,
    "restored": _restored,
    "item_designed": _item_step("news_designed"),
    "item_under_construction": _item_step("news_under_construction"),
    "item_inspected": _item_step("news_inspected"),
    "item_handed_over": _item_step("news_handed_over"),
}

NEWS_TAGS = frozenset(_NEWS) | {"alert", "notice"}
"""Every tag that can be told."""


def _alert(facts: Mapping[str, Any]) -> tuple[Reply, ...]:
    if not facts.get("number"):
        return (say("news_alert_talk", kind="alert", facts=dict(facts), community=facts.get("community") or ""),)
    place = place_words(place_of_facts(facts))
    head = say(
        "news_alert",
        kind="alert",
        facts=dict(facts),
        community=facts.get("community") or "",
        place=place,
        number=facts["number"],
    )
    words = str(facts.get("words") or "").strip()
    return (head, say("news_alert_words", words=words)) if words else (head,)


def _notice(facts: Mapping[str, Any]) -> tuple[Reply, ...]:
    """Title, then the body as the office wrote it: these are its words, told whole."""
    shown = {name: value for name, value in facts.items() if isinstance(value, str | int | float | bool | list)}
    head = say("news_notice", kind="notice", facts=shown, title=facts["title"])
    body = str(facts.get("body") or "").strip()
    return (head, Reply(body, kind="notice_body")) if body else (head,)


def _day(value: object) -> str:
    if isinstance(value, datetime | date):
        return day_words(value)
    if isinstance(value, str) and value:
        return day_words(date.fromisoformat(value[:10]))
    return ""
