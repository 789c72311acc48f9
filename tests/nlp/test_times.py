"""When: expressions are kept as said and resolved against the moment of sending."""

from __future__ import annotations

from datetime import datetime

import pytest

from nlp.times import SHANGHAI, find_times

AT = datetime(2026, 11, 24, 15, 30, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("text", "said", "since", "precision"),
    [
        ("前天晚上冒火花", "前天晚上", "2026-11-22T19:00:00+08:00", "part_of_day"),
        ("昨天晚上十一点还在打桩", "昨天晚上十一点", "2026-11-23T23:00:00+08:00", "hour"),
        ("今早又坏了", "今早", "2026-11-24T06:00:00+08:00", "part_of_day"),
        ("上周三报的", "上周三", "2026-11-18T00:00:00+08:00", "day"),
        ("去年8月就漏", "去年8月", "2025-08-01T00:00:00+08:00", "month"),
        ("半小时前闻到的", "半小时前", "2026-11-24T15:00:00+08:00", "hour"),
        ("3月5日上午8:30停水", "3月5日上午8:30", "2026-03-05T08:30:00+08:00", "minute"),
        ("半夜两三点还在吵", "半夜两三点", "2026-11-24T02:00:00+08:00", "hour"),
    ],
)
def test_a_time_is_resolved(text: str, said: str, since: str, precision: str) -> None:
    (time,) = find_times(text, AT)
    assert (time.text, time.since and time.since.isoformat(), time.precision) == (said, since, precision)
    assert text[time.start : time.end] == said


def test_a_range_is_one_expression() -> None:
    (time,) = find_times("明天早上8点到下午6点停水", AT)
    assert time.since == datetime(2026, 11, 25, 8, tzinfo=SHANGHAI)
    assert time.until == datetime(2026, 11, 25, 19, tzinfo=SHANGHAI)


@pytest.mark.parametrize(("text", "repeat"), [("天天停满车", "daily"), ("一下雨就漏", "rain"), ("年年修", "yearly")])
def test_what_recurs_is_not_given_a_date(text: str, repeat: str) -> None:
    (time,) = find_times(text, AT)
    assert (time.since, time.until, time.repeat) == (None, None, repeat)


def test_a_date_that_does_not_exist_is_kept_as_said() -> None:
    (time,) = find_times("2月31号停电", AT)
    assert (time.text, time.since) == ("2月31号", None)


@pytest.mark.parametrize("text", ["提一点意见", "第三天", "", "好的"])
def test_words_that_only_look_like_times_are_left_alone(text: str) -> None:
    assert find_times(text, AT) == ()
