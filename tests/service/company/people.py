"""People at one date, and what may be wrong about one of them, for the tests of company."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from service.company.actions import tell_newcomers
from service.db import Database
from service.ids import new_id
from service.mail.actions import open_content
from service.mail.letter_context import LetterContext
from service.mail.model import Content
from service.registrations import actions
from service.tokens import Tokens
from tests.service.mail.neighbors import SECRET, VAULT, Date, Town, make_resident, make_session

TOKENS = Tokens([SECRET])
BASE = "https://doorstep.example.org"
CONTEXT = LetterContext(vault=VAULT, tokens=TOKENS, base_url=BASE)
HERE = ZoneInfo("America/New_York")
AT = datetime(2026, 11, 25, 11, tzinfo=HERE)  # two days before the date
BEGINS = datetime(2026, 11, 27, 10, tzinfo=HERE)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
CONSENT = (
    "INSERT INTO consent (resident_id, purpose, version, language, wording, source, given_at)"
    " VALUES ($1, $2, 2, 'en', 'Yes, tell them.', 'form', $3)"
)
PAST_DATE = (
    "INSERT INTO session (organization_id, id, activity_id, original_local, starts_at_local, zone, starts_at, ends_at, changed_at)"
    " VALUES ($1, $2, $3, $4, $4, 'UTC', $5, $6, $5)"
)
VISIT = (
    "INSERT INTO answer (matcher_id, session_id, activity_id, answer, rating, at)"
    " SELECT matcher_id, $2, $3, 'attended', $4, $5 FROM pseudonym WHERE resident_id = $1"
)
NEWCOMER, HOST = ("company", "company_name"), ("welcome_host", "company_name")


class Pair:
    """Ada and Bo, who are new, have seats at a date of Friday at ten, and agreed to company and to names."""

    def __init__(self, admin: asyncpg.Connection, worker_db: Database, town: Town, now: datetime) -> None:
        self.admin, self.worker_db, self.town, self.now = admin, worker_db, town, now
        self.date: Date
        self.people: dict[str, UUID] = {}  # by mailbox

    async def begin(self, *, zones: tuple[str, str] = ("America/New_York", "America/New_York"), **facts: object) -> None:
        self.date = await make_session(self.admin, self.town, now=self.now, **({"starts_in": BEGINS - self.now} | facts))  # type: ignore[arg-type]
        self.ada, self.bo = [await self.join(name, zone=zone) for name, zone in zip(("Ada Byron", "Bo"), zones, strict=True)]

    async def join(self, name: str, *, zone: str = "America/New_York", mailbox: str = "", purposes: tuple[str, ...] = NEWCOMER) -> UUID:
        email = f"{mailbox or name.lower().replace(' ', '.')}@example.org"
        person = await make_resident(self.admin, self.town, now=self.now, email=email, zone=zone)
        self.people[email.removesuffix("@example.org")] = person
        sealed = VAULT.seal(name, place="resident.name", row=person)
        await self.admin.execute("UPDATE resident SET name = $2 WHERE id = $1", person, sealed)
        for purpose in purposes:
            await self.admin.execute(CONSENT, person, purpose, self.now)
        async with self.worker_db.transaction() as conn:
            await actions.accept(conn, session_id=self.date.id, resident_id=person, now=self.now)
        return person

    async def begin_with_host(self, *, zones: tuple[str, str] = ("America/New_York", "America/New_York"), **facts: object) -> None:
        """As `begin`, but Bo is a regular who is glad to greet."""
        self.date = await make_session(self.admin, self.town, now=self.now, **({"starts_in": BEGINS - self.now} | facts))  # type: ignore[arg-type]
        self.ada, self.bo = await self.join("Ada Byron", zone=zones[0]), await self.join_as_host("Bo", zone=zones[1])

    async def join_as_host(self, name: str, *, zone: str = "America/New_York", visits: tuple[int | None, ...] = (None, 0, 1)) -> UUID:
        """visits: how each past one was rated."""
        person = await self.join(name, zone=zone, purposes=HOST)
        for weeks, rating in enumerate(visits, start=1):
            session_id, at = new_id(self.now), self.now - weeks * timedelta(weeks=1)
            place = (self.date.center_id, session_id, self.date.activity_id)
            await self.admin.execute(PAST_DATE, *place, at.replace(tzinfo=None) + len(self.people) * MINUTE, at, at + HOUR)
            await self.admin.execute(VISIT, person, session_id, self.date.activity_id, rating, at + HOUR)
        return person

    async def look(self, at: datetime = AT) -> int:
        return await tell_newcomers(self.worker_db, CONTEXT, now=at)

    async def change(self, sql: str, person: UUID | None = None) -> None:
        """{resident} stands for the person, {matcher} for the pseudonym, {date}, {activity} and {center} for the date's."""
        resident = f"'{person or self.bo}'"
        blanks = {
            "resident": resident,
            "matcher": f"(SELECT matcher_id FROM pseudonym WHERE resident_id = {resident})",
            "date": f"'{self.date.id}'",
        }
        more = {"activity": f"'{self.date.activity_id}'", "center": f"'{self.date.center_id}'", "ada": f"'{self.ada}'"}
        await self.admin.execute(sql.format(**blanks, **more))

    async def letters(self) -> dict[UUID, Content]:
        rows = await self.admin.fetch("SELECT id, resident_id, content FROM letter WHERE kind = 'company'")
        return {row["resident_id"]: open_content(VAULT, row["content"], letter_id=row["id"], language="en") for row in rows}


