"""Everybody at once: seats, waiting orders and the worker, under many hands. DOORSTEP_CROWD: how many actions (20,000 is the whole)."""

from __future__ import annotations

import asyncio
import os
import random
from datetime import datetime, timedelta

import asyncpg

from service.db import Database
from service.errors import Conflict
from service.mail.letter_context import LetterContext
from service.registrations import actions
from service.registrations.pages import CHANGES
from service.registrations.passing_on import pass_seats_on
from service.tokens import Tokens
from tests.service.mail.neighbors import SECRET, VAULT, Date, Town, make_resident, make_session, make_town

ACTIONS = int(os.environ.get("DOORSTEP_CROWD", "1500"))
DATES, SEATS, PEOPLE, HANDS = 50, 20, 60, 12
BUTTONS = ("yes",) * 6 + ("no", "undo", "pass")
LETTERS = LetterContext(vault=VAULT, tokens=Tokens([SECRET]), base_url="https://doorstep.example.org")

OVERSOLD = """
SELECT count(*) FROM seats AS q WHERE q.taken > q.capacity OR q.taken <> coalesce((
  SELECT sum(g.party) FROM registration AS g WHERE g.session_id = q.session_id AND g.state IN ('offered', 'confirmed')), 0)
"""
EMPTY_BESIDE_A_WISH = """
SELECT count(*) FROM registration AS g JOIN seats AS q ON q.session_id = g.session_id
WHERE g.state = 'waiting' AND q.taken + g.party <= q.capacity
"""
# Somebody waits while another, who wished later and for no fewer seats, was offered one. Hands that press at once take turns at the lock.
PASSED_OVER = """
SELECT count(*) FROM registration AS g JOIN registration AS o ON o.session_id = g.session_id
WHERE g.state = 'waiting' AND o.state IN ('offered', 'confirmed') AND o.offer_until IS NOT NULL AND o.party >= g.party
  AND o.waiting_since > g.waiting_since + $1::interval
"""


async def press(db: Database, town: Town, date: Date, resident: object, button: str, now: datetime) -> None:
    if button == "room":
        async with db.transaction(organization_id=town.center_id) as conn:
            await actions.change_capacity(conn, session_id=date.id, capacity=SEATS + now.second % 3)
    else:
        async with db.transaction(resident_id=resident) as conn:  # type: ignore[arg-type]
            await CHANGES[button](conn, session_id=date.id, resident_id=resident, now=now)


async def test_a_crowd_oversells_nothing_and_nobody_waits_beside_an_empty_seat(
    admin: asyncpg.Connection, db: Database, worker_db: Database, now: datetime
) -> None:
    town, dice, size = await make_town(admin, now=now), random.Random(4), max(2, DATES * ACTIONS // 20_000)
    dates = [await make_session(admin, town, now=now, capacity=SEATS, slug=f"walk-{n}", starts_in=timedelta(days=9)) for n in range(size)]
    crowd = [await make_resident(admin, town, now=now, email=f"n{n}@example.org", party=1 + (n % 7 == 0)) for n in range(PEOPLE)]
    queue = asyncio.Semaphore(HANDS)

    async def act(number: int) -> None:
        button = "room" if number % 97 == 0 else dice.choice(BUTTONS)
        date, resident = dice.choice(dates), dice.choice(crowd)
        async with queue:
            try:
                await press(db, town, date, resident, button, now + timedelta(seconds=number))
            except Conflict:
                assert button == "room"

    async def look() -> None:
        while not done.is_set():
            await pass_seats_on(worker_db, LETTERS, now=now + timedelta(seconds=ACTIONS))
            await asyncio.sleep(0.05)

    done = asyncio.Event()
    worker = asyncio.create_task(look())
    await asyncio.gather(*(act(number) for number in range(ACTIONS)))
    done.set()
    await worker
    await pass_seats_on(worker_db, LETTERS, now=now + timedelta(seconds=ACTIONS))
    assert await admin.fetchval(OVERSOLD) == 0
    assert await admin.fetchval(EMPTY_BESIDE_A_WISH) == 0
    assert await admin.fetchval(PASSED_OVER, timedelta(seconds=2 * HANDS)) == 0
    assert await admin.fetchval("SELECT count(*) FROM registration WHERE state = 'waiting'") > size, "a drill without a waiting order"
