"""Residents by the thousand, each with one digest waiting in the ledger."""

from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from service.crypto import Vault
from service.db import open_database
from service.ids import new_id
from service.mail import actions
from service.mail.model import Content

VAULT = Vault([b"a secret of the chaos tests, long enough for a key"])
LETTER = {"en": Content(subject="Your week", text="A short hello.\n", html="<p>A short hello.</p>")}


async def plan(admin_url: str, database_url: str, residents: int, vault: Vault = VAULT) -> None:
    now = datetime.now(UTC)
    people = await _residents(admin_url, residents, vault, now)
    database = await open_database(database_url, role="doorstep_worker", size=1)
    async with database.transaction() as conn:
        for resident_id in people:
            await actions.queue(conn, kind="digest", contents=LETTER, vault=vault, now=now, resident_id=resident_id)
    await database.close()


async def _residents(admin_url: str, residents: int, vault: Vault, now: datetime) -> list[UUID]:
    admin = await asyncpg.connect(admin_url)
    region_id, partner_id, form_id = (new_id(now) for _ in range(3))
    await admin.execute("INSERT INTO region (id, slug, name, zone, lat, lon) VALUES ($1, 'r', 'Riverton', 'UTC', 40.7, -74.0)", region_id)
    await admin.execute(
        "INSERT INTO organization (id, kind, slug, name, region_id, postal_address, lat, lon, zone, created_at)"
        " VALUES ($1, 'partner', 'library', 'Riverton Library', $2, '12 Mill Street', 40.7, -74.0, 'UTC', $3)",
        partner_id, region_id, now,
    )  # fmt: skip
    await admin.execute(
        "INSERT INTO form (id, organization_id, slug, title, intro, created_at) VALUES ($1, $2, 'f', 'Neighbors', '', $3)",
        form_id, partner_id, now,
    )  # fmt: skip
    people = [(new_id(now), f"neighbor{n}@example.org") for n in range(residents)]
    await admin.executemany(
        "INSERT INTO resident (id, status, email, email_index, language, zone, form_id, created_at, confirmed_at)"
        " VALUES ($1, 'active', $2, $3, 'en', 'UTC', $4, $5, $5)",
        [(who, vault.seal(email, place="resident.email", row=who), vault.index(email), form_id, now) for who, email in people],
    )
    await admin.close()
    return [who for who, _ in people]
