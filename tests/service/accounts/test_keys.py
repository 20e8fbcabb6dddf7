"""Owners make, replace and revoke the keys of their own place; a key is shown once."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import asyncpg
import httpx
import pytest

from service.db import Database
from tests.service.centers.conftest import enter, token_on
from tests.service.mail.neighbors import Town
from tests.service.visitor import Browser, Hands

KEYS = "/center/riverton-center/keys"
ACTIVITIES = "/api/v1/centers/riverton-center/activities"
KEY = re.compile(r"doorstep_[a-z0-9]{8}_[A-Za-z0-9_-]{43}")


@pytest.fixture
async def owner(visitor: Browser, db: Database, town: Town, now: datetime) -> Browser:
    await enter(visitor, db, role="owner", now=now)
    return visitor


async def press(visitor: Browser, path: str, **fields: str) -> httpx.Response:
    return await visitor.post(path, data={**fields, "form_token": await token_on(visitor, KEYS)}, follow_redirects=False)


async def made(visitor: Browser) -> str:
    key = KEY.search((await press(visitor, KEYS, scopes="activities:write")).text)
    assert key
    return key[0]


async def opens(visitor: Browser, key: str) -> bool:
    return (await visitor.get(ACTIVITIES, headers={"authorization": f"Bearer {key}"})).status_code == 200


async def test_a_key_is_shown_once_and_opens_the_api(owner: Browser) -> None:
    key = await made(owner)
    assert await opens(owner, key)
    listed = (await owner.get(KEYS)).text
    assert key.split("_")[1] in listed
    assert not KEY.search(listed)


async def test_a_replaced_key_works_for_a_day_beside_the_new_one(owner: Browser, hands: Hands) -> None:
    old = await made(owner)
    answer = await press(owner, f"{KEYS}/{old.split('_')[1]}/rotate")
    new = KEY.search(answer.text)
    assert new
    assert new[0] != old
    assert [await opens(owner, key) for key in (old, new[0])] == [True, True]
    again = await press(owner, f"{KEYS}/{old.split('_')[1]}/rotate")
    assert again.status_code == 409
    assert f"was replaced by {new[0].split('_')[1]} already" in again.text
    hands.pass_by(timedelta(hours=24))
    assert [await opens(owner, key) for key in (old, new[0])] == [False, True]


async def test_a_revoked_key_opens_nothing_and_is_asked_about_once(owner: Browser, admin: asyncpg.Connection) -> None:
    key = await made(owner)
    key_id = key.split("_")[1]
    before = await admin.fetch("SELECT * FROM api_key")
    assert f"Revoke the key {key_id}?" in (await owner.get(f"{KEYS}/{key_id}/revoke")).text
    assert await admin.fetch("SELECT * FROM api_key") == before
    assert (await press(owner, f"{KEYS}/{key_id}/revoke")).headers["location"] == f"{KEYS}?done=revoked"
    assert not await opens(owner, key)
    assert (await owner.get(f"{KEYS}/{key_id}/revoke")).status_code == 404
    assert (await press(owner, f"{KEYS}/{key_id}/rotate")).status_code == 410


@pytest.mark.parametrize("scopes", ["", "signups:write", "report:read", "all"])
async def test_a_key_gets_only_rights_that_its_place_can_use(owner: Browser, admin: asyncpg.Connection, scopes: str) -> None:
    answer = await press(owner, KEYS, scopes=scopes)
    assert answer.status_code == 422
    assert 'href="#scopes"' in answer.text
    assert await admin.fetchval("SELECT count(*) FROM api_key") == 0


async def test_the_keys_of_another_place_are_not_there(
    visitor: Browser, db: Database, admin: asyncpg.Connection, town: Town, elsewhere: Town, now: datetime
) -> None:
    await enter(visitor, db, center="hillside-center", role="owner", now=now)
    token = await token_on(visitor, "/center/hillside-center/keys")
    answer = await visitor.post("/center/hillside-center/keys", data={"scopes": "activities:write", "form_token": token})
    theirs = KEY.search(answer.text)
    assert theirs
    key_id = theirs[0].split("_")[1]
    await enter(visitor, db, role="owner", now=now)
    before = await admin.fetch("SELECT * FROM api_key")
    assert key_id not in (await visitor.get(KEYS)).text
    assert (await visitor.get(f"{KEYS}/{key_id}/revoke")).status_code == 404
    for path in (f"{KEYS}/{key_id}/rotate", f"{KEYS}/{key_id}/revoke", f"{KEYS}/nosuchke/rotate", "/center/hillside-center/keys"):
        assert (await press(visitor, path, scopes="activities:write")).status_code == 404, path
    assert await admin.fetch("SELECT * FROM api_key") == before


@pytest.mark.parametrize("role", ["staff", "host"])
async def test_only_owners_have_to_do_with_keys(
    visitor: Browser, db: Database, admin: asyncpg.Connection, town: Town, now: datetime, role: str
) -> None:
    await enter(visitor, db, role=role, now=now)
    for path in (KEYS, f"{KEYS}/abcdefgh/revoke", f"{KEYS}/abcdefgh/rotate"):
        assert (await visitor.get(path)).status_code in (403, 405)
        assert (await visitor.post(path, data={"scopes": "activities:write"})).status_code == 403
    assert await admin.fetchval("SELECT count(*) FROM api_key") == 0


@pytest.mark.parametrize("token", ["", "abc.def"])
async def test_a_post_without_this_sessions_token_changes_nothing(owner: Browser, admin: asyncpg.Connection, token: str) -> None:
    key_id = (await made(owner)).split("_")[1]
    before = await admin.fetch("SELECT * FROM api_key")
    for path in (KEYS, f"{KEYS}/{key_id}/rotate", f"{KEYS}/{key_id}/revoke"):
        assert (await owner.post(path, data={"scopes": "activities:write", "form_token": token})).status_code == 422
    assert await admin.fetch("SELECT * FROM api_key") == before
