"""People sign up by the form, read their letters and confirm or do not, with the code and the reminder and without."""

from __future__ import annotations

import asyncio
import math
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import asyncpg
import httpx
import msgspec
import numpy as np

from service import local_stack
from service.forms.pages import PURPOSE
from service.mail.actions import open_content
from service.mail.model import Content
from service.residents.confirmation import REMINDED_AFTER, SENT_AGAIN_AFTER
from service.settings import ServiceSettings
from service.web.form_token import FormTokens
from tests.conftest import NOW, Running
from tests.service.mail.neighbors import SECRET, VAULT, make_town
from tests.service.visitor import Hands
from tests.sign_ups.people import Person, invented
from workers.context import Context, open_context
from workers.deliver_letters import deliver_all
from workers.remind import remind

LATER = timedelta(hours=6)
AGAIN_MIN = SENT_AGAIN_AFTER / timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Arm:
    """What people may use of what is there."""

    name: str
    code: bool
    reminder: bool


ARMS = (Arm("neither", False, False), Arm("code", True, False), Arm("reminder", False, True), Arm("both", True, True))


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """confirmed_by_scanners: addresses whose links were fetched by a program alone, and that are confirmed all the same."""

    people: int
    confirmed: int
    confirmed_by_scanners: int
    letters: int


@dataclass
class Doorway:
    """What an arm is lived with: the pages, the worker, the clock, and the ledger to read letters from."""

    client: httpx.AsyncClient
    context: Context
    hands: Hands
    admin: asyncpg.Connection
    pages: dict[str, str]  # address -> its thank-you page

    async def sign_up(self, person: Person) -> None:
        token = FormTokens([SECRET]).mint(PURPOSE, nonce=secrets.token_urlsafe(9), now=self.hands() - timedelta(seconds=30))
        fields = {"email": person.email, "zip": "10001", "consent": "digest", "party": "1", "form_token": token}
        answer = await self.client.post("/f/riverton", data=fields)
        assert answer.status_code == 303, answer.text
        self.pages[person.email] = answer.headers["location"]

    async def letters(self, person: Person) -> list[Content]:
        """Oldest first."""
        rows = await self.admin.fetch(
            "SELECT l.id, l.content FROM letter AS l JOIN resident AS r ON r.id = l.resident_id"
            " WHERE r.email_index = $1 AND l.kind = 'confirm' AND l.state = 'sent' ORDER BY l.queued_at",
            VAULT.index(person.email),
        )
        return [open_content(VAULT, row["content"], letter_id=row["id"], language="en") for row in rows]

    async def press(self, letter: Content, *, twice: bool) -> None:
        """The button in the letter, and the one on its page."""
        [path] = set(re.findall(r"/confirm/[\w-]+", letter.text))
        await self.client.get(path)
        if twice:
            await self.client.post(path)

    async def type_code(self, person: Person, letter: Content, *, is_right: bool) -> None:
        [code] = re.findall(r"^\d{3} \d{3}$", letter.text, re.MULTILINE)
        await self.client.post(self.pages[person.email], data={"code": code if is_right else "1"})


async def lived(running: Running, database: str, folder: Path, arm: Arm, *, people: int, seed: int) -> Measured:
    """One arm in a database of its own. The people of all arms are the same, by `seed`."""
    hands = Hands(NOW)
    admin = await asyncpg.connect(running.admin_of(database))
    await make_town(admin, now=NOW)
    with local_stack.listening("127.0.0.1", 0) as listener:
        here = local_stack.address_of(*listener.getsockname()[:2])
        settings = ServiceSettings(
            database_url=running.login_of(database), admin_url=running.admin_of(database), secret_keys=SECRET.decode(),
            base_url=here, mail_url=f"file:{folder}",
        )  # fmt: skip
        async with (
            local_stack.whole(settings, hands, listener=listener, work=None) as address,
            open_context(settings, hands, asyncio.Event()) as context,
            httpx.AsyncClient(base_url=address, headers={"sec-fetch-site": "same-origin"}) as client,
        ):
            doorway = Doorway(client, context, hands, admin, {})
            measured = await _live(doorway, invented(np.random.default_rng(seed), people, arm=arm.name), arm)
    await admin.close()
    return measured


async def _live(doorway: Doorway, people: list[Person], arm: Arm) -> Measured:
    for person in people:
        await doorway.sign_up(person)
    await deliver_all(doorway.context)
    for person in people:
        if person.is_scanned:
            await _scan(doorway, person)
    by_scanners = await _confirmed(doorway)
    await _before_the_page(doorway, people, arm)
    doorway.hands.pass_by(LATER)
    await _later(doorway, people)
    doorway.hands.pass_by(REMINDED_AFTER)
    if arm.reminder:
        await _reminded(doorway, people)
    letters: int = await doorway.admin.fetchval("SELECT count(*) FROM letter WHERE state = 'sent'")
    return Measured(people=len(people), confirmed=await _confirmed(doorway), confirmed_by_scanners=by_scanners, letters=letters)


async def _scan(doorway: Doorway, person: Person) -> None:
    for letter in await doorway.letters(person):
        for path in re.findall(r"/[a-z]+/[\w-]{20,}", letter.text):
            await doorway.client.head(path)
            await doorway.client.get(path)


async def _before_the_page(doorway: Doorway, people: list[Person], arm: Arm) -> None:
    """Those who see the letter while the page is open, and those who ask for it again."""
    asking = [person for person in people if arm.code and min(person.stays_min, person.arrives_min) > AGAIN_MIN]
    doorway.hands.pass_by(SENT_AGAIN_AFTER)
    for person in asking:
        await doorway.client.post(doorway.pages[person.email], data={"do": "again"})
    await deliver_all(doorway.context)
    asked = {person.email for person in asking}
    for person in people:
        again_min = AGAIN_MIN + person.delays_min[1] if person.email in asked else math.inf
        if min(person.arrives_min, again_min) > person.stays_min:
            continue
        letter = (await doorway.letters(person))[-1]
        if arm.code and person.types:
            await doorway.type_code(person, letter, is_right=person.types_right)
        else:
            await doorway.press(letter, twice=person.presses_twice)


async def _later(doorway: Doorway, people: list[Person]) -> None:
    """Those who look into their mail again the same day, with the page long closed."""
    for person in people:
        if person.comes_back and math.isfinite(person.arrives_min) and person.arrives_min > person.stays_min:
            await doorway.press((await doorway.letters(person))[-1], twice=person.presses_twice)


async def _reminded(doorway: Doorway, people: list[Person]) -> None:
    await remind(doorway.context)
    doorway.hands.pass_by(timedelta(hours=20))  # past a night, in which nobody is written to
    await deliver_all(doorway.context)
    for person in people:
        letters = await doorway.letters(person)
        if person.reads_reminder and "still waits" in letters[-1].subject:
            await doorway.press(letters[-1], twice=person.presses_twice)


async def _confirmed(doorway: Doorway) -> int:
    count: int = await doorway.admin.fetchval("SELECT count(*) FROM resident WHERE status = 'active'")
    return count
