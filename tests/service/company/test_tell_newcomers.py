"""A letter about another newcomer exists only where all that makes it right is so for both, and leaves only while it still is."""

from __future__ import annotations

import asyncio
from datetime import datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from service.company.actions import leave
from service.db import Database
from service.tokens import NOBODY, Link, Purpose
from tests.service.company.people import AT, BEGINS, GONE, HERE, HOUR, MINUTE, WRONG, Pair
from tests.service.mail.conftest import Deliver
from tests.service.mail.neighbors import VAULT, make_session


async def test_two_newcomers_are_told_of_each_other_once(pair: Pair) -> None:
    await pair.begin(meeting_point="The blue door")
    assert await pair.look() == 2
    letters = await pair.letters()
    assert letters.keys() == {pair.ada, pair.bo}
    assert "Bo is new, too, and has a seat." in letters[pair.ada].text
    assert "Ada is new, too, and has a seat." in letters[pair.bo].text
    assert "Byron" not in letters[pair.bo].text + letters[pair.bo].html + letters[pair.bo].subject
    for content in letters.values():
        assert "ten minutes before the start, on Friday, November 27, 9:50\u00a0AM. Meet here: The blue door." in content.text
    assert [await pair.look(AT + later * HOUR) for later in range(30)] == [0] * 30


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("of_ada", [True, False])
async def test_one_thing_that_is_not_right_about_one_of_them_keeps_both_letters_back(pair: Pair, wrong: str, of_ada: bool) -> None:
    await pair.begin()
    await pair.change(WRONG[wrong], pair.ada if of_ada and "{ada}" not in WRONG[wrong] else pair.bo)
    assert await pair.look() == 0
    assert await pair.admin.fetchval("SELECT count(*) FROM companion") == 0


@pytest.mark.parametrize("wrong", [*WRONG, *GONE])
async def test_a_letter_that_is_not_right_any_more_does_not_leave(pair: Pair, send: Deliver, wrong: str) -> None:
    await pair.begin()
    assert await pair.look() == 2
    await pair.change((WRONG | GONE)[wrong])
    assert (await send(at=AT)).sent == 0


async def test_letters_leave_while_everything_is_right(pair: Pair, send: Deliver) -> None:
    await pair.begin()
    assert await pair.look() == 2
    assert (await send(at=AT)).sent == 2


async def test_a_letter_exists_where_all_is_right_for_both_and_names_where_both_gave_them(pair: Pair, rng: np.random.Generator) -> None:
    """A hundred dates with two people each, of whom anything may be so; this page says for itself who is to be told what."""
    await pair.begin()
    await pair.admin.execute("TRUNCATE resident, activity CASCADE")
    wanted: dict[UUID, bool] = {}
    for number in range(100):
        pair.date = await make_session(pair.admin, pair.town, now=pair.now, starts_in=BEGINS - pair.now, slug=f"date-{number}")
        people = [await lives(pair, number, name, rng) for name in ("Ada", "Bo")]
        facts = [fact for _, fact in people]
        if all(fact["is_right"] for fact in facts):
            wanted |= dict.fromkeys((person for person, _ in people), all(fact["names"] for fact in facts))
    assert 10 < len(wanted) < 150
    assert len(set(wanted.values())) == 2
    assert await pair.look() == len(wanted)
    letters = await pair.letters()
    assert letters.keys() == wanted.keys()
    for person, content in letters.items():
        assert ("is new, too, and has a seat." in content.text) == wanted[person] == ("Neither of you" not in content.text)


async def lives(pair: Pair, number: int, name: str, rng: np.random.Generator) -> tuple[UUID, dict[str, Any]]:
    """A person of the date that was made last, and whether they may be told of somebody and by name."""
    person = await pair.join(name, mailbox=f"{name}.{number}")
    likely = {"company": 0.9, "name": 0.6, "adult": 0.9, "new": 0.9, "free": 0.9, "seat": 0.9}
    fact = {what: bool(rng.random() < share) for what, share in likely.items()}
    changes = {
        "company": WRONG["no consent"], "name": GONE["no name"], "adult": WRONG["a child"], "new": WRONG["was there"],
        "free": WRONG["blocked the activity"], "seat": WRONG["given back"],
    }  # fmt: skip
    for what, sql in changes.items():
        if not fact[what]:
            await pair.change(sql.replace("DELETE FROM answer; ", "DELETE FROM answer WHERE matcher_id = {matcher}; "), person)
    return person, {"is_right": all(fact[what] for what in likely if what != "name"), "names": fact["name"]}


