"""The sign-up form as a weapon against strangers' mailboxes: one token, one address block, one form; and who must not be hindered."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from html import unescape
from itertools import count
from pathlib import Path

import asyncpg
import httpx
import pytest

from service.db import Database
from service.errors import TooMany
from service.forms import actions as forms
from service.residents import allowance
from service.residents.allowance import PER_BLOCK, PER_FORM
from service.web.client_address import address_block
from service.web.form_token import LIFE, FormTokens
from tests.service.mail.neighbors import SECRET, VAULT, Town
from tests.service.served import served

PROXY = {"trusted_proxies": "127.0.0.1"}


@pytest.fixture
def tokens(now: datetime) -> Iterator[str]:
    """A freshly opened form each time."""
    return (FormTokens([SECRET]).mint("sign-up", nonce=f"opening-{number}", now=now - timedelta(minutes=1)) for number in count())


@pytest.fixture
async def behind_proxy(
    database_url: str, admin_url: str, redis_url: str, tmp_path: Path, now: datetime
) -> AsyncIterator[httpx.AsyncClient]:
    async with served(database_url, admin_url, redis_url, mail=tmp_path / "mail", now=now, **PROXY) as client:
        yield client


@pytest.fixture
async def at_home(database_url: str, admin_url: str, redis_url: str, tmp_path: Path, now: datetime) -> AsyncIterator[httpx.AsyncClient]:
    async with served(database_url, admin_url, redis_url, mail=tmp_path / "mail", now=now) as client:
        yield client


async def send(client: httpx.AsyncClient, number: int, token: str, *, host: str = "") -> httpx.Response:
    fields = {"email": f"n{number}@residents.example.org", "zip": "10001", "consent": "digest", "words": "chess", "form_token": token}
    return await client.post("/f/riverton", data=fields, headers={"x-forwarded-for": host} if host else {})


async def send_all(client: httpx.AsyncClient, tokens: Iterator[str], hosts: list[str]) -> list[httpx.Response]:
    """One sign-up from each host, eight at a time."""
    turn = asyncio.Semaphore(8)

    async def in_turn(number: int, token: str, host: str) -> httpx.Response:
        async with turn:
            return await send(client, number, token, host=host)

    return await asyncio.gather(*(in_turn(number, next(tokens), host) for number, host in enumerate(hosts)))


async def test_one_opening_of_the_form_signs_up_one_address_however_many_are_typed_at_once(
    at_home: httpx.AsyncClient, town: Town, tokens: Iterator[str], admin: asyncpg.Connection
) -> None:
    token = next(tokens)
    answers = await asyncio.gather(*(send(at_home, number, token) for number in range(8)))
    assert Counter(answer.status_code for answer in answers) == {303: 1, 422: 7}
    assert await admin.fetchval("SELECT count(*) FROM letter") == 1
    refused = next(answer for answer in answers if answer.status_code == 422)
    assert "This page was already sent once." in refused.text
    assert "chess</textarea>" in refused.text


async def test_a_button_pressed_twice_is_the_same_as_once(
    at_home: httpx.AsyncClient, town: Town, tokens: Iterator[str], admin: asyncpg.Connection
) -> None:
    token = next(tokens)
    answers = await asyncio.gather(*(send(at_home, 1, token) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {303}
    assert await admin.fetchval("SELECT count(*) FROM letter") == 1


async def test_one_block_of_addresses_has_a_limit_and_says_so_kindly(
    behind_proxy: httpx.AsyncClient, town: Town, tokens: Iterator[str], admin: asyncpg.Connection
) -> None:
    hour = PER_BLOCK[0][1]
    answers = await send_all(behind_proxy, tokens, [f"203.0.113.{n}" for n in range(hour + 15)])
    assert Counter(answer.status_code for answer in answers) == {303: hour, 429: 15}
    assert await admin.fetchval("SELECT count(*) FROM letter") == hour
    limited = next(answer for answer in answers if answer.status_code == 429)
    assert 0 < int(limited.headers["retry-after"]) <= 3600
    assert "from another connection, such as your phone" in unescape(limited.text)
    assert "chess</textarea>" in limited.text
    assert (await send(behind_proxy, 900, next(tokens), host="198.51.100.1")).status_code == 303


async def test_a_header_that_no_trusted_proxy_wrote_makes_nobody_another_visitor(
    database_url: str, admin_url: str, redis_url: str, town: Town, tokens: Iterator[str], admin: asyncpg.Connection, tmp_path: Path,
    now: datetime,
) -> None:  # fmt: skip
    hour = PER_BLOCK[0][1]
    async with served(
        database_url, admin_url, redis_url, mail=tmp_path / "mail", now=now, base_url="http://doorstep.example.org"
    ) as client:
        answers = await send_all(client, tokens, [f"198.51.{n}.7" for n in range(hour + 5)])
    assert Counter(answer.status_code for answer in answers) == {303: hour, 429: 5}


async def test_whoever_tries_a_machine_of_their_own_signs_a_whole_town_up(
    at_home: httpx.AsyncClient, town: Town, tokens: Iterator[str], admin: asyncpg.Connection
) -> None:
    answers = [await send(at_home, number, next(tokens)) for number in range(PER_BLOCK[0][1] + 5)]
    assert {answer.status_code for answer in answers} == {303}


@pytest.mark.parametrize(("block", "most"), [("198.51.100.0/24", PER_BLOCK[0][1]), (None, PER_FORM[0][1])])
async def test_limits_are_exact_when_many_come_at_once(db: Database, now: datetime, block: str | None, most: int) -> None:
    taken = 0
    turn = asyncio.Semaphore(8)

    async def knock() -> None:
        nonlocal taken
        async with turn:
            with suppress(TooMany):
                async with db.transaction() as conn:
                    await allowance.count_sign_up(conn, VAULT, form="riverton", block=block, now=now)
                taken += 1

    await asyncio.gather(*(knock() for _ in range(most + 30)))
    assert taken == most


async def test_a_limit_ends_with_its_day_and_nothing_is_remembered_longer(
    db: Database, worker_db: Database, admin: asyncpg.Connection, now: datetime
) -> None:
    day = PER_BLOCK[1][1]
    taken = 0
    for number in range(day + 40):
        at = now.replace(hour=0) + timedelta(minutes=4 * number)
        with suppress(TooMany):
            async with db.transaction() as conn:
                await allowance.count_sign_up(conn, VAULT, form="riverton", block="198.51.100.0/24", now=at)
            taken += 1
    assert taken == day
    async with db.transaction() as conn:
        await allowance.count_sign_up(conn, VAULT, form="riverton", block="198.51.100.0/24", now=now + timedelta(days=1))
    async with worker_db.transaction() as conn:
        await allowance.forget(conn, now=now + timedelta(days=3))
    assert await admin.fetchval("SELECT count(*) FROM sign_up_use") == 0


async def test_a_used_opening_is_forgotten_when_its_token_is_too_old(
    at_home: httpx.AsyncClient, worker_db: Database, town: Town, tokens: Iterator[str], admin: asyncpg.Connection, now: datetime
) -> None:
    await send(at_home, 1, next(tokens))
    for later, left in ((timedelta(minutes=5), 1), (LIFE, 0)):
        async with worker_db.transaction() as conn:
            await forms.forget_uses(conn, now=now + later)
        assert await admin.fetchval("SELECT count(*) FROM form_use") == left


@pytest.mark.parametrize(
    ("host", "block"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:12:3456::1", "2001:db8:12:3400::/56"),
        ("fe80::1%eth0", "fe80::/56"),
        ("testclient", ""),
        ("", ""),
    ],
)
def test_neighbors_of_one_connection_share_a_block(host: str, block: str) -> None:
    assert address_block(host) == block
