"""What centers do week by week: rosters, call-offs, other hours, other rooms; each by its program, over the center API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import asyncpg

from service.web.i18n import say_in
from tests.year.diary import Change, Visit
from tests.year.life import Life
from tests.year.neighbor import Neighbor
from tests.year.towns import YearTown

SMALL_ROOMS = 3  # activities of a town that have one in a week
SEATS_ARE_ADDED = ((2, 20), (3, 10), (3, 21), (4, 12))  # days after Sunday, and the hour on the wall


@dataclass
class Staff:
    """admin: a look past row-level security, for whose handle a seat has and for who expects a date."""

    life: Life
    admin: asyncpg.Connection

    async def plans_of_a_week(self) -> None:
        """Each town: the rosters of its dates, mostly a week of a small room, sometimes a call-off or another hour for good."""
        for town in self.life.towns:
            for title, (activity, _) in town.activities.items():
                for session, ends_at in await self._dates(activity):
                    self.life.at(
                        ends_at + timedelta(hours=2),
                        partial(self._keep_roster, town, title, session),
                    )
            drawn = self.life.dice.random()
            title = self.life.dice.choice(list(town.activities))
            at = self.life.hands.now + timedelta(days=1, hours=self.life.dice.uniform(4, 8))
            if drawn < 0.25:
                self.life.at(at, partial(self._call_off, town, title))
            elif drawn < 0.4:
                self.life.at(at, partial(self._move_later, town, title))
            for small in self.life.dice.sample(sorted(town.activities), SMALL_ROOMS):
                self._plan_small_room(town, small)

    async def _dates(self, activity: UUID) -> list[tuple[UUID, datetime]]:
        rows = await self.admin.fetch(
            "SELECT id, ends_at FROM session WHERE activity_id = $1 AND state = 'scheduled' AND ends_at > $2 AND ends_at <= $3",
            activity, self.life.hands.now, self.life.hands.now + timedelta(days=7),
        )  # fmt: skip
        return [(row["id"], row["ends_at"]) for row in rows]

    async def _keep_roster(self, town: YearTown, title: str, session: UUID) -> None:
        """Whoever has a seat goes or stays away; a center that keeps rosters notes it."""
        activity, center = town.activities[title]
        answer = await self.life.client.get(f"/api/v1/sessions/{session}/roster", headers=center.headers)
        assert answer.status_code == 200, answer.text
        roster = answer.json()
        if roster["state"] == "cancelled":
            return
        marks = []
        for guest in roster["guests"]:
            row = await self.admin.fetchrow(
                "SELECT resident_id, session_id FROM registration WHERE handle = $1", UUID(guest["registration"])
            )
            assert row is not None
            neighbor = await self._neighbor_of(row["resident_id"])
            came = neighbor.comes()
            marks.append({"registration": guest["registration"], "came": came})
            if came:
                neighbor.went.add(session)
                starts_at = town.local(datetime.fromisoformat(roster["starts_at"]))
                self.life.diary.visits.append(Visit(row["resident_id"], neighbor, activity, session, starts_at.date(), center.keeps_roster))
        if center.keeps_roster and marks:
            noted = await self.life.client.post(f"/api/v1/sessions/{session}/attendance", json={"guests": marks}, headers=center.headers)
            assert noted.status_code == 200, noted.text

    async def _neighbor_of(self, resident_id: UUID) -> Neighbor:
        number = await self.admin.fetchval("SELECT email_index FROM resident WHERE id = $1", resident_id)
        for address, neighbor in self.life.neighbors.items():
            if self.life.context.vault.index(address) == number:
                return neighbor
        raise AssertionError("a seat of nobody we know")

    async def _next_date(self, activity: UUID) -> asyncpg.Record | None:
        return await self.admin.fetchrow(
            "SELECT s.id, s.starts_at, s.ends_at, s.zone FROM session AS s WHERE s.activity_id = $1 AND s.state = 'scheduled'"
            " AND s.starts_at > $2 ORDER BY s.starts_at LIMIT 1",
            activity, self.life.hands.now + timedelta(hours=26),
        )  # fmt: skip

    async def _expecting(self, sessions: list[UUID], words: str, title: str) -> dict[str, str]:
        """Address -> the subject that a change has for them, of everybody who has a seat at one of these dates, or waits for one."""
        rows = await self.admin.fetch(
            "SELECT DISTINCT g.resident_id, r.language FROM registration AS g JOIN resident AS r ON r.id = g.resident_id"
            " WHERE g.session_id = ANY ($1) AND g.state IN ('waiting', 'offered', 'confirmed')",
            sessions,
        )
        return {(await self._neighbor_of(row["resident_id"])).address: say_in(row["language"])(words, title=title) for row in rows}

    async def _call_off(self, town: YearTown, title: str) -> None:
        activity, center = town.activities[title]
        date = await self._next_date(activity)
        if date is None:
            return
        subjects = await self._expecting([date["id"]], "Called off: {title}", title)
        answer = await self.life.client.post(f"/api/v1/sessions/{date['id']}/cancel", headers=center.headers)
        assert answer.status_code == 200, answer.text
        self.life.diary.changes.append(Change(self.life.hands.now, subjects))
        self.life.diary.presses["call_off"] += 1

    async def _move_later(self, town: YearTown, title: str) -> None:
        """All dates of a series begin at another hour from now on."""
        activity, center = town.activities[title]
        path = f"/api/v1/centers/{center.slug}/activities/{activity}"
        current = (await self.life.client.get(path, headers=center.headers)).json()
        starts = datetime.fromisoformat(current["starts_at_local"])
        moved = starts.replace(hour=starts.hour + (1 if starts.hour < 18 else -1))
        rows = await self.admin.fetch(
            "SELECT id FROM session WHERE activity_id = $1 AND state = 'scheduled' AND starts_at > $2", activity, self.life.hands.now
        )
        subjects = await self._expecting([row["id"] for row in rows], "Changed: {title}", title)
        answer = await self.life.client.patch(path, json={"starts_at_local": moved.isoformat()}, headers=center.headers)
        assert answer.status_code == 200, answer.text
        self.life.diary.changes.append(Change(self.life.hands.now, subjects))
        self.life.diary.presses["move"] += 1

    def _plan_small_room(self, town: YearTown, title: str) -> None:
        """On the day of the letters a room becomes as small as what is taken; it grows by a seat, also in the evenings, and is whole again.

        So people say yes to a full date, wait, and are offered seats one by one.
        """
        sunday = town.local(self.life.hands.now).replace(hour=0, minute=0)
        self.life.at(sunday + timedelta(days=2, hours=11), partial(self._fill_room, town, title))
        for days, hour in SEATS_ARE_ADDED:
            self.life.at(sunday + timedelta(days=days, hours=hour, minutes=20), partial(self._add_seat, town, title))
        self.life.at(sunday + timedelta(days=6, hours=15), partial(self._set_seats, town, title, town.seats[title]))

    async def _fill_room(self, town: YearTown, title: str) -> None:
        activity, _ = town.activities[title]
        taken = await self.admin.fetchval(
            "SELECT max(q.taken) FROM seats AS q JOIN session AS s ON s.id = q.session_id"
            " WHERE s.activity_id = $1 AND s.state = 'scheduled' AND s.starts_at > $2",
            activity, self.life.hands.now,
        )  # fmt: skip
        await self._set_seats(town, title, max(1, taken or 0))

    async def _add_seat(self, town: YearTown, title: str) -> None:
        activity, center = town.activities[title]
        current = (await self.life.client.get(f"/api/v1/centers/{center.slug}/activities/{activity}", headers=center.headers)).json()
        await self._set_seats(town, title, current["capacity"] + 1)

    async def _set_seats(self, town: YearTown, title: str, seats: int) -> None:
        """A room in which people would lose their seats is refused, and stays as it was."""
        activity, center = town.activities[title]
        path = f"/api/v1/centers/{center.slug}/activities/{activity}"
        answer = await self.life.client.patch(path, json={"capacity": seats}, headers=center.headers)
        assert answer.status_code in (200, 409), answer.text
        self.life.diary.presses["seats" if answer.status_code == 200 else "seats_refused"] += 1
