"""A whole calendar taken in, in one transaction: added, changed, merged, cancelled, past or refused, every row in exactly one count."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from service.activities import actions as activities
from service.activities import store as activity_store
from service.activities.model import FACT_FIELDS, Activity, ActivityFacts
from service.activities.recurrence import Occurrence, expand
from service.activities.rule_text import AskTheCenter
from service.crypto import Vault
from service.db import Conn
from service.feeds import store
from service.feeds.ages import ages_in
from service.feeds.model import ParsedCalendar, ParsedEvent, RefusedEvent
from service.feeds.places import FeedHome, PlacedEvent
from service.feeds.prices import price_in
from service.feeds.settle import AHEAD, settled, told_of
from service.feeds.vevent import Unreadable
from service.feeds.wall_clock import local, retold
from service.places.places import Places
from service.places.regions import all_regions, nearest, region_for
from service.registrations.schedule import ActivityChange, keep_dates
from service.sessions import store as session_store

SMALLEST_JUDGED = 4  # of fewer events any may go without suspicion

Key = tuple[str, str, datetime]


class ImportReport(msgspec.Struct, kw_only=True):
    """Rows: read = added + changed + unchanged + merged + cancelled + past + refused. `vanished`: kept before, not told any more.
    letters: to people with a seat at a date that was dropped or moved.

    noticed: rows that were read although something in them is broken.
    quarantined: more than half of what was known was gone, so nothing was applied and a person must look.
    """

    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    merged: int = 0
    cancelled: int = 0
    past: int = 0
    refused: list[RefusedEvent] = []
    vanished: int = 0
    sessions: int = 0
    letters: int = 0
    quarantined: bool = False
    name: str = ""
    noticed: dict[str, int] = {}

    @property
    def counted(self) -> int:
        """Equal to `read`, unless the calendar was quarantined."""
        return self.added + self.changed + self.unchanged + self.merged + self.cancelled + self.past + len(self.refused)

    @property
    def reasons(self) -> dict[str, int]:
        return dict(Counter(row.code for row in self.refused))


class _Plan(msgspec.Struct):
    """What will be written once everything is decided."""

    report: ImportReport
    known: dict[str, Activity]
    seen: set[str] = set()
    insert: list[Activity] = []
    update: list[Activity] = []
    keys: dict[Key, UUID] = {}


async def absorb(
    conn: Conn, *, organization_id: UUID, feed_id: UUID, found: ParsedCalendar, home: FeedHome, places: Places, vault: Vault, now: datetime
) -> ImportReport:
    """All or nothing: an error anywhere leaves the calendar as it was. Who has a seat at a date that it drops or moves is written to."""
    async with conn.transaction():
        known = await activity_store.of_feed(conn, organization_id=organization_id, feed_id=feed_id)
        plan = _Plan(ImportReport(read=found.rows, refused=list(found.refused), name=found.name, noticed=found.noticed), known)
        plan.seen |= {refused.uid for refused in found.refused if refused.uid}
        decided = await _decided(conn, plan, found.events, home=home, places=places, now=now)
        await _find_twins(conn, plan, decided, feed_id=feed_id, now=now)
        for event, told, coming in decided:
            _place_in(plan, event, told, coming, organization_id=organization_id, feed_id=feed_id, now=now)
        alive = [activity for activity in known.values() if _alive(activity, now)]
        gone = [activity for activity in alive if activity.uid not in plan.seen]
        if len(alive) >= SMALLEST_JUDGED and len(gone) * 2 > len(alive):
            return await _quarantined(conn, plan, organization_id=organization_id, feed_id=feed_id)
        plan.report.vanished = len(gone)
        plan.update += [msgspec.structs.replace(activity, status="cancelled", changed_at=now) for activity in gone]
        await _written(conn, plan, organization_id=organization_id, vault=vault, now=now)
        await _noted(conn, plan.report, organization_id=organization_id, feed_id=feed_id, status="active")
    return plan.report


async def _decided(
    conn: Conn, plan: _Plan, events: list[ParsedEvent], *, home: FeedHome, places: Places, now: datetime
) -> list[tuple[ParsedEvent, ActivityFacts, Occurrence]]:
    """Count the rows that need no writing; what is left has a date to come. Known events first: they keep their identity."""
    regions = _Regions(conn)
    decided = []
    for event in sorted(events, key=lambda e: (e.uid not in plan.known or plan.known[e.uid].merged_into is not None, e.row)):
        plan.seen.add(event.uid)
        plan.report.cancelled += event.cancelled_rows
        plan.report.merged += event.rows - 1 - event.cancelled_rows
        if event.cancelled:
            _cancel(plan, event, now)
            continue
        try:
            where, coming = settled(event, home=home, places=places, now=now)
        except (Unreadable, AskTheCenter) as why:
            params: dict[str, Any] = dict(why.params)
            plan.report.refused.append(RefusedEvent(event.row, why.code, params, event.uid, event.title))
            continue
        if coming is None:
            plan.report.past += 1
            _end(plan, event, where, now)
        else:
            if where.event.zone == "UTC":
                plan.report.noticed["rule_in_utc"] = plan.report.noticed.get("rule_in_utc", 0) + 1
            region_id = await regions.of(where)
            decided.append((event, told_of(where, region_id), coming))
    return decided


class _Regions:
    """Region of a point; looked up once for all points near the same center."""

    def __init__(self, conn: Conn) -> None:
        self.conn = conn
        self.found: dict[tuple[float, float], UUID] = {}

    async def of(self, where: PlacedEvent) -> UUID:
        spot = round(where.lat, 2), round(where.lon, 2)
        if spot not in self.found:
            near = nearest(await all_regions(self.conn), where.lat, where.lon)
            self.found[spot] = near.id if near else await region_for(self.conn, where.lat, where.lon, where.town, where.zone)
        return self.found[spot]


def _cancel(plan: _Plan, event: ParsedEvent, now: datetime) -> None:
    plan.report.cancelled += 1
    known = plan.known.get(event.uid)
    if known and known.status != "cancelled":
        plan.update.append(msgspec.structs.replace(known, status="cancelled", changed_at=now))


def _end(plan: _Plan, event: ParsedEvent, where: PlacedEvent, now: datetime) -> None:
    """What still had dates for us and has none any more: all of them are called off, or moved into the past."""
    known = plan.known.get(event.uid)
    if known and _alive(known, now):
        told = _with_what_stays(told_of(where, known.region_id), known, event)
        plan.update.append(msgspec.structs.replace(known, **_words(told), changed_at=now))


async def _find_twins(
    conn: Conn, plan: _Plan, decided: list[tuple[ParsedEvent, ActivityFacts, Occurrence]], *, feed_id: UUID, now: datetime
) -> None:
    titles = sorted({told.title.lower() for _, told, _ in decided})
    for twin in await activity_store.told_elsewhere(conn, feed_id=feed_id, titles=titles, now=now):
        plan.keys.setdefault((twin.title, twin.place_key, twin.starts_at), twin.id)


def _place_in(
    plan: _Plan, event: ParsedEvent, told: ActivityFacts, coming: Occurrence, *, organization_id: UUID, feed_id: UUID, now: datetime
) -> None:
    """Merge with the one that tells the same, else add or change. Who has a seat in a known activity never loses it by a merge."""
    known = plan.known.get(event.uid)
    key: Key = (told.title.lower(), told.place_key, coming.starts_at)
    independent = known is not None and known.merged_into is None and known.status == "published"
    twin = None if independent else plan.keys.get(key)
    if known:
        told = _with_what_stays(told, known, event)
        activity = msgspec.structs.replace(known, **_words(told), merged_into=twin, status="published", changed_at=now)
        differs = any(getattr(activity, name) != getattr(known, name) for name in (*FACT_FIELDS, "merged_into", "status"))
        if differs:
            plan.update.append(activity)
    else:
        more: dict[str, Any] = {"feed_id": feed_id, "uid": event.uid, "merged_into": twin}
        activity = activities.drawn_up(told, organization_id=organization_id, status="published", now=now, **more)
        differs = True
        plan.insert.append(activity)
    plan.keys.setdefault(key, activity.id)
    if twin:
        plan.report.merged += 1
    elif not known:
        plan.report.added += 1
    else:
        plan.report.changed += differs
        plan.report.unchanged += not differs


def _words(told: ActivityFacts) -> dict[str, object]:
    return {name: getattr(told, name) for name in FACT_FIELDS}


def _with_what_stays(told: ActivityFacts, known: Activity, event: ParsedEvent) -> ActivityFacts:
    """A date that staff called off stays off, what the center answered beside the calendar stays, and so does the region of a place."""
    names = ["access_yes", "access_no", "bring", "meeting_point", "getting_there", "minimum", "languages"]
    names += ["capacity"] if told.capacity is None else []
    names += ["age_min", "age_max"] if _ages_answered(known, event) else []
    names += ["cost_cents"] if _cost_answered(known, event) else []
    names += ["region_id"] if (told.lat, told.lon) == (known.lat, known.lon) else []
    kept: dict[str, Any] = {name: getattr(known, name) for name in names}
    excluded = {*told.excluded, *(_retold(known, told.zone, moment) for moment in known.excluded)}
    return msgspec.structs.replace(told, excluded=tuple(sorted(excluded)), **kept)


def _retold(known: Activity, zone: str, moment: datetime) -> datetime:
    """A date as the series names it now: what was kept in UTC is told by the clock of its place."""
    if known.zone != "UTC" or zone == "UTC":
        return moment
    return retold(moment, start=known.starts_at_local, zone=zone, rule=known.rrule)


def _ages_answered(known: Activity, event: ParsedEvent) -> bool:
    """Whether the known ages come from the center itself: the calendar has none, and they are not what we read out of its words."""
    said = (known.age_min, known.age_max)
    read = ages_in(known.title, known.description, event.categories, f"{known.place_name} {known.address}")
    return event.age_min is event.age_max is None and said not in ((None, None), read, ages_in(known.title, known.description))


def _cost_answered(known: Activity, event: ParsedEvent) -> bool:
    return event.cost_cents is None and known.cost_cents not in (None, price_in(known.title, known.description))


def _alive(activity: Activity, now: datetime) -> bool:
    """Whether something of it is still to come."""
    return activity.status == "published" and bool(expand(activity.series, after=now, before=now + AHEAD))


async def _quarantined(conn: Conn, plan: _Plan, *, organization_id: UUID, feed_id: UUID) -> ImportReport:
    report = ImportReport(read=plan.report.read, refused=plan.report.refused, name=plan.report.name, quarantined=True)
    await _noted(conn, report, organization_id=organization_id, feed_id=feed_id, status="quarantined")
    return report


async def _written(conn: Conn, plan: _Plan, *, organization_id: UUID, vault: Vault, now: datetime) -> None:
    await activity_store.insert(conn, plan.insert)
    await activity_store.update(conn, plan.update)
    for activity in plan.update:
        await _keep_identities(conn, plan.known[str(activity.uid)], activity)
    after = {activity.id: activity for activity in [*plan.known.values(), *plan.update, *plan.insert]}
    before = {activity.id: activity for activity in plan.known.values()}
    changes = [ActivityChange(before=before.get(id), after=activity) for id, activity in after.items()]
    scheduled = await keep_dates(conn, organization_id=organization_id, changes=changes, vault=vault, now=now, actor="system")
    plan.report.sessions, plan.report.letters = scheduled.dates, scheduled.letters


async def _keep_identities(conn: Conn, known: Activity, activity: Activity) -> None:
    """Dates that were kept in UTC take their new names, so that nobody loses a seat because a clock is told otherwise."""
    if known.zone == "UTC" and activity.zone != "UTC":
        start = known.starts_at_local
        await session_store.rename_dates(
            conn,
            organization_id=activity.organization_id,
            activity_id=activity.id,
            zone=activity.zone,
            hour=start if known.rrule else None,
            moved_by=local(start, activity.zone) - start,
        )


async def _noted(conn: Conn, report: ImportReport, *, organization_id: UUID, feed_id: UUID, status: str) -> None:
    shown = msgspec.structs.replace(report, refused=report.refused[:200])
    await store.note_report(conn, organization_id=organization_id, id=feed_id, report=msgspec.to_builtins(shown), status=status)
