"""The whole app, on a real database, before requests that nobody kind would send: no answer may be a 5xx."""

from __future__ import annotations

import json
import os
import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlencode

import asyncpg
import pytest

from service.db import Database
from service.organizations import keys
from tests.hostile import JSON, VALUES, Hostile, hostile_bodies
from tests.service.api_clients import ALL, activity
from tests.service.mail.neighbors import make_session, make_town
from tests.service.visitor import Browser, Hands, browser

REQUESTS = int(os.environ.get("DOORSTEP_HOSTILE", "5000"))  # some sixty for each door that writes
SEED = int(os.environ.get("DOORSTEP_SEED", "20261124"))
NAMES = (
    *(
        "title",
        "starts_at_local",
        "duration_min",
        "rrule",
        "excluded",
        "zip",
        "lat",
        "lon",
        "capacity",
        "languages",
        "access_yes",
        "status",
    ),
    *("email", "consent", "interests", "available", "words", "party", "age", "form_token", "answer", "List-Unsubscribe", "near", "from"),
    *("to", "limit", "page", "after", "radius_km", "topic", "lang", "first_on", "begins", "ends", "days", "sequence"),
)
WORDS = (
    *("", "\x00", "%00", "..%2f..%2fetc", "%ff%fe", "é", "\u202e", "A" * 3_000, "0", "-1", "00000000-0000-0000-0000-000000000000"),
    *("' OR 1=1 --", "{{7*7}}", "a/b", "?x=1", "#", "9" * 400),
)
HEADERS = (
    *("Idempotency-Key", "If-Match", "If-None-Match", "Accept", "Accept-Language", "Cookie", "Origin", "Sec-Fetch-Site", "Referer"),
    *("X-Forwarded-For", "Content-Length", "Range", "Forwarded", "Authorization"),
)
VALUES_OF_HEADERS = (
    *(b"", b"\xff\xfe", b'"0"', b"W/" + b'"1"' * 500, b"*", b"x" * 5_000, b"q=;q=1,,;q=nan, es;q=1e999", b"Bearer ", b"a=b; c", b"null"),
    *(b"-1", b"\xc3\xa9", b"http://[", b"doorstep=\xff", b"same word"),
)


class Door(NamedTuple):
    method: str
    path: str


class Town(NamedTuple):
    """Real values for the blanks of paths, and keys that open the doors."""

    blanks: dict[str, str]
    keys: dict[str, str]


@pytest.fixture
def hands(now: datetime) -> Hands:
    return Hands(now)


@pytest.fixture
async def visitor(database_url: str, hands: Hands, tmp_path: Path) -> AsyncIterator[Browser]:
    async with browser(database_url, hands, tmp_path) as opened:
        yield opened


@pytest.fixture
async def town(admin: asyncpg.Connection, worker_db: Database, now: datetime) -> Town:
    made = await make_town(admin, now=now)
    date = await make_session(admin, made, now=now, rrule="FREQ=DAILY")
    async with worker_db.transaction() as conn:
        minted = [
            await keys.mint(conn, organization_id=organization_id, scopes=ALL, now=now)
            for organization_id in (made.center_id, made.partner_id)
        ]
    blanks = {"/centers/": "riverton-center", "/center/": "riverton-center", "/forms/": "riverton", "/f/": "riverton"}
    blanks |= {"/sessions/": str(date.id), "/activities/": str(date.activity_id)}
    return Town(blanks, {"/centers/": minted[0], "/sessions/": minted[0], "/forms/": minted[1]})


def doors(visitor: Browser) -> list[Door]:
    """Every method of every route."""
    routes = [(str(route.path), handler) for route in visitor.app.routes for handler in getattr(route, "route_handlers", ())]
    return sorted({Door(method, path) for path, handler in routes for method in handler.http_methods if method != "OPTIONS"})


def filled(path: str, town: Town, rng: random.Random) -> str:
    """The path with its blanks filled, three times of four with what is really there."""

    def fill(blank: re.Match[str]) -> str:
        before = path[: blank.start()]
        value_of_blank = next((value for prefix, value in town.blanks.items() if before.endswith(prefix)), "x" * 40)
        return value_of_blank if rng.random() < 0.75 else quote(rng.choice(WORDS), safe="%")

    return re.sub(r"\{[^}]*\}", fill, path)


