"""The nightly lesson of a region: train a challenger on past weeks, judge it against the champion on the latest, promote it or not."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from matching import AdditiveModel, Examples, History, NextActivity, Scorer, Verdict, deciles
from matching import example_logits as logits
from matching import fit_score as fit
from matching import join_examples as joined
from matching import judge_score as judge
from matching import next_activity as tables
from matching import pack_score as packed
from service.db import Conn, Database
from service.errors import Missing
from service.faults import log_fault
from service.matches import lessons, scores, store
from service.matches.actions import stored_world
from service.matches.lessons import PastRun
from service.matches.model import MatchRegion

FEWEST_WEEKS = 3  # one to learn from, one to calibrate on, one to judge by
FEWEST_JUDGED = 30  # visits in the weeks that judge, and in those that calibrate
SHARE = 5  # of the weeks one in five judges, one in five calibrates


class Lesson(msgspec.Struct, frozen=True, kw_only=True):
    """What a night came to. Losses are nats per invitation on weeks that neither score has seen."""

    region: str
    weeks: int
    offers: int
    visits: int
    champion: str
    challenger: str | None = None
    promoted: bool = False
    champion_loss: float | None = None
    challenger_loss: float | None = None
    reason: str


class Learned(NamedTuple):
    scorer: Scorer
    verdict: Verdict
    card: dict[str, Any]


class Material(NamedTuple):
    """Past weeks as rows, the oldest first; `judging` are the last weeks once more, as the champion sees them."""

    weeks: list[date]
    parts: list[Examples]
    judging: list[Examples]
    follow: NextActivity
    offers: int
    visits_by: dict[str, int]  # how many rest on each source
    judges: int  # how many of the weeks judge; as many before them calibrate


class RoundRows(NamedTuple):
    """Rows of one run; seen: as the champion sees them, where its week judges. follow: the tables that they were made with."""

    rows: Examples
    seen: Examples | None
    follow: NextActivity


async def learn(database: Database, *, region: str, now: datetime, go_on: Callable[[], bool] = lambda: True) -> Lesson | None:
    """Train, judge, keep, and write the report row in any case; None when told to stop. Raises Missing for an unknown region."""
    async with database.transaction(isolation="repeatable_read") as conn:
        place = await store.region_by_slug(conn, region)
        if place is None:
            raise Missing(region=region)
        used = await scores.in_use(conn, place.id)
    material = await _gathered(database, place, used.scorer, now=now, go_on=go_on)
    if material is None:
        return None
    return await _lesson(database, place, used, material, now=now)


async def _gathered(
    database: Database, place: MatchRegion, champion: Scorer, *, now: datetime, go_on: Callable[[], bool]
) -> Material | None:
    """Week by week, so that a city's half year need not fit into memory and a worker that must stop stops."""
    today = now.astimezone(ZoneInfo(place.zone)).date()
    async with database.transaction(isolation="repeatable_read") as conn:
        listed = await lessons.settled_weeks(conn, place.id, today)
        past = await history_of(conn, place, now=now)
    judges = max(len(listed) // SHARE, 1)
    weeks: list[date] = []
    parts: list[Examples] = []
    judging: list[Examples] = []
    offers, visits_by, follow = 0, Counter[str](), tables.learn(past, 0)
    for at, (monday, run_ids) in enumerate(listed.items()):
        held = at >= len(listed) - judges
        rounds: list[RoundRows] = []
        for run_id in run_ids:
            if not go_on():
                return None
            async with database.transaction() as conn:
                run = await lessons.past_run(conn, run_id)
            try:
                rounds.append(await asyncio.to_thread(one_round, run, past, follow, champion, held=held, is_first=not rounds))
            except Exception as error:  # arrays of a program long gone, or damaged ones; the other runs teach
                log_fault("run_left_out", error, region=place.slug, week=str(monday))
                continue
            follow = rounds[-1].follow
            offers += len(run.outcomes)
            visits_by.update(lessons.visits_by(run.outcomes))
        if rounds:
            weeks.append(monday)
            parts.append(joined([each.rows for each in rounds]))
            judging += [joined([each.seen for each in rounds if each.seen])] if held else []
    return Material(weeks, parts, judging, follow, offers, dict(visits_by), len(judging))


def one_round(run: PastRun, past: History, follow: NextActivity, champion: Scorer, *, held: bool, is_first: bool) -> RoundRows:
    """The rows of one run with the tables of its week's Monday, which the week's first run learns and the others share.

    Weeks that judge are seen with the challenger's last tables instead, and with the champion's own.
    """
    world = stored_world(run.run)
    if held:
        return RoundRows(lessons.seen_with(follow, run, world), lessons.seen_with(champion.follow, run, world), follow)
    if is_first:
        follow = tables.learn(past, world.week_start_min)
    return RoundRows(lessons.seen_with(follow, run, world), None, follow)


async def history_of(conn: Conn, place: MatchRegion, *, now: datetime) -> History:
    answers = await store.answers(conn, region_id=place.id, now=now)
    people = await store.residents(conn, region_id=place.id, week=now.date(), now=now)
    return lessons.history(answers, people.row)


async def _lesson(database: Database, place: MatchRegion, used: scores.InUse, material: Material, *, now: datetime) -> Lesson:
    offers = material.offers
    visits = sum(int(part.came.sum()) for part in material.parts)
    lesson = Lesson(region=place.slug, weeks=len(material.weeks), offers=offers, visits=visits, champion=used.scorer.version, reason="")
    lack = _lacks(material)
    if lack:
        return await _noted(database, place, msgspec.structs.replace(lesson, reason=lack), now=now)
    version = f"learned-{material.weeks[-1]}-{lessons.fingerprint(material.parts)}"
    async with database.transaction() as conn:
        already_judged = await store.score_of_version(conn, place.id, version)
    if already_judged:
        reason = "nothing new since the last lesson"
        return await _noted(database, place, msgspec.structs.replace(lesson, challenger=version, reason=reason), now=now)
    try:
        learned = await asyncio.to_thread(_trained, material, used.scorer.model, version, place.slug)
    except ValueError as error:
        return await _noted(database, place, msgspec.structs.replace(lesson, reason=str(error)), now=now)
    return await _judged(database, place, lesson, learned, now=now)


def _lacks(material: Material) -> str:
    """Why nothing can be learned yet; empty when it can."""
    weeks, judges = len(material.weeks), material.judges
    if weeks < FEWEST_WEEKS or not judges:
        return f"{weeks} settled weeks are too few to learn from; {FEWEST_WEEKS} are needed"
    for what, parts in (("judge by", material.parts[-judges:]), ("calibrate on", material.parts[-2 * judges : -judges])):
        came = sum(int(part.came.sum()) for part in parts)
        if came < FEWEST_JUDGED:
            return f"{came} visits are too few to {what}; {FEWEST_JUDGED} are needed"
    return ""


def _trained(material: Material, champion: AdditiveModel, version: str, region: str) -> Learned:
    """Raises ValueError when too few people came."""
    judges = material.judges
    card = {
        "region": region,
        "learned_from": [str(week) for week in material.weeks[: -2 * judges]],
        "calibrated_on": [str(week) for week in material.weeks[-2 * judges : -judges]],
        "judged_on": [str(week) for week in material.weeks[-judges:]],
        "visits_by": material.visits_by,
        "weights": lessons.weights(),
        "limits": "offers of this region only; a yes that nobody spoke of afterwards was never measured, and weighs less than a visit",
    }
    model = fit(joined(material.parts[: -2 * judges]), joined(material.parts[-2 * judges : -judges]), version, card)
    held, seen = joined(material.parts[-judges:]), joined(material.judging)
    tenths = deciles(model.probability(logits(model, held)), held.came, held.weight)
    card = model.card | {"tenths": [asdict(tenth) for tenth in tenths]}
    return Learned(Scorer(replace(model, card=card), material.follow), judge(champion, model, held, seen), card)


async def _judged(database: Database, place: MatchRegion, lesson: Lesson, learned: Learned, *, now: datetime) -> Lesson:
    """Never a score that is not better on weeks that neither has seen."""
    verdict = learned.verdict
    better = verdict.promoted
    reason = f"{verdict.reason}; judged against {lesson.champion} on {', '.join(learned.card['judged_on'])}"
    losses: dict[str, float] = {"champion_loss": verdict.champion, "challenger_loss": verdict.challenger}
    version, (data, mark) = learned.scorer.version, packed(learned.scorer.model, learned.scorer.follow)
    columns = {"version": version, "fingerprint": mark, "arrays": data, "card": learned.card, "verdict": reason, **losses}
    async with database.transaction() as conn:
        if better:
            await store.retire_champion(conn, place.id, now=now)
        await store.forget_unused(conn, place.id)
        await store.keep_score(conn, place.id, state="champion" if better else "challenger", now=now, **columns)
    done = msgspec.structs.replace(lesson, challenger=version, promoted=better, reason=reason, **losses)
    return await _noted(database, place, done, now=now)


async def _noted(database: Database, place: MatchRegion, lesson: Lesson, *, now: datetime) -> Lesson:
    async with database.transaction() as conn:
        columns = msgspec.structs.asdict(lesson)
        del columns["region"]
        await store.note_lesson(conn, place.id, now=now, **columns)
    return lesson
