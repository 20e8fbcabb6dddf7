"""When letters leave: simulated over two years of weeks, zones and clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.digests.week import give_up_at, is_over, leave_at
from service.mail.hours import WAKING

ZONES = ["America/New_York", "America/Los_Angeles", "Europe/London", "Asia/Kolkata", "Pacific/Auckland", "Africa/Cairo"]
MONDAYS = [date(2025, 12, 29) + timedelta(weeks=n) for n in range(106)]


@pytest.mark.parametrize("zone", ZONES)
def test_letters_leave_on_tuesday_at_ten_by_the_readers_clock(zone: str) -> None:
    for monday in MONDAYS:
        early = datetime(monday.year, monday.month, monday.day, tzinfo=ZoneInfo(zone))
        local = leave_at(monday, zone, early.astimezone(UTC)).astimezone(ZoneInfo(zone))
        assert (local.date(), local.hour, local.minute) == (monday + timedelta(days=1), 10, 0)


@given(st.sampled_from(ZONES), st.sampled_from(MONDAYS), st.integers(0, 7 * 24 * 60))
def test_no_letter_leaves_at_night_in_the_past_or_after_it_was_given_up(zone: str, monday: date, minutes: int) -> None:
    now = datetime(monday.year, monday.month, monday.day, tzinfo=UTC) + timedelta(minutes=minutes)
    leaves = leave_at(monday, zone, now)
    assert leaves >= now
    assert WAKING[0] <= leaves.astimezone(ZoneInfo(zone)).time() <= WAKING[1]
    assert give_up_at(monday, zone, leaves) > leaves


def test_a_week_is_over_on_the_readers_next_monday() -> None:
    monday = date(2026, 11, 23)
    assert not is_over(monday, "America/Los_Angeles", datetime(2026, 11, 30, 7, tzinfo=UTC))
    assert is_over(monday, "America/New_York", datetime(2026, 11, 30, 7, tzinfo=UTC))
