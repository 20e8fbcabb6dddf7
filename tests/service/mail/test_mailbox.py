"""The local mailbox and its pages."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import asyncpg
import httpx
import pytest
from litestar.testing import AsyncTestClient

from service.app import create_app
from service.mail.model import Content
from service.mail.transport import Maildir
from service.settings import ServiceSettings
from tests.service.mail.conftest import Deliver, Queue
from tests.service.mail.neighbors import SECRET, Town, make_resident
from tests.service.served import served

EVIL = Content(
    subject="<script>alert(1)</script>", text="See https://example.org/a?b=1&c=<b>\n", html="<p>Hello</p><script>alert(2)</script>"
)


def settings_with(database_url: str, mail_url: str) -> ServiceSettings:
    return ServiceSettings(database_url=database_url, secret_keys=SECRET.decode(), mail_url=mail_url)


@pytest.fixture
async def client(database_url: str, admin_url: str, redis_url: str, maildir: Path, now: datetime) -> AsyncIterator[httpx.AsyncClient]:
    async with served(database_url, admin_url, redis_url, mail=maildir, now=now) as running:
        yield running


async def test_letters_are_listed_and_shown_without_running_what_is_in_them(
    client: httpx.AsyncClient, admin: asyncpg.Connection, town: Town, queue: Queue, send: Deliver, now: datetime
) -> None:
    assert "There are no letters yet" in (await client.get("/mailbox")).text
    letter_id = await queue(resident_id=await make_resident(admin, town, now=now, email="ada@example.org"), contents={"en": EVIL})
    await send()
    listed = (await client.get("/mailbox")).text
    assert "ada@example.org" in listed
    assert "<script>alert" not in listed
    shown = await client.get(f"/mailbox/{letter_id.hex}")
    assert "&lt;b&gt;" in shown.text
    assert 'href="https://example.org/a?b=1&amp;c="' in shown.text
    assert "frame-src 'self'" in shown.headers["content-security-policy"]
    framed = await client.get(f"/mailbox/{letter_id.hex}/html")
    assert "sandbox" in framed.headers["content-security-policy"]
    assert "script-src" not in framed.headers["content-security-policy"]


@pytest.mark.parametrize("name", ["nothing", "..%2F..%2Fetc%2Fpasswd", "A", "a.eml"])
async def test_only_letters_can_be_opened(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"/mailbox/{name}")).status_code == 404
    assert (await client.get(f"/mailbox/{name}/html")).status_code == 404


async def test_there_is_no_mailbox_where_letters_really_leave(database_url: str, now: datetime) -> None:
    app = create_app(settings_with(database_url, "smtp://127.0.0.1:9"), lambda: now)
    async with AsyncTestClient(app, base_url="http://doorstep.local") as client:
        for path in ("/mailbox", "/mailbox/abc", "/mailbox/abc/html"):
            assert (await client.get(path)).status_code == 404


async def test_a_letter_that_is_cut_off_while_it_is_written_is_in_no_mailbox(tmp_path: Path) -> None:
    """The file system is full after the first bytes: nothing that a reader would take for a letter is left."""
    mailbox = Maildir(tmp_path / "mail")
    assert await mailbox.ready()
    program = (
        "import asyncio, pathlib, resource, signal, sys; from service.mail.transport import Maildir;"
        " signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096));"
        " print(asyncio.run(Maildir(pathlib.Path(sys.argv[1])).send('cut-off', b'x' * 100_000, to='ada@example.org')))"
    )
    run = await asyncio.create_subprocess_exec(sys.executable, "-c", program, str(tmp_path / "mail"), stdout=asyncio.subprocess.PIPE)
    outcome, _ = await run.communicate()
    assert outcome.startswith(b"Temp(")
    assert b"File too large" in outcome
    assert list((tmp_path / "mail" / "new").iterdir()) == []
