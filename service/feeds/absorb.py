"""A whole calendar taken in, in one transaction: added, changed, merged, cancelled, past or refused, every row in exactly one count."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from service.activities import actions as activities
from service.activities import store as activity_store
from service.activities.model import FACT_FIELDS, NOTE_LABELS, Activity, ActivityFacts
from service.activities.recurrence import Occurrence, SeriesExpander
from service.activities.rule_text import AskTheCenter
from service.crypto import Vault
from service.db import Conn
from service.feeds import store
from service.feeds.ages import ages_in
from service.feeds.model import ParsedCalendar, ParsedEvent, RefusedEvent
from service.feeds.places import FeedHome, PlacedEvent
from service.feeds.prices import price_in
from service.feeds.settle import AHEAD, facts_of_event, settled
from service.feeds.vevent import Unreadable
from service.feeds.wall_clock import local, retold
from service.places.places import Places
from service.places.regions import all_regions, nearest, region_for
from service.registrations.schedule import ActivityChange, keep_dates
from service.sessions import store as session_store

QUARANTINE_MIN_EVENTS = 4  # of fewer events any may go without suspicion

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
    stored: dict[str, Activity]
    expand: SeriesExpander
    seen_uids: set[str] = set()
    insert: list[Activity] = []
    update: list[Activity] = []
    keys: dict[Key, UUID] = {}


async def absorb(
    conn: Conn,
    *,
    organization_id: UUID,
    feed_id: UUID,
    calendar: ParsedCalendar,
    home: FeedHome,
    places: Places,
    vault: Vault,
    now: datetime,
) -> ImportReport:
    """All or nothing: an error anywhere leaves the calendar as it was. Who has a seat at a date that it drops or moves is written to."""
    async with conn.transaction():
        stored = await activity_store.of_feed(conn, organization_id=organization_id, feed_id=feed_id)
        report = ImportReport(read=calendar.rows, refused=list(calendar.refused), name=calendar.name, noticed=calendar.noticed)
        plan = _Plan(report, stored, SeriesExpander(after=now, before=now + AHEAD))
        plan.seen_uids |= {refused.uid for refused in calendar.refused if refused.uid}
        accepted = await _accepted(conn, plan, calendar.events, home=home, places=places, now=now)
        await _find_twins(conn, plan, accepted, feed_id=feed_id, now=now)
        for event, facts, next_occurrence in accepted:
            _add_to_plan(plan, event, facts, next_occurrence, organization_id=organization_id, feed_id=feed_id, now=now)
        upcoming = [activity for activity in stored.values() if _alive(activity, plan.expand)]
        vanished = [activity for activity in upcoming if activity.uid not in plan.seen_uids]
        if len(upcoming) >= QUARANTINE_MIN_EVENTS and len(vanished) * 2 > len(upcoming):
            return await _quarantine(conn, plan, organization_id=organization_id, feed_id=feed_id)
        plan.report.vanished = len(vanished)
        plan.update += [msgspec.structs.replace(activity, status="cancelled", changed_at=now) for activity in vanished]
        await _written(conn, plan, organization_id=organization_id, vault=vault, now=now)
        await _noted(conn, plan.report, organization_id=organization_id, feed_id=feed_id, status="active")
    return plan.report


async def _accepted(
    conn: Conn, plan: _Plan, events: list[ParsedEvent], *, home: FeedHome, places: Places, now: datetime
) -> list[tuple[ParsedEvent, ActivityFacts, Occurrence]]:
    """Count the rows that need no writing; what is left has a date to come. Known events first: they keep their identity."""
    regions = _Regions(conn)
    accepted = []
    for event in sorted(events, key=lambda e: (e.uid not in plan.stored or plan.stored[e.uid].merged_into is not None, e.row)):
        plan.seen_uids.add(event.uid)
        plan.report.cancelled += event.cancelled_rows
        plan.report.merged += event.rows - 1 - event.cancelled_rows
        if event.cancelled:
            _cancel(plan, event, now)
            continue
        try:
            where, next_occurrence = settled(event, home=home, places=places, expand=plan.expand, now=now)
        except (Unreadable, AskTheCenter) as why:
            params: dict[str, Any] = dict(why.params)
            plan.report.refused.append(RefusedEvent(event.row, why.code, params, event.uid, event.title))
            continue
        if next_occurrence is None:
            plan.report.past += 1
            _end(plan, event, where, now)
        else:
            if where.event.zone == "UTC":
                plan.report.noticed["rule_in_utc"] = plan.report.noticed.get("rule_in_utc", 0) + 1
            region_id = await regions.of(where)
            accepted.append((event, facts_of_event(where, region_id), next_occurrence))
    return accepted


class _Regions:
    """Region of a point; looked up once for all points near the same center."""

    def __init__(self, conn: Conn) -> None:
        self.conn = conn
        self.by_spot: dict[tuple[float, float], UUID] = {}

    async def of(self, where: PlacedEvent) -> UUID:
        spot = round(where.lat, 2), round(where.lon, 2)
        if spot not in self.by_spot:
            near = nearest(await all_regions(self.conn), where.lat, where.lon)
            self.by_spot[spot] = near.id if near else await region_for(self.conn, where.lat, where.lon, where.town, where.zone)
        return self.by_spot[spot]


def _cancel(plan: _Plan, event: ParsedEvent, now: datetime) -> None:
    plan.report.cancelled += 1
    stored = plan.stored.get(event.uid)
    if stored and stored.status != "cancelled":
        plan.update.append(msgspec.structs.replace(stored, status="cancelled", changed_at=now))


def _end(plan: _Plan, event: ParsedEvent, where: PlacedEvent, now: datetime) -> None:
    """What still had dates for us and has none any more: all of them are called off, or moved into the past."""
    stored = plan.stored.get(event.uid)
    if stored and _alive(stored, plan.expand):
        facts = _with_what_stays(facts_of_event(where, stored.region_id), stored, event)
        plan.update.append(msgspec.structs.replace(stored, **_words(facts), changed_at=now))


async def _find_twins(
    conn: Conn, plan: _Plan, accepted: list[tuple[ParsedEvent, ActivityFacts, Occurrence]], *, feed_id: UUID, now: datetime
) -> None:
    titles = sorted({facts.title.lower() for _, facts, _ in accepted})
    for twin in await activity_store.twins_elsewhere(conn, feed_id=feed_id, titles=titles, now=now):
        plan.keys.setdefault((twin.title, twin.place_key, twin.starts_at), twin.id)


def _add_to_plan(
    plan: _Plan,
    event: ParsedEvent,
    facts: ActivityFacts,
    next_occurrence: Occurrence,
    *,
    organization_id: UUID,
    feed_id: UUID,
    now: datetime,
) -> None:
    """Merge with the one that tells the same, else add or change. Who has a seat in a known activity never loses it by a merge."""
    stored = plan.stored.get(event.uid)
    key: Key = (facts.title.lower(), facts.place_key, next_occurrence.starts_at)
    independent = stored is not None and stored.merged_into is None and stored.status == "published"
    twin = None if independent else plan.keys.get(key)
    if stored:
        facts = _with_what_stays(facts, stored, event)
        activity = msgspec.structs.replace(stored, **_words(facts), merged_into=twin, status="published", changed_at=now)
        differs = any(getattr(activity, name) != getattr(stored, name) for name in (*FACT_FIELDS, "merged_into", "status"))
        if differs:
            plan.update.append(activity)
    else:
        more: dict[str, object] = {"feed_id": feed_id, "uid": event.uid, "merged_into": twin}
        activity = activities.drawn_up(facts, organization_id=organization_id, status="published", now=now, **more)
        differs = True
        plan.insert.append(activity)
    plan.keys.setdefault(key, activity.id)
    if twin:
        plan.report.merged += 1
    elif not stored:
        plan.report.added += 1
    else:
        plan.report.changed += differs
        plan.report.unchanged += not differs


def _words(facts: ActivityFacts) -> dict[str, object]:
    return {name: getattr(facts, name) for name in FACT_FIELDS}


def _with_what_stays(facts: ActivityFacts, stored: Activity, event: ParsedEvent) -> ActivityFacts:
    """A date that staff called off stays off, what the center answered beside the calendar stays, and so does the region of a place."""
    names = ["access_yes", "access_no", "minimum", "languages", *NOTE_LABELS]
    names += ["capacity"] if facts.capacity is None else []
    names += ["age_min", "age_max"] if _ages_answered(stored, event) else []
    names += ["cost_cents"] if _cost_answered(stored, event) else []
    names += ["region_id"] if (facts.lat, facts.lon) == (stored.lat, stored.lon) else []
    preserved: dict[str, object] = {name: getattr(stored, name) for name in names}
    excluded = {*facts.excluded, *(_retold(stored, facts.zone, moment) for moment in stored.excluded)}
    return msgspec.structs.replace(facts, excluded=tuple(sorted(excluded)), **preserved)


def _retold(stored: Activity, zone: str, moment: datetime) -> datetime:
    """A date as the series names it now: what was kept in UTC is told by the clock of its place."""
    if stored.zone != "UTC" or zone == "UTC":
        return moment
    return retold(moment, start=stored.starts_at_local, zone=zone, rule=stored.rrule)


def _ages_answered(stored: Activity, event: ParsedEvent) -> bool:
    """Whether the known ages come from the center itself: the calendar has none, and they are not what we read out of its words."""
    ages = (stored.age_min, stored.age_max)
    read = ages_in(stored.title, stored.description, event.categories, f"{stored.place_name} {stored.address}")
    return event.age_min is event.age_max is None and ages not in ((None, None), read, ages_in(stored.title, stored.description))


def _cost_answered(stored: Activity, event: ParsedEvent) -> bool:
    return event.cost_cents is None and stored.cost_cents not in (None, price_in(stored.title, stored.description))


def _alive(activity: Activity, expand: SeriesExpander) -> bool:
    """Whether something of it is still to come."""
    return activity.status == "published" and bool(expand(activity.series))


async def _quarantine(conn: Conn, plan: _Plan, *, organization_id: UUID, feed_id: UUID) -> ImportReport:
    report = ImportReport(read=plan.report.read, refused=plan.report.refused, name=plan.report.name, quarantined=True)
    await _noted(conn, report, organization_id=organization_id, feed_id=feed_id, status="quarantined")
    return report


async def _written(conn: Conn, plan: _Plan, *, organization_id: UUID, vault: Vault, now: datetime) -> None:
    await activity_store.insert(conn, plan.insert)
    await activity_store.update(conn, plan.update)
    for activity in plan.update:
        await _keep_identities(conn, plan.stored[str(activity.uid)], activity)
    after = {activity.id: activity for activity in [*plan.stored.values(), *plan.update, *plan.insert]}
    before = {activity.id: activity for activity in plan.stored.values()}
    changes = [ActivityChange(before=before.get(id), after=activity) for id, activity in after.items()]
    scheduled = await keep_dates(
        conn, organization_id=organization_id, changes=changes, vault=vault, now=now, actor="system", expand=plan.expand
    )
    plan.report.sessions, plan.report.letters = scheduled.dates, scheduled.letters


async def _keep_identities(conn: Conn, stored: Activity, activity: Activity) -> None:
    """Dates that were kept in UTC take their new names, so that nobody loses a seat because a clock is told otherwise."""
    if stored.zone == "UTC" and activity.zone != "UTC":
        start = stored.starts_at_local
        await session_store.rename_dates(
            conn,
            organization_id=activity.organization_id,
            activity_id=activity.id,
            zone=activity.zone,
            hour=start if stored.rrule else None,
            moved_by=local(start, activity.zone) - start,
        )


async def _noted(conn: Conn, report: ImportReport, *, organization_id: UUID, feed_id: UUID, status: str) -> None:
    shown = msgspec.structs.replace(report, refused=report.refused[:200])
    await store.note_report(conn, organization_id=organization_id, id=feed_id, report=msgspec.to_builtins(shown), status=status)
