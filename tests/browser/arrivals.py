"""A center with guests who come in half an hour, behind a server of its own. A program, because a test of the browser has no event loop.

    python -m tests.browser.arrivals FOLDER

Answers each line of its input with one JSON line: "afresh" with the addresses of a center where nothing was noted yet, "sign-in" with a
fresh link, "noted" and "noted by hosts" with the database's own count of what was noted. It ends with its input.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

import asyncpg

from migrations import runner
from service import embedded
from service.db import Database, open_database
from service.organizations import sessions
from tests.conftest import NOW
from tests.service.centers.arrivals import Neighborhood
from tests.service.mail.neighbors import VAULT, Date, make_session, make_town
from tests.service.served import served

ROOT = Path(__file__).resolve().parents[2]
CENTER = "riverton-center"
GUESTS = (
    ("Maria Lopez", 1, ("step_free",)),
    ("Bartholomew Featherstonehaugh", 3, ("quiet",)),
    ("محمد علي", 1, ("quiet",)),
    ("", 2, ()),
)
NOTED = "SELECT state || ' ' || count(*) AS line FROM registration_change WHERE actor = $1 GROUP BY state"
NOTED_BY = {"noted": "staff", "noted by hosts": "host"}


@dataclass(frozen=True)
class Center:
    """today, roster: addresses of pages. ask: sends one line to the program and reads its answer."""

    today: str
    roster: str
    ask: Callable[[str], Any]


@contextlib.contextmanager
def program(folder: Path, module: str = "tests.browser.arrivals") -> Iterator[Callable[[str], Any]]:
    """A way to send it one line and read its answer, while it runs."""
    command = [sys.executable, "-m", module, str(folder)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(line: str) -> Any:
        assert process.stdin
        assert process.stdout
        process.stdin.write(f"{line}\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    try:
        yield ask
    finally:
        process.communicate(timeout=60)


async def neighborhood_of(admin: asyncpg.Connection, db: Database) -> Date:
    """A new one, in place of what was there."""
    await admin.execute("TRUNCATE organization, region, resident CASCADE")
    town = await make_town(admin, now=NOW)
    date = await make_session(admin, town, now=NOW, starts_in=timedelta(minutes=30))
    await make_session(admin, town, now=NOW, slug="choir", title="Choir", starts_in=timedelta(days=1))
    neighborhood = Neighborhood(db, admin, town, NOW)
    for number, (name, party, needs) in enumerate(GUESTS):
        await neighborhood.guest(date, f"n{number}@residents.example.org", name=name, party=party, needs=needs)
    return date


async def answer(line: str, db: Database, admin: asyncpg.Connection, address: str) -> object:
    if line == "afresh":
        date, base = await neighborhood_of(admin, db), f"{address}/center/{CENTER}"
        return {"today": f"{base}/today", "roster": f"{base}/dates/{date.id}/roster"}
    if line in NOTED_BY:
        lines = [row["line"] for row in await admin.fetch(NOTED, NOTED_BY[line])]
        return sorted([*lines, f"walk-in {await admin.fetchval('SELECT count(*) FROM walk_in')}"])
    await admin.execute("DELETE FROM sign_in")  # the limit of links an hour is not what is looked at
    async with db.transaction() as conn:
        return await sessions.invite(
            conn, vault=VAULT, email="host@example.org", organization=CENTER, role="staff", base_url=address, language="en", now=NOW
        )


async def run(servers: embedded.Servers, folder: Path, answers: IO[str]) -> None:
    await runner.apply(servers.admin_url)
    admin = await asyncpg.connect(servers.admin_url)
    db = await open_database(servers.database_url, role="doorstep_app")
    async with served(servers.database_url, servers.admin_url, servers.redis_url, mail=folder / "mail", now=NOW) as client:
        address = str(client.base_url).rstrip("/")
        while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
            print(json.dumps(await answer(line, db, admin, address)), file=answers, flush=True)
    await db.close()
    await admin.close()


def answering(run: Callable[[embedded.Servers, Path, IO[str]], Awaitable[None]], folder: Path) -> None:
    """The child's side of `program`: servers in a folder, and a program that answers line by line where nothing else is printed."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # the app's log goes to the standard output, too
    servers = embedded.start(folder / "data", fast_and_unsafe=True)

    async def live() -> None:
        await run(servers, folder, answers)

    try:
        asyncio.run(live())
    finally:
        servers.stop()


if __name__ == "__main__":
    answering(run, Path(sys.argv[1]))
