from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from service.db import Database
from service.set_up import actions
from tests.service.visitor import HOME, Browser, Hands, browser

TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
TOWN = {
    "town": "Riverton",
    "zip": "43604",
    "name": "Riverton Neighbors",
    "postal_address": "12 Mill Street, Riverton, OH 43604",
    "email": "olga.invented@example.org",
}
CENTER = {
    "name": "Riverton Hall",
    "zip": "43604",
    "postal_address": "1 Hall Street, Riverton, OH 43604",
    "email": "carl.invented@example.org",
}
PARTNER = {
    "name": "Lantern Clinic",
    "zip": "43604",
    "postal_address": "2 Lantern Lane, Riverton, OH 43604",
    "email": "petra.invented@example.org",
    "title": "Meet your neighbors",
    "languages": ["en", "ar"],
    "origins": "https://www.lantern.example.org\nhttps://lantern.example.net:8443",
}


@pytest.fixture
def hands(now: datetime) -> Hands:
    return Hands(now)


@pytest.fixture
async def visitor(database_url: str, hands: Hands, tmp_path: Path) -> AsyncIterator[Browser]:
    async with browser(database_url, hands, tmp_path) as opened:
        yield opened


async def new_link(worker_db: Database, now: datetime) -> str | None:
    """The path of a link as a start of Doorstep prints it."""
    async with worker_db.transaction() as conn:
        link = await actions.offer_link(conn, base_url=HOME, now=now)
    return link.removeprefix(HOME) if link else None


@pytest.fixture
async def link(worker_db: Database, now: datetime) -> str:
    link = await new_link(worker_db, now)
    assert link
    return link


async def send(visitor: Browser, link: str, page: str, fields: Mapping[str, object], *, shown_at: str = "") -> httpx.Response:
    """Open a page and send its form, as a browser does."""
    token = TOKEN.search((await visitor.get(f"{link}/{shown_at or page}")).text)
    assert token, page
    return await visitor.post(f"{link}/{page}", data={**fields, "form_token": token[1]}, follow_redirects=False)


async def go_through(visitor: Browser, link: str) -> None:
    """Every page but the last button."""
    pages: tuple[tuple[str, Mapping[str, object], str], ...] = (
        ("town", TOWN, "sender"), ("sender", {}, "center"), ("center", CENTER, "partner"), ("partner", PARTNER, "review"),
    )  # fmt: skip
    for page, fields, next_page in pages:
        answer = await send(visitor, link, page, fields)
        assert (answer.status_code, answer.headers.get("location")) == (303, f"{link}/{next_page}"), page
