"""Whoever expects a date is told once of every change to it, by whichever door the change comes, and never of what did not change."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from service.activities import store as activities
from service.activities.posting import NewActivity, facts_of_posting
from service.centers import actions as center_api
from service.centers import changes as center_pages
from service.db import Conn, Database
from service.errors import Gone
from service.feeds.actions import import_source
from service.organizations import actions as organizations
from service.organizations.model import Organization
from service.places.places import Places
from service.registrations import actions as registrations
from service.registrations import schedule
from service.registrations.closing import close
from tests.service.mail.conftest import Deliver
from tests.service.mail.neighbors import VAULT, Town, make_resident, make_town

CENTER = "riverton-center"
PLACES = Places()
# change -> how many of the two dates it concerns
CHANGES = {"nothing": 0, "words": 0, "seats": 0, "three minutes": 0, "drop one": 1, "drop all": 2, "later": 2, "longer": 2, "elsewhere": 2}
EXPECTING = ("seat", "household", "stopped", "paused")
NOT_EXPECTING = ("declined", "erased", "never asked")
SEATS_ARE_TRUE = """
SELECT bool_and(q.taken = coalesce((SELECT sum(g.party) FROM registration AS g
  WHERE g.session_id = q.session_id AND g.state IN ('offered', 'confirmed', 'attended', 'missed')), 0)) FROM seats AS q
"""


class Group(msgspec.Struct, frozen=True):
    """Two Tuesdays in December, as a center writes them."""

    days: tuple[int, ...] = (8, 15)
    hour: int = 10
    minute: int = 0
    minutes: int = 60
    place: str = "Riverton Community Center"
    title: str = "Bell ringing"
    seats: int = 20

    def changed(self, change: str) -> Group:
        new: dict[str, dict[str, Any]] = {
            "words": {"title": "Bell ringing for everybody"},
            "seats": {"seats": 12},
            "three minutes": {"minute": 3},
            "drop one": {"days": (15,)},
            "drop all": {"days": ()},
            "later": {"hour": 12},
            "longer": {"minutes": 120},
            "elsewhere": {"place": "Hillside Hall"},
        }
        return msgspec.structs.replace(self, **new.get(change, {}))

    def file(self, folder: Path) -> str:
        """A calendar with an event for each date, and one of another group."""
        path = folder / "bells.csv"
        begin = f"{self.hour:02}:{self.minute:02}"
        end = f"{(datetime(2026, 1, 1, self.hour, self.minute) + timedelta(minutes=self.minutes)):%H:%M}"  # noqa: DTZ001
        where = f"12 Mill Street,40.705,-74.0,{self.seats}"
        rows = [f"bells-{day},{self.title},2026-12-{day:02}T{begin},2026-12-{day:02}T{end},{self.place},{where}" for day in self.days]
        path.write_text(
            "uid,title,start,end,place,address,lat,lon,capacity\n"
            + "\n".join([*rows, "tea,Tea,2026-12-10T15:00,2026-12-10T16:00,Tea room,1 Mill Street,40.705,-74.0,9"])
            + "\n"
        )
        return str(path)

    def typed(self) -> NewActivity:
        """A series with what was dropped taken out of it."""
        first = datetime(2026, 12, 8, self.hour, self.minute)  # noqa: DTZ001
        gone = [first + timedelta(days=day - 8) for day in (8, 15) if day not in self.days]
        return NewActivity(
            title=self.title, starts_at_local=first, duration_min=self.minutes, rrule="FREQ=WEEKLY;COUNT=2", excluded=tuple(gone),
            place_name=self.place, address="12 Mill Street", lat=40.705, lon=-74.0, capacity=self.seats,
        )  # fmt: skip


class Door:
    """One way in which a center's change reaches us."""

    def __init__(self, name: str, db: Database, worker_db: Database, folder: Path, now: datetime) -> None:
        self.name, self.db, self.worker_db, self.folder, self.now = name, db, worker_db, folder, now

    async def open(self, group: Group) -> None:
        if self.name == "import":
            await self._import(group)
            return
        async with self.db.transaction(organization_id=await self._id()) as conn:
            center = await organizations.find(conn, CENTER)
            told = await facts_of_posting(conn, organization=center, new=group.typed(), places=PLACES, now=self.now)
            await schedule.post(conn, organization_id=center.id, facts=told, reference=None, vault=VAULT, now=self.now, status="published")

    async def change(self, group: Group) -> None:
        if self.name == "import":
            await self._import(group)
            return
        async with self.db.transaction(organization_id=await self._id()) as conn:
            center = await organizations.find(conn, CENTER)
            [activity] = await activities.of_center(conn, organization_id=center.id, after=UUID(int=0), limit=9)
            if not group.days:
                await center_pages.call_off_all(conn, organization_id=center.id, id=activity.id, vault=VAULT, now=self.now)
            elif self.name == "page":
                told = await facts_of_posting(conn, organization=center, new=group.typed(), places=PLACES, now=self.now)
                await center_pages.change(conn, activity=activity, facts=told, sequence=activity.sequence, vault=VAULT, now=self.now)
            else:
                await self._patch(conn, center, activity.id, group)

    async def _patch(self, conn: Conn, center: Organization, id: UUID, group: Group) -> None:
        said = {name: value for name, value in msgspec.structs.asdict(group.typed()).items() if value is not None}
        await center_api.change(conn, organization=center, id=id, fields=said, seen=None, places=PLACES, vault=VAULT, now=self.now)

    async def _import(self, group: Group) -> None:
        await import_source(self.worker_db, source=group.file(self.folder), center=CENTER, vault=VAULT, now=self.now)

    async def _id(self) -> UUID:
        async with self.worker_db.transaction() as conn:
            return (await organizations.find(conn, CENTER)).id


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


