"""An offered seat, answered by a program with the link of its letter."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from service.db import Database
from service.registrations import actions, store
from service.tokens import Purpose, Tokens
from tests.service.mail.neighbors import SECRET, Date, Town, make_resident, make_session, make_town
from tests.service.visitor import Browser, Hands, browser

TOKENS = Tokens([SECRET])


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


@pytest.fixture
async def date(admin: asyncpg.Connection, town: Town, now: datetime) -> Date:
    return await make_session(admin, town, now=now, capacity=1)


@pytest.fixture
async def ada(admin: asyncpg.Connection, town: Town, now: datetime) -> UUID:
    return await make_resident(admin, town, now=now, email="ada@example.org")


@pytest.fixture
async def client(database_url: str, now: datetime, tmp_path: Path) -> AsyncIterator[Browser]:
    async with browser(database_url, Hands(now), tmp_path / "mail") as opened:
        yield opened


async def offer(admin: asyncpg.Connection, date: Date, resident_id: UUID, now: datetime, *, state: str = "offered") -> str:
    """A seat in this state; the path of its offer."""
    await admin.execute(
        "INSERT INTO registration"
        " (session_id, resident_id, organization_id, state, party, waiting_since, offer_until, created_at, changed_at)"
        " VALUES ($1, $2, $3, $4, 1, $5, $5, $5, $5)",
        date.id, resident_id, date.center_id, state, now,
    )  # fmt: skip
    token = TOKENS.mint(Purpose.SEAT, resident_id=resident_id, epoch=0, subject_id=date.id, expires_at=now + timedelta(days=4))
    return f"/api/v1/offers/{token}"


async def state_of(db: Database, date: Date, resident_id: UUID) -> str:
    async with db.transaction(resident_id=resident_id) as conn:
        registration = await store.registration(conn, session_id=date.id, resident_id=resident_id)
    assert registration is not None
    return registration.state


@pytest.mark.parametrize(("answer", "state"), [("accept", "confirmed"), ("decline", "declined")])
async def test_an_offer_is_answered_once_and_the_same_again_changes_nothing(
    client: Browser, db: Database, admin: asyncpg.Connection, date: Date, ada: UUID, now: datetime, answer: str, state: str
) -> None:
    path = await offer(admin, date, ada, now)
    for _ in range(2):
        answered = await client.post(f"{path}/{answer}")
        assert (answered.status_code, answered.json()) == (200, {"session": str(date.id), "state": state, "party": 1})
    assert await state_of(db, date, ada) == state
    changes = await admin.fetchval("SELECT count(*) FROM registration_change WHERE resident_id = $1", ada)
    assert changes == 1


@pytest.mark.parametrize("state", ["waiting", "expired", "declined", "cancelled"])
async def test_what_is_not_offered_is_not_taken(
    client: Browser, db: Database, admin: asyncpg.Connection, date: Date, ada: UUID, now: datetime, state: str
) -> None:
    path = await offer(admin, date, ada, now, state=state)
    refused = await client.post(f"{path}/accept")
    assert refused.status_code == 409
    assert refused.json()["detail"] == "There is no offer to answer here. It ran out, or it was answered before."
    assert await state_of(db, date, ada) == state


async def test_a_seat_that_was_taken_is_not_given_back_by_declining(
    client: Browser, db: Database, admin: asyncpg.Connection, date: Date, ada: UUID, now: datetime
) -> None:
    path = await offer(admin, date, ada, now, state="confirmed")
    assert (await client.post(f"{path}/decline")).status_code == 409
    assert await state_of(db, date, ada) == "confirmed"


@pytest.mark.parametrize("purpose", [purpose for purpose in Purpose if purpose is not Purpose.SEAT])
async def test_no_other_link_answers_an_offer(
    client: Browser, db: Database, admin: asyncpg.Connection, date: Date, ada: UUID, now: datetime, purpose: Purpose
) -> None:
    await offer(admin, date, ada, now)
    token = TOKENS.mint(purpose, resident_id=ada, epoch=0, subject_id=date.id, expires_at=now + timedelta(days=4))
    assert (await client.post(f"/api/v1/offers/{token}/accept")).status_code == 404
    assert await state_of(db, date, ada) == "offered"


async def test_links_withdrawn_answer_nothing(client: Browser, admin: asyncpg.Connection, date: Date, ada: UUID, now: datetime) -> None:
    path = await offer(admin, date, ada, now)
    await admin.execute("UPDATE resident SET link_epoch = 1")
    assert (await client.post(f"{path}/accept")).status_code == 410


async def test_a_declined_offer_leaves_the_wish_known(
    client: Browser, db: Database, admin: asyncpg.Connection, town: Town, date: Date, ada: UUID, now: datetime
) -> None:
    ben = await make_resident(admin, town, now=now, email="ben@example.org")
    async with db.transaction(resident_id=ben) as conn:
        await actions.accept(conn, session_id=date.id, resident_id=ben, now=now)
    async with db.transaction(resident_id=ada) as conn:
        await actions.accept(conn, session_id=date.id, resident_id=ada, now=now)
    async with db.transaction(resident_id=ben) as conn:
        await actions.cancel(conn, session_id=date.id, resident_id=ben, now=now)
    await admin.execute("UPDATE registration SET state = 'offered', offer_until = $2 WHERE resident_id = $1", ada, now)
    token = TOKENS.mint(Purpose.SEAT, resident_id=ada, epoch=0, subject_id=date.id, expires_at=now + timedelta(days=4))
    assert (await client.post(f"/api/v1/offers/{token}/decline")).status_code == 200
    assert await admin.fetchval("SELECT answer FROM answer") == "wanted"
