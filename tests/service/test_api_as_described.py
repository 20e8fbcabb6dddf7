"""The machine doors keep what their description promises: random requests from the real OpenAPI document, against the real app."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from service.app import create_app
from service.db import Database
from service.local_stack import QuietServer
from service.organizations import keys
from service.settings import ServiceSettings
from tests.service.api_clients import ALL, activity
from tests.service.mail.neighbors import SECRET, Town, make_session, make_town
from tests.service.visitor import Hands

T = TypeVar("T")
Operation = APIOperation[Any, Any, Any, Any]
Request = Case[Operation]
EXAMPLES = int(os.environ.get("DOORSTEP_EXAMPLES", "40"))
SEED = int(os.environ.get("DOORSTEP_SEED", "20261124"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    ignored_auth,
]


@contextmanager
def serving(settings: ServiceSettings, hands: Hands) -> Iterator[str]:
    """The app on loopback, in a thread and a loop of its own, as its database connections need."""
    server = QuietServer(uvicorn.Config(create_app(settings, hands), host="127.0.0.1", port=0, log_config=None, lifespan="on"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the app did not start"
            thread.join(0.02)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


@pytest.fixture
async def path_values_by_place(admin: asyncpg.Connection, town: Town, now: datetime) -> dict[str, dict[str, str]]:
    """What is really there, by the beginning of a path and the name of its blank."""
    date = await make_session(admin, town, now=now, rrule="FREQ=DAILY")
    moving = await make_session(admin, town, now=now, slug="choir", title="Choir")  # the other one is called off before
    return {
        "/api/v1/sessions/{id}/move": {"id": str(moving.id)},
        "/api/v1/centers/": {"slug": "riverton-center", "id": str(date.activity_id)},
        "/api/v1/sessions/": {"id": str(date.id)},
        "/api/v1/forms/": {"form": "riverton"},
    }


@pytest.fixture
async def key_for(worker_db: Database, town: Town, now: datetime) -> dict[str, str]:
    async with worker_db.transaction() as conn:
        center = await keys.mint(conn, organization_id=town.center_id, scopes=ALL, now=now)
        partner = await keys.mint(conn, organization_id=town.partner_id, scopes=ALL, now=now)
    return {"/api/v1/centers/": center, "/api/v1/sessions/": center, "/api/v1/forms/": partner}


def of(path: str, table: dict[str, T], otherwise: T) -> T:
    return next((value for beginning, value in table.items() if path.startswith(beginning)), otherwise)


def sensible(path: str, now: datetime) -> dict[str, Any]:
    """What chance hardly finds: a day to come, a ZIP code, a consent of today."""
    consent = {"purpose": "digest", "version": 1, "language": "en", "wording": "Yes, write to me.", "given_at": now.isoformat()}
    nowhere = {"lat": None, "lon": None}
    if path.endswith("/signups"):
        lists: dict[str, object] = {"interests": [], "available": [], "needs": [], "languages": []}
        return lists | nowhere | {"email": "x@residents.example.org", "zip": "10001", "consent": [consent], "age": None}
    if path.endswith("/attendance"):
        return {"guests": [], "walk_ins": []}
    if path.endswith("/move"):
        return {"starts_at_local": f"{now + timedelta(days=2):%Y-%m-%dT%H:%M:%S}", "duration_min": 60}
    if path.endswith("/preview"):
        return nowhere | {"interests": [], "available": [], "needs": [], "languages": [], "zip": "10001", "age": None}
    limits: dict[str, object] = {"minimum": None, "age_min": None, "age_max": None, "access_yes": [], "access_no": []}
    return activity() | nowhere | limits | {"zip": None, "excluded": []}


def requests_to(operation: Operation, path_values: dict[str, str], now: datetime) -> st.SearchStrategy[Request]:
    """Right and wrong ones, most of them at an address that is there, half of them with sensible words."""
    right, wrong = (operation.as_strategy(generation_mode=mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE))

    def placed(case: Request, there: int) -> Request:
        if there and path_values and case.path_parameters:
            case.path_parameters.update({name: value for name, value in path_values.items() if name in case.path_parameters})
        if there % 2 and isinstance(case.body, dict) and operation.method.upper() == "POST":
            case.body = case.body | sensible(operation.path, now)
        return case

    return st.builds(placed, st.one_of(right, right, wrong), st.integers(0, 4))


def test_every_door_answers_as_it_is_described(
    database_url: str, now: datetime, tmp_path: Path, path_values_by_place: dict[str, dict[str, str]], key_for: dict[str, str]
) -> None:
    print(f"seed {SEED}, {EXAMPLES} examples for each operation")
    setting = ServiceSettings(
        database_url=database_url, secret_keys=SECRET.decode(), mail_url=f"file:{tmp_path}", base_url="http://doorstep.local"
    )
    hands, statuses = Hands(now), Counter[tuple[str, int]]()
    with serving(setting, hands) as address:
        schema = schemathesis.openapi.from_url(f"{address}/api/v1/openapi.json")
        for loaded in schema.get_all_operations():
            assert isinstance(loaded, Ok), loaded
            operation = loaded.ok()
            key = of(operation.path, key_for, "")
            look(operation, requests_to(operation, of(operation.path, path_values_by_place, {}), now), key, hands, statuses)
    met = {(label, status // 100) for label, status in statuses}
    written = {
        label for label, _ in statuses if "/centers/" in label or "/sessions/" in label or "/signups" in label or "/preview" in label
    }
    assert len(written) == 13
    assert {(label, kind) for label in written for kind in (2, 4)} <= met, statuses


def look(operation: Operation, requests: st.SearchStrategy[Request], key: str, hands: Hands, statuses: Counter[tuple[str, int]]) -> None:
    """Send some requests to one operation, each answer checked against the description."""

    @seed(SEED)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(case=requests)
    def ask(case: Request) -> None:
        hands.pass_by(timedelta(seconds=2))
        answer = case.call_and_validate(headers={"Authorization": f"Bearer {key}"} if key else None, checks=CHECKS)
        statuses[operation.label, answer.status_code] += 1

    ask()
