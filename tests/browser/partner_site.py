"""A partner's form and the partner's own site, two origins on loopback. A program, because a test of the browser has no event loop.

    python -m tests.browser.partner_site FOLDER

Answers each line of its input with one JSON line: "afresh" with the address of a new town whose form names no site, "name SITE" once
the form names it, "sign-in" with a fresh link of the partner's owner, "sources" with where the sign-ups came from.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any

import asyncpg

from migrations import runner
from service import embedded, local_stack
from service.clock import system_clock
from service.db import Database, open_database
from service.organizations import sessions
from service.settings import ServiceSettings
from tests.browser.arrivals import answering
from tests.service.mail.neighbors import SECRET, VAULT, make_town

PARTNER = "riverton-partner"
PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Riverton Library</title><meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>Riverton Library</h1><p>Before</p>
{body}
<p id="after">After</p></main></body>
</html>"""


@dataclass
class Site:
    """A site of somebody else: every path of it answers with the same page. origin: as a form names it; browsers take localhost for
    another site than 127.0.0.1, so a frame has a process of its own there, as on the web."""

    origin: str
    body: str = ""


@contextlib.contextmanager
def site() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = PAGE.format(body=shown.body).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *parts: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        shown = Site(f"http://localhost:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield shown
        server.shutdown()


async def answer(line: str, db: Database, admin: asyncpg.Connection, address: str) -> Any:
    now = datetime.now(UTC)
    if line == "afresh":
        await admin.execute("TRUNCATE organization, region, resident CASCADE")
        await make_town(admin, now=now)
        await admin.execute("UPDATE form SET languages = '{en,es,ar}'")
        return address
    if line.startswith("name "):
        return await admin.execute("UPDATE form SET origins = $1", [line.removeprefix("name ")])
    if line == "sources":
        return [row["source"] for row in await admin.fetch("SELECT source FROM sign_up ORDER BY created_at")]
    await admin.execute("DELETE FROM sign_in")  # the limit of links an hour is not what is looked at
    async with db.transaction() as conn:
        return await sessions.invite(
            conn, vault=VAULT, email="owner@example.org", organization=PARTNER, role="owner", base_url=address, language="en", now=now
        )


async def run(servers: embedded.Servers, folder: Path, answers: IO[str]) -> None:
    await runner.apply(servers.admin_url)
    admin = await asyncpg.connect(servers.admin_url)
    db = await open_database(servers.database_url, role="doorstep_app")
    with local_stack.listening("127.0.0.1", 0) as listener:
        settings = ServiceSettings(
            database_url=servers.database_url, admin_url=servers.admin_url, redis_url=servers.redis_url, secret_keys=SECRET.decode(),
            base_url=local_stack.address_of(*listener.getsockname()[:2]), mail_url=f"file:{folder / 'mail'}",
        )  # fmt: skip
        async with local_stack.whole(settings, system_clock, listener=listener, work=None) as address:
            while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
                print(json.dumps(await answer(line, db, admin, str(address).rstrip("/"))), file=answers, flush=True)
    await db.close()
    await admin.close()


if __name__ == "__main__":
    answering(run, Path(sys.argv[1]))