@pytest.fixture(params=["import", "page", "api"])
def door(request: pytest.FixtureRequest, db: Database, worker_db: Database, town: Town, tmp_path: Path, now: datetime) -> Door:
    return Door(request.param, db, worker_db, tmp_path, now)


@pytest.fixture
def imported(db: Database, worker_db: Database, town: Town, tmp_path: Path, now: datetime) -> Door:
    return Door("import", db, worker_db, tmp_path, now)


async def seated(admin: asyncpg.Connection, worker_db: Database, town: Town, now: datetime) -> dict[UUID, str]:
    """People in every standing, those who expect the dates with a seat at each of them."""
    rows = await admin.fetch("SELECT s.id FROM session AS s JOIN activity AS a ON a.id = s.activity_id WHERE a.title <> 'Tea'")
    dates = [row["id"] for row in rows]
    assert len(dates) == 2
    people: dict[UUID, str] = {}
    for standing in (*EXPECTING, *NOT_EXPECTING):
        party = 3 if standing == "household" else 1
        person = await make_resident(admin, town, now=now, email=f"{standing.replace(' ', '-')}@example.org", party=party)
        people[person] = standing
        for date in dates if standing != "never asked" else []:
            async with worker_db.transaction() as conn:
                await registrations.accept(conn, session_id=date, resident_id=person, now=now)
                if standing == "declined":
                    await registrations.decline(conn, session_id=date, resident_id=person, now=now)
    where = {standing: person for person, standing in people.items()}
    await admin.execute("UPDATE resident SET status = 'stopped', stopped_at = $2 WHERE id = $1", where["stopped"], now)
    await admin.execute("INSERT INTO suppression SELECT email_index, 'stopped', $2 FROM resident WHERE id = $1", where["stopped"], now)
    await admin.execute("UPDATE resident SET paused_until = $2 WHERE id = $1", where["paused"], now + timedelta(days=90))
    await admin.execute("DELETE FROM resident WHERE id = $1", where["erased"])
    return people


async def letters(admin: asyncpg.Connection, people: dict[UUID, str], *, state: str = "pending") -> Counter[str]:
    rows = await admin.fetch("SELECT resident_id FROM letter WHERE kind = 'notice' AND state = $1", state)
    return Counter(people[row["resident_id"]] for row in rows)


