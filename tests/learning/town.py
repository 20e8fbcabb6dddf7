"""A city of the simulator written into the product's tables: what a person or a center would have typed, and nothing of what is hidden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from matching.simulate.city import TOPICS, City
from service.db import Conn
from service.interests.sensitive import needs_asking
from service.interests.taxonomy import topics

SLUG, ZONE = "city-of-the-simulator", "America/Chicago"
FIRST_MONDAY = date(2026, 11, 23)
LETTER_BEGINS = 2  # day of the week, Wednesday: a date on a Monday or Tuesday is in the letter of the week before
LANGUAGES = {1: ["en"], 2: ["es"], 3: ["en", "es"]}
TRAVEL = ("walk", "bus", "car")


@dataclass(frozen=True)
class SimulatedDate:
    """A row of `session`. group: row of the city's groups. day: of its start, by the clock on the wall."""

    id: UUID
    group: int
    starts_at: datetime
    ends_at: datetime
    day: date


@dataclass(frozen=True)
class SimulatedTown:
    """Ids by row of the city: centers, residents and their pseudonyms. dates: of each week, by row of the groups that are open."""

    city: City
    centers: list[UUID]
    residents: list[UUID]
    matchers: list[UUID]
    dates: list[dict[int, SimulatedDate]]


def monday_of(week: int) -> date:
    return FIRST_MONDAY + timedelta(weeks=week)


async def build(admin: Conn, city: City, rng: np.random.Generator, *, weeks: int, now: datetime) -> SimulatedTown:
    """`admin` is a superuser's, on a migrated, empty database. The dates of `weeks` weeks are posted at once."""
    region = _ids(rng, 1)[0]
    await admin.execute(
        "INSERT INTO region (id, slug, name, zone, lat, lon) VALUES ($1, $2, 'Simulated City', $3, 41.7, -87.6)", region, SLUG, ZONE
    )
    centers = _ids(rng, int(city.groups.center.max()) + 1)
    await _insert(
        admin,
        "organization (id, kind, slug, name, region_id, postal_address, lat, lon, zone, created_at)",
        [
            (center, "center", f"center-{at}", f"Center {at}", region, "1 Invented Street", 41.7, -87.6, ZONE, now)
            for at, center in enumerate(centers)
        ],
    )
    dates = await _post(admin, city, rng, region, centers, weeks, now)
    residents, matchers = await _sign_up(admin, city, rng, region, now)
    return SimulatedTown(city, centers, residents, matchers, dates)


def topic_codes() -> list[str]:
    """A topic of the taxonomy for each of the simulator's; none that somebody has to ask for."""
    free = [topic.code for topic in topics() if not topic.sensitive and not needs_asking([topic.code], topic.name("en"), "")]
    return free[:TOPICS]


async def _post(
    admin: Conn, city: City, rng: np.random.Generator, region: UUID, centers: list[UUID], weeks: int, now: datetime
) -> list[dict[int, SimulatedDate]]:
    codes, names = topic_codes(), {topic.code: topic.name("en") for topic in topics()}
    groups, activities = city.groups, _ids(rng, len(city.seats))
    rows = []
    for at, activity in enumerate(activities):
        about = [codes[topic] for topic in np.argsort(-groups.topics[at], kind="stable") if groups.topics[at, topic] > 0]
        begins = _local(city, at, int(city.opens[at]))
        rows.append(
            (
                *(centers[groups.center[at]], activity, f"group-{at}", "published", names[about[0]], about, "here"),
                *(float(groups.lat[at]), float(groups.lon[at]), region, ZONE, begins, int(city.lasts[at]) * 30, int(city.seats[at])),
                *(18, int(groups.cost_cents[at]), LANGUAGES[int(groups.languages[at])], int(groups.provides[at]), now, now),
            )
        )
    await _insert(
        admin,
        "activity (organization_id, id, slug, status, title, topics, place_key, lat, lon, region_id, zone, starts_at_local, duration_min,"
        " capacity, age_min, cost_cents, languages, access_yes, created_at, changed_at)",
        rows,
    )
    first = [_date(city, rng, at, int(city.opens[at])) for at in range(len(activities)) if city.opens[at] < 0]
    dates = [{at: _date(city, rng, at, week) for at in range(len(activities)) if city.opens[at] <= week} for week in range(weeks)]
    posted = [*first, *(date for week in dates for date in week.values())]
    await _insert(
        admin,
        "session (organization_id, id, activity_id, original_local, starts_at_local, zone, starts_at, ends_at, changed_at)",
        [
            (centers[groups.center[each.group]], each.id, activities[each.group], local, local, ZONE, each.starts_at, each.ends_at, now)
            for each in posted
            for local in (each.starts_at.astimezone(ZoneInfo(ZONE)).replace(tzinfo=None),)
        ],
    )
    await _insert(admin, "seats (session_id, capacity)", [(each.id, int(city.seats[each.group])) for each in posted])
    return dates


def _local(city: City, group: int, week: int) -> datetime:
    """Of the seven days that the letter of a week speaks of: Wednesday to Tuesday."""
    half_hours = int(city.starts[group])
    late = timedelta(weeks=1) if half_hours // 48 < LETTER_BEGINS else timedelta()
    return datetime.combine(monday_of(week), time()) + timedelta(minutes=30 * half_hours) + late


def _date(city: City, rng: np.random.Generator, group: int, week: int) -> SimulatedDate:
    local = _local(city, group, week)
    starts_at = local.replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC)
    return SimulatedDate(_ids(rng, 1)[0], group, starts_at, starts_at + timedelta(minutes=30 * int(city.lasts[group])), local.date())


async def _sign_up(admin: Conn, city: City, rng: np.random.Generator, region: UUID, now: datetime) -> tuple[list[UUID], list[UUID]]:
    people, codes = city.people, topic_codes()
    count = len(people.key)
    residents, matchers = _ids(rng, count), _ids(rng, count)
    signed = [(resident, "active", b"sealed", resident.bytes, ZONE, now, now) for resident in residents]
    await _insert(admin, "resident (id, status, email, email_index, zone, created_at, confirmed_at)", signed)
    consents = [(resident, "digest", 1, "en", "Yes, write to me once a week.", "form", now) for resident in residents]
    await _insert(admin, "consent (resident_id, purpose, version, language, wording, source, given_at)", consents)
    await _insert(admin, "pseudonym (resident_id, matcher_id)", list(zip(residents, matchers, strict=True)))
    free = [row.astype("<u8").tobytes()[:42] for row in people.available]
    profiles = [
        (
            *(matcher, region, float(people.lat[at]), float(people.lon[at]), TRAVEL[people.mode[at]], float(people.reach_km[at])),
            *(int(people.age_low[at]), int(people.age_high[at]), int(people.needs[at]), int(people.cost_cents[at])),
            *(LANGUAGES[int(people.languages[at])], free[at], [codes[topic] for topic in np.flatnonzero(people.topics[at])]),
            *(bool(people.cohorts[at]), now),
        )
        for at, matcher in enumerate(matchers)
    ]
    await _insert(
        admin,
        "profile (matcher_id, region_id, lat, lon, travel, reach_km, age_low, age_high, needs, cost_cents, languages, available, topics,"
        " cohorts, changed_at)",
        profiles,
    )
    return residents, matchers


async def _insert(admin: Conn, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    places = ", ".join(f"${at + 1}" for at in range(table.count(",") + 1))
    await admin.executemany(f"INSERT INTO {table} VALUES ({places})", rows)


def _ids(rng: np.random.Generator, count: int) -> list[UUID]:
    return [UUID(bytes=rng.bytes(16), version=4) for _ in range(count)]
