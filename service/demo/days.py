"""The days after the sample week: residents answer their letters and go or stay away, centers note who came, the worker looks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import httpcore

from service.clock import Clock, MovableClock
from service.db import Database
from service.demo import client
from service.demo.habits import InventedResidents, Mail
from service.demo.model import DemoDay
from service.matches import actions as matches
from service.organizations import keys
from service.organizations.model import Scope
from service.settings import ServiceSettings
from service.tokens import Tokens

Look = Callable[[ServiceSettings, Clock], Awaitable[object]]
# When somebody looks, by the clock of the town: after the night's work, at noon, before the evening, and when the last dates are over.
HOURS = (time(9, 30), time(13), time(18), time(22, 30))
LAST_READING = time(18)  # what comes later is read the next morning
SCOPES: tuple[Scope, ...] = ("roster:read", "attendance:write")
ENDED = """
SELECT s.id, g.handle, g.resident_id FROM session AS s JOIN registration AS g ON g.session_id = s.id
WHERE s.organization_id = $1 AND s.ends_at > $2 AND s.ends_at <= $3 AND s.state = 'scheduled' AND g.state = 'confirmed'
ORDER BY s.id, g.handle
"""


@dataclass(frozen=True)
class CenterList:
    """A center at its list of who comes. notes: whether it says who was there; the others leave that to the people."""

    organization_id: UUID
    key: str
    notes: bool


class Days:
    """Plays day after day from what the clock shows. Everybody uses the public doors; only who has which seat is read from the tables."""

    def __init__(
        self,
        settings: ServiceSettings,
        clock: MovableClock,
        database: Database,
        http: httpcore.AsyncConnectionPool,
        rosters: list[CenterList],
        *,
        zone: str,
        seed: int,
        look: Look,
    ) -> None:
        assert settings.mailbox is not None
        self._settings, self._clock, self._database, self._http = settings, clock, database, http
        self._rosters, self._zone, self._look = rosters, ZoneInfo(zone), look
        self._mail = Mail(settings.mailbox)
        self._unread = self._mail.new()
        self._residents = InventedResidents(http, Tokens(settings.keys), seed=seed)
        self._turn = asyncio.Lock()

    async def play(self) -> DemoDay:
        """What is left of this day, or the next one, where nobody presses anything any more in this one."""
        async with self._turn:
            day = self._next_day()
            before, letters, came, stayed_away = self._residents.pressed.copy(), 0, 0, 0
            for hour in HOURS:
                instant = datetime.combine(day, hour, self._zone)
                if instant <= self._clock():
                    continue
                began = self._clock()
                self._clock.move_to(instant)
                there, away = await self._attend(began, instant)
                came, stayed_away = came + there, stayed_away + away
                await self._look(self._settings, self._clock)
                letters += self._arrived()
                if hour <= LAST_READING:
                    await self._read()
            pressed = self._residents.pressed - before
            return DemoDay(
                day=day, letters=letters, yes=pressed["yes"], feedback=pressed["feedback"], came=came, stayed_away=stayed_away,
                waiting=await self._waiting(),
            )  # fmt: skip

    def _next_day(self) -> date:
        local = self._clock().astimezone(self._zone)
        return local.date() if local.time() < LAST_READING else local.date() + timedelta(days=1)

    def _arrived(self) -> int:
        letters = self._mail.new()
        self._unread += letters
        return len(letters)

    async def _read(self) -> None:
        for letter in self._unread:
            await self._residents.read(letter)
        self._unread = []

    async def _attend(self, after: datetime, until: datetime) -> tuple[int, int]:
        """Dates that ended meanwhile: how many went, and how many of those expected did not."""
        came = stayed_away = 0
        for roster in self._rosters:
            async with self._database.transaction() as conn:
                rows = await conn.fetch(ENDED, roster.organization_id, after, until)
            marks: dict[UUID, list[dict[str, object]]] = {}
            for row in rows:
                is_there = self._residents.comes(row["resident_id"], row["id"])
                came, stayed_away = came + is_there, stayed_away + (not is_there)
                marks.setdefault(row["id"], []).append({"registration": str(row["handle"]), "came": is_there})
            for session_id, guests in marks.items() if roster.notes else ():
                await self._note(roster, session_id, guests)
        return came, stayed_away

    async def _note(self, roster: CenterList, session_id: UUID, guests: list[dict[str, object]]) -> None:
        address = f"{self._settings.base_url}/api/v1/sessions/{session_id}/attendance"
        await client.post_json(self._http, address, {"guests": guests}, key=roster.key, retry_key=str(session_id), expected=200)

    async def _waiting(self) -> int:
        async with self._database.transaction() as conn:
            return int(await conn.fetchval("SELECT count(*) FROM registration WHERE state = 'waiting'"))


@asynccontextmanager
async def opened(settings: ServiceSettings, clock: MovableClock, database: Database, *, seed: int, look: Look) -> AsyncIterator[Days]:
    """Every second center keeps its list, in the order in which they came."""
    async with database.transaction() as conn:
        centers = await conn.fetch("SELECT id FROM organization WHERE kind = 'center' AND closed_at IS NULL ORDER BY created_at, slug")
        rosters = [
            CenterList(row["id"], await keys.mint(conn, organization_id=row["id"], scopes=SCOPES, now=clock()), notes=number % 2 == 0)
            for number, row in enumerate(centers)
        ]
    zone = (await matches.regions(database))[0].zone
    async with client.connections() as http:
        yield Days(settings, clock, database, http, rosters, zone=zone, seed=seed, look=look)


def line(played: DemoDay) -> str:
    """A day in a sentence."""
    parts = [f"{played.letters} letters", f"{played.yes} said yes", f"{played.came} came"]
    parts += [f"{played.stayed_away} stayed away"] if played.stayed_away else []
    parts += [f"{played.waiting} wait for a seat"] if played.waiting else []
    parts += [f"{played.feedback} told how it was"] if played.feedback else []
    return f"{played.day:%a} {played.day.day} {played.day:%b}: {', '.join(parts)}."
