"""The promises of a year, each counted from letters that arrived and from rows; every count has to be zero."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from service.crypto import Vault
from service.mail.hours import is_waking
from service.outcomes import north_star
from tests.year.diary import Diary
from tests.year.neighbor import Neighbor

OVERSOLD = """
SELECT q.session_id AS date, q.capacity, q.taken, t.taken AS registered FROM seats AS q
LEFT JOIN LATERAL (SELECT coalesce(sum(g.party), 0) AS taken FROM registration AS g
  WHERE g.session_id = q.session_id AND g.state IN ('offered', 'confirmed', 'attended', 'missed')) AS t ON true
WHERE q.taken <> t.taken OR q.taken > q.capacity
"""
# Active all along, with a match of a closed run, and without its letter a day after the run.
LOST = """
SELECT DISTINCT n.resident_id AS without_a_letter, m.week FROM match_run AS m
  JOIN match AS x ON x.run_id = m.id
  JOIN pseudonym AS n ON n.matcher_id = x.matcher_id
  JOIN resident AS r ON r.id = n.resident_id
  WHERE m.state = 'closed' AND m.closed_at < $1 AND r.status = 'active' AND r.paused_until IS NULL AND r.every_weeks = 1
    AND NOT EXISTS (SELECT FROM digest AS d WHERE d.resident_id = r.id AND abs(d.week - m.week) <= 7)
"""
# Somebody was offered a seat while a party that waited longer, and was no larger, went on waiting.
PASSED_OVER = """
WITH step AS (
  SELECT c.session_id, c.resident_id, c.state, c.at, g.party,
         lead(c.at) OVER (PARTITION BY c.session_id, c.resident_id ORDER BY c.at, c.id) AS until
  FROM registration_change AS c JOIN registration AS g USING (session_id, resident_id))
SELECT offered.session_id AS date, offered.resident_id AS offered_to, offered.at, longer.resident_id AS waited_longer
FROM step AS offered JOIN step AS longer USING (session_id)
WHERE offered.state = 'offered' AND longer.state = 'waiting' AND longer.resident_id <> offered.resident_id AND longer.party <= offered.party
  AND longer.at < (SELECT max(w.at) FROM step AS w
                   WHERE w.session_id = offered.session_id AND w.resident_id = offered.resident_id AND w.state = 'waiting'
                     AND w.at <= offered.at)
  AND longer.at < offered.at AND (longer.until IS NULL OR longer.until > offered.at)
"""
DATE_IS_NEAR = """
SELECT EXISTS (SELECT FROM registration AS g JOIN session AS s ON s.id = g.session_id JOIN resident AS r ON r.id = g.resident_id
               WHERE r.email_index = $1 AND s.starts_at BETWEEN $2 AND $3)
"""
# People with a match, by week, with the day of the first run that matched them.
MATCHED = """
SELECT g.slug AS region, m.week, n.resident_id, m.week + min(greatest(m.round - 1, 0) / 96) AS begins
FROM match_run AS m
JOIN match AS x ON x.run_id = m.id
JOIN pseudonym AS n ON n.matcher_id = x.matcher_id
JOIN region AS g ON g.id = m.region_id
WHERE m.state = 'closed' GROUP BY g.slug, m.week, n.resident_id
"""
NEAR = timedelta(days=1)
AWAKE = timedelta(hours=3)  # after a press of one's own, a letter wakes nobody


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """Each a list of sentences about what broke the promise.

    doubled: more than one weekly letter a person and week. lost: a match, and no letter. untold: changes not told exactly once.
    oversold: dates whose seats are not those of their registrations, or more than there are. passed_over: offers out of the waiting
    order. miscounted: weeks whose north star is not what the script's own diary says. inhumane: letters in the night that nobody was
    awake for, and that were not about the day to come.
    """

    doubled: list[str]
    lost: list[str]
    untold: list[str]
    oversold: list[str]
    passed_over: list[str]
    miscounted: list[str]
    inhumane: list[str]

    @property
    def faults(self) -> list[str]:
        return [fault for faults in msgspec.structs.astuple(self) for fault in faults]


async def audit(admin: asyncpg.Connection, diary: Diary, neighbors: dict[str, Neighbor], vault: Vault, *, now: datetime) -> Audit:
    return Audit(
        doubled=diary.doubled({address: ZoneInfo(neighbor.town.zone) for address, neighbor in neighbors.items()}),
        lost=await _sentences(admin, LOST, now - timedelta(days=1)),
        untold=diary.untold(now),
        oversold=await _sentences(admin, OVERSOLD),
        passed_over=await _sentences(admin, PASSED_OVER),
        miscounted=await _miscounted(admin, diary, now),
        inhumane=await inhumane(admin, diary, neighbors, vault),
    )


Returns = dict[tuple[str, date], tuple[int, int]]  # region and week -> people with a match, and those who came back


async def counted(admin: asyncpg.Connection, now: datetime) -> Returns:
    """As the operator's page has it."""
    weeks = await north_star.weeks(admin, since=date.min, now=now)
    return {(week.region, week.week): (week.matched.people, week.matched.came_back) for week in weeks if week.matched.people}


async def recounted(admin: asyncpg.Connection, diary: Diary) -> Returns:
    """Who came back, from the script's own diary."""
    returns: dict[tuple[str, date], list[bool]] = {}
    for row in await admin.fetch(MATCHED):
        returns.setdefault((row["region"], row["week"]), []).append(diary.came_back(row["resident_id"], row["begins"]))
    return {key: (len(people), sum(people)) for key, people in returns.items()}


async def _miscounted(admin: asyncpg.Connection, diary: Diary, now: datetime) -> list[str]:
    page, own = await counted(admin, now), await recounted(admin, diary)
    return [f"{key}: counted {page.get(key)}, by the diary {own.get(key)}" for key in page | own if page.get(key) != own.get(key)]


def share(returns: Returns) -> float:
    """Of all people with a match in a week, over all weeks."""
    return round(sum(came_back for _, came_back in returns.values()) / max(1, sum(people for people, _ in returns.values())), 4)


async def _sentences(admin: asyncpg.Connection, query: str, *arguments: object) -> list[str]:
    return [", ".join(f"{name} {value}" for name, value in row.items()) for row in await admin.fetch(query, *arguments)]


async def inhumane(admin: asyncpg.Connection, diary: Diary, neighbors: dict[str, Neighbor], vault: Vault) -> list[str]:
    """Letters between 19:00 and 9:00 of the reader's clock. One that answers a press of theirs, and one to somebody whose date is within
    a day, may come at any hour."""
    faults = []
    for letter in diary.letters:
        neighbor = neighbors.get(letter.address)
        if neighbor is None or is_waking(letter.at, neighbor.town.zone):
            continue
        awake = any(letter.at - AWAKE <= at <= letter.at for at in neighbor.acted_at)
        if not awake and not await admin.fetchval(DATE_IS_NEAR, vault.index(letter.address), letter.at, letter.at + NEAR):
            faults.append(f"{letter.address} at {letter.at.astimezone(ZoneInfo(neighbor.town.zone))}: {letter.subject}")
    return faults
