"""A small town written straight into the tables: a center, dates of the coming weeks, and residents with wishes."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import numpy as np

from service.db import Conn
from service.interests.model import Topic
from service.interests.taxonomy import topics

ZONE = "America/New_York"
MIDDLE = (41.660, -83.550)
WEDNESDAY = datetime.fromisoformat("2026-11-25")  # wall-clock time


async def build(
    conn: Conn, rng: np.random.Generator, now: datetime, *, residents: int, activities: int, weeks: int = 2, slug: str = "invented-town"
) -> str:
    """The slug of its region. `conn` is a worker's. The same dice write the same rows, ids too: they break the matcher's ties."""
    region = _id(rng)
    await conn.execute("INSERT INTO region VALUES ($1, $2, 'Invented Town', $3, $4, $5)", region, slug, ZONE, *MIDDLE)
    center, partner = _id(rng), _id(rng)
    for organization, kind in ((center, "center"), (partner, "partner")):
        await conn.execute(
            "INSERT INTO organization (id, kind, slug, name, region_id, postal_address, lat, lon, zone, created_at)"
            " VALUES ($1, $2, $3, $3, $4, '1 Invented Street', $5, $6, $7, $8)",
            *(organization, kind, f"{kind}-of-{slug}", region, *MIDDLE, ZONE, now),
        )
    for _ in range(activities):
        await _activity(conn, rng, now, region, center, weeks)
    for _ in range(residents):
        await _resident(conn, rng, now, region)
    return slug


async def _activity(conn: Conn, rng: np.random.Generator, now: datetime, region: UUID, center: UUID, weeks: int) -> None:
    activity, lasts = _id(rng), int(rng.integers(1, 5)) * 30
    local = WEDNESDAY + timedelta(days=int(rng.integers(0, 7)), hours=int(rng.integers(8, 20)))
    lat, lon = _near(rng)
    low, high = [(None, None), (18, None), (60, None), (None, 17)][int(rng.integers(4))]
    await conn.execute(
        "INSERT INTO activity (organization_id, id, slug, status, title, topics, place_key, lat, lon, region_id, zone, starts_at_local,"
        " duration_min, capacity, age_min, age_max, cost_cents, languages, access_yes, created_at, changed_at)"
        " VALUES ($1, $2, $3, 'published', $4, $5, 'here', $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $18)",
        *(center, activity, f"a-{activity}", _topic(rng).name("en"), [_topic(rng).code], lat, lon, region, ZONE, local, lasts),
        *(int(rng.integers(1, 12)), low, high, [None, 0, 0, 300][int(rng.integers(4))], [[], ["es"], ["en", "es"]][int(rng.integers(3))]),
        *(int(rng.integers(0, 128)), now),
    )
    for week in range(weeks):
        await _session(conn, rng, now, center, activity, local + timedelta(weeks=week), lasts)


async def _session(conn: Conn, rng: np.random.Generator, now: datetime, center: UUID, activity: UUID, local: datetime, lasts: int) -> None:
    starts = local + timedelta(hours=5)  # New York in winter
    session = _id(rng)
    await conn.execute(
        "INSERT INTO session (organization_id, id, activity_id, original_local, starts_at_local, zone, starts_at, ends_at, changed_at)"
        " VALUES ($1, $2, $3, $4, $4, $5, $6 AT TIME ZONE 'UTC', $7 AT TIME ZONE 'UTC', $8)",
        *(center, session, activity, local, ZONE, starts, starts + timedelta(minutes=lasts), now),
    )
    await conn.execute("INSERT INTO seats (session_id, capacity) SELECT $1, capacity FROM activity WHERE id = $2", session, activity)


async def _resident(conn: Conn, rng: np.random.Generator, now: datetime, region: UUID) -> None:
    resident, matcher = _id(rng), _id(rng)
    await conn.execute(
        "INSERT INTO resident (id, status, email, email_index, zone, created_at, confirmed_at) VALUES ($1, 'active', $2, $3, $4, $5, $5)",
        *(resident, b"sealed", resident.bytes, ZONE, now),
    )
    await conn.execute(
        "INSERT INTO consent (resident_id, purpose, version, language, wording, source, given_at)"
        " VALUES ($1, 'digest', 1, 'en', 'Yes', 'form', $2)",
        *(resident, now),
    )
    await conn.execute("INSERT INTO pseudonym (resident_id, matcher_id) VALUES ($1, $2)", resident, matcher)
    lat, lon = _near(rng)
    old = bool(rng.integers(2))
    await conn.execute(
        "INSERT INTO profile (matcher_id, region_id, lat, lon, travel, reach_km, age_low, age_high, needs, cost_cents, languages,"
        " available, party, topics, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        *(matcher, region, lat, lon, ["walk", "bus", "car"][int(rng.integers(3))], float(rng.choice([1.5, 8, 25]))),
        *(65 if old else 18, 80 if old else 130, int(rng.choice([0, 0, 1, 8, 17])), int(rng.choice([0, 500, 100_000]))),
        *([["en"], ["es"], ["en", "es"]][int(rng.integers(3))], _availability(rng), int(rng.choice([1, 1, 1, 2]))),
        *([_topic(rng).code, _topic(rng).code], now),
    )


def _availability(rng: np.random.Generator) -> bytes:
    days = rng.random((7, 1)) < 0.8
    hours = np.zeros((7, 48), bool)
    hours[:, 16:42] = days
    return np.packbits(hours.ravel(), bitorder="little").tobytes()


def _id(rng: np.random.Generator) -> UUID:
    return UUID(bytes=rng.bytes(16))


def _near(rng: np.random.Generator) -> tuple[float, float]:
    lat, lon = np.asarray(MIDDLE) + rng.normal(0, 0.03, 2)
    return round(float(lat), 3), round(float(lon), 3)


def _topic(rng: np.random.Generator) -> Topic:
    return topics()[int(rng.integers(len(topics())))]
