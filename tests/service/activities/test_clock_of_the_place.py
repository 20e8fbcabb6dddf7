"""A date is shown, and judged against free hours, by the clock of its place, whatever clock its series is told by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from hypothesis import given, settings
from hypothesis import strategies as st

from service.activities import actions as activities
from service.activities.model import ActivityFacts
from service.db import Database
from service.places.places import same_clock, zone_of
from service.registrations import schedule
from tests.service.mail.neighbors import VAULT, make_session, make_town

PLACES = [(39.17, -86.53), (40.44, -79.99), (41.88, -87.63), (33.45, -112.07), (43.65, -79.38), (38.23, -122.63), (21.31, -157.86)]
ZONES = [
    "UTC",
    "America/New_York",
    "America/Indiana/Indianapolis",
    "America/Toronto",
    "America/Phoenix",
    "America/Los_Angeles",
    "Europe/Paris",
]


@settings(max_examples=200, deadline=None)
@given(zone=st.sampled_from(ZONES), place=st.sampled_from(PLACES), day=st.integers(0, 364), hour=st.integers(0, 23))
def test_the_clock_of_a_series_is_replaced_where_its_place_keeps_another(
    zone: str, place: tuple[float, float], day: int, hour: int
) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    instant = now + timedelta(days=day, hours=hour)
    facts = ActivityFacts(
        title="Owl walk", place_key="wood", lat=place[0], lon=place[1], region_id=UUID(int=0), zone=zone,
        starts_at_local=instant.replace(tzinfo=None), duration_min=60,
    )  # fmt: skip
    shown, there = activities.shown_zone(facts, now), zone_of(*place)
    assert instant.astimezone(ZoneInfo(shown)).utcoffset() == instant.astimezone(ZoneInfo(there)).utcoffset()
    assert shown in (zone, there)
    assert (shown == zone) == same_clock(zone, there, year=2026)


async def test_a_series_told_by_a_far_clock_keeps_its_instants_and_is_shown_by_the_clock_of_its_place(
    admin: asyncpg.Connection, worker_db: Database, now: datetime
) -> None:
    """At 16:30 in Los Angeles it is 19:30 in Riverton."""
    town = await make_town(admin, now=now)
    await make_session(
        admin,
        town,
        now=now,
        zone="America/Los_Angeles",
        rrule="FREQ=WEEKLY",
        starts_at_local=datetime(2026, 12, 1, 16, 30),  # noqa: DTZ001
    )
    async with worker_db.transaction() as conn:
        await schedule.keep_all_ready(conn, vault=VAULT, now=now)
    rows = await admin.fetch("SELECT original_local, starts_at_local, zone, starts_at FROM session WHERE starts_at_local >= '2026-12-01'")
    afternoon_rows = [row for row in rows if row["original_local"].time().hour == 16]
    assert len(afternoon_rows) >= 5
    for row in afternoon_rows:
        assert row["zone"] == "America/New_York"
        assert (row["starts_at_local"].hour, row["starts_at_local"].minute) == (19, 30)
        assert row["starts_at"] == row["original_local"].replace(tzinfo=ZoneInfo("America/Los_Angeles"))
