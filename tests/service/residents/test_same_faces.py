"""The same people again: a box that the matcher follows, told without names, and left by one press."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from service.db import Database
from service.digests.actions import compose_week
from service.mail.actions import open_content
from service.mail.letter_context import LetterContext
from service.matches import actions as matches
from service.residents.preferences import LINK_LIFE
from service.residents.same_faces import WORDS
from service.residents.small_changes import TAKE_BACK
from service.tokens import Purpose, Tokens
from service.web.i18n import say_in
from tests.service.confirmed import confirm_all
from tests.service.mail.neighbors import SECRET, VAULT, Date, Town, make_resident, make_session, make_town
from tests.service.residents.test_preferences import fields_on, link_of
from tests.service.visitor import HOME, Browser, Hands, browser

WEEK = date(2026, 11, 23)
TOLD = "People you have met before go there."
BUTTON = "No longer invite me with people I have met"
MEMBERS = 5
PROFILE = "UPDATE profile SET {columns} FROM pseudonym AS n WHERE n.matcher_id = profile.matcher_id AND n.resident_id = $1"


@pytest.fixture
def hands(now: datetime) -> Hands:
    return Hands(now)


@pytest.fixture
async def visitor(database_url: str, hands: Hands, tmp_path: Path) -> AsyncIterator[Browser]:
    async with browser(database_url, hands, tmp_path) as opened:
        yield opened


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


async def agreed(admin: asyncpg.Connection, resident: UUID) -> tuple[bool, list[bool]]:
    """What the matcher sees, and for each consent that was ever given, whether it lives."""
    cohorts = await admin.fetchval(
        "SELECT p.cohorts FROM profile AS p JOIN pseudonym AS n USING (matcher_id) WHERE n.resident_id = $1", resident
    )
    rows = await admin.fetch(
        "SELECT withdrawn_at IS NULL AS lives FROM consent WHERE resident_id = $1 AND purpose = 'same_faces' ORDER BY given_at, id",
        resident,
    )
    return cohorts, [row["lives"] for row in rows]


async def tick(visitor: Browser, hands: Hands, resident: UUID, *boxes: str) -> None:
    link = link_of(resident, until=hands.now + LINK_LIFE)
    page = await visitor.get(link)
    hands.pass_by(timedelta(minutes=1))
    answer = await visitor.post(link, data=fields_on(page.text) | {"same_faces": list(boxes)})
    assert fields_on(answer.text).get("same_faces", []) == list(boxes)


async def test_a_sign_up_is_not_asked_what_only_a_regular_can_know(
    visitor: Browser, hands: Hands, town: Town, db: Database, admin: asyncpg.Connection
) -> None:
    """Nor is a box kept whose words nobody was shown."""
    form = await visitor.get("/f/riverton")
    assert 'value="company"' in form.text
    assert not {"same_faces", "welcome_host"} & set(re.findall(r'value="(\w+)"', form.text))
    consent = ["digest", "same_faces", "welcome_host"]
    hands.pass_by(timedelta(seconds=30))
    await visitor.post("/f/riverton", data=fields_on(form.text) | {"email": "ada@example.org", "zip": "10001", "consent": consent})
    await confirm_all(db, admin, now=hands.now)
    assert await admin.fetchval("SELECT cohorts FROM profile") is False
    assert [row["purpose"] for row in await admin.fetch("SELECT purpose FROM consent")] == ["digest"]


@pytest.mark.parametrize("language", ["en", "es", "ar"])
async def test_the_box_of_the_own_page_keeps_the_words_that_were_shown(
    visitor: Browser, hands: Hands, town: Town, admin: asyncpg.Connection, now: datetime, language: str
) -> None:
    ada = await make_resident(admin, town, now=now, email="ada@residents.example.org", language=language)
    await admin.execute("UPDATE profile SET zip = '10001'")
    assert say_in(language)(WORDS) in unescape((await visitor.get(link_of(ada, until=hands.now + LINK_LIFE))).text)
    await tick(visitor, hands, ada, "same_faces")
    rows = await admin.fetch("SELECT wording, version, language, source FROM consent WHERE purpose = 'same_faces'")
    assert [tuple(row) for row in rows] == [(say_in(language)(WORDS), 1, language, "preferences")]


async def test_the_box_of_the_own_page_is_kept_and_taken_back_and_no_other_box_moves_it(
    visitor: Browser, hands: Hands, town: Town, admin: asyncpg.Connection, now: datetime
) -> None:
    ada = await make_resident(admin, town, now=now, email="ada@residents.example.org")
    await admin.execute("UPDATE profile SET zip = '10001'")
    assert await agreed(admin, ada) == (False, [])
    await tick(visitor, hands, ada, "same_faces")
    await tick(visitor, hands, ada, "same_faces")
    assert await agreed(admin, ada) == (True, [True])
    await admin.execute(
        "INSERT INTO consent (resident_id, purpose, version, language, wording, source, given_at)"
        " VALUES ($1, 'company', 1, 'en', 'Yes', 'form', $2)", ada, now,
    )  # fmt: skip
    await tick(visitor, hands, ada)
    assert await agreed(admin, ada) == (False, [False])
    assert await admin.fetchval("SELECT withdrawn_at FROM consent WHERE purpose = 'company'") is None


async def test_a_stop_ends_it_and_its_undoing_does_not_give_it_again(
    visitor: Browser, hands: Hands, town: Town, admin: asyncpg.Connection, now: datetime
) -> None:
    ada = await make_resident(admin, town, now=now, email="ada@residents.example.org")
    await admin.execute("UPDATE profile SET zip = '10001'")
    await tick(visitor, hands, ada, "same_faces")
    page = await visitor.get(link_of(ada, until=hands.now + LINK_LIFE))
    stop = re.findall(r'href="(/u/[^"]+)"', page.text)[0]
    for wish in ("stop", "undo"):
        await visitor.post(stop, data={"do": wish})
        assert await agreed(admin, ada) == (False, [False])


# From a morning together to the next letter.


class Group:
    """Five people who came to the garden two weeks ago and ticked the box, and others who came to none. The garden has three dates."""

    def __init__(self, admin: asyncpg.Connection, people: list[UUID], dates: list[Date]) -> None:
        self.admin, self.people, self.dates = admin, people, dates

    async def invited_to(self) -> list[UUID | None]:
        """The date of the garden for each of the five."""
        rows = await self.admin.fetch(
            "SELECT n.resident_id, m.session_id FROM match AS m JOIN pseudonym AS n USING (matcher_id)"
            " JOIN session AS s ON s.id = m.session_id WHERE s.activity_id = $1", self.dates[0].activity_id,
        )  # fmt: skip
        dates = {row["resident_id"]: row["session_id"] for row in rows}
        return [dates.get(person) for person in self.people]

    async def reasons(self) -> list[bool]:
        """Whether each of the five is told of people they have met."""
        rows = await self.admin.fetch("SELECT n.resident_id, m.reasons::text FROM match AS m JOIN pseudonym AS n USING (matcher_id)")
        readers = {row["resident_id"] for row in rows if '"faces"' in row["reasons"]}
        return [person in readers for person in self.people]


@pytest.fixture
async def group(visitor: Browser, hands: Hands, admin: asyncpg.Connection, town: Town, now: datetime) -> Group:
    first = await make_session(admin, town, now=now, capacity=14, starts_in=timedelta(days=3))
    days = (timedelta(days=3), timedelta(days=4), timedelta(days=5), timedelta(days=-14))
    dates = [first, *[await another(admin, first, now + starts_in) for starts_in in days[1:]]]
    people = [await make_resident(admin, town, now=now, email=f"n{at}@residents.example.org") for at in range(MEMBERS)]
    for at in range(12):
        await make_resident(admin, town, now=now, email=f"other{at}@residents.example.org")
    await admin.execute("UPDATE profile SET zip = '10001'")
    for at, person in enumerate(people):
        await tick(visitor, hands, person, "same_faces")
        await admin.execute(
            "INSERT INTO answer (matcher_id, session_id, activity_id, answer, at)"
            " SELECT matcher_id, $2, $3, 'attended', $4 FROM pseudonym WHERE resident_id = $1",
            *(person, dates[3].id, first.activity_id, now - timedelta(days=14)),
        )
        await admin.execute(PROFILE.format(columns="available = $2"), person, DAYS[at])
    return Group(admin, people, dates)


def free_on(*days: int) -> bytes:
    """Local days of the week, Monday first: 48 half hours each."""
    return b"".join(b"\xff" * 6 if day in days else b"\x00" * 6 for day in range(7))


# Thursday, Friday and Saturday are the three dates. Who is free on two of them has no reason of their own to choose Friday.
DAYS = [free_on(3, 4), free_on(4, 5), free_on(3, 4), free_on(4, 5), free_on(3, 4, 5)]


async def another(admin: asyncpg.Connection, first: Date, starts_at: datetime) -> Date:
    local, end = starts_at.replace(tzinfo=None), starts_at + timedelta(minutes=90)
    session: UUID = await admin.fetchval(
        "INSERT INTO session (organization_id, activity_id, original_local, starts_at_local, zone, starts_at, ends_at, changed_at)"
        " VALUES ($1, $2, $3, $3, 'America/New_York', $4, $5, $4) RETURNING id",
        first.center_id, first.activity_id, local, starts_at, end,
    )  # fmt: skip
    await admin.execute("INSERT INTO seats (session_id, capacity) VALUES ($1, 14)", session)
    return Date(session, first.activity_id, first.center_id)


async def letters_of(admin: asyncpg.Connection, worker_db: Database, now: datetime) -> dict[UUID, Any]:
    context = LetterContext(vault=VAULT, tokens=Tokens([SECRET]), base_url=HOME)
    await compose_week(worker_db, context, week=WEEK, now=now)
    rows = await admin.fetch("SELECT id, resident_id, content FROM letter WHERE kind = 'digest'")
    return {row["resident_id"]: open_content(VAULT, row["content"], letter_id=row["id"], language="en") for row in rows}


async def test_five_who_agreed_and_came_are_kept_together_and_told_so_without_names(
    group: Group, admin: asyncpg.Connection, worker_db: Database, now: datetime
) -> None:
    await matches.match_week(worker_db, region="riverton", week=WEEK, now=now)
    assert set(await group.invited_to()) == {group.dates[1].id}
    letters = await letters_of(admin, worker_db, now)
    for person in group.people:
        assert TOLD in letters[person].text
        assert not re.search(r"residents\.example|\b(?:four|five|4|5) (?:people|of)", letters[person].text)
    others = [content for resident, content in letters.items() if resident not in group.people]
    assert others
    assert not [content for content in others if TOLD in content.text]


async def test_fewer_than_four_who_agree_are_no_cohort(
    group: Group, visitor: Browser, hands: Hands, worker_db: Database, now: datetime
) -> None:
    for person in group.people[:2]:
        await tick(visitor, hands, person)
    await matches.match_week(worker_db, region="riverton", week=WEEK, now=now)
    assert len(set(await group.invited_to())) > 1


async def test_nobody_is_told_of_somebody_who_did_not_agree_or_is_blocked(
    group: Group, visitor: Browser, hands: Hands, admin: asyncpg.Connection, worker_db: Database, now: datetime
) -> None:
    """One person is left whom the other four could have met: first they do not agree, then they are blocked, either way round."""
    last, four = group.people[-1], group.people[:-1]
    for person in four[1:]:
        await tick(visitor, hands, person)

    async def reasons() -> list[bool]:
        await admin.execute("DELETE FROM match_run")
        await matches.match_week(worker_db, region="riverton", week=WEEK, now=now)
        return await group.reasons()

    assert await reasons() == [True, False, False, False, True]
    await tick(visitor, hands, last)
    assert await reasons() == [False] * MEMBERS
    await tick(visitor, hands, last, "same_faces")
    for one, other in ((four[0], last), (last, four[0])):
        await admin.execute(
            "INSERT INTO block (matcher_id, other_matcher_id, at) SELECT n.matcher_id, o.matcher_id, $3 FROM pseudonym AS n, pseudonym AS o"
            " WHERE n.resident_id = $1 AND o.resident_id = $2", one, other, now,
        )  # fmt: skip
        assert await reasons() == [False] * MEMBERS
        await admin.execute("DELETE FROM block")


async def test_one_press_behind_the_reason_leaves_and_can_be_taken_back(
    group: Group, visitor: Browser, hands: Hands, admin: asyncpg.Connection, worker_db: Database, now: datetime
) -> None:
    await matches.match_week(worker_db, region="riverton", week=WEEK, now=now)
    ada = group.people[0]
    text = (await letters_of(admin, worker_db, now))[ada].text
    why = re.findall(rf"{HOME}(/me/\S+/why/\S+)", text)[0]
    page = unescape((await visitor.get(why)).text)
    assert TOLD in page
    change = re.findall(r'action="(/change/[^"]+)"', page)[0]
    assert await agreed(admin, ada) == (True, [True]), "a look changes nothing"
    pressed = await visitor.post(change, data={"do": "same_faces"})
    assert "no longer try to invite you together" in unescape(pressed.text)
    assert await agreed(admin, ada) == (False, [False])
    gone = unescape((await visitor.get(why)).text)
    assert BUTTON not in gone
    assert "This has changed since the letter was written." in gone
    hands.pass_by(TAKE_BACK - timedelta(minutes=1))
    await visitor.post(change, data={"undo": "same_faces"})
    assert await agreed(admin, ada) == (True, [False, True])
    await visitor.post(change, data={"do": "same_faces"})
    hands.pass_by(TAKE_BACK)
    assert "can no longer be taken back" in (await visitor.post(change, data={"undo": "same_faces"})).text
    assert await agreed(admin, ada) == (False, [False, False])


async def test_the_page_of_small_changes_says_nothing_of_it(visitor: Browser, group: Group, admin: asyncpg.Connection) -> None:
    """Letters are forwarded: its button stands beside the reason alone, which is told only to those who agreed."""
    tokens = Tokens([SECRET])
    page = await visitor.get(f"/change/{tokens.mint(Purpose.CHANGE, resident_id=group.people[0], epoch=0, subject_id=UUID(int=1))}")
    assert "same_faces" not in page.text
