"""Who may look into the local mailbox: a browser on this machine, and elsewhere the operator alone."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from functools import partial
from pathlib import Path

import asyncpg
import httpx
import pytest

from service.db import Database
from service.mail.transport import Maildir
from service.organizations import sessions
from tests.service.mail.conftest import Deliver, Queue
from tests.service.mail.neighbors import VAULT, Town, make_resident
from tests.service.served import served

Opened = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]
PUBLIC = {"base_url": "https://doorstep.example.org"}


@pytest.fixture
def opened(database_url: str, admin_url: str, redis_url: str, maildir: Path, now: datetime) -> Opened:
    return partial(served, database_url, admin_url, redis_url, mail=maildir, now=now)


@pytest.fixture
async def at_home(opened: Opened) -> AsyncIterator[httpx.AsyncClient]:
    async with opened() as client:
        yield client


async def test_a_browser_on_this_machine_sees_the_mailbox(at_home: httpx.AsyncClient) -> None:
    port = at_home.base_url.port
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", "doorstep.localhost", "[::1]:80"):
        assert (await at_home.get("/mailbox", headers={"host": host})).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-for": "203.0.113.9"},
        {"x-forwarded-for": "127.0.0.1"},
        {"X-Forwarded-Host": "doorstep.example.org"},
        {"x-forwarded-proto": "https"},
        {"forwarded": "for=127.0.0.1"},
        {"via": "1.1 proxy"},
        {"x-real-ip": "127.0.0.1"},
        {"host": "rebound.example.org"},
        {"host": "127.0.0.1.example.org"},
        {"host": "localhost@rebound.example.org"},
        {"host": "192.0.2.7"},
        {"host": "]["},
    ],
)
async def test_what_came_through_a_proxy_or_under_another_name_is_led_to_the_sign_in(
    at_home: httpx.AsyncClient, headers: dict[str, str], queue: Queue, send: Deliver, admin: asyncpg.Connection, town: Town, now: datetime
) -> None:
    letter = await queue(resident_id=await make_resident(admin, town, now=now, email="ada@example.org"))
    await send()
    for path in ("/mailbox", f"/mailbox/{letter.hex}", f"/mailbox/{letter.hex}/html"):
        answer = await at_home.get(path, headers=headers)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
        assert "ada@" not in answer.text


@pytest.mark.parametrize("settings", [PUBLIC, {"trusted_proxies": "127.0.0.1"}, {"base_url": "http://192.0.2.7:8000"}])
async def test_where_others_can_come_in_even_this_machine_has_to_sign_in(opened: Opened, settings: dict[str, str]) -> None:
    async with opened(**settings) as client:
        assert (await client.get("/mailbox")).status_code == 303


async def test_a_proxy_that_speaks_http_1_0_and_adds_nothing_is_no_browser(at_home: httpx.AsyncClient) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", at_home.base_url.port)
    writer.write(b"GET /mailbox HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
    answer = await reader.read()
    writer.close()
    assert answer.split(b"\r\n")[0].split()[1] == b"303"


@pytest.fixture
async def operator(admin: asyncpg.Connection, town: Town) -> None:
    await admin.execute(
        "INSERT INTO organization (id, kind, slug, name, region_id, postal_address, lat, lon, zone, created_at)"
        " SELECT uuidv7(), 'operator', 'invented-operator', 'Invented Operator', region_id, postal_address, lat, lon, zone, created_at"
        " FROM organization LIMIT 1"
    )


async def test_the_operator_who_signed_in_sees_it_from_anywhere(opened: Opened, operator: None, worker_db: Database, now: datetime) -> None:
    async with opened(**PUBLIC) as client:
        async with worker_db.transaction() as conn:
            link = await sessions.invite(
                conn, vault=VAULT, email="op@example.org", organization="invented-operator", role="operator",
                base_url="", language="en", now=now,
            )  # fmt: skip
        cookie = await _entered(client, link)
        assert (await client.get("/mailbox", headers={"cookie": cookie})).status_code == 200


async def test_other_staff_do_not(opened: Opened, town: Town, worker_db: Database, now: datetime) -> None:
    async with opened(**PUBLIC) as client:
        async with worker_db.transaction() as conn:
            link = await sessions.invite(
                conn, vault=VAULT, email="rosa@example.org", organization="riverton-center", role="owner",
                base_url="", language="en", now=now,
            )  # fmt: skip
        cookie = await _entered(client, link)
        assert (await client.get("/mailbox", headers={"cookie": cookie})).status_code == 404


async def _entered(client: httpx.AsyncClient, link: str) -> str:
    """The cookie of the session that a mailed link opens."""
    answer = await client.post(link)
    assert answer.status_code == 303
    return answer.headers["set-cookie"].split(";")[0]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_letters_are_for_their_owner_alone_whatever_the_umask_and_also_older_ones(maildir: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        (maildir / "new").mkdir(parents=True)
        (maildir / "new" / "old.eml").write_bytes(b"Subject: old\r\n\r\n")
        maildir.chmod(0o755)
        asyncio.run(Maildir(maildir).send("fresh", b"Subject: fresh\r\n\r\n", to="ada@example.org"))
    finally:
        os.umask(before)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [maildir, *maildir.rglob("*")]}
    assert {oct(mode) for path, mode in modes.items() if path.is_dir()} == {"0o700"}
    assert {oct(mode) for path, mode in modes.items() if path.is_file()} == {"0o600"}
    assert sorted(path.name for path in modes if path.is_file()) == ["fresh.eml", "old.eml"]
