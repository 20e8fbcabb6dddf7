"""The link for hosts, made and withdrawn by a center's program."""

from __future__ import annotations

from datetime import datetime, timedelta

import asyncpg
import pytest

from service.centers.host_links import ENDS_AFTER
from service.db import Database
from service.organizations.model import Scope
from tests.service.api_clients import api_client
from tests.service.centers.arrivals import Neighborhood
from tests.service.mail.neighbors import Date, Town, make_session
from tests.service.visitor import HOME, Browser

BOTH: tuple[Scope, ...] = ("roster:read", "attendance:write")


def path_of(date: Date) -> str:
    return f"/api/v1/sessions/{date.id}/host-link"


async def test_a_program_makes_the_link_reads_it_again_and_withdraws_it(
    worker_db: Database, visitor: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, town: Town, date: Date, now: datetime
) -> None:
    await neighborhood.guest(date, "n1@example.org", name="Maria Lopez")
    ours = await api_client(worker_db, visitor, organization_id=town.center_id, slug="riverton-center", now=now, scopes=BOTH)
    made = await ours.send("PUT", path_of(date))
    assert made.status_code == 200
    assert made.headers["cache-control"] == "no-store"
    assert (await ours.send("PUT", path_of(date))).json() == made.json()
    ends_at = await admin.fetchval("SELECT ends_at FROM session WHERE id = $1", date.id) + ENDS_AFTER
    assert datetime.fromisoformat(made.json()["ends_at"]) == ends_at
    link = made.json()["link"].removeprefix(HOME)
    assert "Maria L." in (await visitor.get(link)).text
    for _ in range(2):
        assert (await ours.send("DELETE", path_of(date))).status_code == 204
    assert (await visitor.get(link)).status_code == 410
    over = await make_session(admin, town, now=now, slug="over", starts_in=-timedelta(hours=12))
    assert (await ours.send("PUT", path_of(over))).status_code == 409


@pytest.mark.parametrize("scopes", [("roster:read",), ("attendance:write",)])
async def test_a_key_needs_the_right_to_read_and_the_right_to_note(
    worker_db: Database, visitor: Browser, admin: asyncpg.Connection, town: Town, date: Date, now: datetime, scopes: tuple[Scope, ...]
) -> None:
    ours = await api_client(worker_db, visitor, organization_id=town.center_id, slug="riverton-center", now=now, scopes=scopes)
    for method in ("PUT", "DELETE"):
        answer = await ours.send(method, path_of(date))
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert await admin.fetchval("SELECT count(*) FROM host_link") == 0


async def test_another_centers_key_finds_no_such_date(
    worker_db: Database, visitor: Browser, admin: asyncpg.Connection, date: Date, elsewhere: Town, now: datetime
) -> None:
    theirs = await api_client(worker_db, visitor, organization_id=elsewhere.center_id, slug="hillside-center", now=now, scopes=BOTH)
    for method in ("PUT", "DELETE"):
        assert (await theirs.send(method, path_of(date))).status_code == 404
    assert await admin.fetchval("SELECT count(*) FROM host_link") == 0
