"""The nightly lesson: once a night for each region, by the region's own clock."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import numpy as np
import pytest

from service.db import Database
from tests.service.matches import town
from tests.workers.test_work import settings_for
from workers.context import open_context
from workers.learn import learn_nightly, night_of
from workers.main import LANES, LOOKS


async def test_a_region_has_one_lesson_a_night(
    worker_db: Database, admin: asyncpg.Connection, database_url: str, tmp_path: Path, now: datetime, rng: np.random.Generator
) -> None:
    async with worker_db.transaction() as conn:
        await town.build(conn, rng, now, residents=2, activities=1)
    moments = [now, now + timedelta(hours=1), now + timedelta(days=1)]
    async with open_context(settings_for(database_url, "", tmp_path), lambda: moments[0], asyncio.Event()) as context:
        both = await asyncio.gather(learn_nightly(context), learn_nightly(context))
        assert sorted(len(one) for one in both) == [0, 1]
        moments.pop(0)
        assert await learn_nightly(context) == []
        moments.pop(0)
        assert len(await learn_nightly(context)) == 1
    assert await admin.fetchval("SELECT count(*) FROM lesson") == 2


@pytest.mark.parametrize(("instant", "day"), [("2026-11-24T02:59-05:00", None), ("2026-11-24T03:00-05:00", "2026-11-24")])
def test_the_night_comes_by_the_regions_own_clock(instant: str, day: str | None) -> None:
    night = night_of("America/New_York", datetime.fromisoformat(instant).astimezone(UTC))
    assert (night.isoformat() if night else None) == day


def test_a_long_lesson_holds_up_no_letter() -> None:
    assert ("learn",) in LANES
    assert set(LOOKS) == {look for lane in LANES for look in lane}
