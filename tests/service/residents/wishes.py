"""What a resident's record says of their wishes, read and written past every page."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from tests.rows import first_row

WISHES = (
    "SELECT r.*, p.* FROM resident AS r JOIN pseudonym AS n ON n.resident_id = r.id JOIN profile AS p ON p.matcher_id = n.matcher_id"
    " WHERE r.id = $1"
)


async def wishes(admin: asyncpg.Connection, resident_id: UUID) -> dict[str, object]:
    """All that is on record, but the instant of its last change."""
    return {name: value for name, value in (await first_row(admin, WISHES, resident_id)).items() if name != "changed_at"}


async def set_profile(admin: asyncpg.Connection, columns: str, *values: object) -> None:
    await admin.execute(f"UPDATE profile SET {columns}", *values)


async def agree_to_same_faces(admin: asyncpg.Connection, ada: UUID) -> None:
    await admin.execute(
        "INSERT INTO consent (resident_id, purpose, version, language, wording, source, given_at)"
        " SELECT id, 'same_faces', 1, 'en', 'Yes', 'preferences', confirmed_at FROM resident WHERE id = $1", ada,
    )  # fmt: skip
    await set_profile(admin, "cohorts = true")
