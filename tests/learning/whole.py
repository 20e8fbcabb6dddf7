"""One town under one rule of who notes visits: weeks to learn from, then fresh weeks that judge what was learned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import asyncpg
import msgspec
import numpy as np

from matching.simulate.city import Habits, a_city
from matching.simulate.past import Past
from service.db import Database, open_database
from service.matches.learning import Lesson
from service.outcomes import north_star
from tests.learning.judging import WEEKS_TO_RETURN, Calibration, Returns, calibration, returns, share
from tests.learning.life import Life, LivedWeek, instant_of
from tests.learning.town import build, monday_of
from tests.learning.truth import HiddenTruth, KeepingWord

# The simulator's own people are harder to move: with five invitations a week, of 300 of them some ten visit something new. Here several
# times as many do, so that a small town has enough visits to learn from in weeks. Who leaves for good would have to leave the tables too.
EAGER = replace(Habits(), base=-2.6, leaving=0.0)
HALF_COME = KeepingWord()


class Arm(msgspec.Struct, frozen=True, kw_only=True):
    """rosters: share of the centers that note who came. speaking: share of the people who say the morning after whether they did."""

    name: str
    rosters: float
    speaking: float
    learns: bool = True


@dataclass(frozen=True)
class Size:
    """weeks: of which the score learns; afterwards it stays as it is for `fresh` weeks. first_lesson: before that week's Monday.

    room: times the seats of the simulator's groups.
    """

    residents: int
    per_group: int
    weeks: int
    fresh: int
    first_lesson: int = 6
    room: int = 1
    habits: Habits = EAGER
    word: KeepingWord = HALF_COME


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """north_star: percent of the people with a match who came back, as it was; counted: as the product can know it.

    lessons: why each was promoted or not. calibration: of forecasts against true chances of a visit; gap_to_yes: its mean gap if they
    are taken for chances of a yes. yes, visit: percent of the offers of the fresh weeks that would be a yes, and a visit, by the truth.
    """

    arm: Arm
    model: str
    promoted: int
    lessons: list[str]
    visits_by: dict[str, int]
    calibration: Calibration
    gap_to_yes: float
    yes: float
    visit: float
    north_star: float
    counted: float
    miscounted: list[int]  # weeks in which the two differ


async def measure(
    admin_url: str, login_url: str, arm: Arm, size: Size, *, seed: int, say: Callable[[str], None] = lambda line: None
) -> Measured:
    """Live through an empty, migrated database. The same seed gives every arm the same city."""
    admin = await asyncpg.connect(admin_url)
    worker, app = await open_database(login_url, role="doorstep_worker"), await open_database(login_url, role="doorstep_app")
    try:
        life = await _open(admin, arm, size, seed, worker, app)
        lessons: list[Lesson] = []
        lived: dict[int, LivedWeek] = {}
        for week in range(size.weeks + size.fresh):
            if arm.learns and size.first_lesson <= week <= size.weeks:
                lessons.append(await life.learn(week))
            lived[week] = await life.live(week)
            say(f"{arm.name}: week {week}, {len(lived[week].session)} offers, {len(life.visits)} visits, {lived[week].model}")
        await life.look_back(instant_of(size.weeks + size.fresh + 2))
        return await _measured(life, arm, size, lessons, {week: lived[week] for week in range(size.weeks, size.weeks + size.fresh)})
    finally:
        await worker.close()
        await app.close()
        await admin.close()


async def _open(admin: asyncpg.Connection, arm: Arm, size: Size, seed: int, worker: Database, app: Database) -> Life:
    city = a_city(size.residents, size.habits, np.random.default_rng([seed, 1]), size.per_group)
    city = replace(city, seats=city.seats * size.room)
    weeks = size.weeks + size.fresh
    town = await build(admin, city, np.random.default_rng([seed, 2]), weeks=weeks, now=instant_of(0) - timedelta(days=3))
    await admin.execute("ANALYZE")
    truth = HiddenTruth(city, size.habits, size.word, Past.blank(size.residents, len(city.seats)))
    speaking = np.random.default_rng([seed, 3]).random(size.residents) < arm.speaking
    return Life(town, truth, admin, worker, app, arm.rosters, speaking, np.random.default_rng([seed, 4]))


async def _measured(life: Life, arm: Arm, size: Size, lessons: list[Lesson], fresh: dict[int, LivedWeek]) -> Measured:
    forecast, visit, yes = (np.concatenate([getattr(week, name) for week in fresh.values()]) for name in ("forecast", "visit", "yes"))
    judged = {week: fresh[week] for week in fresh if week + WEEKS_TO_RETURN <= size.weeks + size.fresh}
    lived, counted = returns(judged, life.visits), await _counted(life, list(judged), size)
    card = await life.admin.fetchval("SELECT card -> 'visits_by' FROM learned_score WHERE state = 'champion'")
    return Measured(
        arm=arm,
        model=fresh[size.weeks].model,
        promoted=sum(lesson.promoted for lesson in lessons),
        lessons=[lesson.reason for lesson in lessons],
        visits_by=msgspec.json.decode(card, type=dict[str, int]) if card else {},
        calibration=calibration(forecast, visit),
        gap_to_yes=calibration(forecast, yes).mean_gap,
        yes=round(100 * float(yes.mean()), 1),
        visit=round(100 * float(visit.mean()), 1),
        north_star=share(lived),
        counted=share(counted),
        miscounted=[week for week in lived if lived[week] != counted.get(week)],
    )


async def _counted(life: Life, weeks: list[int], size: Size) -> Returns:
    async with life.worker.transaction() as conn:
        rows = await north_star.weeks(conn, since=date.min, now=instant_of(size.weeks + size.fresh + 2))
    by_week = {row.week: (row.matched.people, row.matched.came_back) for row in rows}
    return {week: by_week[monday_of(week)] for week in weeks}
