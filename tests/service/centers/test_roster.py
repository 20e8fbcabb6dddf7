"""What a center sees of who comes: a first name and an initial, how many, who is new, and needs as numbers."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from service.centers import roster, store
from service.centers.roster import Expected, Roster, short_name
from service.db import Database
from service.errors import Missing
from service.registrations import actions
from tests.service.centers.arrivals import Neighborhood
from tests.service.mail.neighbors import VAULT, Date, Town, make_session

BEGINS_IN = timedelta(hours=3)


@pytest.fixture
async def date(admin: asyncpg.Connection, town: Town, now: datetime) -> Date:
    return await make_session(admin, town, now=now, starts_in=BEGINS_IN)


async def read(db: Database, town: Town, date: Date, now: datetime) -> Roster:
    async with db.transaction(organization_id=town.center_id) as conn:
        return await roster.read(conn, organization_id=town.center_id, session_id=date.id, vault=VAULT, now=now)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Maria Lopez", "Maria L."),
        ("Maria", "Maria"),
        ("  maría  josé   pérez ", "maría P."),
        ("Lopez, Maria", "Maria L."),
        ("Ana de la Cruz", "Ana C."),
        ("Mary-Jane O'Brien", "Mary-Jane O."),
        ("Maria.Lopez", "Maria L."),
        ("Maria_Lopez", "Maria L."),
        ("Maria (Lopez)", "Maria L."),
        ("محمد علي", "محمد ع."),
        ("Maria,", "Maria"),
        ("M" * 80, "M" * 40),
        ("maria@example.org", ""),
        ("Maria 555 0100", ""),
        ("12 Mill Street", ""),
        ("...", ""),
        ("", ""),
    ],
)
def test_a_name_is_shortened_to_a_first_name_and_an_initial(name: str, short: str) -> None:
    assert short_name(name) == short


async def test_a_roster_names_its_guests_shortly_and_counts_who_comes_along(
    db: Database, neighborhood: Neighborhood, town: Town, date: Date, now: datetime
) -> None:
    await neighborhood.guest(date, "n1@example.org", name="Zoe Quandt", party=3)
    await neighborhood.guest(date, "n2@example.org")
    await neighborhood.guest(date, "n3@example.org", name="Abel Quandt")
    read_roster = await read(db, town, date, now)
    assert [(guest.name, guest.more) for guest in read_roster.guests] == [("Abel Q.", 0), ("Zoe Q.", 2), ("", 0)]
    assert read_roster.expected == Expected(people=5, newcomers=3, came=0)


async def test_a_yes_from_before_the_page_spoke_of_names_shows_none(
    db: Database, neighborhood: Neighborhood, admin: asyncpg.Connection, town: Town, date: Date, now: datetime
) -> None:
    await neighborhood.guest(date, "n1@example.org", name="Maria Lopez")
    await admin.execute("UPDATE registration SET shows_name = false")
    assert [guest.name for guest in (await read(db, town, date, now)).guests] == [""]


async def test_who_takes_the_name_back_is_not_named_any_more(
    db: Database, neighborhood: Neighborhood, admin: asyncpg.Connection, town: Town, date: Date, now: datetime
) -> None:
    await neighborhood.guest(date, "n1@example.org", name="Maria Lopez")
    await admin.execute("UPDATE resident SET name = NULL")
    assert [guest.name for guest in (await read(db, town, date, now)).guests] == [""]


@pytest.mark.parametrize("state", ["waiting", "offered", "declined", "expired", "cancelled"])
async def test_only_who_said_yes_is_on_the_roster(
    db: Database, neighborhood: Neighborhood, admin: asyncpg.Connection, town: Town, date: Date, now: datetime, state: str
) -> None:
    await neighborhood.guest(date, "n1@example.org", name="Maria Lopez", needs=("quiet",))
    await admin.execute("UPDATE registration SET state = $1, waiting_since = changed_at, offer_until = changed_at", state)
    async with db.transaction(organization_id=town.center_id) as conn:
        assert await store.sealed_names(conn, session_id=date.id) == []
        assert await store.need_counts(conn, session_id=date.id) == []
    assert (await read(db, town, date, now)).guests == []


async def test_names_and_needs_open_for_the_center_of_the_date_alone(
    db: Database, neighborhood: Neighborhood, town: Town, elsewhere: Town, date: Date, now: datetime
) -> None:
    """Neither for another center nor for a resident with a seat there, nor for somebody who is nobody."""
    resident = await neighborhood.neighbor("n1@example.org", name="Maria Lopez", needs=("quiet",))
    await neighborhood.says_yes(resident, date)
    for center, viewer in ((elsewhere.center_id, None), (town.partner_id, None), (None, resident), (None, None)):
        async with db.transaction(organization_id=center, resident_id=viewer) as conn:
            assert await store.sealed_names(conn, session_id=date.id) == []
            assert await store.need_counts(conn, session_id=date.id) == []
    with pytest.raises(Missing):
        await read(db, elsewhere, date, now)
    async with db.transaction(organization_id=town.center_id) as conn:
        assert len(await store.sealed_names(conn, session_id=date.id)) == 1
        for table in ("resident", "pseudonym", "profile", "answer"):
            assert await conn.fetch(f"SELECT * FROM {table}") == [], "the rows themselves stay closed"


@pytest.mark.parametrize(("before", "is_new"), [("confirmed", False), ("attended", False), ("missed", True), ("cancelled", True)])
async def test_new_is_who_never_came_to_this_activity(
    db: Database, neighborhood: Neighborhood, admin: asyncpg.Connection, town: Town, date: Date, now: datetime, before: str, is_new: bool
) -> None:
    resident = await neighborhood.neighbor("n1@example.org")
    last_week = await earlier_date(admin, date)
    await neighborhood.says_yes(resident, date)
    assert (await read(db, town, date, now)).expected.newcomers == 1
    await admin.execute(
        "INSERT INTO registration (session_id, resident_id, organization_id, state, party, created_at, changed_at)"
        " VALUES ($1, $2, $3, $4, 1, $5, $5)",
        *(last_week, resident, town.center_id, before, now),
    )
    assert (await read(db, town, date, now)).guests[0].guest.is_new is is_new


async def earlier_date(admin: asyncpg.Connection, date: Date) -> UUID:
    """The week before, of the same activity."""
    session_id: UUID = await admin.fetchval(
        "WITH s AS (INSERT INTO session"
        " (organization_id, activity_id, original_local, starts_at_local, zone, starts_at, ends_at, changed_at)"
        " SELECT organization_id, activity_id, original_local - week, starts_at_local - week, zone, starts_at - week, ends_at - week,"
        " changed_at FROM session, (SELECT interval '7 days' AS week) AS w WHERE id = $1 RETURNING id),"
        " q AS (INSERT INTO seats (session_id, capacity) SELECT id, 10 FROM s) SELECT id FROM s",
        date.id,
    )
    return session_id


async def test_another_activity_of_the_center_leaves_a_guest_new(
    db: Database, neighborhood: Neighborhood, admin: asyncpg.Connection, town: Town, date: Date, now: datetime
) -> None:
    other = await make_session(admin, town, now=now, slug="other", starts_in=timedelta(hours=1))
    resident = await neighborhood.neighbor("n1@example.org")
    await neighborhood.says_yes(resident, other)
    await neighborhood.says_yes(resident, date)
    assert (await read(db, town, date, now)).expected.newcomers == 1


async def test_needs_are_numbers_that_no_mark_changes(
    db: Database, neighborhood: Neighborhood, admin: asyncpg.Connection, town: Town, date: Date, now: datetime
) -> None:
    """A number that fell when somebody is marked as missing would say whose need it was."""
    await neighborhood.guest(date, "n1@example.org", needs=("step_free", "quiet"))
    await neighborhood.guest(date, "n2@example.org", needs=("quiet",))
    await neighborhood.guest(date, "n3@example.org")
    expected = [("step_free", 1), ("quiet", 2)]
    for state in ("confirmed", "attended", "missed"):
        await admin.execute("UPDATE registration SET state = $1, waiting_since = changed_at, offer_until = changed_at", state)
        read_roster = await read(db, town, date, now)
        assert read_roster.ready == expected
        assert not read_roster.alone


async def test_today_and_tomorrow_are_days_of_the_centers_clock(
    db: Database, neighborhood: Neighborhood, admin: asyncpg.Connection, town: Town, now: datetime
) -> None:
    """It is 10 in the morning in New York."""
    hours = {"past": -9, "yesterday": -11, "tonight": 13, "tomorrow": 37, "after": 39, "draft": 2, "off": 3}
    dates = {
        slug: await make_session(
            admin, town, now=now, slug=slug, title=slug, starts_in=timedelta(hours=h), status="draft" if slug == "draft" else "published"
        )
        for slug, h in hours.items()
    }
    await neighborhood.guest(dates["tonight"], "n1@example.org", party=2)
    await neighborhood.guest(dates["tonight"], "n2@example.org")
    missing = await neighborhood.guest(dates["tonight"], "n3@example.org", party=4)
    await admin.execute("UPDATE registration SET state = 'missed' WHERE handle = $1", missing)
    await admin.execute("UPDATE session SET state = 'cancelled' WHERE id = $1", dates["off"].id)
    async with db.transaction(organization_id=town.center_id) as conn:
        days = await roster.coming_days(conn, organization_id=town.center_id, zone="America/New_York", now=now)
    assert [[(date.title, expected.people, expected.newcomers) for date, expected in day.dates] for day in days] == [
        [("past", 0, 0), ("tonight", 3, 2)],
        [("tomorrow", 0, 0)],
    ]
    assert [day.day.day for day in days] == [23, 24]


async def test_an_erased_guest_leaves_the_roster(db: Database, neighborhood: Neighborhood, town: Town, date: Date, now: datetime) -> None:
    resident = await neighborhood.neighbor("n1@example.org", name="Maria Lopez")
    await neighborhood.says_yes(resident, date)
    async with db.transaction(resident_id=resident) as conn:
        await conn.execute("DELETE FROM resident WHERE id = $1", resident)
    assert (await read(db, town, date, now)).guests == []


async def test_who_gives_the_seat_back_leaves_the_roster(
    db: Database, neighborhood: Neighborhood, town: Town, date: Date, now: datetime
) -> None:
    resident = await neighborhood.neighbor("n1@example.org", name="Maria Lopez")
    await neighborhood.says_yes(resident, date)
    async with db.transaction(resident_id=resident) as conn:
        await actions.cancel(conn, session_id=date.id, resident_id=resident, now=now)
    assert (await read(db, town, date, now)).guests == []
