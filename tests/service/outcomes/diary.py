"""A scripted diary of matches and visits, written into the real tables, and its recount in plain Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg
import numpy as np

from service.ids import new_id
from tests.service.mail.neighbors import Town, make_resident, make_session

MONDAY = date(2026, 3, 2)
NOW = datetime.fromisoformat("2026-03-02T15:00:00+00:00")


@dataclass(frozen=True)
class Served:
    """What a run did for somebody. chances: of the matches, none for an empty hand; feasible: there was a session to go to."""

    person: int
    week: int
    chances: tuple[float, ...] = (0.5,)
    evening: int = 0
    feasible: bool = True


@dataclass(frozen=True)
class Visit:
    """day: after MONDAY."""

    person: int
    activity: int
    day: int
    answer: str = "attended"


@dataclass
class Diary:
    served: Sequence[Served] = ()
    visits: Sequence[Visit] = ()
    matcher: dict[int, UUID] = field(default_factory=dict)
    resident: dict[int, UUID] = field(default_factory=dict)
    activities: dict[int, UUID] = field(default_factory=dict)

    async def write(self, admin: asyncpg.Connection, town: Town) -> None:
        """People, runs, matches, dates and answers, straight into the tables."""
        people = sorted({entry.person for entry in self.served} | {visit.person for visit in self.visits})
        for person in people:
            self.resident[person] = await make_resident(admin, town, now=NOW, email=f"p{person}-{town.region_id}@residents.example.org")
            self.matcher[person] = await admin.fetchval("SELECT matcher_id FROM pseudonym WHERE resident_id = $1", self.resident[person])
            await admin.execute(
                "INSERT INTO enrollment (organization_id, form_id, resident_id, enrolled_at) VALUES ($1, $2, $3, $4)",
                town.partner_id, town.form_id, self.resident[person], NOW - timedelta(days=1),
            )  # fmt: skip
        sessions = await self._write_dates(admin, town)
        await self._write_runs(admin, town)
        await admin.executemany(
            "INSERT INTO answer (matcher_id, session_id, activity_id, answer, at) VALUES ($1, $2, $3, $4, $5)",
            [
                (self.matcher[v.person], sessions[v.activity, v.day], self.activities[v.activity], v.answer, NOW + timedelta(days=v.day))
                for v in self.visits
            ],
        )

    async def _write_dates(self, admin: asyncpg.Connection, town: Town) -> dict[tuple[int, int], UUID]:
        sessions: dict[tuple[int, int], UUID] = {}
        for activity, day in sorted({(visit.activity, visit.day) for visit in self.visits} | {(0, 0)}):
            starts = timedelta(days=day)
            if activity not in self.activities:
                made = await make_session(admin, town, now=NOW, starts_in=starts, slug=f"group-{activity}-{town.region_id}", capacity=None)
                self.activities[activity], sessions[activity, day] = made.activity_id, made.id
                continue
            begins, sessions[activity, day] = NOW + starts, new_id(NOW)
            await admin.execute(
                "INSERT INTO session (organization_id, id, activity_id, original_local, starts_at_local, zone, starts_at, ends_at,"
                " changed_at) VALUES ($1, $2, $3, $4, $4, 'America/New_York', $5, $6, $7)",
                town.center_id, sessions[activity, day], self.activities[activity], begins.replace(tzinfo=None), begins,
                begins + timedelta(minutes=90), NOW,
            )  # fmt: skip
            await admin.execute("INSERT INTO seats (session_id) VALUES ($1)", sessions[activity, day])
        return sessions

    async def _write_runs(self, admin: asyncpg.Connection, town: Town) -> None:
        offered = [
            await make_session(admin, town, now=NOW, slug=f"offered-{rank}-{town.region_id}", starts_in=timedelta(days=300))
            for rank in range(1, 1 + max((len(entry.chances) for entry in self.served), default=0))
        ]
        for week, evening in sorted({(entry.week, entry.evening) for entry in self.served}):
            opened = NOW + timedelta(weeks=week, days=evening)
            run_id = await admin.fetchval(
                "INSERT INTO match_run (region_id, week, round, state, seed, result_hash, snapshot, opened_at, closed_at)"
                " VALUES ($1, $2, $3, 'closed', 1, 'x', 'x', $4, $4) RETURNING id",
                town.region_id, MONDAY + timedelta(weeks=week), 96 * evening + 73 if evening else 0, opened,
            )  # fmt: skip
            for entry in self.served:
                if (entry.week, entry.evening) != (week, evening):
                    continue
                for rank, chance in enumerate(entry.chances, 1):
                    await admin.execute(
                        "INSERT INTO match (run_id, matcher_id, session_id, rank, probability, propensity, km, reasons)"
                        " VALUES ($1, $2, $3, $4, $5, 1, 0, '[]')",
                        run_id, self.matcher[entry.person], offered[rank - 1].id, rank, chance,
                    )  # fmt: skip
                if not entry.chances:
                    await admin.execute(
                        "INSERT INTO empty_hand (run_id, matcher_id, filters, feasible) VALUES ($1, $2, '{}', $3)",
                        run_id, self.matcher[entry.person], entry.feasible,
                    )  # fmt: skip

    def came_back(self, person: int, begins: int, *, activities: set[int] | None = None) -> bool:
        """begins: day after MONDAY from which six weeks count."""
        counted = Counter(
            visit.activity
            for visit in self.visits
            if visit.person == person and visit.answer == "attended" and 0 <= visit.day - begins <= 42
        )
        return any(times >= 2 for activity, times in counted.items() if activities is None or activity in activities)

    def recount(self) -> dict[int, tuple[int, int, int, int, int, float]]:
        """Week -> matched, came back, reachable, tenth, of the tenth came back, mean chance of the tenth."""
        weeks: dict[int, tuple[int, int, int, int, int, float]] = {}
        for week in sorted({entry.week for entry in self.served}):
            people: dict[int, list[Served]] = {}
            for entry in self.served:
                if entry.week == week and (entry.chances or entry.feasible):
                    people.setdefault(entry.person, []).append(entry)
            if people:
                weeks[week] = self._recount_week(week, people)
        return weeks

    def _recount_week(self, week: int, people: dict[int, list[Served]]) -> tuple[int, int, int, int, int, float]:
        chance, back, matched = dict[int, float](), set[int](), set[int]()
        for person, entries in people.items():
            evenings = [entry.evening for entry in entries if entry.chances]
            matched |= {person} if evenings else set()
            misses = [1 - min(float(np.float32(p)), 0.999999) for entry in entries for p in entry.chances]
            chance[person] = round(1 - float(np.prod(misses)), 6)
            begins = 7 * week + min(evenings or [entry.evening for entry in entries])
            back |= {person} if self.came_back(person, begins) else set()
        order = sorted(people, key=lambda person: (chance[person], self.matcher[person].bytes))
        tenth = order[: max(len(order) // 10, 1)]
        mean = sum(chance[person] for person in tenth) / len(tenth)
        return len(matched), len(matched & back), len(people), len(tenth), len(back & set(tenth)), mean
