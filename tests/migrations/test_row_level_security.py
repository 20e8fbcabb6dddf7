"""Whose rows a transaction of the pages sees and changes: two towns with a row in every protected table, and everybody who may look."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypedDict
from uuid import UUID

import asyncpg
import pytest

from service.db import Database
from tests.service.mail.neighbors import VAULT, make_resident, make_session, make_staff, make_town

WEEK = date(2026, 11, 23)
# Who sees the rows of their own town, beside the worker. "key": whoever shows the hash of the row's secret; "address": of the address.
SEEN_BY = {
    "activity_silence": {"center"},  # what has left the letters, everybody: tests/service/liveness
    "answer": {"resident"},
    "api_key": {"center", "key"},
    "block": {"resident"},
    "calendar_feed": {"resident"},
    "center_message": {"center"},
    "change_letter": {"resident", "center"},
    "companion": {"resident"},
    "confirmation_count": {"partner"},  # operators: tests/service/outcomes/test_confirmations.py
    "consent": {"resident"},
    "digest": {"resident"},
    "empty_hand": {"resident"},
    "enrollment": {"resident", "partner"},
    "feed": {"center"},
    "feedback": {"resident"},
    "first_answer": {"center"},
    "host_link": {"center", "key"},
    "key_use": {"center"},
    "letter": {"resident", "center"},
    "match": {"resident"},
    "profile": {"resident"},
    "pseudonym": {"resident"},
    "registration": {"resident", "center"},
    "registration_change": {"resident", "center"},
    "reminder": {"resident"},
    "resident": {"resident", "address"},
    "return_count": {"partner"},
    "seat_letter": {"resident", "center"},
    "sign_in": {"center", "key"},
    "sign_up": {"resident"},
    "small_change": {"resident"},
    "staff": {"center", "address"},
    "staff_session": {"center", "key"},
    "suppression": {"address"},
    "walk_in": {"center"},
    "week_return": set(),  # operators: tests/service/outcomes/test_north_star.py
}
# Everybody sees these, of every town; a draft is its center's alone.
PUBLIC = {"activity", "form", "organization", "region", "seats", "session"}
NOBODYS = {"form_use"}  # by chance numbers and keyed hashes; the form's own transaction must find what any other wrote
TESTED_ELSEWHERE = {"set_up"}  # one row in all: tests/service/set_up
VIEWERS = ("nobody", "resident", "center", "partner", "key", "address")


class Viewer(TypedDict, total=False):
    """Whom a transaction is seen as; nothing named: nobody."""

    organization_id: UUID
    resident_id: UUID
    presented: list[bytes]


@dataclass
class Place:
    """A town, what somebody may say who belongs to it, and its rows: table -> places of rows on disk.

    seconds: those of a second resident, which are not the first one's to see.
    """

    resident: UUID
    center: UUID
    partner: UUID
    keys: list[bytes]
    addresses: list[bytes]
    rows: dict[str, set[str]] = field(default_factory=dict)
    drafts: dict[str, set[str]] = field(default_factory=dict)
    seconds: dict[str, set[str]] = field(default_factory=dict)

    def seen_as(self, viewer: str) -> Viewer:
        viewers: dict[str, Viewer] = {
            "nobody": {},
            "resident": {"resident_id": self.resident},
            "center": {"organization_id": self.center},
            "partner": {"organization_id": self.partner},
            "key": {"presented": self.keys},
            "address": {"presented": self.addresses},
        }
        return viewers[viewer]


async def place(admin: asyncpg.Connection, slug: str, now: datetime) -> Place:
    """A row in every protected table."""
    town = await make_town(admin, now=now, slug=slug)
    email = f"neighbor@{slug}.example.org"
    resident = await make_resident(admin, town, now=now, email=email)
    gone = VAULT.index(f"gone@{slug}.example.org")
    staff = await make_staff(admin, town, now=now, email=f"desk@{slug}.example.org")
    session = await make_session(admin, town, now=now, slug=f"garden-{slug}")
    draft = await make_session(admin, town, now=now, slug=f"draft-{slug}", status="draft")
    matcher = await admin.fetchval("SELECT matcher_id FROM pseudonym WHERE resident_id = $1", resident)
    later, key_id = now + timedelta(hours=1), secrets.token_hex(4)
    keys = [hashlib.sha256(f"{slug} {n}".encode()).digest() for n in range(3)]
    host_link = UUID(bytes=keys[0][:16])
    write = admin.execute
    await write("INSERT INTO sign_in VALUES ($1, $2, $3, $4, $5)", keys[0], town.center_id, staff, now, later)
    await write("INSERT INTO staff_session VALUES ($1, $2, $3, $4, $5)", keys[1], town.center_id, staff, now, later)
    await write(
        "INSERT INTO api_key (id, organization_id, secret_hash, scopes, created_at, expires_at) VALUES ($1, $2, $3, '{}', $4, $5)",
        *(key_id, town.center_id, keys[2], now, later),
    )
    await write("INSERT INTO key_use VALUES ($1, $2, 1)", key_id, now)
    await write(
        "INSERT INTO first_answer (organization_id, key, request_hash, created_at, expires_at) VALUES ($1, 'a', $2, $3, $4)",
        *(town.center_id, keys[0], now, later),
    )
    await write(
        "INSERT INTO feed (organization_id, source, format, created_at) VALUES ($1, 'https://example.org/a.ics', 'ics', $2)",
        *(town.center_id, now),
    )
    await write("INSERT INTO suppression VALUES ($1, 'bounced', $2)", gone, now)
    await write("INSERT INTO enrollment VALUES ($1, $2, $3, $4)", town.partner_id, town.form_id, resident, now)
    await write(
        "INSERT INTO sign_up (resident_id, organization_id, form_id, source, content, created_at) VALUES ($1, $2, $3, 'form', '', $4)",
        *(resident, town.partner_id, town.form_id, now),
    )
    await write("INSERT INTO block (matcher_id, organization_id, at) VALUES ($1, $2, $3)", matcher, town.center_id, now)
    await write(
        "INSERT INTO registration (session_id, resident_id, organization_id, state, party, created_at, changed_at)"
        " VALUES ($1, $2, $3, 'confirmed', 1, $4, $4)",
        *(session.id, resident, town.center_id, now),
    )
    await write("INSERT INTO host_link VALUES ($1, $2, $3, $4)", session.id, town.center_id, host_link, now)
    await write(
        "INSERT INTO center_message VALUES ($1, $2, gen_random_uuid(), $3, '', false, 1, $4)",
        *(town.center_id, session.id, staff, now),
    )
    await write("INSERT INTO activity_silence VALUES ($1, $2, $3, $4)", session.activity_id, town.center_id, now, later)
    await write("INSERT INTO small_change VALUES ($1, 'nearer', $1, 'sealed', false, $2)", resident, now)
    await write("INSERT INTO calendar_feed (resident_id, made_at) VALUES ($1, $2)", resident, now)
    await write("INSERT INTO feedback (session_id, resident_id, asked_at) VALUES ($1, $2, $3)", session.id, resident, now)
    await write("INSERT INTO return_count VALUES ($1, '2026-07-01', 11, NULL, $2)", town.partner_id, now)
    await write("INSERT INTO confirmation_count VALUES ($1, $2, 'en', '2026-07-01', 9, $3)", town.form_id, town.partner_id, now)
    await write("INSERT INTO week_return VALUES ($1, $2, 1, 1, 1, 1, 1, 0.5, $3)", town.region_id, WEEK, now)
    await write("INSERT INTO reminder (session_id, resident_id, starts_at, written_at) VALUES ($1, $2, $3, $3)", session.id, resident, now)
    await write("INSERT INTO seat_letter VALUES ($1, $2, $3, 'confirmed', 1, $4)", session.id, resident, town.center_id, now)
    second = await make_resident(admin, town, now=now, email=f"second@{slug}.example.org")
    second_matcher = await admin.fetchval("SELECT matcher_id FROM pseudonym WHERE resident_id = $1", second)
    await write(
        "INSERT INTO registration (session_id, resident_id, organization_id, state, party, created_at, changed_at)"
        " VALUES ($1, $2, $3, 'confirmed', 1, $4, $4)",
        *(session.id, second, town.center_id, now),
    )
    await write("INSERT INTO companion VALUES ($1, $2, $4, $3, 0, false, NULL, $4)", session.id, resident, second, now)
    await write(
        "INSERT INTO walk_in (organization_id, session_id, people, noted_at, key) VALUES ($1, $2, 1, $3, gen_random_uuid())",
        *(town.center_id, session.id, now),
    )
    await write(
        "INSERT INTO registration_change (session_id, resident_id, state, actor, reason, at)"
        " VALUES ($1, $2, 'confirmed', 'resident', '', $3)",
        *(session.id, resident, now),
    )
    await write("INSERT INTO answer VALUES ($1, $2, $3, 'yes', NULL, $4)", matcher, session.id, session.activity_id, now)
    run = await admin.fetchval(
        "INSERT INTO match_run (region_id, week, round, seed, opened_at) VALUES ($1, $2, 1, 1, $3) RETURNING id",
        town.region_id,
        WEEK,
        now,
    )
    await write(
        "INSERT INTO match (run_id, matcher_id, session_id, rank, probability, propensity, km, reasons)"
        " VALUES ($1, $2, $3, 1, 0.5, 1, 1, '[]')",
        *(run, matcher, session.id),
    )
    await write("INSERT INTO empty_hand VALUES ($1, $2, '{}', false)", run, matcher)
    letter = await admin.fetchval(
        "INSERT INTO letter (kind, resident_id, organization_id, message_id, content, not_before, give_up_at, queued_at)"
        " VALUES ('digest', $1, $2, $3, '', $4, $5, $4) RETURNING id",
        *(resident, town.center_id, slug, now, later),
    )
    await write("INSERT INTO digest VALUES ($1, $2, $3, $4, $5)", resident, WEEK, run, letter, now)
    await write(
        "INSERT INTO change_letter VALUES ($1, $2, $3, $4, $5, $5, 'UTC', '')",
        *(session.id, resident, town.center_id, letter, now),
    )
    addresses = [VAULT.index(email), gone, VAULT.index(f"desk@{slug}.example.org")]
    made = Place(resident, town.center_id, town.partner_id, [*keys, host_link.bytes], addresses)
    made.drafts = {
        "activity": await places_of_rows(admin, "activity", "id = $1", draft.activity_id),
        "session": await places_of_rows(admin, "session", "id = $1", draft.id),
    }
    made.seconds = {
        "resident": await places_of_rows(admin, "resident", "id = $1", second),
        "profile": await places_of_rows(admin, "profile", "matcher_id = $1", second_matcher),
        **{name: await places_of_rows(admin, name, "resident_id = $1", second) for name in ("consent", "pseudonym", "registration")},
    }
    return made


async def places_of_rows(conn: asyncpg.Connection, table: str, where: str = "true", *values: object) -> set[str]:
    return {row["place"] for row in await conn.fetch(f"SELECT ctid::text AS place FROM {table} WHERE {where}", *values)}


@pytest.fixture
async def protected(admin: asyncpg.Connection) -> list[str]:
    rows = await admin.fetch("SELECT oid::regclass::text AS name FROM pg_class WHERE relrowsecurity ORDER BY 1")
    return [row["name"] for row in rows]


@pytest.fixture
async def places(admin: asyncpg.Connection, protected: list[str], now: datetime) -> tuple[Place, Place]:
    here = await place(admin, "riverton", now)
    here.rows = {table: await places_of_rows(admin, table) for table in protected}
    there = await place(admin, "hillside", now)
    there.rows = {table: await places_of_rows(admin, table) - here.rows[table] for table in protected}
    return here, there


def test_no_protected_table_is_forgotten_here(protected: list[str]) -> None:
    assert set(protected) == SEEN_BY.keys() | PUBLIC | TESTED_ELSEWHERE


async def test_every_table_with_a_person_or_a_secret_in_it_is_protected(admin: asyncpg.Connection, protected: list[str]) -> None:
    telling = ("resident_id", "matcher_id", "staff_id", "email", "email_index", "secret_hash")
    rows = await admin.fetch(
        "SELECT DISTINCT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = ANY ($1)", telling
    )
    views = {row["viewname"] for row in await admin.fetch("SELECT viewname FROM pg_views WHERE schemaname = 'public'")}
    readable = [
        row["table_name"]
        for row in rows
        if await admin.fetchval("SELECT has_table_privilege('doorstep_app', $1::text, 'SELECT')", f"public.{row['table_name']}")
    ]
    assert set(readable) - views - NOBODYS <= set(protected)


async def test_the_owner_of_the_tables_is_bound_by_the_rules_too(admin: asyncpg.Connection, protected: list[str]) -> None:
    forced = await admin.fetch("SELECT oid::regclass::text AS name FROM pg_class WHERE relforcerowsecurity ORDER BY 1")
    assert [row["name"] for row in forced] == protected


@pytest.mark.parametrize("viewer", VIEWERS)
async def test_everybody_sees_what_is_theirs_and_nobody_the_next_towns(
    db: Database, places: tuple[Place, Place], protected: list[str], viewer: str
) -> None:
    here, there = places
    async with db.transaction(**here.seen_as(viewer)) as conn:
        seen = {table: await places_of_rows(conn, table) for table in protected if table not in TESTED_ELSEWHERE}  # type: ignore[arg-type]
    for table, rows in seen.items():
        assert rows == expected(table, viewer, here, there), f"{viewer} sees other rows of {table}"


def expected(table: str, viewer: str, here: Place, there: Place) -> set[str]:
    if table not in PUBLIC:
        seconds = here.seconds.get(table, set()) if viewer in ("resident", "address") else set()
        return here.rows[table] - seconds if viewer in SEEN_BY[table] else set()
    hidden = there.drafts.get(table, set()) | (here.drafts.get(table, set()) if viewer != "center" else set())
    return (here.rows[table] | there.rows[table]) - hidden


async def test_the_worker_sees_everything(worker_db: Database, places: tuple[Place, Place], protected: list[str]) -> None:
    here, there = places
    async with worker_db.transaction() as conn:
        for table in protected:
            assert await places_of_rows(conn, table) == here.rows[table] | there.rows[table]  # type: ignore[arg-type]


CHANGES = {
    "activity": "title = 'x'",
    "activity_silence": "kept_at = now()",
    "answer": "rating = 1",
    "api_key": "revoked_at = now()",
    "calendar_feed": "made_at = made_at",
    "change_letter": "place = 'x'",
    "consent": "withdrawn_at = given_at",
    "feed": "status = 'paused'",
    "feedback": "asked_at = asked_at",
    "first_answer": "key = 'b'",
    "form": "title = 'x'",
    "host_link": "made_at = made_at",
    "key_use": "requests = 2",
    "organization": "name = 'x'",
    "profile": "party = 2",
    "pseudonym": "resident_id = resident_id",
    "region": "name = 'x'",
    "registration": "party = 2",
    "resident": "paused_until = created_at",
    "seat_letter": "party = 2",
    "session": "starts_at = starts_at",
    "sign_in": "used_at = now()",
    "small_change": "taken_back = true",
    "staff": "role = 'owner'",
}


@pytest.mark.parametrize("table", CHANGES)
@pytest.mark.parametrize("viewer", VIEWERS)
async def test_nobody_changes_the_next_towns_rows(db: Database, places: tuple[Place, Place], table: str, viewer: str) -> None:
    here, there = places
    async with db.transaction(**here.seen_as(viewer)) as conn:
        touched = await conn.fetch(
            f"UPDATE {table} SET {CHANGES[table]} WHERE ctid::text = ANY ($1::text[]) RETURNING 1", _all(there, table)
        )
    assert touched == []


@pytest.mark.parametrize("table", sorted(CHANGES.keys() - {"organization", "region"}))
async def test_nobody_can_show_a_secret_to_write(db: Database, places: tuple[Place, Place], table: str) -> None:
    """What opens one row for reading, before anybody knows whose it is, changes nothing; a resident's own row is the one exception."""
    here, _ = places
    for viewer in ("nobody", "key", "address"):
        if (table, viewer) == ("resident", "address"):
            continue
        try:
            async with db.transaction(**here.seen_as(viewer)) as conn:
                touched = await conn.fetch(f"UPDATE {table} SET {CHANGES[table]} RETURNING 1")
        except asyncpg.InsufficientPrivilegeError:
            continue
        assert touched == [], viewer


