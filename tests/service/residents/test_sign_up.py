"""Signing up: one answer for everybody, sealed fields, one letter a day, and links that may be pressed twice."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from service.crypto import Vault
from service.db import Database
from service.errors import Gone, Invalid
from service.forms import actions as forms
from service.organizations import actions as organizations
from service.organizations.model import NewOrganization
from service.places.places import Places
from service.residents import actions
from service.residents.actions import Desk
from service.residents.model import Consented, Door, SignUp
from service.tokens import Link, Purpose, Tokens

KEYS = [b"a secret of the tests, long enough for a key"]
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
DESK = Desk(Vault(KEYS), Tokens(KEYS), Places(), "http://127.0.0.1:1")
CONSENT = [Consented(purpose="digest", version=1, language="en", wording="Yes, write to me.")]


@pytest.fixture
async def door(worker_db: Database) -> Door:
    async with worker_db.work() as conn:
        new = NewOrganization(kind="partner", slug="invented-clinic", name="Invented Clinic", postal_address="1 Mill Street", zip="43604")
        partner = await organizations.create(conn, new=new, places=Places(), now=NOW)
        await forms.create(conn, organization=partner, slug="invented-clinic", title="Hello", intro="", now=NOW)
        form = await forms.find(conn, "invented-clinic")
    return Door(form_id=form.id, organization_id=partner.id, source="form")


async def sign_up(db: Database, door: Door, now: datetime = NOW, **said: object) -> None:
    wishes = SignUp(**({"email": "Ines@residents.example.org", "zip": "43604", "consent": ["digest"]} | said))  # type: ignore[arg-type]
    async with db.work() as conn:
        await actions.sign_up(conn, DESK, said=wishes, door=door, consents=CONSENT, now=now)


async def link_of(admin: asyncpg.Connection) -> Link:
    resident: UUID = await admin.fetchval("SELECT id FROM resident")
    return Link(Purpose.STOP, resident, UUID(int=0), 0)


async def test_a_sign_up_is_kept_unconfirmed_with_its_consent_and_one_letter(db: Database, door: Door, admin: asyncpg.Connection) -> None:
    await sign_up(db, door, words="I like chair yoga", needs=["seated"])
    assert await admin.fetchval("SELECT status FROM resident") == "unconfirmed"
    assert await admin.fetchval("SELECT wording FROM consent") == "Yes, write to me."
    assert await admin.fetchval("SELECT kind FROM letter") == "confirm"
    assert await admin.fetchval("SELECT count(*) FROM enrollment") == 1
    assert await admin.fetchval("SELECT cardinality(topics) FROM profile") > 0


async def test_what_is_turned_down_is_kept_as_disliked_and_never_as_a_wish(db: Database, door: Door, admin: asyncpg.Connection) -> None:
    await sign_up(db, door, words="I love gardening. No bingo please, and I can't swim.")
    assert tuple(await admin.fetchrow("SELECT topics, disliked FROM profile")) == (["gardening"], ["bingo"])
    await sign_up(db, door, words="Bingo!", now=NOW + timedelta(days=2))
    assert tuple(await admin.fetchrow("SELECT topics, disliked FROM profile")) == (["bingo"], [])


async def test_a_box_that_is_ticked_outweighs_a_refusal_in_words(db: Database, door: Door, admin: asyncpg.Connection) -> None:
    await sign_up(db, door, words="no bingo", interests=["bingo"])
    assert tuple(await admin.fetchrow("SELECT topics, disliked FROM profile")) == (["bingo"], [])


async def test_no_address_and_no_name_stands_in_the_tables_in_clear(db: Database, door: Door, admin: asyncpg.Connection) -> None:
    await sign_up(db, door, name="Inesita")
    for table in ("resident", "letter", "profile", "consent", "enrollment"):
        for row in await admin.fetch(f"SELECT t::text AS line FROM {table} AS t"):
            raw = row["line"].lower()
            assert "ines@" not in raw
            assert "inesita" not in raw
            assert b"ines@residents".hex() not in raw


async def test_a_known_address_gets_no_second_letter_the_same_day_and_three_in_all(
    db: Database, door: Door, admin: asyncpg.Connection
) -> None:
    for hours in (0, 1, 25, 26, 50, 75, 100, 125):
        await sign_up(db, door, now=NOW + timedelta(hours=hours), email="ines@RESIDENTS.example.org")
    assert await admin.fetchval("SELECT count(*) FROM resident") == 1
    assert await admin.fetchval("SELECT count(*) FROM letter") == 3


async def test_a_stranger_who_types_a_members_address_changes_nothing_of_theirs(
    db: Database, door: Door, admin: asyncpg.Connection
) -> None:
    await sign_up(db, door, cost_cents=500)
    async with db.work() as conn:
        await actions.confirm(conn, await link_of(admin), now=NOW)
    await sign_up(db, door, now=NOW + timedelta(days=2), cost_cents=0)
    assert await admin.fetchval("SELECT cost_cents FROM profile") == 500


async def test_confirming_twice_is_the_same_as_once(db: Database, door: Door, admin: asyncpg.Connection) -> None:
    await sign_up(db, door)
    link = await link_of(admin)
    for minutes in (0, 5):
        async with db.work() as conn:
            await actions.confirm(conn, link, now=NOW + timedelta(minutes=minutes))
    assert await admin.fetchval("SELECT confirmed_at FROM resident") == NOW


async def test_a_stop_takes_back_consent_and_is_undone_by_the_person(db: Database, door: Door, admin: asyncpg.Connection) -> None:
    await sign_up(db, door)
    link = await link_of(admin)
    async with db.work() as conn:
        await actions.confirm(conn, link, now=NOW)
    for _ in range(2):
        async with db.work() as conn:
            await actions.stop(conn, link, now=NOW)
    assert await admin.fetchval("SELECT status FROM resident") == "stopped"
    assert await admin.fetchval("SELECT count(*) FROM consent WHERE withdrawn_at IS NULL") == 0
    assert await admin.fetchval("SELECT count(*) FROM suppression") == 1
    async with db.work() as conn:
        await actions.restart(conn, link, now=NOW + timedelta(hours=1))
    assert await admin.fetchval("SELECT status FROM resident") == "active"
    assert await admin.fetchval("SELECT count(*) FROM consent WHERE withdrawn_at IS NULL") == 1
    assert await admin.fetchval("SELECT count(*) FROM suppression") == 0


async def test_links_of_an_older_epoch_are_over(db: Database, door: Door, admin: asyncpg.Connection) -> None:
    await sign_up(db, door)
    link = await link_of(admin)
    await admin.execute("UPDATE resident SET link_epoch = 1")
    with pytest.raises(Gone):
        async with db.work() as conn:
            await actions.confirm(conn, link, now=NOW)


async def test_of_people_under_eighteen_nothing_is_kept(db: Database, door: Door, admin: asyncpg.Connection) -> None:
    with pytest.raises(Invalid):
        await sign_up(db, door, age="under_18")
    assert await admin.fetchval("SELECT count(*) FROM resident") == 0


async def test_one_resident_never_sees_another(db: Database, door: Door, admin: asyncpg.Connection) -> None:
    await sign_up(db, door)
    await sign_up(db, door, email="otto@residents.example.org")
    somebody = await admin.fetchval("SELECT id FROM resident LIMIT 1")
    async with db.work(resident_id=somebody) as conn:
        for table in ("resident", "profile", "consent", "pseudonym", "letter"):
            assert await conn.fetchval(f"SELECT count(*) FROM {table}") == 1
    async with db.work(organization_id=door.organization_id) as conn:
        assert await conn.fetchval("SELECT count(*) FROM resident") == 0
        assert await conn.fetchval("SELECT count(*) FROM enrollment") == 2
