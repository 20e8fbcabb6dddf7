"""What a region learns from a past week: who was offered what, seen with what was known before that week, and who came."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

import numpy as np

from matching import I32, Examples, History, NextActivity, Scorer, World
from matching import make_examples as examples
from service.db import Conn
from service.matches import store
from service.matches.actions import stored_world
from service.matches.model import StoredRun
from service.matches.packed import RowIndex, Table, keys_of

SETTLED = timedelta(days=12)  # from a week's Monday: its last session is over on day nine, and rosters take some days
LOOKED_BACK = timedelta(weeks=26)
MOST_REFUSED = 40_000  # offers of one week that led to nothing; the rest is stood for by weights
# By OUTCOME's source: nobody said anything, the center noted it, the person said it, a yes alone. How sure it is that it was so.
# A center counts heads at the door. A person is asked the next morning, and may mix dates up or please us. Of those who say yes to a free
# date, about half stay away as a rule of thumb; no number of our own stands behind it. Where center and person differ is counted
# (`visit_words`), and will say better.
SOURCES = {"center": 1, "person": 2, "yes_only": 3}
TRUST = np.array([1.0, 1.0, 0.9, 0.5], np.float32)
TAKEN_UP = (b"yes     ", b"wanted  ", b"attended", b"missed  ")


class PastRun(NamedTuple):
    """A closed run and what came of it."""

    run: StoredRun
    outcomes: Table  # OUTCOME


async def settled_weeks(conn: Conn, region_id: UUID, today: date) -> dict[date, list[UUID]]:
    """Weeks whose sessions are over and whose rosters have had time to be kept, the oldest first, with their closed runs by round."""
    weeks: dict[date, list[UUID]] = {}
    for run_id, week in await store.closed_runs(conn, region_id, since=today - LOOKED_BACK, until=today - SETTLED):
        weeks.setdefault(week, []).append(run_id)
    return weeks


async def past_run(conn: Conn, run_id: UUID) -> PastRun:
    run = await store.stored_run(conn, run_id)
    assert run is not None  # it was listed as closed, and closed runs stay
    return PastRun(run, await store.outcomes(conn, run_id))


def history(answers: Table, people: Table) -> History:
    """Every time somebody took something up, with when it was last told; `people` is PERSON."""
    order = np.argsort(keys_of(people["id"]))
    home = people[order]
    taken = answers[np.isin(answers["said"], TAKEN_UP)]
    resident = RowIndex(keys_of(home["id"])).of(keys_of(taken["person"]))
    taken, resident = taken[resident >= 0], resident[resident >= 0]
    keys, activity = np.unique(keys_of(taken["activity"]), return_inverse=True)
    at_min = (taken["at"].astype(np.float64) // 60).astype(np.int64)
    return History(
        resident.astype(np.int32), activity.astype(np.int32), at_min, keys, home["lat"].astype(np.float64), home["lon"].astype(np.float64)
    )


def seen_with(follow: NextActivity | None, past: PastRun, world: World | None = None) -> Examples:
    """The run's offers as rows to learn from, each weighed by how sure its outcome is.

    Features come from the arrays the matcher was given on that Monday, so nothing that happened later is in them; who has been erased
    since is not there any more.
    """
    world = world or stored_world(past.run)
    rows = past.outcomes
    resident = RowIndex(world.residents.key).of(keys_of(rows["person"]))
    session = RowIndex(world.sessions.key).of(keys_of(rows["session"]))
    there = (resident >= 0) & (session >= 0)
    rows, resident, session = rows[there], resident[there].astype(np.int32), session[there].astype(np.int32)
    sample, weight = sampled(rows["came"], past.run.seed)
    rows = rows[sample]
    return _examples(Scorer(follow=follow), world, rows, resident[sample], session[sample], weight * TRUST[rows["source"]])


def _examples(scorer: Scorer, world: World, rows: Table, resident: I32, session: I32, weight: np.ndarray) -> Examples:
    made = examples(scorer, world, resident, session, rows["km"].astype(np.float32), rows["came"].astype(np.bool_), weight)
    return replace(made, person=resident)


def sampled(came: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(rows, their weights): everybody who came, and of the others as many as can be looked at."""
    refused = np.flatnonzero(~came)
    few = refused
    if len(refused) > MOST_REFUSED:
        few = np.sort(np.random.default_rng([seed, 1]).choice(refused, MOST_REFUSED, replace=False))
    weight = np.ones(len(came), np.float32)
    weight[few] = len(refused) / max(len(few), 1)
    rows = np.sort(np.concatenate((np.flatnonzero(came), few)))
    return rows, weight[rows]


def visits_by(*tables: Table) -> dict[str, int]:
    """How many visits of these outcomes (OUTCOME) rest on each source."""
    return {name: sum(int((rows["came"] & (rows["source"] == source)).sum()) for rows in tables) for name, source in SOURCES.items()}


def weights() -> dict[str, float]:
    """What a visit by each source weighs."""
    return {name: round(float(TRUST[source]), 2) for name, source in SOURCES.items()}


def fingerprint(parts: list[Examples]) -> str:
    """The same offers and outcomes, by the same words, have the same one: nothing is learned from them twice."""
    digest = hashlib.blake2b(digest_size=4)
    for part in parts:
        for column in (part.columns, part.came, part.weight):
            digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()