@pytest.mark.parametrize(
    ("table", "columns", "viewer"),
    [
        ("staff", "(organization_id, id, email, email_index, role, created_at) SELECT $1, uuidv7(), '', '\\x01', 'owner', now()", "center"),
        ("sign_in", "SELECT sha256('x'), $1, id, now(), now() + interval '1 hour' FROM staff LIMIT 1", "center"),
        ("staff_session", "SELECT sha256('x'), $1, id, now(), now() + interval '1 hour' FROM staff LIMIT 1", "center"),
        (
            "api_key",
            "(id, organization_id, secret_hash, scopes, created_at, expires_at)"
            " SELECT 'abcdefgh', $1, sha256('x'), '{}', now(), now() + interval '1 hour'",
            "center",
        ),
        ("feed", "(organization_id, source, format, created_at) SELECT $1, 'https://example.org/x', 'ics', now()", "center"),
        (
            "center_message",
            "SELECT $1, s.id, uuidv7(), m.id, '', false, 1, now() FROM session AS s JOIN staff AS m USING (organization_id) LIMIT 1",
            "center",
        ),
        ("enrollment", "SELECT $1, f.id, uuidv7(), now() FROM form AS f LIMIT 1", "partner"),
    ],
)
async def test_nobody_writes_a_row_in_the_name_of_another_place(
    db: Database, places: tuple[Place, Place], table: str, columns: str, viewer: str
) -> None:
    here, there = places
    other = there.center if viewer == "center" else there.partner
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with db.transaction(**here.seen_as(viewer)) as conn:
            await conn.execute(f"INSERT INTO {table} {columns}", other)


async def test_only_the_session_of_an_operator_changes_organizations_and_towns(
    db: Database, admin: asyncpg.Connection, places: tuple[Place, Place]
) -> None:
    here, _ = places
    session = Viewer(presented=[here.keys[1]])
    assert await _renamed(db, session) == [0, 0], "the session of a center's staff"
    await admin.execute("UPDATE staff SET role = 'operator' WHERE organization_id = $1", here.center)
    assert await _renamed(db, session) == [4, 2]
    assert await _renamed(db, {"presented": [here.keys[0]]}) == [0, 0], "a link is no session"
    await admin.execute("UPDATE staff SET removed_at = created_at WHERE organization_id = $1", here.center)
    assert await _renamed(db, session) == [0, 0], "of an operator who was removed"


async def _renamed(db: Database, seen_as: Viewer) -> list[int]:
    """How many organizations and towns this transaction could change."""
    async with db.transaction(**seen_as) as conn:
        return [len(await conn.fetch(f"UPDATE {table} SET name = name RETURNING 1")) for table in ("organization", "region")]


def _all(place: Place, table: str) -> list[str]:
    return sorted(place.rows[table])
