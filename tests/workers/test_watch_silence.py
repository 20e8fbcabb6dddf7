"""The worker's daily look at what nobody was heard of, by a clock that the test sets."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import asyncpg

from tests.service.liveness.silent import make_silent
from tests.service.mail.neighbors import make_staff, make_town
from tests.workers.conftest import Hand, at
from workers.context import Context
from workers.main import LANES
from workers.watch_silence import watch_silence


async def test_a_center_is_asked_and_its_activity_leaves_a_week_later(admin: asyncpg.Connection, context: Context, hand: Hand) -> None:
    town = await make_town(admin, now=at(0, 9))
    await make_staff(admin, town, now=at(0, 9), email="ada@riverton.example.org")
    await make_silent(admin, town, now=at(0, 9))
    changed = {}
    for hours in range(24 * 9):
        hand.now = at(0, 9) + timedelta(hours=hours)
        watched = await watch_silence(context)
        if watched and (watched.warned or watched.left or watched.returned):
            changed[hours] = (watched.warned, watched.left, watched.returned)
    [(asked, first), (left, second)] = changed.items()
    assert (first, second) == ((1, 0, 0), (0, 1, 0))
    assert 7 * 24 <= left - asked <= 9 * 24
    assert await admin.fetchval("SELECT count(*) FROM letter WHERE staff_id IS NOT NULL") == 1


async def test_it_looks_once_a_day_whoever_asks(admin: asyncpg.Connection, context: Context, hand: Hand) -> None:
    done = await asyncio.gather(*(watch_silence(context) for _ in range(3)))
    assert sum(watched is not None for watched in done) == 1
    assert await watch_silence(context) is None
    hand.now += timedelta(days=1)
    assert await watch_silence(context) is not None


def test_the_look_holds_up_no_letter() -> None:
    [lane] = [lane for lane in LANES if "watch_silence" in lane]
    assert "deliver_letters" not in lane
