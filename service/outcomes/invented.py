"""An invented region written straight into the tables by COPY: residents, weeks of dates, past matches and what came of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from service.db import Conn
from service.interests.taxonomy import topics

ZONE = "America/New_York"
MIDDLE = (41.660, -83.550)
SPREAD_DEG = 0.12  # of homes around the nearest of the middles of town
WEEKS_BACK = 4
PER_PAST_WEEK = 3  # matches of each resident
ANSWERED = 0.15  # of past matches
REGION = "invented-region"


async def fill(conn: Conn, *, residents: int, sessions: int, seed: int, monday: date, now: datetime) -> str:
    """The slug of the region, its week of `monday` still to be matched. `conn` is a superuser's, on an empty, migrated database."""
    rng = np.random.default_rng(seed)
    # References hold because the rows are made together: the filling is not what is measured.
    await conn.execute("SET session_replication_role = replica")
    region = _ids(rng, 1)[0]
    await _put(conn, "region", ("id", "slug", "name", "zone", "lat", "lon"), [(region, REGION, "Invented Region", ZONE, *MIDDLE)])
    centers = await _centers(conn, rng, region, max(sessions // 50, 1), now)
    activities = await _activities(conn, rng, region, centers, max(sessions // 2, 1), monday, now)
    dates = await _sessions(conn, rng, activities, sessions, monday, now)
    people = await _residents(conn, rng, region, residents, now)
    for week in range(1, WEEKS_BACK + 1):
        await _past(conn, rng, region, people, dates[week], activities, monday - timedelta(weeks=week), now)
    await conn.execute("SET session_replication_role = DEFAULT")
    await conn.execute("ANALYZE")
    return REGION


async def _put(conn: Conn, table: str, columns: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    await conn.copy_records_to_table(table, records=rows, columns=columns)


def _ids(rng: np.random.Generator, count: int) -> list[UUID]:
    raw = rng.bytes(16 * count)
    return [UUID(bytes=raw[at : at + 16], version=4) for at in range(0, 16 * count, 16)]


def _points(rng: np.random.Generator, count: int) -> Iterator[tuple[float, float]]:
    """Around eight middles of town, to three decimals."""
    middles = np.asarray(MIDDLE) + rng.normal(0, 0.15, (8, 2))
    points = np.round(middles[rng.integers(0, 8, count)] + rng.normal(0, SPREAD_DEG, (count, 2)), 3)
    return ((float(lat), float(lon)) for lat, lon in points)


def _codes(rng: np.random.Generator, count: int, most: int) -> list[list[str]]:
    codes = [topic.code for topic in topics()]
    number = rng.integers(1, most + 1, count)
    drawn = rng.integers(0, len(codes), (count, most))
    return [[codes[at] for at in row[:n]] for row, n in zip(drawn, number, strict=True)]


def _wish(rng: np.random.Generator) -> str:
    """What four people of ten type beside the boxes; hardly two the same."""
    if rng.random() > 0.4:
        return ""
    asked = rng.choice(len(topics()), 2)
    phrases = [phrase for at in asked for phrase in topics()[at].words.get("en", [topics()[at].name("en")])]
    return f"I like {rng.choice(phrases)} and {rng.choice(phrases)}, {int(rng.integers(1, 60))} years now"


async def _centers(conn: Conn, rng: np.random.Generator, region: UUID, count: int, now: datetime) -> list[UUID]:
    ids = _ids(rng, count)
    rows = [
        (i, "center", f"center-{n}", f"Center {n}", region, "1 Invented Street", lat, lon, ZONE, now)
        for n, (i, (lat, lon)) in enumerate(zip(ids, _points(rng, count), strict=True))
    ]
    columns = ("id", "kind", "slug", "name", "region_id", "postal_address", "lat", "lon", "zone", "created_at")
    await _put(conn, "organization", columns, rows)
    return ids


ACTIVITY = (
    *("organization_id", "id", "slug", "status", "title", "description", "topics", "place_key", "lat", "lon", "region_id", "zone"),
    *("starts_at_local", "duration_min", "capacity", "age_min", "age_max", "cost_cents", "languages", "access_yes"),
    *("created_at", "changed_at"),
)
SESSION = ("organization_id", "id", "activity_id", "original_local", "starts_at_local", "zone", "starts_at", "ends_at", "changed_at")
PROFILE = (
    *("matcher_id", "region_id", "lat", "lon", "travel", "reach_km", "age_low", "age_high", "needs", "cost_cents", "languages"),
    *("available", "party", "topics", "disliked", "words", "cohorts", "changed_at"),
)


async def _activities(
    conn: Conn, rng: np.random.Generator, region: UUID, centers: list[UUID], count: int, monday: date, now: datetime
) -> list[tuple[UUID, UUID]]:
    """(center, activity) of each."""
    ids = _ids(rng, count)
    begins = datetime.combine(monday, time(9))  # wall-clock time
    names = {topic.code: topic.name("en") for topic in topics()}
    owner = [centers[at] for at in rng.integers(0, len(centers), count)]
    ages = [((None, None), (18, None), (60, None), (None, 17))[at] for at in rng.choice(4, count, p=[0.6, 0.15, 0.15, 0.1])]
    made = zip(owner, ids, _codes(rng, count, 2), _points(rng, count), ages, _costs(rng, count), _spoken(rng, count), strict=True)
    rows = [
        (
            *(
                center,
                i,
                f"a-{n}",
                "published",
                names[codes[0]],
                f"Try {names[codes[0]]} with neighbors. Group {n}.",
                codes,
                "here",
            ),
            *(lat, lon, region, ZONE, begins, 60, int(rng.integers(6, 40)), *age, cost, spoken, int(rng.integers(0, 128)), now, now),
        )
        for n, (center, i, codes, (lat, lon), age, cost, spoken) in enumerate(made)
    ]
    await _put(conn, "activity", ACTIVITY, rows)
    return list(zip(owner, ids, strict=True))


def _costs(rng: np.random.Generator, count: int) -> list[int | None]:
    return [(0, 300, 1000, None)[at] for at in rng.choice(4, count, p=[0.7, 0.1, 0.1, 0.1])]


def _spoken(rng: np.random.Generator, count: int) -> list[list[str]]:
    return [([], ["en"], ["es"], ["en", "es"])[at] for at in rng.choice(4, count, p=[0.4, 0.3, 0.1, 0.2])]


async def _sessions(
    conn: Conn, rng: np.random.Generator, activities: list[tuple[UUID, UUID]], count: int, monday: date, now: datetime
) -> dict[int, list[tuple[UUID, int]]]:
    """For each week back (0 is the one to match) its dates as (id, row of the activity)."""
    of, turn = np.arange(count) % len(activities), np.arange(count) // len(activities)
    day, hour = rng.integers(0, 7, len(activities)), rng.integers(16, 42, len(activities))
    half_hour = (day[of] + 2 * turn) % 7 * 48 + hour[of]  # dates of one series fall on different days
    wednesday = datetime.combine(monday, time()) + timedelta(days=2)  # wall-clock time
    made: dict[int, list[tuple[UUID, int]]] = {}
    for week in range(WEEKS_BACK + 1):
        ids = _ids(rng, count)
        local = [wednesday + timedelta(weeks=-week, minutes=30 * int(at)) for at in half_hour]
        rows = [
            (activities[a][0], i, activities[a][1], at, at, ZONE, *_instants(at, 60), now) for i, a, at in zip(ids, of, local, strict=True)
        ]
        seats = ((i, int(places)) for i, places in zip(ids, rng.integers(6, 40, count), strict=True))
        await _put(conn, "session", SESSION, rows)
        await _put(conn, "seats", ("session_id", "capacity"), seats)
        made[week] = list(zip(ids, of.tolist(), strict=True))
    return made


def _instants(local: datetime, minutes: int) -> tuple[datetime, datetime]:
    starts = local.replace(tzinfo=ZoneInfo(ZONE))
    return starts, starts + timedelta(minutes=minutes)


async def _residents(conn: Conn, rng: np.random.Generator, region: UUID, count: int, now: datetime) -> list[UUID]:
    """Their pseudonyms."""
    ids, matchers = _ids(rng, count), _ids(rng, count)
    asked = now - timedelta(days=90)
    rows = ((i, "active", b"sealed", n.to_bytes(16, "big"), ZONE, asked, asked) for n, i in enumerate(ids))
    await _put(conn, "resident", ("id", "status", "email", "email_index", "zone", "created_at", "confirmed_at"), rows)
    consent = ((i, "digest", 1, "en", "Yes, write to me once a week.", "form", asked) for i in ids)
    await _put(conn, "consent", ("resident_id", "purpose", "version", "language", "wording", "source", "given_at"), consent)
    await _put(conn, "pseudonym", ("resident_id", "matcher_id"), zip(ids, matchers, strict=True))
    await _put(conn, "profile", PROFILE, _profiles(rng, region, matchers, now))
    return matchers


def _profiles(rng: np.random.Generator, region: UUID, matchers: list[UUID], now: datetime) -> Iterator[tuple[object, ...]]:
    count = len(matchers)
    how = rng.integers(0, 3, count)
    old, party, needs = rng.random(count) < 0.3, rng.choice(4, count, p=[0.8, 0.15, 0.03, 0.02]) + 1, rng.choice([0, 0, 0, 0, 1, 8], count)
    open_cost, free = rng.random(count) < 0.3, free_weeks(rng, count)
    spoken = [(["en"], ["es"], ["en", "es"])[at] for at in rng.choice(3, count, p=[0.75, 0.1, 0.15])]
    liked, disliked = _codes(rng, count, 5), _codes(rng, count, 1)
    for n, (matcher, (lat, lon)) in enumerate(zip(matchers, _points(rng, count), strict=True)):
        travel, reach = (("walk", 2.0), ("bus", 8.0), ("car", 25.0))[how[n]]
        yield (
            *(matcher, region, lat, lon, travel, reach, 65 if old[n] else 18, 130, int(needs[n]), 100_000 if open_cost[n] else 0),
            *(spoken[n], free[n], int(party[n]), liked[n], disliked[n] if n % 5 == 0 else [], _wish(rng), n % 3 == 0, now),
        )


def free_weeks(rng: np.random.Generator, count: int) -> list[bytes]:
    """Some days, some parts of the day."""
    parts = rng.random((count, 7, 3)) < 0.45
    hours = np.zeros((count, 7, 48), bool)
    for at, (begins, ends) in enumerate(((14, 24), (24, 34), (34, 44))):
        hours[:, :, begins:ends] = parts[:, :, at, None]
    packed = np.packbits(hours.reshape(count, 336), axis=1, bitorder="little")
    return [row.tobytes() for row in packed]


async def _past(
    conn: Conn,
    rng: np.random.Generator,
    region: UUID,
    people: list[UUID],
    dates: list[tuple[UUID, int]],
    activities: list[tuple[UUID, UUID]],
    monday: date,
    now: datetime,
) -> None:
    """A closed run of an earlier week, and the answers to it."""
    run = _ids(rng, 1)[0]
    columns = ("id", "region_id", "week", "state", "seed", "snapshot_hash", "result_hash", "snapshot", "opened_at", "closed_at")
    await _put(conn, "match_run", columns, [(run, region, monday, "closed", 1, "invented", "invented", b"", now, now)])
    offered = (rng.integers(0, len(dates), len(people))[:, None] + np.arange(PER_PAST_WEEK) * 7) % len(dates)
    lines = [(resident, int(at), rank + 1) for resident, row in zip(people, offered, strict=True) for rank, at in enumerate(row)]
    matches = ((run, resident, dates[at][0], rank, 0.05, 0.97, 1.5, "[]") for resident, at, rank in lines)
    await _put(conn, "match", ("run_id", "matcher_id", "session_id", "rank", "probability", "propensity", "km", "reasons"), matches)
    answered_lines = np.flatnonzero(rng.random(len(lines)) < ANSWERED)
    words = rng.choice(["yes", "no", "attended", "missed"], len(answered_lines), p=[0.3, 0.3, 0.3, 0.1]).tolist()
    day = datetime(monday.year, monday.month, monday.day, 12, tzinfo=now.tzinfo) + timedelta(days=5)
    answered = ((lines[at][0], dates[lines[at][1]], word) for at, word in zip(answered_lines, words, strict=True))
    answers = ((resident, session, activities[row][1], word, day) for resident, (session, row), word in answered)
    await _put(conn, "answer", ("matcher_id", "session_id", "activity_id", "answer", "at"), answers)
