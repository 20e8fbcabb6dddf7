"""A partner's poster says what its form is for in each language, and its code is the form's own address."""

from __future__ import annotations

import re
from datetime import datetime
from html import unescape

import asyncpg
import pytest
import segno

from service.db import Database
from service.forms import poster
from tests.service.accounts.test_forms import FORM
from tests.service.centers.conftest import enter
from tests.service.mail.neighbors import Town
from tests.service.visitor import HOME, Browser

POSTER = f"{FORM}/poster"
RUN = re.compile(r"m(-?\d+) (-?\d+)h(\d+)|M(\d+) ([\d.]+)h(\d+)")


def drawn(svg: str) -> list[list[bool]]:
    """The squares of a code, read from its lines: each begins at a place, or so far from the end of the last one."""
    [lines] = re.findall(r'<path stroke="#000" d="([^"]+)"', svg)
    x = y = 0
    dark = set()
    for dx, dy, length, at_x, at_y, first in RUN.findall(lines):
        x, y, width = (int(at_x), int(float(at_y)), int(first)) if at_x else (x + int(dx), y + int(dy), int(length))
        dark |= {(x + step, y) for step in range(width)}
        x += width
    size = max(max(place) for place in dark) + 1
    edge = min(place[0] for place in dark)
    return [[(column, row) in dark for column in range(edge, size)] for row in range(edge, size)]


@pytest.fixture
async def owner(visitor: Browser, db: Database, town: Town, now: datetime) -> Browser:
    await enter(visitor, db, center="riverton-partner", role="owner", now=now)
    return visitor


async def test_the_code_is_the_address_of_this_form(owner: Browser, town: Town) -> None:
    assert POSTER in (await owner.get(FORM)).text
    page = (await owner.get(POSTER)).text
    assert drawn(page) == [[bool(square) for square in row] for row in segno.make(f"{HOME}/f/riverton", error="m", micro=False).matrix]
    assert ">doorstep.local/f/riverton</p>" in page


async def test_it_speaks_each_language_of_the_form_and_says_a_title_of_its_own_once(owner: Browser, admin: asyncpg.Connection) -> None:
    await admin.execute("UPDATE form SET title = 'Good <b>company</b>', languages = '{ar,es}'")
    page = (await owner.get(POSTER)).text
    assert re.findall(r'<div lang="(\w+)" dir="(\w+)">', page) == [("ar", "rtl"), ("es", "ltr")]
    assert unescape(page).count("Good <b>company</b></bdi></h2>") == 1
    assert "<b>company" not in page
    assert "Una carta por semana." in page
    assert "One letter a week." not in page


async def test_the_poster_of_another_partner_is_not_there(owner: Browser, elsewhere: Town) -> None:
    for path in (
        f"{FORM}-never/poster",
        "/partner/riverton-partner/forms/hillside/poster",
        "/partner/hillside-partner/forms/hillside/poster",
    ):
        assert (await owner.get(path)).status_code == 404


def test_a_longer_address_is_drawn_as_a_larger_code() -> None:
    short, long = (drawn(str(poster.code(address))) for address in ("https://a.example/f/b", f"https://a.example/f/{'b' * 60}"))
    assert len(short) < len(long)