def nearly_right(door: Door, rng: random.Random, now: datetime) -> Hostile:
    """A body that an API door would take, but for a field or two; now and then just right."""
    consent: dict[str, object] = {"purpose": "digest", "version": 1, "language": "en", "wording": "Yes, write to me."}
    consent["given_at"] = now.isoformat()
    sign_up: dict[str, object] = {"email": "x@residents.example.org", "zip": "10001", "consent": [consent], "available": [], "party": 1}
    wishes: dict[str, object] = {
        "zip": "10001",
        "interests": ["chess"],
        "available": ["mon-morning"],
        "travel": "car",
        "needs": [],
        "words": "tea",
    }
    good: dict[str, dict[str, object]] = {"PATCH": {"title": "Other", "capacity": 9}, "signups": sign_up, "preview": wishes}
    body = dict(good.get(door.method) or good.get(door.path.rpartition("/")[2]) or activity())
    for _ in range(rng.randint(0, 2)):
        place = rng.choice((body, consent)) if body is not consent and "consent" in body else body
        place[rng.choice([*place, *NAMES[:12]])] = rng.choice(VALUES)
    return Hostile(json.dumps(body).encode(), JSON)


def headers_for(door: Door, body: Hostile, town: Town, rng: random.Random) -> list[tuple[bytes, bytes]]:
    key = next((key for prefix, key in town.keys.items() if prefix in door.path), "")
    chosen = {b"Content-Type": body.media.encode(), b"Authorization": f"Bearer {key}".encode()}
    own = ("If-Match" if door.method == "PATCH" else "Idempotency-Key",) if "/api/" in door.path and rng.random() < 0.4 else ()
    for name in (*own, *rng.sample(HEADERS, rng.choice((0, 0, 1, 2, 4)))):
        chosen[name.encode()] = rng.choice(VALUES_OF_HEADERS)
    return list(chosen.items())


def asked(rng: random.Random) -> str:
    pairs = [(rng.choice(NAMES), rng.choice((*WORDS, str(rng.choice(VALUES))[:2_000]))) for _ in range(rng.choice((0, 0, 1, 3)))]
    return "?" + urlencode(pairs, errors="surrogatepass") if pairs else ""


async def test_no_hostile_request_at_any_door_brings_the_app_down(visitor: Browser, town: Town, hands: Hands) -> None:
    print(f"seed {SEED}, {REQUESTS} requests")
    rng, all_doors = random.Random(SEED), doors(visitor)
    writing = [door for door in all_doors if door.method != "GET"]
    statuses, fallen = Counter[tuple[str, int]](), []
    strange = hostile_bodies(rng, REQUESTS, fields=NAMES)
    for number in range(REQUESTS):
        hands.pass_by(timedelta(milliseconds=150))
        door = rng.choice(all_doors if number % 4 == 0 else writing)
        body = nearly_right(door, rng, hands.now) if "/api/" in door.path and rng.random() < 0.5 else next(strange)
        target = filled(door.path, town, rng) + asked(rng)
        headers = headers_for(door, body, town, rng)
        answer = await visitor.request(door.method, target, content=b"" if door.method == "GET" else body.content, headers=headers)
        statuses[f"{door.method} {door.path}", answer.status_code] += 1
        if answer.status_code >= 500:
            fallen.append((door, target, headers, body, answer.status_code))
    assert not fallen, fallen[:3]
    reached(statuses, writing)


def reached(statuses: Counter[tuple[str, int]], writing: Sequence[Door]) -> None:
    """The test itself: every door was knocked at, and some of what was sent got past the first look."""
    assert {name for name, _ in statuses} >= {f"{door.method} {door.path}" for door in writing}
    for door in (
        "POST /api/v1/centers/{slug}/activities",
        "PATCH /api/v1/centers/{slug}/activities/{id}",
        "POST /api/v1/forms/{form}/signups",
        "POST /api/v1/preview",
    ):
        met = {status for name, status in statuses if re.sub(r":\w+\}", "}", name) == door}
        assert {400, 415} <= met, (door, met)
        assert met & {200, 201, 202}, (door, met)
