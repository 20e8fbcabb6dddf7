"""The roster for a center's program: the same names and numbers as on the page, and the same marks."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from service.db import Database
from service.organizations.model import Scope
from tests.service.api_clients import Machine, api_client
from tests.service.centers.arrivals import Neighborhood
from tests.service.mail.neighbors import Date, Town, make_session
from tests.service.visitor import Browser, Hands

BOTH: tuple[Scope, ...] = ("roster:read", "attendance:write")


@pytest.fixture
async def ours(worker_db: Database, visitor: Browser, town: Town, now: datetime) -> Machine:
    return await api_client(worker_db, visitor, organization_id=town.center_id, slug="riverton-center", now=now, scopes=BOTH)


def roster_path(date: Date) -> str:
    return f"/api/v1/sessions/{date.id}/roster"


def attendance_path(date: Date) -> str:
    return f"/api/v1/sessions/{date.id}/attendance"


async def roster_of(machine: Machine, date: Date) -> dict[str, Any]:
    answer = await machine.send("GET", roster_path(date))
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    read: dict[str, Any] = answer.json()
    return read


async def note(machine: Machine, date: Date, *, status: int = 200, **body: object) -> dict[str, Any]:
    answer = await machine.send("POST", attendance_path(date), body)
    assert answer.status_code == status, answer.text
    noted: dict[str, Any] = answer.json()
    return noted


async def test_the_roster_says_who_comes_and_what_to_have_ready(ours: Machine, neighborhood: Neighborhood, date: Date) -> None:
    maria = await neighborhood.guest(date, "n1@example.org", name="Maria Lopez", party=3, needs=("step_free",))
    nameless = await neighborhood.guest(date, "n2@example.org", needs=("quiet", "step_free"))
    read = await roster_of(ours, date)
    assert read["guests"] == [
        {"registration": str(maria), "name": "Maria L.", "party": 3, "is_new": True, "state": "confirmed"},
        {"registration": str(nameless), "name": None, "party": 1, "is_new": True, "state": "confirmed"},
    ]
    assert read["ready"] == [{"need": "step_free", "people": 2}, {"need": "quiet", "people": 1}]
    assert (read["people"], read["newcomers"], read["came"], read["walk_ins"]) == (4, 2, 0, [])


async def test_it_holds_nothing_that_nobody_agreed_to(
    ours: Machine, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date
) -> None:
    await neighborhood.guest(date, "secret@residents.example.org", name="Maria Confidential", needs=("quiet",))
    read = await roster_of(ours, date)
    assert read["ready"] == [{"need": "quiet", "people": None}], "a number of one guest's needs would be plain"
    text = json.dumps(read)
    for secret in ("onfidential", "secret", "residents.example", "43604", "lonely", "gardening"):
        assert secret not in text
    ids = await admin.fetchrow("SELECT r.id, n.matcher_id FROM resident AS r JOIN pseudonym AS n ON n.resident_id = r.id")
    assert ids
    assert not [id for id in ids.values() if str(id) in text]
    assert read["guests"][0].keys() == {"registration", "name", "party", "is_new", "state"}


async def test_marks_and_walk_ins_are_noted_together_and_counted_without_names(
    ours: Machine, neighborhood: Neighborhood, date: Date
) -> None:
    maria = await neighborhood.guest(date, "n1@example.org", name="Maria Lopez", party=2)
    other = await neighborhood.guest(date, "n2@example.org")
    walk_ins = [{"key": str(uuid4()), "first_name": " Rosa "}, {"key": str(uuid4()), "people": 4}, {"key": str(uuid4()), "first_name": " "}]
    guests = [{"registration": str(maria), "came": True}, {"registration": str(other), "came": False}]
    counts = await note(ours, date, guests=guests, walk_ins=walk_ins)
    assert counts == {"id": str(date.id), "people": 2, "newcomers": 1, "came": 8}
    read = await roster_of(ours, date)
    assert {guest["registration"]: guest["state"] for guest in read["guests"]} == {str(maria): "attended", str(other): "missed"}
    assert [(walk_in["first_name"], walk_in["people"]) for walk_in in read["walk_ins"]] == [("Rosa", 1), (None, 4), (None, 1)]
    await note(ours, date, guests=[{"registration": str(maria), "came": None}, {"registration": str(maria), "came": False}])
    assert {guest["state"] for guest in (await roster_of(ours, date))["guests"]} == {"missed"}


async def test_the_same_note_twenty_times_is_one(ours: Machine, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date) -> None:
    maria = await neighborhood.guest(date, "n1@example.org", name="Maria Lopez")
    body = {"guests": [{"registration": str(maria), "came": True}], "walk_ins": [{"key": str(uuid4()), "first_name": "Rosa"}]}
    for _ in range(5):
        answers = await asyncio.gather(*(ours.send("POST", attendance_path(date), body) for _ in range(4)))
        assert {answer.status_code for answer in answers} == {200}
    assert await admin.fetchval("SELECT count(*) FROM registration_change WHERE state = 'attended'") == 1
    assert await admin.fetchval("SELECT count(*) FROM walk_in") == 1


async def test_an_idempotency_key_gets_the_first_answer(ours: Machine, neighborhood: Neighborhood, date: Date) -> None:
    maria = await neighborhood.guest(date, "n1@example.org")
    body = {"guests": [{"registration": str(maria), "came": True}]}
    first, again = [await ours.send("POST", attendance_path(date), body, Idempotency_Key="evening") for _ in range(2)]
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"


async def test_one_wrong_mark_and_nothing_is_noted(
    ours: Machine, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date
) -> None:
    maria = await neighborhood.guest(date, "n1@example.org")
    right = {"registration": str(maria), "came": True}
    for wrong, status in (({"registration": str(uuid4()), "came": True}, 404), ({"registration": str(maria), "came": False}, 409)):
        await note(ours, date, status=status, guests=[right, wrong], walk_ins=[{"key": str(uuid4())}])
    for walk_in in ({"key": "x"}, {"key": str(uuid4()), "people": 0}, {"key": str(uuid4()), "first_name": "R" * 41}, {}):
        await note(ours, date, status=400, guests=[right], walk_ins=[walk_in])
    assert await admin.fetchval("SELECT state FROM registration") == "confirmed"
    assert await admin.fetchval("SELECT count(*) FROM walk_in") == 0


async def test_earlier_than_an_hour_before_nothing_is_noted(
    ours: Machine, hands: Hands, neighborhood: Neighborhood, admin: asyncpg.Connection, town: Town, now: datetime
) -> None:
    date = await make_session(admin, town, now=now, starts_in=timedelta(hours=2))
    guests = [{"registration": str(await neighborhood.guest(date, "n1@example.org")), "came": True}]
    assert (await note(ours, date, status=409, guests=guests))["code"] == "attendance_too_early"
    hands.pass_by(timedelta(hours=1))
    assert (await note(ours, date, guests=guests))["came"] == 1


async def test_another_centers_date_and_one_that_never_was_are_the_same(
    ours: Machine, worker_db: Database, visitor: Browser, neighborhood: Neighborhood, elsewhere: Town, date: Date, now: datetime
) -> None:
    maria = await neighborhood.guest(date, "n1@example.org", name="Maria Lopez")
    theirs = await api_client(worker_db, visitor, organization_id=elsewhere.center_id, slug="hillside-center", now=now, scopes=BOTH)
    never = Date(uuid4(), date.activity_id, date.center_id)
    for place in (date, never):
        assert (await theirs.send("GET", roster_path(place))).status_code == 404
        for body in ({}, {"guests": [{"registration": str(maria), "came": True}]}, {"walk_ins": [{"key": str(uuid4())}]}):
            assert "Maria" not in json.dumps(await note(theirs, place, status=404, **body))
    assert (await roster_of(ours, date))["guests"][0]["state"] == "confirmed"


@pytest.mark.parametrize(
    ("scope", "may"), [("roster:read", (200, 403)), ("attendance:write", (403, 200)), ("activities:write", (403, 403))]
)
async def test_each_scope_opens_its_own_door(
    worker_db: Database, visitor: Browser, town: Town, date: Date, now: datetime, scope: Scope, may: tuple[int, int]
) -> None:
    machine = await api_client(worker_db, visitor, organization_id=town.center_id, slug="riverton-center", now=now, scopes=[scope])
    answers = [await machine.send("GET", roster_path(date)), await machine.send("POST", attendance_path(date), {})]
    assert tuple(answer.status_code for answer in answers) == may


async def test_without_a_key_there_is_no_roster(visitor: Browser, date: Date) -> None:
    assert (await visitor.get(roster_path(date))).status_code == 401
    assert (await visitor.post(attendance_path(date), json={})).status_code == 401
