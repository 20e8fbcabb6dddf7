"""Invented neighbors, written straight into the tables: a region, a center, people, an activity with its dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from service.crypto import Vault
from service.ids import new_id

SECRET = b"a secret of the tests that is long enough for a key"
VAULT = Vault([SECRET])
ADMIN = "asyncpg.Connection[asyncpg.Record]"


@dataclass(frozen=True)
class Town:
    region_id: UUID
    center_id: UUID
    partner_id: UUID
    form_id: UUID


@dataclass(frozen=True)
class Date:
    id: UUID
    activity_id: UUID
    center_id: UUID


async def make_town(admin: asyncpg.Connection, *, now: datetime, zone: str = "America/New_York", slug: str = "riverton") -> Town:
    region_id, center_id, partner_id, form_id = (new_id(now) for _ in range(4))
    await admin.execute(
        "INSERT INTO region (id, slug, name, zone, lat, lon) VALUES ($1, $2, 'Riverton', $3, 40.7, -74.0)", region_id, slug, zone
    )
    for organization_id, kind, name in ((center_id, "center", "Riverton Community Center"), (partner_id, "partner", "Riverton Library")):
        await admin.execute(
            "INSERT INTO organization (id, kind, slug, name, region_id, postal_address, lat, lon, zone, created_at)"
            " VALUES ($1, $2, $3, $4, $5, '12 Mill Street, Riverton, NY 10001', 40.7, -74.0, $6, $7)",
            organization_id, kind, f"{slug}-{kind}", name, region_id, zone, now,
        )  # fmt: skip
    await admin.execute(
        "INSERT INTO form (id, organization_id, slug, title, intro, created_at) VALUES ($1, $2, $3, 'Meet your neighbors', '', $4)",
        form_id, partner_id, slug, now,
    )  # fmt: skip
    return Town(region_id, center_id, partner_id, form_id)


async def make_resident(
    admin: asyncpg.Connection,
    town: Town,
    *,
    now: datetime,
    email: str,
    status: str = "active",
    language: str = "en",
    zone: str = "America/New_York",
    party: int = 1,
    consent: bool = True,
    topics: tuple[str, ...] = ("gardening",),
) -> UUID:
    resident_id = new_id(now)
    confirmed = None if status == "unconfirmed" else now
    stopped = now if status == "stopped" else None
    await admin.execute(
        "INSERT INTO resident (id, status, email, email_index, language, zone, form_id, created_at, confirmed_at, stopped_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        resident_id, status, VAULT.seal(email, place="resident.email", row=resident_id), VAULT.index(email), language, zone,
        town.form_id, now, confirmed, stopped,
    )  # fmt: skip
    matcher_id = await admin.fetchval("INSERT INTO pseudonym (resident_id) VALUES ($1) RETURNING matcher_id", resident_id)
    await admin.execute(
        "INSERT INTO profile (matcher_id, region_id, lat, lon, travel, reach_km, languages, available, party, topics, changed_at)"
        " VALUES ($1, $2, 40.7, -74.0, 'walk', 3, '{en}', $3, $4, $5, $6)",
        matcher_id, town.region_id, bytes([255] * 42), party, list(topics), now,
    )  # fmt: skip
    if consent:
        await admin.execute(
            "INSERT INTO consent (resident_id, purpose, form_id, version, language, wording, source, given_at)"
            " VALUES ($1, 'digest', $2, 1, 'en', 'Yes, write to me once a week.', 'form', $3)",
            resident_id, town.form_id, now,
        )  # fmt: skip
    return resident_id


async def make_staff(admin: asyncpg.Connection, town: Town, *, now: datetime, email: str) -> UUID:
    staff_id = new_id(now)
    await admin.execute(
        "INSERT INTO staff (organization_id, id, email, email_index, role, created_at) VALUES ($1, $2, $3, $4, 'staff', $5)",
        town.center_id, staff_id, VAULT.seal(email, place="staff.email", row=staff_id), VAULT.index(email), now,
    )  # fmt: skip
    return staff_id


async def make_session(
    admin: asyncpg.Connection,
    town: Town,
    *,
    now: datetime,
    capacity: int | None = 10,
    title: str = "Garden morning",
    starts_in: timedelta = timedelta(days=4),
    slug: str = "garden-morning",
    topics: tuple[str, ...] = ("gardening",),
    cost_cents: int | None = 0,
    **columns: object,
) -> Date:
    """A published activity with one date."""
    activity_id, session_id = new_id(now), new_id(now)
    begins = (now + starts_in).astimezone(UTC)
    facts = {
        "organization_id": town.center_id, "id": activity_id, "slug": slug, "status": "published", "title": title, "topics": list(topics),
        "place_name": "Riverton Community Center", "address": "12 Mill Street, Riverton", "place_key": "riverton center", "lat": 40.705,
        "lon": -74.0, "region_id": town.region_id, "zone": "America/New_York", "starts_at_local": begins.replace(tzinfo=None),
        "duration_min": 90, "capacity": capacity, "cost_cents": cost_cents, "languages": ["en"], "created_at": now, "changed_at": now,
    } | columns  # fmt: skip
    marks = ", ".join(f"${n + 1}" for n in range(len(facts)))
    await admin.execute(f"INSERT INTO activity ({', '.join(facts)}) VALUES ({marks})", *facts.values())
    await admin.execute(
        "INSERT INTO session (organization_id, id, activity_id, original_local, starts_at_local, zone, starts_at, ends_at, changed_at)"
        " VALUES ($1, $2, $3, $4, $4, 'America/New_York', $5, $6, $7)",
        town.center_id, session_id, activity_id, begins.replace(tzinfo=None), begins, begins + timedelta(minutes=90), now,
    )  # fmt: skip
    await admin.execute("INSERT INTO seats (session_id, capacity) VALUES ($1, $2)", session_id, capacity)
    return Date(session_id, activity_id, town.center_id)