@pytest.mark.parametrize("change", CHANGES)
async def test_everybody_is_told_once_of_what_changes_and_never_of_what_does_not(
    admin: asyncpg.Connection, worker_db: Database, town: Town, now: datetime, door: Door, change: str, send: Deliver
) -> None:
    group = Group()
    await door.open(group)
    people = await seated(admin, worker_db, town, now)
    expected = Counter({standing: CHANGES[change] for standing in EXPECTING}) if CHANGES[change] else Counter()
    for _ in range(2):  # said again, it is no news
        await door.change(group.changed(change))
        assert await letters(admin, people) == expected
        assert await admin.fetchval(SEATS_ARE_TRUE)
    async with worker_db.transaction() as conn:
        await schedule.keep_all_ready(conn, vault=VAULT, now=now + timedelta(hours=1))
    assert await letters(admin, people) == expected
    await send(at=now + timedelta(minutes=9))
    assert await letters(admin, people, state="sent") == Counter(), "ten minutes to take it back"
    await send(at=now + timedelta(minutes=10))
    assert await letters(admin, people, state="sent") == expected, "also to people who stopped the weekly letter, or paused it"
    assert await seats_held(admin, people) == {standing: 2 - dropped(change) for standing in EXPECTING}


def dropped(change: str) -> int:
    return CHANGES[change] if change.startswith("drop") else 0


async def seats_held(admin: asyncpg.Connection, people: dict[UUID, str]) -> dict[str, int]:
    """Dates that take place, at which somebody still has a seat."""
    rows = await admin.fetch(
        "SELECT g.resident_id, count(*) FILTER (WHERE g.state = 'confirmed' AND s.state = 'scheduled') AS held FROM registration AS g"
        " JOIN session AS s ON s.id = g.session_id WHERE g.state <> 'declined' GROUP BY 1"
    )
    return {people[row["resident_id"]]: row["held"] for row in rows}


@pytest.mark.parametrize("letters_left", [True, False])
async def test_what_was_called_off_and_takes_place_after_all_brings_no_second_letter(
    admin: asyncpg.Connection, worker_db: Database, imported: Door, town: Town, now: datetime, send: Deliver, letters_left: bool
) -> None:
    """Whoever was told keeps to that; whoever was not has the seat they had, as if nothing had been."""
    await imported.open(Group())
    people = await seated(admin, worker_db, town, now)
    await imported.change(Group().changed("drop one"))
    imported.now = now + timedelta(minutes=11)
    if letters_left:
        await send(at=imported.now)
    await imported.change(Group())
    sent = await letters(admin, people, state="sent")
    assert sent == (Counter(dict.fromkeys(EXPECTING, 1)) if letters_left else Counter())
    assert await letters(admin, people) == Counter()
    assert await seats_held(admin, people) == dict.fromkeys(EXPECTING, 1 if letters_left else 2)
    assert await admin.fetchval(SEATS_ARE_TRUE)


async def test_closing_a_center_tells_each_person_of_each_date(
    admin: asyncpg.Connection, worker_db: Database, db: Database, town: Town, now: datetime, tmp_path: Path
) -> None:
    await Door("page", db, worker_db, tmp_path, now).open(Group())
    people = await seated(admin, worker_db, town, now)
    async with worker_db.transaction() as conn:
        await close(conn, organization=await organizations.find(conn, CENTER), vault=VAULT, now=now, call_off=True)
    assert await letters(admin, people) == Counter(dict.fromkeys(EXPECTING, 2))
    assert await admin.fetchval(SEATS_ARE_TRUE)


async def test_a_yes_in_the_moment_of_a_change_is_told_or_knows_already(
    admin: asyncpg.Connection, worker_db: Database, db: Database, town: Town, now: datetime, tmp_path: Path
) -> None:
    """Eight people press yes while the center calls the date off: each has a letter, or was told on the page."""
    door = Door("page", db, worker_db, tmp_path, now)
    await door.open(Group())
    dates = [row["id"] for row in await admin.fetch("SELECT id FROM session")]
    people = {await make_resident(admin, town, now=now, email=f"n{n}@example.org"): f"n{n}" for n in range(8)}

    async def press(person: UUID) -> str:
        try:
            async with db.transaction(resident_id=person) as conn:
                await registrations.accept(conn, session_id=dates[0], resident_id=person, now=now)
        except Gone:
            return "gone"
        return "seat"

    answers = await asyncio.gather(*(press(person) for person in people), door.change(Group().changed("drop all")))
    with_seat = {people[person] for person, answer in zip(people, answers, strict=False) if answer == "seat"}
    assert set(await letters(admin, people)) == with_seat
    assert await admin.fetchval("SELECT sum(taken) FROM seats") == 0
