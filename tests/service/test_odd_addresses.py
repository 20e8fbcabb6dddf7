"""One validator of e-mail addresses at every door: form, API, paper, invitations and sign-in refuse and take the same ones."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from service.crypto import Vault
from service.db import Database
from service.errors import Invalid
from service.forms.paper import import_residents
from service.organizations import sessions
from service.places.places import Places
from service.residents.actions import SignUpContext
from service.tokens import Tokens
from tests.service.api_clients import api_client
from tests.service.mail.neighbors import SECRET, VAULT, Town, make_town
from tests.service.visitor import Browser, Hands, browser

ODD = [
    "a@localhost",
    "a@[127.0.0.1]",
    "a%b@c",
    "a..b@example.org",
    "a@example.org.",
    '"a b"@example.org',
    "a" * 65 + "@example.org",
    "é@a.org",
]
FOREIGN = ("ada@bücher.example", "ada@xn--bcher-kva.example")


@pytest.fixture
def hands(now: datetime) -> Hands:
    return Hands(now)


@pytest.fixture
async def visitor(database_url: str, hands: Hands, tmp_path: Path) -> AsyncIterator[Browser]:
    async with browser(database_url, hands, tmp_path) as opened:
        yield opened


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


async def by_form(visitor: Browser, hands: Hands, address: str) -> bool:
    token = re.search(r'name="form_token" value="([^"]+)"', (await visitor.get("/f/riverton")).text)
    assert token
    hands.pass_by(timedelta(seconds=30))
    fields = {"email": address, "zip": "10001", "consent": "digest", "form_token": token[1]}
    return (await visitor.post("/f/riverton", data=fields, follow_redirects=False)).status_code == 303


async def by_paper(worker_db: Database, address: str, now: datetime) -> bool:
    text = io.StringIO()
    csv.writer(text).writerows([["email", "zip", "consent", "consent_on"], [address, "10001", "yes", now.date().isoformat()]])
    context = SignUpContext(Vault([SECRET]), Tokens([SECRET]), Places(), "http://127.0.0.1:1")
    report = await import_residents(worker_db, context, data=text.getvalue().encode(), form="riverton", now=now)
    return not report.refused


async def by_invitation(worker_db: Database, address: str, now: datetime) -> bool:
    try:
        async with worker_db.transaction() as conn:
            await sessions.invite(
                conn, vault=VAULT, email=address, organization="riverton-center", role="staff", base_url="", language="en", now=now
            )
    except Invalid as refusal:
        return refusal.fields != {"email": "email"}
    return True


@pytest.mark.parametrize("address", ODD)
async def test_no_door_takes_what_no_letter_reaches(
    visitor: Browser, hands: Hands, worker_db: Database, admin: asyncpg.Connection, town: Town, now: datetime, address: str
) -> None:
    partner = await api_client(
        worker_db, visitor, organization_id=town.partner_id, slug="riverton-partner", now=now, scopes=["signups:write"]
    )
    consent = {"purpose": "digest", "version": 1, "language": "en", "wording": "Yes, write to me.", "given_at": now.isoformat()}
    answer = await partner.send("POST", "/api/v1/forms/riverton/signups", {"email": address, "zip": "10001", "consent": [consent]})
    assert "#/email" in [error["pointer"] for error in answer.json()["errors"]]
    assert (await visitor.post("/sign-in", data={"email": address})).status_code == 422
    assert not await by_form(visitor, hands, address)
    assert not await by_paper(worker_db, address, now)
    assert not await by_invitation(worker_db, address, now)
    assert await admin.fetchval("SELECT (SELECT count(*) FROM resident) + (SELECT count(*) FROM staff)") == 0


async def test_an_international_domain_is_the_same_person_in_both_spellings(
    visitor: Browser, hands: Hands, worker_db: Database, admin: asyncpg.Connection, town: Town, now: datetime
) -> None:
    for address in FOREIGN:
        assert await by_form(visitor, hands, address)
        assert await by_paper(worker_db, address, now)
        assert await by_invitation(worker_db, address, now)
    for table in ("resident", "staff"):
        [row] = await admin.fetch(f"SELECT id, email FROM {table}")
        assert VAULT.open(row["email"], place=f"{table}.email", row=row["id"]) == FOREIGN[1]
