"""A partner's program signs people up: the same rule, the same letter, the same answer as the page; once for each retry."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import httpx
import pytest

from service.db import Database
from service.forms.api import OLDEST_CONSENT
from tests.rows import first_row
from tests.service.api_clients import Machine, api_client
from tests.service.confirmed import confirm_all
from tests.service.mail.neighbors import Town, make_town
from tests.service.visitor import Browser, Hands, browser

WORDS = "Yes, send me one letter a week with things to do near me. I can stop at any time."
PATH = "/api/v1/forms/riverton/signups"


@pytest.fixture
async def visitor(database_url: str, now: datetime, tmp_path: Path) -> AsyncIterator[Browser]:
    async with browser(database_url, Hands(now), tmp_path) as opened:
        yield opened


@pytest.fixture
async def partner(worker_db: Database, visitor: Browser, town: Town, now: datetime) -> Machine:
    return await api_client(worker_db, visitor, organization_id=town.partner_id, slug="riverton-partner", now=now, scopes=["signups:write"])


def consent_at(now: datetime) -> dict[str, object]:
    return {
        "purpose": "digest",
        "version": 3,
        "language": "en",
        "wording": WORDS,
        "given_at": (now - timedelta(hours=2)).isoformat(),
    }


def submission(now: datetime, **more: object) -> dict[str, object]:
    person = {"email": "Ottoline@residents.example.org", "zip": "10001", "interests": ["gardening"]}
    return person | {"consent": [consent_at(now)]} | more


async def test_a_sign_up_is_kept_as_from_the_page_with_the_consent_that_was_really_given(
    partner: Machine, worker_db: Database, admin: asyncpg.Connection, town: Town, now: datetime
) -> None:
    answer = await partner.send("POST", PATH, submission(now, name="Ottoline", needs=["seated"]))
    assert (answer.status_code, answer.json()) == (202, {"status": "received"})
    assert await admin.fetchval("SELECT status FROM resident") == "unconfirmed"
    assert await admin.fetchval("SELECT kind FROM letter") == "confirm"
    await confirm_all(worker_db, admin, now=now)
    consent = await first_row(admin, "SELECT purpose, version, language, wording, source, given_at, form_id FROM consent")
    assert tuple(consent) == ("digest", 3, "en", WORDS, "api", now - timedelta(hours=2), town.form_id)
    assert await admin.fetchval("SELECT organization_id FROM enrollment") == town.partner_id


async def test_the_answer_does_not_tell_who_is_known(partner: Machine, admin: asyncpg.Connection, now: datetime) -> None:
    def visible_parts(answer: httpx.Response) -> tuple[int, bytes, set[str]]:
        return answer.status_code, answer.content, set(answer.headers)

    first = await partner.send("POST", PATH, submission(now))
    await admin.execute("UPDATE resident SET status = 'active', confirmed_at = $1", now)
    assert visible_parts(first) == visible_parts(await partner.send("POST", PATH, submission(now)))


async def test_a_retry_signs_nobody_up_twice_and_keeps_no_word_of_the_person(
    partner: Machine, admin: asyncpg.Connection, now: datetime
) -> None:
    answers = await asyncio.gather(*(partner.send("POST", PATH, submission(now), Idempotency_Key="visit-1") for _ in range(6)))
    assert {(answer.status_code, answer.content) for answer in answers} == {(202, b'{"status":"received"}')}
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 5
    assert await admin.fetchval("SELECT count(*) FROM resident") == 1
    assert await admin.fetchval("SELECT count(*) FROM letter") == 1
    other = await partner.send("POST", PATH, submission(now, email="piers@residents.example.org"), Idempotency_Key="visit-1")
    assert other.status_code == 422
    assert await admin.fetchval("SELECT count(*) FROM resident") == 1
    stored = await admin.fetchval("SELECT t::text FROM first_answer AS t")
    assert "ottoline" not in stored.lower()
    assert b"ottoline".hex() not in stored.lower()


@pytest.mark.parametrize(
    ("wrong", "status", "fields"),
    [
        (
            {"email": "nobody", "party": 9, "travel": "plane", "consent": [], "password": "x"},
            400,
            {"#/email", "#/party", "#/travel", "#/consent", "#/password"},
        ),
        (
            {"email": "nobody", "zip": "", "interests": ["nonsense"], "age": "under_18"},
            400,
            {"#/email", "#/zip", "#/interests", "#/age"},
        ),
        ({"zip": "", "interests": ["nonsense"], "needs": ["a_lift"], "email": "é@example.org"}, 422, None),
        ({"zip": "00000"}, 422, {"#/zip"}),
        ({"age": "under_18"}, 422, {"#/age"}),
    ],
)
async def test_every_wrong_field_is_named_at_once_and_nothing_is_kept(
    partner: Machine, admin: asyncpg.Connection, now: datetime, wrong: dict[str, object], status: int, fields: set[str] | None
) -> None:
    answer = await partner.send("POST", PATH, submission(now, **wrong))
    named = {error["pointer"] for error in answer.json()["errors"]}
    assert (answer.status_code, named) == (status, fields or {"#/zip", "#/interests", "#/needs", "#/email"})
    assert await admin.fetchval("SELECT count(*) FROM resident") == 0


async def test_without_a_consent_to_the_letter_or_with_one_of_another_time_nobody_is_signed_up(
    partner: Machine, admin: asyncpg.Connection, now: datetime
) -> None:
    good = consent_at(now)
    wrong: list[tuple[object, int, str]] = [
        ([good | {"purpose": "research"}], 422, "#/consent"),
        ([good | {"wording": ""}], 400, "#/consent/0/wording"),
        ([good | {"given_at": "2026-11-23T10:00:00"}], 400, "#/consent/0/given_at"),
        ([good | {"given_at": (now + timedelta(hours=1)).isoformat()}], 422, "#/consent/0/given_at"),
        ([good | {"given_at": (now - OLDEST_CONSENT - timedelta(hours=1)).isoformat()}], 422, "#/consent/0/given_at"),
    ]
    for consent, status, field in wrong:
        answer = await partner.send("POST", PATH, submission(now, consent=consent))
        assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (status, [field])
    assert await admin.fetchval("SELECT count(*) FROM resident") == 0


async def test_a_partners_key_signs_up_by_its_own_forms_only(
    partner: Machine, admin: asyncpg.Connection, worker_db: Database, visitor: Browser, now: datetime
) -> None:
    elsewhere = await make_town(admin, now=now, slug="elsewhere")
    other = await api_client(worker_db, visitor, organization_id=elsewhere.partner_id, slug="elsewhere-partner", now=now)
    center = await api_client(worker_db, visitor, organization_id=elsewhere.center_id, slug="elsewhere-center", now=now)
    for who in (other, center):
        assert (await who.send("POST", PATH, submission(now))).status_code == 404
    assert (await partner.send("POST", "/api/v1/forms/nowhere/signups", submission(now))).status_code == 404
    assert (await visitor.post(PATH, json=submission(now))).status_code == 401
    assert await admin.fetchval("SELECT count(*) FROM resident") == 0


async def test_a_form_tells_the_words_of_its_consent_in_each_of_its_languages(visitor: Browser, town: Town) -> None:
    form = (await visitor.get("/api/v1/forms/riverton")).json()
    assert (form["title"], form["languages"]) == ("Meet your neighbors", ["en", "es"])
    assert [(words["purpose"], words["version"], words["language"]) for words in form["consent"]] == [
        ("digest", 1, "en"),
        ("digest", 1, "es"),
    ]
    assert form["consent"][0]["wording"] == WORDS != form["consent"][1]["wording"]
