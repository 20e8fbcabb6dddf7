"""Partners and centers learn how many came back, and nothing of any person: not by subtraction, not by looking twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import combinations

import asyncpg
import pytest

from service.db import Database
from service.outcomes.return_counts import FEWEST, ReturnCount, count_settled_quarters, counts_of, last_settled, publishable
from tests.service.api_clients import api_client
from tests.service.centers.conftest import enter
from tests.service.mail.neighbors import Town, make_town
from tests.service.outcomes.diary import NOW, Diary, Served, Visit
from tests.service.visitor import Browser

SETTLED = datetime.fromisoformat("2026-05-27T12:00:00+00:00")  # eight weeks after March
QUARTER = date(2026, 1, 1)
REPORT = "/api/v1/partners/riverton-partner/report"


@pytest.fixture
def now() -> datetime:
    return NOW


def lived(people: int, back: int) -> Diary:
    """All matched in March; the first `back` of them come twice, all others once."""
    visits = [Visit(person, 1, day) for person in range(people) for day in (2, 9) if day == 2 or person < back]
    return Diary([Served(person, 0) for person in range(people)], visits)


async def shown(db: Database, town: Town, *, to: str = "partner") -> list[tuple[date, int | None, int | None]]:
    organization_id = town.partner_id if to == "partner" else town.center_id
    async with db.transaction(organization_id=organization_id) as conn:
        return [(count.quarter, count.people, count.came_back) for count in await counts_of(conn, organization_id=organization_id)]


@pytest.mark.parametrize(
    ("people", "back", "expected"),
    [(30, 15, (30, 15)), (11, 11, (11, 11)), (11, 0, (11, 0)), (30, 10, (30, None)), (30, 20, (30, None)), (10, 0, (None, None))],
)
async def test_a_quarter_is_counted_where_no_part_of_it_is_small(
    db: Database,
    worker_db: Database,
    admin: asyncpg.Connection,
    town: Town,
    people: int,
    back: int,
    expected: tuple[int | None, int | None],
) -> None:
    await lived(people, back).write(admin, town)
    assert await count_settled_quarters(worker_db, now=SETTLED) == 2
    assert await shown(db, town) == await shown(db, town, to="center") == [(QUARTER, *expected)]


def derivable(counts: Sequence[ReturnCount]) -> Iterator[int]:
    """Sizes of groups of people that a reader works out: cells, rests, and differences of cells where one holds the other."""
    for count in counts:
        cells = [cell for cell in (count.people, count.came_back) if cell is not None]
        yield from cells
        yield from (abs(one - other) for one, other in combinations(cells, 2))


def test_no_number_from_1_to_10_is_shown_or_the_difference_of_shown_ones() -> None:
    for people in range(80):
        for back in range(people + 1):
            cell, part = publishable(people, back)
            sizes = derivable([ReturnCount(quarter=QUARTER, people=cell, came_back=part)])
            assert not [size for size in sizes if 0 < size < FEWEST], (people, back)
            hidden = [b for b in range(people + 1) if publishable(people, b) == (cell, None)]
            assert part is not None or cell is None or len(hidden) > 1  # what is hidden is not the only thing it can be


async def test_a_count_never_changes_whatever_happens_to_its_people(
    db: Database, worker_db: Database, admin: asyncpg.Connection, town: Town
) -> None:
    """The attack by subtraction: the reader looks, something happens to a person, the reader looks again."""
    diary = lived(30, 15)
    await diary.write(admin, town)
    await count_settled_quarters(worker_db, now=SETTLED)
    first = await shown(db, town), await shown(db, town, to="center")
    later = SETTLED + timedelta(days=1)
    for change in (
        "UPDATE answer SET answer = 'missed' WHERE matcher_id = $1",
        "DELETE FROM match WHERE matcher_id = $1",
        "DELETE FROM resident WHERE id = (SELECT resident_id FROM pseudonym WHERE matcher_id = $1)",
    ):
        await admin.execute(change, diary.matcher[3])
        assert await count_settled_quarters(worker_db, now=later) == 0
        assert (await shown(db, town), await shown(db, town, to="center")) == first


async def test_nobody_is_in_two_quarters_of_an_organization(
    db: Database, worker_db: Database, admin: asyncpg.Connection, town: Town
) -> None:
    """Matched and there in both: the second quarter holds only the twelve who are new to it."""
    served = [Served(person, week) for person in range(12) for week in (0, 6)] + [Served(person, 6) for person in range(12, 24)]
    visits = [Visit(person, 1, day) for person in range(24) for day in ((2, 44, 51) if person < 12 else (44, 51))]
    await Diary(served, visits).write(admin, town)
    await count_settled_quarters(worker_db, now=SETTLED + timedelta(weeks=14))
    # Six weeks run from the match for a partner, from the first visit two days later for a center.
    assert await shown(db, town) == [(date(2026, 4, 1), 12, 12), (QUARTER, 12, 0)]
    assert await shown(db, town, to="center") == [(date(2026, 4, 1), 12, 12), (QUARTER, 12, 12)]


async def test_a_match_before_the_form_was_used_is_not_the_partners(
    db: Database, worker_db: Database, admin: asyncpg.Connection, town: Town
) -> None:
    await lived(11, 11).write(admin, town)
    await admin.execute("UPDATE enrollment SET enrolled_at = $1", NOW + timedelta(hours=1))
    await count_settled_quarters(worker_db, now=SETTLED)
    assert await shown(db, town) == [(QUARTER, None, None)]


async def test_the_table_itself_refuses_a_small_cell(admin: asyncpg.Connection, town: Town) -> None:
    for people, back in ((10, None), (30, 10), (30, 20), (None, 11)):
        with pytest.raises(asyncpg.CheckViolationError):
            await admin.execute("INSERT INTO return_count VALUES ($1, $2, $3, $4, $5)", town.partner_id, QUARTER, people, back, NOW)


def test_a_quarter_is_settled_eight_weeks_after_its_end() -> None:
    assert last_settled(date(2026, 5, 27)) == QUARTER
    assert last_settled(date(2026, 5, 26)) == date(2025, 10, 1)


async def test_the_partners_page_and_api_show_its_own_counts_alone(
    db: Database, worker_db: Database, admin: asyncpg.Connection, town: Town, visitor: Browser, now: datetime
) -> None:
    await enter(visitor, db, center="riverton-partner", now=now)
    assert "Nothing is counted yet" in (await visitor.get("/partner/riverton-partner/")).text
    await lived(30, 15).write(admin, town)
    other = await make_town(admin, now=now, slug="hillside")
    await count_settled_quarters(worker_db, now=SETTLED)
    html = (await visitor.get("/partner/riverton-partner/")).text
    assert '<th scope="row">January 1, 2026</th><td class="number">30</td><td class="number">15</td>' in html
    machine = await api_client(
        worker_db, visitor, organization_id=town.partner_id, slug="riverton-partner", now=now, scopes=["report:read"]
    )  # fmt: skip
    assert (await machine.send("GET", REPORT)).json() == {
        "confirmations": [],
        "quarters": [{"quarter": "2026-01-01", "people": 30, "came_back": 15}],
    }
    theirs = await api_client(worker_db, visitor, organization_id=other.partner_id, slug="hillside", now=now, scopes=["report:read"])
    assert (await theirs.send("GET", REPORT)).status_code == 404
    without = await api_client(
        worker_db, visitor, organization_id=town.partner_id, slug="riverton-partner", now=now, scopes=["signups:write"]
    )  # fmt: skip
    assert (await without.send("GET", REPORT)).status_code == 403


async def test_the_centers_page_shows_how_full_it_was_and_who_came_back(
    db: Database, worker_db: Database, admin: asyncpg.Connection, town: Town, visitor: Browser, now: datetime
) -> None:
    await lived(30, 12).write(admin, town)
    await count_settled_quarters(worker_db, now=SETTLED)
    await admin.execute("UPDATE seats SET capacity = 10, taken = 4")
    await admin.execute("UPDATE session SET starts_at = $1, ends_at = $2", now - timedelta(days=2), now)
    await enter(visitor, db, now=now)
    html = (await visitor.get("/center/riverton-center/")).text
    dates = await admin.fetchval("SELECT count(*) FROM session")
    assert f"{4 * dates} of {10 * dates} seats were taken, at {dates} dates" in html
    assert '<th scope="row">January 1, 2026</th><td class="number">30</td><td class="number">12</td>' in html
