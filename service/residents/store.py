"""Rows of residents <-> Structs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from service import db, sql
from service.db import Conn
from service.residents.model import Consented, PendingSignUp, Profile, Resident, SmallChange, SmallChangeKind

queries = sql.load(__file__)


async def by_address(conn: Conn, indexes: Sequence[bytes]) -> Resident | None:
    residents = await db.all_of(conn, queries.by_address, Resident, email_indexes=list(indexes))
    return residents[0] if residents else None


async def lock(conn: Conn, resident_id: UUID) -> Resident | None:
    return await db.one(conn, queries.lock, Resident, resident_id=resident_id)


async def sign_ups_of(conn: Conn, resident_id: UUID) -> list[PendingSignUp]:
    """Those that wait for the address to answer, oldest first."""
    return await db.all_of(conn, queries.sign_ups_of, PendingSignUp, resident_id=resident_id)


async def residents_to_remind(
    conn: Conn, *, after: UUID, not_before: datetime, until: datetime, letters_max: int, batch: int
) -> list[UUID]:
    """Ids of whoever may get their one reminder, in order (worker role); see the query."""
    query = queries.residents_to_remind
    bounds = {"after": after, "not_before": not_before, "until": until, "letters_max": letters_max, "batch": batch}
    return [row["id"] for row in await conn.fetch(query.text, *query.arguments(bounds))]


async def profile_of(conn: Conn, resident_id: UUID) -> Profile | None:
    return await db.one(conn, queries.profile_of, Profile, resident_id=resident_id)


async def change_profile(conn: Conn, profile: Profile, *, now: datetime) -> None:
    await db.run(conn, queries.change_profile, now=now, **msgspec.structs.asdict(profile))


async def set_preferences(conn: Conn, resident: Resident) -> None:
    """Name, language, zone, rhythm and break, as they stand in `resident`."""
    await db.run(
        conn,
        queries.set_preferences,
        resident_id=resident.id,
        name=resident.name,
        language=resident.language,
        zone=resident.zone,
        every_weeks=resident.every_weeks,
        paused_until=resident.paused_until,
    )


async def small_change_of(conn: Conn, resident_id: UUID, kind: SmallChangeKind) -> SmallChange | None:
    return await db.one(conn, queries.small_change_of, SmallChange, resident_id=resident_id, kind=kind)


async def keep_small_change(conn: Conn, resident_id: UUID, kind: SmallChangeKind, *, run_id: UUID, content: bytes, now: datetime) -> None:
    """In place of the last one of its kind."""
    await db.run(conn, queries.keep_small_change, resident_id=resident_id, kind=kind, run_id=run_id, content=content, now=now)


async def note_taken_back(conn: Conn, resident_id: UUID, kind: SmallChangeKind) -> None:
    await db.run(conn, queries.note_taken_back, resident_id=resident_id, kind=kind)


async def put_consent(conn: Conn, resident_id: UUID, consent: Consented, *, form_id: UUID | None, source: str, now: datetime) -> None:
    """form_id: of the form that the person came by. source: where the words were shown. One that lives keeps its first words."""
    await db.run(
        conn,
        queries.insert_consent,
        resident_id=resident_id,
        purpose=consent.purpose,
        form_id=form_id,
        version=consent.version,
        language=consent.language,
        wording=consent.wording,
        source=source,
        now=consent.given_at or now,
    )
