"""`doorstep report matching`: what the last weeks say of the score in use, of others in its place, and of who was offered what."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from matching import F64, I32, I64, Estimate, Scorer, World, deciles, doubly_robust, explored, snips
from service.db import Database
from service.errors import Missing
from service.faults import contained
from service.matches import lessons, scores, store
from service.matches.actions import settings_of, stored_world
from service.matches.lessons import PastRun
from service.matches.packed import RowIndex, Table, keys_of

BELIEVED = 10  # effective choices; with fewer nothing is said
HONEST = 0.02  # forecast against outcome in a tenth of the invitations
POLICIES = ("in use", "set by hand", "nearest", "dice")
KINDS = ("new", "small", "others")


class MatchingReport(msgspec.Struct, frozen=True):
    """estimates: chance that a person comes to one of a mail's sessions, if each policy had chosen them out of the dice's lists."""

    region: str
    model: str
    fallback: str
    weeks: list[str]
    offers: int
    visits: int
    visits_by: dict[str, int]  # how many rest on the center's note, the person's word, or a yes alone
    drawn: int  # rows that dice put into a mail, the only ones an estimate may use
    left_out: int  # of those, rows of weeks the score has learned from, or whose list could not be found again
    estimates: dict[str, Any]
    tenths: list[dict[str, Any]]
    honest: bool | None
    exposure: dict[str, dict[str, float]]


class DrawnChoices(NamedTuple):
    """Drawn rows of one week: what came of them, their odds among explorers, and the odds of each policy for the same session."""

    reward: F64
    odds: F64
    target: F64  # [k, policies]
    guess: F64  # what the week's own score expected of the session taken
    guesses: F64  # [k, policies] and of each policy's sessions
    whose: I64
    lost: int


class Weighed(NamedTuple):
    rows: Table
    exposure: F64  # [kinds, (groups, offered, offers, expected, came)]
    choices: DrawnChoices | None


async def report(database: Database, *, region: str, weeks: int, now: datetime) -> MatchingReport:
    """Over the last `weeks` settled weeks, of each its first run: later rounds have the same groups, and few people.

    Raises Missing for an unknown region."""
    async with database.transaction(isolation="repeatable_read") as conn:
        place = await store.region_by_slug(conn, region)
        if place is None:
            raise Missing(region=region)
        used = await scores.in_use(conn, place.id)
        listed = await lessons.settled_weeks(conn, place.id, now.astimezone(ZoneInfo(place.zone)).date())
    weighed: dict[str, Weighed] = {}
    for week, (run_id, *_) in list(listed.items())[-weeks:]:
        async with database.transaction() as conn:
            past = await lessons.past_run(conn, run_id)
            with contained("run_left_out", region=region, week=str(week)):  # a score or arrays of a program long gone, or damaged ones
                then = await scores.of_run(conn, past.run)
                fresh = week > learned_through(used.scorer)
                weighed[str(week)] = await asyncio.to_thread(_weighed, past, then, used.scorer, fresh)
    return _matching_report(region, used, list(weighed), list(weighed.values()))


def learned_through(scorer: Scorer) -> date:
    """The last week that a score was fitted to or calibrated on: on such weeks it would flatter itself."""
    weeks = [*scorer.model.card.get("learned_from", []), *scorer.model.card.get("calibrated_on", [])]
    return max((date.fromisoformat(week) for week in weeks), default=date.min)


def _weighed(week: PastRun, then: Scorer, used: Scorer, fresh: bool) -> Weighed:
    world = stored_world(week.run)
    return Weighed(week.outcomes, _exposure(world, week.outcomes), _choices(world, week, then, used) if fresh else None)


def _choices(world: World, week: PastRun, then: Scorer, used: Scorer) -> DrawnChoices:
    settings = settings_of(week.run)
    rows = week.outcomes[week.outcomes["drawn"]]
    resident = RowIndex(world.residents.key).of(keys_of(rows["person"])).astype(np.int32)
    taken = RowIndex(world.sessions.key).of(keys_of(rows["session"])).astype(np.int32)
    listed, unit = explored.lists(world, then, settings, week.run.seed, resident)
    length = (listed >= 0).sum(axis=1)
    odds = rows["propensity"].astype(np.float64) / max(settings.explore_share, 1e-12)
    # What was logged must be what the dice did; a row of which that cannot be shown is of no use.
    sure = (listed == taken[:, None]).any(axis=1) & (np.abs(odds * length - 1) < 1e-3)
    rows, resident, taken, listed, unit, odds = (column[sure] for column in (rows, resident, taken, listed, unit, odds))
    wanted = _policies(world, then, used, resident, listed, settings.picks_max)
    expected, _ = explored.chances(world, then, resident, listed)
    place = np.argmax(listed == taken[:, None], axis=1)
    line = np.arange(len(rows))
    return DrawnChoices(
        reward=rows["came"].astype(np.float64),
        odds=1 / np.maximum((listed >= 0).sum(axis=1), 1),
        target=np.stack([column[line, place] for column in wanted], axis=1),
        guess=expected[line, place],
        guesses=np.stack([(column * expected).sum(axis=1) for column in wanted], axis=1),
        whose=world.residents.key[unit].view(np.int64),
        lost=int((~sure).sum()),
    )


def _policies(world: World, then: Scorer, used: Scorer, resident: I32, listed: I32, most: int) -> list[F64]:
    """[k, K] for each of POLICIES."""
    (ours, km), (hand, _) = (explored.chances(world, scorer, resident, listed) for scorer in (used, Scorer()))
    even = (listed >= 0) / np.maximum((listed >= 0).sum(axis=1, keepdims=True), 1)
    return [explored.best_of(value, listed, most) for value in (ours, hand, -km.astype(np.float64))] + [even]


def _exposure(world: World, rows: Table) -> F64:
    """For each of KINDS of groups: how many there are, how many were offered at all, offers, visits expected, visits."""
    groups = world.activities
    young, small = groups.age_weeks < 8, groups.size < 6
    kind = np.where(young, 0, np.where(small, 1, 2))
    session = RowIndex(world.sessions.key).of(keys_of(rows["session"]))
    rows, session = rows[session >= 0], session[session >= 0]
    of = world.sessions.activity[session]
    offered = np.unique(of)
    count = len(KINDS)
    parts = [np.bincount(kind, minlength=count), np.bincount(kind[offered], minlength=count), np.bincount(kind[of], minlength=count)]
    parts += [np.bincount(kind[of], rows[name].astype(np.float64), count) for name in ("p", "came")]
    return np.stack(parts, axis=1).astype(np.float64)


def _matching_report(region: str, used: scores.InUse, weeks: list[str], weighed: list[Weighed]) -> MatchingReport:
    rows = np.concatenate([week.rows for week in weighed]) if weighed else None
    choices = [week.choices for week in weighed if week.choices is not None]
    drawn = 0 if rows is None else int(rows["drawn"].sum())
    tenths = [] if rows is None or not len(rows) else deciles(rows["p"].astype(np.float32), rows["came"])
    enough = [tenth for tenth in tenths if tenth.n >= 100]
    exposure = sum((week.exposure for week in weighed), np.zeros((len(KINDS), 5)))
    return MatchingReport(
        region=region,
        model=used.scorer.version,
        fallback=used.fallback,
        weeks=weeks,
        offers=0 if rows is None else len(rows),
        visits=0 if rows is None else int(rows["came"].sum()),
        visits_by=lessons.visits_by(*(week.rows for week in weighed)),
        drawn=drawn,
        left_out=drawn - sum(len(week.reward) for week in choices),
        estimates={name: _estimates(choices, at) for at, name in enumerate(POLICIES)},
        tenths=[asdict(tenth) for tenth in tenths],
        honest=all(abs(tenth.expected - tenth.real) <= HONEST for tenth in enough) if enough else None,
        exposure={
            kind: dict(zip(("groups", "offered", "offers", "expected", "came"), np.round(exposure[at], 2).tolist(), strict=True))
            for at, kind in enumerate(KINDS)
        },
    )


def _estimates(choices: list[DrawnChoices], policy: int) -> dict[str, object]:
    def column(name: str) -> np.ndarray:
        return np.concatenate([getattr(week, name) for week in choices] or [np.zeros((0, len(POLICIES)))])

    reward, odds, guess, whose = (column(name) for name in ("reward", "odds", "guess", "whose"))
    target, guesses = column("target")[:, policy], column("guesses")[:, policy]
    if not target.any():
        return {"snips": "not enough yet", "doubly_robust": "not enough yet"}
    plain = snips(reward, odds, target, cluster=whose)
    robust = doubly_robust(reward, odds, target, guess_taken=guess, guess_target=guesses, cluster=whose)
    return {"snips": _interval(plain), "doubly_robust": _interval(robust)}


def _interval(estimate: Estimate) -> dict[str, float] | str:
    if estimate.effective < BELIEVED:
        return "not enough yet"
    return {name: round(value, 4) for name, value in asdict(estimate).items()}
