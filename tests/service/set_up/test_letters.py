"""The page on letters: a test letter by the real queue and way out, what became of it, and the DNS records to copy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime

import asyncpg
import httpx
import pytest
from litestar.testing import AsyncTestClient

from service.db import Database
from service.mail.deliver import Sender, deliver
from service.mail.model import Tally
from service.mail.transport import Smtp
from service.set_up.dns import outlook
from service.settings import ServiceSettings
from tests.service.mail.neighbors import SECRET, VAULT
from tests.service.mail.peer import Peer, smtp_peer
from tests.service.set_up.conftest import TOWN, send
from tests.service.visitor import HOME, Browser, Hands, app_with

TO = "tess.invented@example.net"
FROM = "Doorstep <hello@letters.riverton-neighbors.us>"


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with smtp_peer() as running:
        yield running


@pytest.fixture
async def visitor(database_url: str, hands: Hands, peer: Peer, link: str) -> AsyncIterator[Browser]:
    """A browser on the page on letters, where letters leave by a mail server."""
    settings = ServiceSettings(
        database_url=database_url, secret_keys=SECRET.decode(), mail_url=f"smtp://127.0.0.1:{peer.port}", mail_from=FROM, base_url=HOME
    )
    with app_with(settings, hands) as app:
        async with AsyncTestClient(app, base_url=HOME) as opened:
            opened.headers["sec-fetch-site"] = "same-origin"
            await send(opened, link, "town", TOWN)
            yield opened


async def round_of(worker_db: Database, peer: Peer, now: datetime) -> None:
    """A worker that looks until there was a letter."""
    transport = Smtp(f"smtp://127.0.0.1:{peer.port}", mail_from=FROM, send_s=1)
    sender = Sender(database=worker_db, transport=transport, vault=VAULT, mail_from=FROM, clock=lambda: now)
    while await deliver(sender, stop=asyncio.Event()) == Tally():  # noqa: ASYNC110 - a worker that looks by itself
        await asyncio.sleep(0.05)
    await transport.close()


async def tested(visitor: Browser, link: str, worker_db: Database, peer: Peer, now: datetime) -> str:
    """The page after the test letter was asked for and a worker had it in hand."""
    answer, _ = await asyncio.gather(send(visitor, link, "sender/test", {"to": TO}, shown_at="sender"), round_of(worker_db, peer, now))
    assert answer.headers["location"] == f"{link}/sender"
    return (await visitor.get(f"{link}/sender")).text


async def test_a_test_letter_leaves_by_the_real_way_and_the_page_says_so(
    visitor: Browser, link: str, worker_db: Database, peer: Peer, now: datetime
) -> None:
    html = await tested(visitor, link, worker_db, peer, now)
    assert [to for to, _ in peer.taken] == [TO]
    assert b"Riverton Neighbors" in peer.taken[0][1]
    assert "Your mail server took the letter at 10:00" in html


@pytest.mark.parametrize(("reply", "words"), [
    ("550 5.1.1 No such person", "The letter was refused. The mail server said: 550 5.1.1 No such person"),
    ("550 5.7.1 SPF says no", "The letter was refused. The mail server said: 550 5.7.1 SPF says no"),
    ("451 4.7.1 Come back later", "could not be sent yet. Doorstep tries again by itself. The mail server said: 451 4.7.1 Come back later"),
])  # fmt: skip
async def test_a_letter_that_was_not_taken_says_what_the_server_said(
    visitor: Browser, link: str, worker_db: Database, peer: Peer, now: datetime, admin: asyncpg.Connection, reply: str, words: str
) -> None:
    peer.rcpt[TO] = reply
    assert words in await tested(visitor, link, worker_db, peer, now)
    assert await admin.fetchval("SELECT count(*) FROM suppression") == 0, "a test says nothing about the person"


async def test_a_letter_that_may_have_arrived_is_said_to_be_in_doubt(
    visitor: Browser, link: str, worker_db: Database, peer: Peer, now: datetime
) -> None:
    peer.data[TO] = "drop"
    assert "The letter may have arrived, or not." in await tested(visitor, link, worker_db, peer, now)


async def test_what_is_no_address_gets_no_letter(visitor: Browser, link: str, admin: asyncpg.Connection) -> None:
    answer: httpx.Response = await send(visitor, link, "sender/test", {"to": "tess at home"}, shown_at="sender")
    assert answer.status_code == 422
    assert 'value="tess at home"' in answer.text
    assert await admin.fetchval("SELECT count(*) FROM letter") == 0


async def test_the_typed_address_is_sealed(
    visitor: Browser, link: str, worker_db: Database, peer: Peer, now: datetime, admin: asyncpg.Connection
) -> None:
    await tested(visitor, link, worker_db, peer, now)
    row = await admin.fetchrow("SELECT id, to_email FROM letter")
    assert row
    assert TO.encode() not in row["to_email"]
    assert VAULT.open(row["to_email"], place="letter.to_email", row=row["id"]) == TO


async def test_the_page_names_the_way_and_the_records_to_copy(visitor: Browser, link: str) -> None:
    html = (await visitor.get(f"{link}/sender")).text
    for words in (
        "By the mail server 127.0.0.1",
        "v=spf1 a:127.0.0.1 ~all",
        "_dmarc.letters.riverton-neighbors.us",
        "does not sign its letters yet",
    ):
        assert words in html
    assert "the name is kept for examples" not in html


@pytest.mark.parametrize("domain", ["example.org", "doorstep.example.org", "a.test", "localhost", "town", "x.invalid", "EXAMPLE.com"])
def test_a_sender_that_nobody_can_be_is_called_out(domain: str) -> None:
    assert outlook(ServiceSettings(mail_from=f"Doorstep <hello@{domain}>")).is_nobodys


def test_a_senders_own_domain_gets_its_records() -> None:
    seen = outlook(
        ServiceSettings(mail_from="Doorstep <hello@Letters.Riverton-Neighbors.us>", mail_url="smtps://mail.riverton-neighbors.us:465")
    )
    assert not seen.is_nobodys
    assert (seen.way, seen.host) == ("smtp", "mail.riverton-neighbors.us")
    assert seen.spf == ("letters.riverton-neighbors.us", "TXT", "v=spf1 a:mail.riverton-neighbors.us ~all")
    assert seen.dmarc == ("_dmarc.letters.riverton-neighbors.us", "TXT", "v=DMARC1; p=none")


def test_a_password_in_the_settings_stays_there() -> None:
    seen = outlook(ServiceSettings(mail_url="smtp://user:secret@mail.example.org:587"))
    assert "secret" not in repr(seen)
