"""The catalog as machines read it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from service.access import NEEDS
from tests.service.mail.neighbors import Town, make_session
from tests.service.visitor import Browser

PATH = "/api/v1/activities"


async def asked(visitor: Browser, **given: str) -> list[dict[str, Any]]:
    answer = await visitor.get(PATH, params={"near": "10001", **given})
    assert answer.status_code == 200, answer.text
    listed: list[dict[str, Any]] = answer.json()["activities"]
    return listed


async def test_an_activity_comes_with_its_dates_and_answers(visitor: Browser, admin: asyncpg.Connection, town: Town, now: datetime) -> None:
    date = await make_session(admin, town, now=now, access_yes=NEEDS["seated"], topics=("gardening", "grief"))
    (one,) = await asked(visitor)
    assert one["access"]["seated"] == "yes"
    assert one["access"]["quiet"] == "not_said"
    assert one["topics"] == ["gardening"]
    assert one["sessions"] == [
        {
            "id": str(date.id),
            "url": f"http://doorstep.local/sessions/{date.id}",
            "starts_at": "2026-11-27T10:00:00-05:00",
            "ends_at": "2026-11-27T11:30:00-05:00",
        }
    ]
    assert 2 < one["distance_km"] < 8


async def test_the_period_is_whole_days_at_the_place(visitor: Browser, admin: asyncpg.Connection, town: Town, now: datetime) -> None:
    # 15:00 UTC + 13 h = 4:00 UTC the next day, still 23:00 of the first day in New York.
    await make_session(admin, town, now=now, starts_in=timedelta(hours=13))
    assert len(await asked(visitor, **{"from": "2026-11-23", "to": "2026-11-23"})) == 1
    assert await asked(visitor, **{"from": "2026-11-24", "to": "2026-11-24"}) == []


async def test_every_wrong_part_is_named_at_once(visitor: Browser, town: Town) -> None:
    given = {"near": "1", "radius_km": "far", "from": "soon", "to": "2026-13-01", "limit": "0", "page": "x"}
    answer = await visitor.get(PATH, params=given)
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json()["errors"]} == {f"#/{name}" for name in given}


@pytest.mark.parametrize("radius", ["nan", "-1", "inf", "0", "1e9", "101", "--"])
async def test_no_distance_is_believed_that_is_none(visitor: Browser, town: Town, radius: str) -> None:
    assert (await visitor.get(PATH, params={"near": "10001", "radius_km": radius})).status_code == 422


async def test_following_the_links_shows_each_activity_once(visitor: Browser, admin: asyncpg.Connection, town: Town, now: datetime) -> None:
    for n in range(7):
        await make_session(admin, town, now=now, title=f"Number {n}", slug=f"n-{n}")
    seen, address = [], f"{PATH}?near=10001&limit=3"
    while address:
        answer = await visitor.get(address)
        seen += [one["slug"] for one in answer.json()["activities"]]
        next_link = re.search(r'<([^>]+)>; rel="next"', answer.headers["link"])
        address = next_link[1] if next_link else ""
    assert sorted(seen) == [f"n-{n}" for n in range(7)]


async def test_it_stands_in_the_description(visitor: Browser) -> None:
    described = (await visitor.get("/api/v1/openapi.json")).json()["paths"][PATH]["get"]
    assert {one["name"] for one in described["parameters"]} >= {"near", "radius_km", "topic", "from", "to"}
    assert "Link" in described["responses"]["200"]["headers"]
