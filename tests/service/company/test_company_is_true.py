"""Every sentence of the letters about company, and of their page, held against what is so; and what its button does."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from service.company.actions import tell_newcomers
from service.db import Database
from service.ids import new_id
from service.mail.actions import open_content
from service.mail.letter_context import LetterContext
from service.registrations import actions
from service.tokens import Purpose, Tokens
from tests.sentences_used import sentences_in
from tests.service.company.people import PAST_DATE, VISIT
from tests.service.mail.neighbors import SECRET, VAULT, Date, Town, make_resident, make_session, make_town
from tests.service.test_sentences_are_true import check
from tests.service.truths import LABEL, TRUTHS, Facts
from tests.service.visitor import HOME, Hands, browser

TOKENS = Tokens([SECRET])
ROOM = "service/company/"
# What each of two people with seats agreed to; a host of welcome came three times.
SITUATIONS = [
    (("company",), ("company",)),
    (("company", "company_name"), ("company", "company_name")),
    (("company",), ("welcome_host",)),
    (("company", "company_name"), ("company", "company_name", "welcome_host")),
]
OTHERS = """
SELECT g.resident_id, g.state AS seat, n.resident_id IN (SELECT resident_id FROM letter WHERE kind = 'company') AS is_told,
       (SELECT count(*) FROM answer AS x WHERE x.matcher_id = n.matcher_id AND x.answer = 'attended') AS came,
       EXISTS (SELECT FROM consent AS c WHERE c.resident_id = n.resident_id AND c.purpose = 'welcome_host' AND c.withdrawn_at IS NULL)
         AS is_glad
FROM registration AS g JOIN pseudonym AS n ON n.resident_id = g.resident_id
WHERE g.session_id = $1 AND g.resident_id <> $2
"""
ASKED = """
SELECT s.starts_at, s.zone, a.title, a.meeting_point, a.place_name,
       NOT EXISTS (
         SELECT FROM answer AS x JOIN pseudonym AS n USING (matcher_id) WHERE n.resident_id = $2 AND x.answer = 'attended') AS is_new,
       (SELECT count(*) FROM consent AS c WHERE c.purpose = 'company_name' AND c.withdrawn_at IS NULL) = 2 AS both_give_names,
       EXISTS (SELECT FROM consent AS c WHERE c.resident_id = $2 AND c.purpose = 'company' AND c.withdrawn_at IS NULL) AS wants_company,
       EXISTS (SELECT FROM consent AS c WHERE c.resident_id = $2 AND c.purpose = 'welcome_host' AND c.withdrawn_at IS NULL) AS is_glad
