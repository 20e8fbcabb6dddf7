"""A neighborhood whose clock a test moves: pages behind a server, the worker's own looks, letters as files.

    python -m tests.browser.weeks FOLDER

Ada and Ben are invited to the same two groups each week. Answers each line of its input with one JSON line: "open" with the addresses of
the center's pages; "clock ISO" moves the clock, lets the worker look, and answers with the subjects of the letters that came; "letter
NAME WORDS" with the page of the newest letter to ada or ben whose subject holds these words, its text and its links; "taken" and "given
back" when somebody else takes all seats of the garden's first date and returns them; "sign-in" with a fresh link for the center.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
import re
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO
from uuid import UUID

import asyncpg

from migrations import runner
from service import embedded, local_stack
from service.organizations import sessions
from service.registrations import actions
from service.settings import ServiceSettings
from tests.browser.arrivals import answering
from tests.conftest import NOW
from tests.service.mail.neighbors import SECRET, VAULT, Date, Town, make_resident, make_session, make_town
from tests.service.visitor import Hands
from workers.context import Context, open_context
from workers.main import LANES, LOOKS

CENTER = "riverton-center"
READERS = {"ada": "ada@residents.example.org", "ben": "ben@residents.example.org"}
GARDEN_IN, CHOIR_IN = timedelta(days=5), timedelta(days=3)
WEEKLY, ROOM = "FREQ=WEEKLY;COUNT=4", 6  # seats of each date


@dataclass
class Neighborhood:
    """passer_by: somebody whom nobody writes to, with a large family. garden: its first date."""

    context: Context
    hands: Hands
    admin: asyncpg.Connection
    mailbox: Path
    garden: Date
    passer_by: UUID

    async def look(self, now: datetime) -> list[str]:
        """What one look queues another may deliver: a second round finds nothing new, or leaves nothing behind."""
        self.hands.now, before = now, set(self.mailbox.glob("new/*.eml"))
        for _ in range(2):
            for name in (name for lane in LANES for name in lane):
                await LOOKS[name](self.context)
        return [read(path)[1] for path in self.mailbox.glob("new/*.eml") if path not in before]

    async def seat(self, *, is_taken: bool) -> None:
        change = actions.accept if is_taken else actions.cancel
        async with self.context.database.transaction() as conn:
            await change(conn, session_id=self.garden.id, resident_id=self.passer_by, now=self.hands())

    def letter(self, name: str, words: str) -> dict[str, object]:
        """The newest by its file's name, which begins with the time of its making."""
        for path in sorted(self.mailbox.glob("new/*.eml"), reverse=True):
            address, subject, text = read(path)
            if READERS[name] in address and words in subject:
                return {"page": f"/mailbox/{path.stem}", "subject": subject, "text": text, "links": re.findall(r"https?://\S+", text)}
        raise LookupError(f"no letter {words!r} to {name}")


def read(path: Path) -> tuple[str, str, str]:
    """To whom, the subject, the plain text."""
    letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    body = letter.get_body(("plain",))
    return str(letter["To"]), str(letter["Subject"]), str(body.get_content()) if body else ""


async def opened(admin: asyncpg.Connection, town: Town) -> tuple[Date, UUID]:
    """The garden, and who passes by."""
    for address in READERS.values():
        await make_resident(admin, town, now=NOW, email=address, topics=("gardening", "singing"))
    passer_by = await make_resident(admin, town, now=NOW, email="passer-by@residents.example.org", party=ROOM, consent=False)
    garden = await make_session(admin, town, now=NOW, starts_in=GARDEN_IN, capacity=ROOM, rrule=WEEKLY)
    await make_session(
        admin, town, now=NOW, starts_in=CHOIR_IN, capacity=ROOM, rrule=WEEKLY, slug="choir", title="Evening choir", topics=("singing",)
    )
    return garden, passer_by


async def answer(line: str, neighborhood: Neighborhood, address: str) -> object:
    command, _, rest = line.partition(" ")
    if command == "open":
        base = f"{address}/center/{CENTER}"
        return {"home": address, "today": f"{base}/today", "roster": f"{base}/dates/{neighborhood.garden.id}/roster"}
    if command == "clock":
        return await neighborhood.look(datetime.fromisoformat(rest))
    if command == "letter":
        return neighborhood.letter(*rest.split(" ", 1))
    if command in ("taken", "given"):
        await neighborhood.seat(is_taken=command == "taken")
        return command
    async with neighborhood.context.database.transaction() as conn:
        return await sessions.invite(
            conn, vault=VAULT, email="host@example.org", organization=CENTER, role="staff", base_url=address, language="en",
            now=neighborhood.hands(),
        )  # fmt: skip


async def run(servers: embedded.Servers, folder: Path, answers: IO[str]) -> None:
    await runner.apply(servers.admin_url)
    admin, hands = await asyncpg.connect(servers.admin_url), Hands(NOW)
    garden, passer_by = await opened(admin, await make_town(admin, now=NOW))
    with local_stack.listening("127.0.0.1", 0) as listener:
        settings = ServiceSettings(
            database_url=servers.database_url, admin_url=servers.admin_url, redis_url=servers.redis_url, secret_keys=SECRET.decode(),
            base_url=local_stack.address_of(*listener.getsockname()[:2]), mail_url=f"file:{folder / 'mail'}",
        )  # fmt: skip
        async with (
            local_stack.whole(settings, hands, listener=listener, work=None) as address,
            open_context(settings, hands, asyncio.Event()) as context,
        ):
            neighborhood = Neighborhood(context, hands, admin, folder / "mail", garden, passer_by)
            while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
                print(json.dumps(await answer(line, neighborhood, str(address).rstrip("/"))), file=answers, flush=True)
    await admin.close()


if __name__ == "__main__":
    answering(run, Path(sys.argv[1]))
