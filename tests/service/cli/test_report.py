"""`doorstep report` prints what the diary says, and a sentence where there is nothing to print."""

from __future__ import annotations

from datetime import datetime

import asyncpg
import pytest

from tests.service.cli.conftest import Command
from tests.service.mail.neighbors import Town, make_town
from tests.service.outcomes.diary import Diary, Served, Visit

AT = "--now 2026-05-18"  # eleven weeks after the diary begins


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


@pytest.fixture
async def diary(admin: asyncpg.Connection, town: Town) -> Diary:
    written = Diary([Served(person, week) for week in (0, 6) for person in range(4)], [Visit(1, 1, 2), Visit(1, 1, 9)])
    await written.write(admin, town)
    return written


async def test_the_report_is_a_row_for_each_week(command: Command, diary: Diary) -> None:
    ended = await command(f"report {AT}")
    heading, later, first, note = [line.split("\t") for line in ended.out.splitlines()]
    assert heading[:6] == ["week", "town", "state", "matched", "came back", "share"]
    assert later[:6] == ["2026-W16", "Riverton", "so far, final on 2026-06-08", "4", "0", "0.0%"]
    assert first[:6] == ["2026-W10", "Riverton", "final", "4", "1", "25.0%"]
    assert note[0].startswith("A week is final eight weeks after its Monday")


async def test_the_report_of_a_machine_is_one_json_line(command: Command, diary: Diary) -> None:
    answer = (await command(f"report --region riverton --since 2026-W11 --json {AT}")).answer
    assert answer["since"] == "2026-W11"
    assert [(week["week_name"], week["matched"]["people"]) for week in answer["weeks"]] == [("2026-W16", 4)]


async def test_without_weeks_a_sentence_says_so_and_an_unknown_town_is_refused(command: Command, town: Town) -> None:
    assert (await command(f"report {AT}")).out.startswith("No week since 2026-W05 has been matched.")
    assert (await command(f"report --json {AT}")).answer == {"since": "2026-W05", "weeks": []}
    refused = await command(f"report --region nowhere {AT}")
    assert (refused.code, refused.err.startswith("There is no town `nowhere`")) == (1, True)
