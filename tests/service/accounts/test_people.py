"""Owners invite and remove their own people on a page; nobody sees or touches the people of another place."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from service.db import Database
from tests.service.centers.conftest import enter, token_on
from tests.service.mail.neighbors import VAULT, Town
from tests.service.organizations.test_sign_in import newest_link
from tests.service.visitor import Browser, Hands

PEOPLE = "/center/riverton-center/people"
NEW = "wilma.invented@example.org"


@pytest.fixture
async def owner(visitor: Browser, db: Database, town: Town, now: datetime) -> Browser:
    await enter(visitor, db, role="owner", now=now)
    return visitor


async def staff_rows(admin: asyncpg.Connection) -> list[object]:
    return [await admin.fetch(f"SELECT * FROM {table} ORDER BY 1, 2") for table in ("staff", "staff_session", "sign_in", "letter")]


async def invited(visitor: Browser, email: str, role: str, *, path: str = PEOPLE) -> int:
    fields = {"email": email, "role": role, "form_token": await token_on(visitor, path)}
    return (await visitor.post(path, data=fields, follow_redirects=False)).status_code


async def id_of(admin: asyncpg.Connection, email: str) -> UUID:
    staff_id: UUID = await admin.fetchval("SELECT id FROM staff WHERE email_index = $1", VAULT.index(email))
    return staff_id


async def test_an_owner_invites_and_the_invited_person_gets_in(owner: Browser, admin: asyncpg.Connection, hands: Hands) -> None:
    hands.pass_by(timedelta(seconds=1))
    assert await invited(owner, NEW, "staff") == 303
    listed = (await owner.get(f"{PEOPLE}?done=invited")).text
    assert NEW in listed
    assert "A letter with a link is on its way" in listed
    owner.cookies.clear()
    entered = await owner.post(await newest_link(admin), follow_redirects=False)
    assert entered.headers["location"] == "/center/riverton-center/"


async def test_a_removed_person_is_out_at_once(owner: Browser, admin: asyncpg.Connection, db: Database, now: datetime) -> None:
    owners = owner.cookies["doorstep"]
    await enter(owner, db, role="staff", now=now)
    staffs = owner.cookies["doorstep"]
    owner.cookies.clear()
    owner.cookies.set("doorstep", owners)
    staff_id = await id_of(admin, "staff@riverton-center.example.org")
    asked = await owner.get(f"{PEOPLE}/{staff_id}/remove")
    assert "Remove staff@riverton-center.example.org?" in asked.text
    token = await token_on(owner, f"{PEOPLE}/{staff_id}/remove")
    gone = await owner.post(f"{PEOPLE}/{staff_id}/remove", data={"form_token": token}, follow_redirects=False)
    assert gone.headers["location"] == f"{PEOPLE}?done=removed"
    owner.cookies.clear()
    owner.cookies.set("doorstep", staffs)
    assert (await owner.get("/center/riverton-center/", follow_redirects=False)).headers["location"] == "/sign-in"


async def test_the_last_owner_can_neither_leave_nor_step_down(owner: Browser, admin: asyncpg.Connection) -> None:
    owner_id = await id_of(admin, "owner@riverton-center.example.org")
    token = await token_on(owner, PEOPLE)
    assert "Yes, remove" not in (await owner.get(f"{PEOPLE}/{owner_id}/remove")).text
    refused = await owner.post(f"{PEOPLE}/{owner_id}/remove", data={"form_token": token})
    assert refused.status_code == 409
    assert "needs at least one owner" in refused.text
    assert await invited(owner, "owner@riverton-center.example.org", "host") == 409
    assert await admin.fetchval("SELECT role FROM staff WHERE id = $1 AND removed_at IS NULL", owner_id) == "owner"


async def test_an_owner_leaves_when_another_stays(owner: Browser, admin: asyncpg.Connection) -> None:
    assert await invited(owner, NEW, "owner") == 303
    owner_id = await id_of(admin, "owner@riverton-center.example.org")
    token = await token_on(owner, PEOPLE)
    left = await owner.post(f"{PEOPLE}/{owner_id}/remove", data={"form_token": token}, follow_redirects=False)
    assert left.headers["location"] == "/sign-in"
    assert "Mail me a link" in (await owner.get("/sign-in")).text


async def test_every_wrong_field_is_named_and_what_was_typed_stays(owner: Browser) -> None:
    answer = await owner.post(PEOPLE, data={"email": "wilma at home", "form_token": await token_on(owner, PEOPLE)})
    assert answer.status_code == 422
    assert 'value="wilma at home"' in answer.text
    assert "does not look like an e-mail address" in answer.text
    assert "Please choose one." in answer.text


@pytest.mark.parametrize("role", ["operator", "janitor"])
async def test_a_place_gives_no_role_that_is_not_its_own(owner: Browser, admin: asyncpg.Connection, role: str) -> None:
    before = await staff_rows(admin)
    assert await invited(owner, NEW, role) == 422
    assert await staff_rows(admin) == before


async def test_one_address_is_not_flooded_with_invitations(owner: Browser, admin: asyncpg.Connection, hands: Hands) -> None:
    for _ in range(5):
        assert await invited(owner, NEW, "staff") == 303
    before = await staff_rows(admin)
    assert await invited(owner, NEW, "staff") == 429
    assert await staff_rows(admin) == before
    hands.pass_by(timedelta(hours=1, minutes=1))
    assert await invited(owner, NEW, "staff") == 303


@pytest.mark.parametrize("role", ["staff", "host"])
async def test_only_owners_see_who_works_here(
    visitor: Browser, db: Database, admin: asyncpg.Connection, town: Town, now: datetime, role: str
) -> None:
    await enter(visitor, db, role=role, now=now)
    staff_id = await id_of(admin, f"{role}@riverton-center.example.org")
    before = await staff_rows(admin)
    for path in (PEOPLE, f"{PEOPLE}/{staff_id}/remove"):
        assert (await visitor.get(path)).status_code == 403
        assert (await visitor.post(path, data={"email": NEW, "role": "owner"})).status_code == 403
    assert "/people" not in (await visitor.get("/center/riverton-center/")).text
    assert await staff_rows(admin) == before


async def test_the_people_of_another_place_are_not_there(
    visitor: Browser, db: Database, admin: asyncpg.Connection, town: Town, elsewhere: Town, now: datetime
) -> None:
    await enter(visitor, db, center="hillside-center", role="owner", now=now)
    theirs = await id_of(admin, "owner@hillside-center.example.org")
    await enter(visitor, db, role="owner", now=now)
    token = await token_on(visitor, PEOPLE)
    before = await staff_rows(admin)
    assert "hillside" not in (await visitor.get(PEOPLE)).text
    for base in ("/center/hillside-center", "/partner/riverton-partner", "/operator/riverton-center", "/center/never-was",
                 "/operator/riverton-center/organizations/hillside-center"):  # fmt: skip
        assert (await visitor.get(f"{base}/people")).status_code == 404
        assert (await visitor.post(f"{base}/people", data={"email": NEW, "role": "owner", "form_token": token})).status_code == 404
    for staff_id in (theirs, uuid4()):
        assert (await visitor.get(f"{PEOPLE}/{staff_id}/remove")).status_code == 404
        assert (await visitor.post(f"{PEOPLE}/{staff_id}/remove", data={"form_token": token})).status_code == 404
    assert await staff_rows(admin) == before


@pytest.mark.parametrize("token", ["", "abc.def"])
async def test_a_post_without_this_sessions_token_changes_nothing(owner: Browser, admin: asyncpg.Connection, token: str) -> None:
    owner_id = await id_of(admin, "owner@riverton-center.example.org")
    before = await staff_rows(admin)
    for path in (PEOPLE, f"{PEOPLE}/{owner_id}/remove"):
        assert (await owner.post(path, data={"email": NEW, "role": "owner", "form_token": token})).status_code == 422
    for site in ("cross-site", "same-site"):
        fields = {"email": NEW, "role": "owner", "form_token": await token_on(owner, PEOPLE)}
        assert (await owner.post(PEOPLE, data=fields, headers={"sec-fetch-site": site})).status_code == 403
    assert await staff_rows(admin) == before


async def test_looking_changes_nothing(owner: Browser, admin: asyncpg.Connection) -> None:
    owner_id = await id_of(admin, "owner@riverton-center.example.org")
    before = await staff_rows(admin)
    for method in ("GET", "HEAD"):
        for path in (PEOPLE, f"{PEOPLE}/{owner_id}/remove"):
            assert (await owner.request(method, path)).status_code == 200
    assert await staff_rows(admin) == before
