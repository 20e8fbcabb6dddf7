"""Who came back, for operators: the page and the API say what the diary says, and nobody else gets it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import asyncpg
import pytest

from service.db import Database
from service.outcomes import north_star
from tests.service.api_clients import Machine, api_client
from tests.service.mail.neighbors import Town
from tests.service.operations.conftest import OPERATOR
from tests.service.outcomes.diary import NOW, Diary, Served, Visit
from tests.service.visitor import Browser

REPORT = "/api/v1/operator/report"
DIARY = Diary(
    [Served(person, week) for week in (0, 6) for person in range(20)],
    [Visit(person, 1, day) for person in range(5) for day in (3, 10)] + [Visit(7, 1, 44), Visit(7, 1, 51)],
)


@pytest.fixture
def now() -> datetime:
    return NOW + timedelta(weeks=9)


@pytest.fixture
async def diary(worker_db: Database, admin: asyncpg.Connection, town: Town, now: datetime) -> Diary:
    written = Diary(DIARY.served, DIARY.visits)
    await written.write(admin, town)
    await north_star.count_weeks(worker_db, now=now)
    return written


@pytest.fixture
async def machine(worker_db: Database, visitor: Browser, admin: asyncpg.Connection, town: Town, now: datetime) -> Machine:
    organization_id = await admin.fetchval("SELECT id FROM organization WHERE kind = 'operator'")
    return await api_client(
        worker_db, visitor, organization_id=organization_id, slug="riverton-operator", now=now, scopes=["report:read"]
    )  # fmt: skip


async def test_the_operators_page_shows_what_the_diary_says(operator: Browser, diary: Diary) -> None:
    recounted = diary.recount()
    html = (await operator.get(f"{OPERATOR}/")).text
    for week, open_yet in ((0, False), (6, True)):
        matched, back, _, tenth, tenth_back, _ = recounted[week]
        row = re.search(
            rf"<tr><th scope=\"row\">{['March 2', 'April 13'][week // 6]}, 2026.*?</tr>", html.partition("Who came back")[2], re.S
        )
        assert row
        assert ("so far" in row[0]) is open_yet
        assert f'<td class="number">{back} of {matched}</td>' in row[0]
        assert f"{back / matched:.0%}" in row[0]
        assert f"({tenth_back} of {tenth})" in row[0]


async def test_before_any_week_the_page_says_that_there_is_nothing_to_count(operator: Browser) -> None:
    assert "None of the last sixteen weeks is counted yet" in (await operator.get(f"{OPERATOR}/")).text


async def test_the_api_gives_the_weeks_of_a_town_from_a_day_on(machine: Machine, diary: Diary) -> None:
    weeks = (await machine.send("GET", f"{REPORT}?since=2026-03-04&region=riverton")).json()["weeks"]
    assert [week["week"] for week in weeks] == ["2026-04-13", "2026-03-02"]
    for week, at in zip(weeks, (6, 0), strict=True):
        matched, back, reachable, tenth, tenth_back, chance = diary.recount()[at]
        assert (week["matched"]["people"], week["matched"]["came_back"], week["reachable"]) == (matched, back, reachable)
        assert (week["worst_tenth"]["people"], week["worst_tenth"]["came_back"]) == (tenth, tenth_back)
        assert week["worst_tenth_chance"] == pytest.approx(chance)
        assert week["matched"]["low"] < week["matched"]["share"] == back / matched < week["matched"]["high"]
    later = (await machine.send("GET", f"{REPORT}?since=2026-03-09")).json()
    assert (later["since"], [week["week"] for week in later["weeks"]]) == ("2026-03-09", ["2026-04-13"])
    assert (await machine.send("GET", f"{REPORT}?region=nowhere")).status_code == 404
    assert (await machine.send("GET", f"{REPORT}?since=yesterday")).status_code in (400, 422)


async def test_the_key_of_a_center_or_partner_gets_no_report_of_the_town(
    worker_db: Database, visitor: Browser, town: Town, diary: Diary, now: datetime
) -> None:
    for organization_id, slug in ((town.center_id, "riverton-center"), (town.partner_id, "riverton-partner")):
        other = await api_client(worker_db, visitor, organization_id=organization_id, slug=slug, now=now, scopes=["report:read"])
        assert (await other.send("GET", REPORT)).status_code == 404