@pytest.mark.parametrize("names", [("", "Bo"), ("Ada", "write to bo@example.org"), ("Ada", "7")])
async def test_nobody_is_named_where_one_has_no_name_to_tell(pair: Pair, names: tuple[str, str]) -> None:
    await pair.begin()
    for person, name in zip((pair.ada, pair.bo), names, strict=True):
        sealed = VAULT.seal(name, place="resident.name", row=person) if name else None
        await pair.admin.execute("UPDATE resident SET name = $2 WHERE id = $1", person, sealed)
    assert await pair.look() == 2
    assert all("Neither of you is told the name" in content.text for content in (await pair.letters()).values())


async def test_at_a_sensitive_group_nobody_is_named_and_the_subject_does_not_name_it(pair: Pair) -> None:
    await pair.begin(title="Grief support group", topics=("grief",))
    assert await pair.look() == 2
    for content in (await pair.letters()).values():
        assert "Neither of you is told the name" in content.text
        assert "Grief" not in content.subject


async def test_of_three_one_is_told_of_nobody_until_a_fourth_comes(pair: Pair) -> None:
    await pair.begin()
    await pair.join("Cy")
    assert [await pair.look(), await pair.look(AT + MINUTE)] == [2, 0]
    await pair.join("Di")
    assert await pair.look(AT + 2 * MINUTE) == 2
    assert len(await pair.letters()) == 4


async def test_many_looks_at_once_tell_each_person_once(pair: Pair) -> None:
    await pair.begin()
    for name in ("Cy", "Di", "Eve", "Flo"):
        await pair.join(name)
    assert sum(await asyncio.gather(*(pair.look() for _ in range(4)))) == 6
    assert await pair.admin.fetchval("SELECT count(DISTINCT other_id) FROM companion") == 6


@pytest.mark.parametrize(
    ("zones", "first"),
    [
        (("America/New_York", "America/New_York"), datetime(2026, 11, 25, 10, tzinfo=HERE)),
        (("America/Los_Angeles", "America/New_York"), datetime(2026, 11, 25, 12, tzinfo=HERE)),
        (("America/New_York", "Pacific/Honolulu"), datetime(2026, 11, 25, 14, tzinfo=HERE)),
    ],
)
async def test_the_letters_come_two_days_before_while_both_are_awake(pair: Pair, zones: tuple[str, str], first: datetime) -> None:
    """A look at every hour from three days before to the start."""
    await pair.begin(zones=zones)
    looks = {at: await pair.look(at) for at in (BEGINS - 72 * HOUR + hours * HOUR for hours in range(73))}
    assert {at: written for at, written in looks.items() if written} == {first: 2}
    assert all(time(9) <= first.astimezone(ZoneInfo(zone)).time() < time(19) for zone in zones)


async def test_a_day_before_it_is_too_late(pair: Pair) -> None:
    await pair.begin()
    assert [await pair.look(BEGINS - 24 * HOUR + hours * HOUR) for hours in range(24)] == [0] * 24


async def test_a_letter_that_could_not_leave_in_time_does_not_leave_at_night(pair: Pair, send: Deliver) -> None:
    await pair.begin()
    assert await pair.look(AT) == 2
    assert (await send(at=datetime(2026, 11, 25, 19, tzinfo=HERE))).sent == 0


async def test_who_presses_the_button_is_told_of_no_more_and_nobody_of_them(pair: Pair, db: Database, send: Deliver) -> None:
    await pair.begin()
    assert await pair.look() == 2
    async with db.transaction() as conn:
        await leave(conn, Link(Purpose.COMPANY, pair.bo, NOBODY, 0), now=AT)
    assert (await send(at=AT)).sent == 0
    living = await pair.admin.fetch("SELECT purpose FROM consent WHERE resident_id = $1 AND withdrawn_at IS NULL", pair.bo)
    assert [row["purpose"] for row in living] == ["digest"]


async def test_a_date_that_moves_after_the_letters_has_letters_of_its_own(pair: Pair, send: Deliver) -> None:
    await pair.begin()
    assert await pair.look() == 2
    assert (await send(at=AT)).sent == 2
    await pair.change(GONE["moved"])
    assert await pair.look(AT + HOUR) == 2
