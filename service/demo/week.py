"""One whole week: residents sign up and confirm, centers post, the matcher pairs them, each gets one letter."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import msgspec
import numpy as np

from service import embedded, local_stack
from service.clock import Clock, MovableClock, monday_of
from service.console import progress, say
from service.crypto import Vault
from service.db import Database, open_database
from service.demo import client, days, neighborhood, people, summary
from service.demo.model import DemoReturns, DemoSummary
from service.demo.neighborhood import Imported
from service.demo.people import Point
from service.demo.summary import DemoLinks
from service.matches import actions as matches
from service.matches.model import RunSummary as Matched
from service.outcomes import north_star
from service.outcomes.demand import after_match
from service.places.places import open_places
from service.settings import ServiceSettings
from service.web.form_token import QUICKEST

# In the order in which the matcher asks; each takes from what the ones before have left.
LIMITS = ("answered", "sensitive", "time", "reach", "age", "needs", "cost", "language", "full")
PREFIX, LETTERS = "doorstep-demo-", "mail"  # a folder of our own, and its mailbox
DAYS = 7
FORMS_OPEN = 2_000  # at a time; a form stays good for two hours
Deliver = Callable[[ServiceSettings, Clock], Awaitable[object]]
Send = Callable[[ServiceSettings, Clock, date], Awaitable[int]]
NextDay = Callable[[], Awaitable[None]]
Stay = Callable[[NextDay], Awaitable[None]]


class DemoPlan(msgspec.Struct, frozen=True, kw_only=True):
    """weeks: how many pass after the letters of the first one."""

    residents: int
    activities: list[Path] = []
    seed: int = 1
    weeks: int = 0


class Hands(msgspec.Struct, frozen=True, kw_only=True):
    """The worker's own ways to deliver what is due, to compose and send a week (how many digests it queued), to look once at everything,
    and to stay at work."""

    deliver: Deliver
    send: Send
    look: days.Look
    work: local_stack.Work


@contextmanager
def home(data_dir: str | None, *, once: bool) -> Iterator[Path]:
    """Where the demo lives: the given folder, which stays, or a new one, which goes when the demo ends.

    Of a new one the letters stay where nobody looked at them yet (`once`). What killed demos left behind goes first.
    """
    if data_dir:
        folder = Path(data_dir)
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    _sweep(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    folder.chmod(0o711)  # the database's own user passes through
    try:
        yield folder
    finally:
        for part in folder.iterdir():
            if not (once and part.name == LETTERS):
                shutil.rmtree(part, ignore_errors=True) if part.is_dir() else part.unlink()
        if not once:
            shutil.rmtree(folder, ignore_errors=True)


def _sweep(parent: Path) -> None:
    """Remove the folders of demos that were killed (nobody holds their lock), and letters that an earlier one left to be looked at."""
    for folder in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            names = {path.name for path in folder.iterdir()}
            is_over = names == {LETTERS} or (embedded.LOCK in names and not embedded.in_use(folder))
            if is_over and folder.stat().st_uid == os.geteuid():
                embedded.stop(folder)
                shutil.rmtree(folder)


def walk(
    settings: ServiceSettings,
    clock: MovableClock,
    *,
    plan: DemoPlan,
    port: int,
    hands: Hands,
    report: Callable[[DemoSummary, DemoLinks | None], None],
    stay: Stay | None,
) -> DemoSummary:
    """Run the weeks on servers of its own and report them; `stay`: then keep the pages open, with a worker, until it returns.

    `stay` is given a way to let one more day pass.
    """
    with local_stack.listening("127.0.0.1", port) as listener:
        base_url = local_stack.address_of(*listener.getsockname()[:2])
        with local_stack.servers(msgspec.structs.replace(settings, base_url=base_url)) as complete, local_stack.noted(complete):
            return asyncio.run(_walk(complete, clock, plan, listener, hands, report, stay))


async def _walk(
    settings: ServiceSettings,
    clock: MovableClock,
    plan: DemoPlan,
    listener: socket.socket,
    hands: Hands,
    report: Callable[[DemoSummary, DemoLinks | None], None],
    stay: Stay | None,
) -> DemoSummary:
    began = time.monotonic()
    async with local_stack.whole(settings, clock, listener=listener, work=None) as address:
        database = await open_database(settings.database_url, role="doorstep_worker", size=4)
        try:
            done = await _week(database, settings, clock, plan, hands, began)
            async with days.opened(settings, clock, database, seed=plan.seed, look=hands.look) as following:
                done = await _play_weeks(database, following, clock, plan.weeks, done, began)
                links = await summary.links(database, settings, address, imported=bool(plan.activities), now=clock()) if stay else None
                report(done, links)
                if stay:
                    await _stay_with_a_worker(settings, clock, hands.work, stay, following)
        finally:
            await database.close()
    return done


async def _play_weeks(database: Database, following: days.Days, clock: Clock, weeks: int, done: DemoSummary, began: float) -> DemoSummary:
    """`done`, and what came of the days that follow: who had a match in the first week, and came back since."""
    if not weeks:
        return done
    played = []
    for _ in range(weeks * DAYS):
        played.append(await following.play())
        say(days.line(played[-1]), error=True)
    async with database.transaction() as conn:
        counted = await north_star.weeks(conn, since=date.min, now=clock())
    first = min((week.week for week in counted if week.matched.people), default=None)
    shares = [week.matched for week in counted if week.week == first]
    returns = DemoReturns(matched=sum(share.people for share in shares), came_back=sum(share.came_back for share in shares))
    return msgspec.structs.replace(done, days=played, returns=returns, seconds=round(time.monotonic() - began, 1))


async def _stay_with_a_worker(settings: ServiceSettings, clock: Clock, work: local_stack.Work, stay: Stay, following: days.Days) -> None:
    """Visitors who sign up get their letters, too."""
    stop = asyncio.Event()
    worker = asyncio.create_task(work(settings, clock, stop), name="worker")

    async def next_day() -> None:
        say(days.line(await following.play()))

    try:
        await stay(next_day)
    finally:
        stop.set()
        await worker


async def _week(database: Database, settings: ServiceSettings, clock: Clock, plan: DemoPlan, hands: Hands, began: float) -> DemoSummary:
    sample, places, rng = neighborhood.sample(), open_places(settings.places_file), np.random.default_rng(plan.seed)
    forms = await neighborhood.open_partners(database, sample.partners, places=places, now=clock())
    reports: list[Imported] = []
    if plan.activities:
        reports = await neighborhood.import_files(database, plan.activities, places=places, vault=Vault(settings.keys), now=clock())
    else:
        await neighborhood.open_centers(database, sample.centers, base_url=settings.base_url, places=places, now=clock())
    say("activities are posted", error=True)
    zips = [] if plan.activities else sample.zips
    await _sign_up(settings, clock, plan, forms, hands, rng, zips, await _places_of(database, clock()))
    week = monday_of(clock().date())
    runs = []
    regions = await matches.regions(database)
    for region in progress(regions, "regions matched", len(regions)):
        runs.append(await matches.match_week(database, region=region.slug, week=week, now=clock()))
        if run_id := runs[-1].run_id:
            await after_match(database, run_id=run_id, now=clock())
    sent = await hands.send(settings, clock, week)
    again = await hands.send(settings, clock, week)
    return await _done(database, settings, clock(), runs, reports, sent=sent, again=again, seconds=time.monotonic() - began)


async def _sign_up(
    settings: ServiceSettings,
    clock: Clock,
    plan: DemoPlan,
    forms: list[str],
    hands: Hands,
    rng: np.random.Generator,
    zips: list[str],
    around: list[Point],
) -> None:
    assert settings.mailbox is not None
    base = settings.base_url
    async with client.connections() as http:
        for first in range(0, plan.residents, FORMS_OPEN):
            numbers = range(first, min(first + FORMS_OPEN, plan.residents))
            used = [forms[number % len(forms)] for number in numbers]
            tokens = await client.open_forms(http, base, used)
            await asyncio.sleep(QUICKEST.total_seconds() + 0.5)  # nobody fills in a form faster
            people_fields = [people.person(rng, number, zips=zips, around=around) for number in numbers]
            posts = [
                (f"{base}/f/{form}", [*fields, ("form_token", token)])
                for form, fields, token in zip(used, people_fields, tokens, strict=True)
            ]
            await client.post_all(http, posts, expected=303)
        say(f"{plan.residents} residents signed up", error=True)
        await hands.deliver(settings, clock)
        links = client.links(settings.mailbox, base, "confirm")
        await client.post_all(http, [(link, []) for link in dict.fromkeys(links)], expected=200)
        say(f"{len(set(links))} residents confirmed", error=True)


async def _places_of(database: Database, now: datetime) -> list[Point]:
    async with database.transaction() as conn:
        rows = await conn.fetch(
            "SELECT DISTINCT a.lat, a.lon FROM activity AS a JOIN session AS s ON s.activity_id = a.id"
            " WHERE s.starts_at > $1 ORDER BY a.lat, a.lon",
            now,
        )
    return [(row["lat"], row["lon"]) for row in rows]


async def _done(
    database: Database,
    settings: ServiceSettings,
    now: datetime,
    runs: list[Matched],
    reports: list[Imported],
    *,
    sent: int,
    again: int,
    seconds: float,
) -> DemoSummary:
    async with database.transaction() as conn:
        count = conn.fetchval
        residents = await count("SELECT count(*) FROM resident WHERE status = 'active'")
        activities = await count("SELECT count(*) FROM activity WHERE status = 'published'")
        sessions = await count("SELECT count(*) FROM session WHERE state = 'scheduled' AND starts_at > $1", now)
        letters = await count("SELECT count(*) FROM letter WHERE kind = 'digest' AND state = 'sent'")
        empty = await conn.fetch("SELECT e.filters, e.feasible FROM empty_hand AS e")
    return DemoSummary(
        residents=residents,
        activities=activities,
        sessions=sessions,
        matches=sum(run.matches for run in runs),
        digests_sent=letters,
        residents_without_match=sum(run.without_match for run in runs),
        violations=sum(run.violations for run in runs),
        seconds=round(seconds, 1),
        mailbox=str(settings.mailbox),
        filters=dict(Counter(why_empty(row["filters"], feasible=row["feasible"]) for row in empty)),
        imported=_fates(reports),
        noticed=[
            f"{file_import.file}: {what} {rows}"
            for file_import in reports
            if file_import.report
            for what, rows in file_import.report.noticed.items()
        ],
        not_read=[f"{imported.file}: {imported.refusal}" for imported in reports if imported.refusal],
        sent_again=again,
        runs=[str(run.run_id) for run in runs],
    )


def why_empty(filters: dict[str, int], *, feasible: bool) -> str:
    """See Done.filters."""
    if feasible:
        return "seats"
    return next((name for name in reversed(LIMITS) if filters.get(name)), "nothing_on")


def _fates(reports: list[Imported]) -> dict[str, int]:
    """Rows by what became of them, and the refused also by why."""
    fates = Counter[str]()
    for report in (imported.report for imported in reports if imported.report):
        for fate in ("read", "added", "changed", "unchanged", "merged", "cancelled", "past"):
            fates[fate] += getattr(report, fate)
        fates["refused"] += len(report.refused)
        fates.update({f"refused: {code}": rows for code, rows in report.reasons.items()})
    return dict(fates)