ANSWERED = "INSERT INTO answer (matcher_id, session_id, activity_id, answer, at) VALUES ({matcher}, {date}, {activity}, '%s', now())"
BLOCKED = "INSERT INTO block (matcher_id, %s, at) VALUES (%s, %s, now())"
MATCHER_OF_ADA = "(SELECT matcher_id FROM pseudonym WHERE resident_id = {ada})"
# What is no longer right about one of the two, or about the date.
WRONG = {
    "no consent": "UPDATE consent SET withdrawn_at = given_at WHERE resident_id = {resident} AND purpose = 'company'",
    "a child": "UPDATE profile SET age_low = 13, age_high = 17 WHERE matcher_id = {matcher}",
    "perhaps a child": "UPDATE profile SET age_low = 17 WHERE matcher_id = {matcher}",
    "a group for children": "UPDATE activity SET age_max = 12",
    "was there": "DELETE FROM answer; " + ANSWERED % "attended",
    "waiting": "UPDATE registration SET state = 'waiting', waiting_since = now() WHERE resident_id = {resident}",
    "offered": "UPDATE registration SET state = 'offered', offer_until = now() WHERE resident_id = {resident}",
    "given back": "UPDATE registration SET state = 'cancelled' WHERE resident_id = {resident}",
    "stopped": "UPDATE resident SET status = 'stopped', stopped_at = confirmed_at WHERE id = {resident}",
    "paused": "UPDATE resident SET paused_until = '2027-01-01' WHERE id = {resident}",
    "no letters reach": "INSERT INTO suppression SELECT email_index, 'bounced', now() FROM resident WHERE id = {resident}",
    "blocked the activity": BLOCKED % ("activity_id", "{matcher}", "{activity}"),
    "blocked the center": BLOCKED % ("organization_id", "{matcher}", "{center}"),
    "blocked the other": BLOCKED % ("other_matcher_id", "{matcher}", MATCHER_OF_ADA),
    "is blocked by the other": BLOCKED % ("other_matcher_id", MATCHER_OF_ADA, "{matcher}"),
    "of one home": "UPDATE profile SET household_id = '01a208eb-c980-7d0a-bac3-ae4933e66ab0'",
    "called off": "UPDATE session SET state = 'cancelled', sequence = sequence + 1",
}
GONE = {
    "erased": "DELETE FROM resident WHERE id = {resident}",
    "moved": "UPDATE session SET starts_at = starts_at + interval '1 hour', ends_at = ends_at + interval '1 hour', sequence = sequence + 1",
    "elsewhere": "UPDATE session SET sequence = sequence + 1",
    "no name": "UPDATE consent SET withdrawn_at = given_at WHERE resident_id = {resident} AND purpose = 'company_name'",
}
