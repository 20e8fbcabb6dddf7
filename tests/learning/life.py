"""Weeks lived through the product's tables: matched, answered, noted at the door, spoken of the morning after, and learned from."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import asyncpg
import numpy as np

from matching import Settings
from matching.simulate.people import regulars
from matching.world.arrays import F64, I32, Bool
from service.db import Conn, Database
from service.errors import Full
from service.feedback import actions as feedback
from service.feedback import store as words
from service.matches import actions, learning
from service.registrations import actions as registrations
from service.registrations import attendance
from service.residents import store as residents
from tests.learning.town import SLUG, SimulatedDate, SimulatedTown, monday_of
from tests.learning.truth import HiddenTruth

READ_AFTER = timedelta(hours=8)  # a letter, after its week was matched
NOTED_AFTER = timedelta(hours=2)  # who came, after the date ended
SPOKEN_AFTER = timedelta(hours=16)  # of a visit, by its person
OFFERS = """
SELECT m.matcher_id, m.session_id, m.probability, m.km FROM match AS m JOIN match_run AS r ON r.id = m.run_id
WHERE r.week = $1 ORDER BY m.matcher_id, m.session_id
"""
SEAT = "SELECT handle FROM registration WHERE session_id = $1 AND resident_id = $2"


@dataclass(frozen=True)
class Seat:
    """A confirmed seat, with what its person is going to do."""

    person: int
    date: SimulatedDate
    comes: bool


@dataclass(frozen=True)
class LivedWeek:
    """Offers row by row: the product's forecast of a visit, and the truth. matched: rows of people."""

    person: I32
    session: list[UUID]
    forecast: F64
    visit: F64
    yes: F64
    model: str


@dataclass
class Life:
    """rosters: share of the centers that note who came. speaking: [n] who answers the question of the morning after."""

    town: SimulatedTown
    truth: HiddenTruth
    admin: asyncpg.Connection
    worker: Database
    app: Database
    rosters: float
    speaking: Bool
    rng: np.random.Generator
    seats: list[Seat] = field(default_factory=list)  # whose date is still to be noted or spoken of
    visits: list[Seat] = field(default_factory=list)

    async def live(self, week: int) -> LivedWeek:
        now = instant_of(week)
        await self.look_back(now)
        holding = await self._regulars(week, now)
        done = await actions.match_week(self.worker, region=SLUG, week=monday_of(week), now=now, settings=Settings(threads=1))
        return await self._answer(week, now, holding, done.model)

    async def learn(self, week: int) -> learning.Lesson:
        """The lesson of the night before a week's Monday."""
        now = instant_of(week) - READ_AFTER
        await self.look_back(now)
        lesson = await learning.learn(self.worker, region=SLUG, now=now)
        assert lesson is not None, "nobody stopped it"
        return lesson

    async def look_back(self, now: datetime) -> None:
        """Write what centers and people say of dates that are over by now."""
        over = [seat for seat in self.seats if seat.date.ends_at + SPOKEN_AFTER <= now]
        self.seats = [seat for seat in self.seats if seat.date.ends_at + SPOKEN_AFTER > now]
        for seat in sorted(over, key=lambda seat: (seat.date.ends_at, seat.date.id, seat.person)):
            if self._keeps_roster(seat.date):
                await self._note(seat)
            if self.speaking[seat.person]:
                await self._speak(seat)

    def _keeps_roster(self, date: SimulatedDate) -> bool:
        center = int(self.town.city.groups.center[date.group])
        return int((center + 1) * self.rosters) > int(center * self.rosters)

    async def _note(self, seat: Seat) -> None:
        handle = await self.admin.fetchval(SEAT, seat.date.id, self.town.residents[seat.person])
        mark = attendance.mark_attended if seat.comes else attendance.mark_missed
        center = self.town.centers[self.town.city.groups.center[seat.date.group]]
        async with self.app.transaction(organization_id=center) as conn:
            await mark(conn, session_id=seat.date.id, handle=handle, now=seat.date.ends_at + NOTED_AFTER)

    async def _speak(self, seat: Seat) -> None:
        resident_id, at = self.town.residents[seat.person], seat.date.ends_at + SPOKEN_AFTER
        async with self.worker.transaction() as conn:
            await words.claim(conn, resident_id=resident_id, session_ids=[seat.date.id], now=at)
        async with self.app.transaction(resident_id=resident_id) as conn:
            visit = await words.visit(conn, session_id=seat.date.id, resident_id=resident_id)
            profile = await residents.profile_of(conn, resident_id)
            assert visit is not None
            assert profile is not None
            answer = feedback.answered(visit, question="came", choice="yes" if seat.comes else "could_not")
            await feedback.change(conn, visit, answer, profile=profile, now=at)

    async def _regulars(self, week: int, now: datetime) -> Bool:
        """[n, a] who returns without a letter: they take their seats before the week is matched."""
        wanted = regulars(self.truth.city, self.truth.habits, self.truth.past, week, self.rng)
        holding = np.zeros_like(wanted)
        for person, group in np.argwhere(wanted):
            date = self.town.dates[week][int(group)]
            holding[person, group] = await self._accept(int(person), date, comes=True, now=now - NOTED_AFTER)
        return holding

    async def _answer(self, week: int, now: datetime, holding: Bool, model: str) -> LivedWeek:
        rows = await self.admin.fetch(OFFERS, monday_of(week))
        place = {matcher: at for at, matcher in enumerate(self.town.matchers)}
        group_of = {date.id: group for group, date in self.town.dates[week].items()}
        person = np.array([place[row["matcher_id"]] for row in rows], np.int32)
        group = np.array([group_of[row["session_id"]] for row in rows], np.int32)
        chances = self.truth.chances(week, person, group, np.array([row["km"] for row in rows], np.float32))
        wants, comes = self.rng.random(len(rows)) < chances.yes, self.rng.random(len(rows)) < chances.comes
        refuses = ~wants & self.truth.refuses(person, group, self.rng)
        came = np.zeros(len(rows), np.bool_)
        for at in self.rng.permutation(np.flatnonzero(wants | refuses)):
            date = self.town.dates[week][int(group[at])]
            if wants[at]:
                came[at] = await self._accept(int(person[at]), date, comes=bool(comes[at]), now=now + READ_AFTER)
            else:
                async with self._acting_for(int(person[at])) as conn:
                    await registrations.decline(conn, session_id=date.id, resident_id=self.town.residents[person[at]], now=now + READ_AFTER)
        self.truth.remember(week, (person, group), came, wants | refuses, holding, self.rng)
        forecast = np.array([row["probability"] for row in rows], np.float64)
        return LivedWeek(person, [row["session_id"] for row in rows], forecast, chances.visit, chances.yes, model)

    def _acting_for(self, person: int) -> AbstractAsyncContextManager[Conn]:
        return self.app.transaction(resident_id=self.town.residents[person])

    async def _accept(self, person: int, date: SimulatedDate, *, comes: bool, now: datetime) -> bool:
        """Whether they are going to be there: nobody is without a seat."""
        try:
            async with self._acting_for(person) as conn:
                seat = await registrations.accept(conn, session_id=date.id, resident_id=self.town.residents[person], now=now)
        except Full:
            return False
        if not seat.takes_seats:
            return False
        self.seats.append(Seat(person, date, comes))
        if comes:
            self.visits.append(self.seats[-1])
        return comes


def instant_of(week: int) -> datetime:
    """Monday, at nine on the wall in winter: when a week is matched."""
    return datetime.combine(monday_of(week), time(15), UTC)
