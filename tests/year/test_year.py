"""A few weeks of three towns, lived as `make year` lives a whole year: over the change of the clocks, with the worker's own polls."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.conftest import Running
from tests.year.whole import live

TWO_SUNDAYS_BEFORE_WINTER = datetime(2026, 10, 25, 14, tzinfo=UTC)


async def test_no_week_of_three_towns_breaks_a_promise(admin_url: str, database_url: str, servers: Running) -> None:
    lived = await live(
        admin_url, database_url, servers.redis_url,
        begins=TWO_SUNDAYS_BEFORE_WINTER, weeks=2, residents=21, seed=7,
    )  # fmt: skip
    assert lived.audit.faults == []
    assert lived.summary.weeks == 2
    assert lived.summary.visits > 0, "nobody went anywhere"
    assert {"confirm", "yes"} <= lived.summary.presses.keys(), "nobody answered"