FROM session AS s JOIN activity AS a ON a.id = s.activity_id WHERE s.id = $1
"""


async def neighbor(
    admin: asyncpg.Connection, worker_db: Database, town: Town, date: Date, name: str, now: datetime, *purposes: str
) -> UUID:
    person = await make_resident(admin, town, now=now, email=f"{name.lower()}@example.org")
    await admin.execute(
        "UPDATE resident SET name = $2 WHERE id = $1", person, VAULT.seal(f"{name} Byron", place="resident.name", row=person)
    )
    for purpose in purposes:
        await admin.execute(
            "INSERT INTO consent (resident_id, purpose, version, language, wording, source, given_at)"
            " VALUES ($1, $2, 2, 'en', 'Yes, tell them.', 'form', $3)", person, purpose, now,
        )  # fmt: skip
    async with worker_db.transaction() as conn:
        await actions.accept(conn, session_id=date.id, resident_id=person, now=now)
    return person


async def facts(admin: asyncpg.Connection, date: Date, reader: UUID, names: dict[UUID, str]) -> Facts:
    row = await admin.fetchrow(ASKED, date.id, reader)
    assert row
    others = [dict(other) | {"name": names[other["resident_id"]]} for other in await admin.fetch(OTHERS, date.id, reader)]
    newcomers, regulars = [other for other in others if not other["came"]], [other for other in others if other["came"]]
    return dict(row) | {"newcomers": newcomers, "hosts": regulars}


async def come_three_times(admin: asyncpg.Connection, date: Date, person: UUID, now: datetime) -> None:
    """Rows of dates that are over, and of visits to them."""
    for weeks in (1, 2, 3):
        at, past = now - timedelta(weeks=weeks), new_id(now)
        await admin.execute(PAST_DATE, date.center_id, past, date.activity_id, at.replace(tzinfo=None), at, at + timedelta(hours=1))
        await admin.execute(VISIT, person, past, date.activity_id, None, at)


@pytest.mark.parametrize("meeting_point", ["", "The blue door"])
async def test_the_letter_and_its_page_say_what_is_so(
    admin: asyncpg.Connection, worker_db: Database, database_url: str, tmp_path: Path, now: datetime, meeting_point: str
) -> None:
    wrong, seen = list[tuple[str, str]](), set[str]()
    for of_ada, of_bo in SITUATIONS:
        await admin.execute("TRUNCATE organization, region CASCADE")
        town = await make_town(admin, now=now)
        date = await make_session(admin, town, now=now, starts_in=timedelta(days=2), meeting_point=meeting_point)
        names = {
            await neighbor(admin, worker_db, town, date, name, now, *agreed): name for name, agreed in (("Ada", of_ada), ("Bo", of_bo))
        }
        reader = list(names)[1]
        if "welcome_host" in of_bo:
            await come_three_times(admin, date, reader, now)
        assert await tell_newcomers(worker_db, LetterContext(vault=VAULT, tokens=TOKENS, base_url=HOME), now=now) == 2
        for row in await admin.fetch("SELECT id, resident_id, content FROM letter WHERE kind = 'company'"):
            content = open_content(VAULT, row["content"], letter_id=row["id"], language="en")
            so = await facts(admin, date, row["resident_id"], names)
            wrong += [("letter", sentence) for sentence in check(f"{content.subject}\n{content.text}", so, seen, ROOM)]
        path = f"/company/{TOKENS.mint(Purpose.COMPANY, resident_id=reader, epoch=0)}"
        async with browser(database_url, Hands(now), tmp_path) as visitor:
            for _ in range(2):
                so, page = await facts(admin, date, reader, names), await visitor.get(path)
                wrong += [("page", sentence) for sentence in check(page.text, so, seen, f"{ROOM}templates/")]
                await visitor.post(path)
    assert not wrong
    assert {sentence for sentence in sentences_in(ROOM) if TRUTHS.get(sentence, LABEL) is not LABEL} <= seen


async def test_looking_changes_nothing_and_an_old_or_wrong_link_explains_itself(
    admin: asyncpg.Connection, worker_db: Database, database_url: str, tmp_path: Path, now: datetime
) -> None:
    town = await make_town(admin, now=now)
    date = await make_session(admin, town, now=now)
    person = await neighbor(admin, worker_db, town, date, "Ada", now, "company", "company_name")
    living = "SELECT count(*) FROM consent WHERE withdrawn_at IS NULL"
    async with browser(database_url, Hands(now), tmp_path) as visitor:
        link = TOKENS.mint(Purpose.COMPANY, resident_id=person, epoch=0)
        assert (await visitor.get(f"/company/{link}")).status_code == 200
        assert await admin.fetchval(living) == 3
        revoked = TOKENS.mint(Purpose.COMPANY, resident_id=person, epoch=1)
        other = TOKENS.mint(Purpose.STOP, resident_id=person, epoch=0)
        assert [(await visitor.post(f"/company/{wrong}")).status_code for wrong in (revoked, other)] == [410, 404]
        assert await admin.fetchval(living) == 3
        assert (await visitor.post(f"/company/{link}")).status_code == 200
        assert await admin.fetchval(living) == 1, "the weekly letter goes on"
