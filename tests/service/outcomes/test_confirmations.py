"""How many confirm: a share in tenths by form, language and month, of eleven people or more, that never changes."""

from __future__ import annotations

import shutil
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from migrations import runner
from service.db import Database, open_database
from service.outcomes.confirmations import ConfirmationCount, confirmations_of, count_settled_months
from service.residents.actions import erase_unconfirmed
from tests.conftest import NewDatabase, Running
from tests.service.api_clients import api_client
from tests.service.centers.conftest import enter
from tests.service.mail.neighbors import Town, make_resident, make_town
from tests.service.visitor import Hands, browser

MARCH = datetime.fromisoformat("2026-03-10T12:00:00+00:00")
SETTLED = datetime.fromisoformat("2026-04-23T12:00:00+00:00")  # 22 days after March


@pytest.fixture
def now() -> datetime:
    return MARCH


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


async def signed_up(
    admin: asyncpg.Connection, town: Town, *, confirmed: int, forgotten: int, language: str = "en", at: datetime = MARCH
) -> None:
    for number in range(confirmed + forgotten):
        resident = await make_resident(admin, town, now=at, email=f"{language}{number}{at:%m}@residents.example.org")
        await admin.execute("UPDATE resident SET language = $2, form_id = $3 WHERE id = $1", resident, language, town.form_id)
        if number >= confirmed:
            await admin.execute("UPDATE resident SET status = 'unconfirmed', confirmed_at = NULL WHERE id = $1", resident)


async def tidy(worker_db: Database, at: datetime) -> None:
    async with worker_db.transaction() as conn:
        await erase_unconfirmed(conn, now=at)


async def count(worker_db: Database, at: datetime = SETTLED) -> int:
    async with worker_db.transaction() as conn:
        return await count_settled_months(conn, now=at)


async def shown(db: Database, organization_id: object, at: datetime = SETTLED) -> list[ConfirmationCount]:
    async with db.transaction(organization_id=organization_id) as conn:  # type: ignore[arg-type]
        return await confirmations_of(conn, organization_id=organization_id, now=at)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("confirmed", "forgotten", "tenths"), [(11, 0, 10), (10, 0, None), (9, 2, 8), (5, 5, None), (0, 11, 0), (18, 2, 9), (1, 40, 0)]
)
async def test_a_month_is_a_share_of_eleven_or_more(
    db: Database, worker_db: Database, admin: asyncpg.Connection, town: Town, confirmed: int, forgotten: int, tenths: int | None
) -> None:
    await signed_up(admin, town, confirmed=confirmed, forgotten=forgotten)
    await tidy(worker_db, MARCH + timedelta(days=8))
    assert await count(worker_db, SETTLED - timedelta(days=1)) == 0
    assert await count(worker_db) == 1
    assert await shown(db, town.partner_id) == [
        ConfirmationCount(form="riverton", language="en", month=date(2026, 3, 1), confirmed_tenths=tenths)
    ]
    assert await shown(db, town.center_id) == []


async def test_who_is_forgotten_stays_as_a_number(db: Database, worker_db: Database, admin: asyncpg.Connection, town: Town) -> None:
    """By form and language, and of nobody else; a letter that was asked for later puts the day off."""
    await signed_up(admin, town, confirmed=1, forgotten=2)
    await signed_up(admin, town, confirmed=0, forgotten=3, language="es")
    await admin.execute(
        "UPDATE resident SET letter_at = $1 WHERE email_index = (SELECT min(email_index) FROM resident WHERE language = 'es')",
        MARCH + timedelta(days=6),
    )
    await tidy(worker_db, MARCH + timedelta(days=8))
    rows = await admin.fetch("SELECT language, month, people FROM forgotten_sign_up ORDER BY language")
    assert [tuple(row) for row in rows] == [("en", date(2026, 3, 1), 2), ("es", date(2026, 3, 1), 2)]
    await tidy(worker_db, MARCH + timedelta(days=14))
    assert await admin.fetchval("SELECT people FROM forgotten_sign_up WHERE language = 'es'") == 3
    assert await admin.fetchval("SELECT count(*) FROM resident") == 1


async def test_a_share_never_changes(db: Database, worker_db: Database, admin: asyncpg.Connection, town: Town) -> None:
    await signed_up(admin, town, confirmed=12, forgotten=0)
    await count(worker_db)
    before = await shown(db, town.partner_id)
    await admin.execute("DELETE FROM resident")
    await signed_up(admin, town, confirmed=1, forgotten=20)
    await tidy(worker_db, SETTLED)
    assert await count(worker_db) == 0
    assert await shown(db, town.partner_id) == before


async def test_a_partner_reads_its_own_shares_on_its_page_and_by_its_program(
    db: Database, worker_db: Database, admin: asyncpg.Connection, town: Town, database_url: str, tmp_path: Path
) -> None:
    other = await make_town(admin, now=MARCH, slug="hillside")
    await signed_up(admin, town, confirmed=18, forgotten=2)
    await signed_up(admin, other, confirmed=12, forgotten=0, at=MARCH + timedelta(hours=1), language="es")
    await tidy(worker_db, MARCH + timedelta(days=8))
    await count(worker_db)
    async with browser(database_url, Hands(SETTLED), tmp_path) as visitor:
        await enter(visitor, db, center="riverton-partner", role="host", now=SETTLED)
        text = (await visitor.get("/partner/riverton-partner/")).text
        machine = await api_client(
            worker_db, visitor, organization_id=town.partner_id, slug="riverton-partner", now=SETTLED, scopes=["report:read"]
        )
        report = (await machine.send("GET", "/api/v1/partners/riverton-partner/report")).json()
    assert "9 of ten" in text
    assert "10 of ten" not in text
    assert report["confirmations"] == [{"form": "riverton", "language": "en", "month": "2026-03-01", "confirmed_tenths": 9}]


async def test_months_before_anybody_counted_have_no_share(new_database: NewDatabase, servers: Running, tmp_path: Path) -> None:
    """Of those who never confirmed no row was left, so that all would seem to have."""
    earlier = tmp_path / "earlier"
    earlier.mkdir()
    for migration in sorted(runner.FOLDER.glob("00*.sql")):
        if migration.name < "0028":
            shutil.copy(migration, earlier)
    url = await new_database()
    await runner.apply(url, folder=earlier)
    owner = await asyncpg.connect(url)
    town = await make_town(owner, now=MARCH)
    await signed_up(owner, town, confirmed=20, forgotten=0)
    await runner.apply(url)
    await signed_up(owner, town, confirmed=11, forgotten=0, at=MARCH + timedelta(days=31))
    worker = await open_database(servers.login_of(urlsplit(url).path[1:]), role="doorstep_worker", size=1)
    await count(worker, SETTLED + timedelta(days=31))
    rows = await owner.fetch("SELECT month, confirmed_tenths FROM confirmation_count ORDER BY month")
    await worker.close()
    await owner.close()
    assert [tuple(row) for row in rows] == [(date(2026, 3, 1), None), (date(2026, 4, 1), 10)]
