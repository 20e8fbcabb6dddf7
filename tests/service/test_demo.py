"""The sample neighborhood keeps what it promises: its series begin when their rules say, and its people have weeks of their own."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from matching import rules
from service.activities.recurrence import Series, expand
from service.clock import monday_of
from service.demo import people
from service.demo.model import SampleActivity, SampleCenter
from service.demo.neighborhood import new_activity, sample
from service.demo.week import LIMITS, why_empty
from service.residents.week import CELL_BITS

NOW = datetime(2026, 11, 25, 15, tzinfo=UTC)
ACTIVITIES = [(center, activity) for center in sample().centers for activity in center.activities]


@pytest.mark.parametrize(("center", "activity"), ACTIVITIES, ids=[activity.title for _, activity in ACTIVITIES])
def test_a_series_of_the_sample_begins_on_a_day_of_its_rule(center: SampleCenter, activity: SampleActivity) -> None:
    new = new_activity(center, activity, NOW)
    monday = datetime.combine(monday_of(NOW.date()), datetime.min.time(), UTC)
    assert monday.replace(tzinfo=None) <= new.starts_at_local < monday.replace(tzinfo=None) + timedelta(days=35)
    long_ago = Series(start=new.starts_at_local - timedelta(days=364), duration=timedelta(0), zone="UTC", rule=new.rrule)
    days = {date.local_start for date in expand(long_ago, after=monday, before=monday + timedelta(days=35))}
    assert new.starts_at_local in days


def test_invented_people_tick_what_a_form_offers_and_some_tick_nothing() -> None:
    rng = np.random.default_rng(1)
    weeks = [[value for name, value in people.person(rng, n, zips=["43604"]) if name == "available"] for n in range(200)]
    assert all(cell in CELL_BITS for week in weeks for cell in week)
    assert 0 < sum(not week for week in weeks) < 100


def test_empty_hands_are_named_by_the_limit_that_took_the_last_session() -> None:
    assert rules.FILTERS == LIMITS
    nothing = dict.fromkeys([*LIMITS, "passed"], 0)
    assert why_empty(nothing, feasible=False) == "nothing_on"
    assert why_empty(nothing | {"time": 40, "reach": 5, "cost": 1}, feasible=False) == "cost"
    assert why_empty(nothing | {"time": 46}, feasible=False) == "time"
    assert why_empty(nothing | {"time": 45, "passed": 1}, feasible=True) == "seats"
