"""Programs of centers and partners before the whole app, each with a key of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx

from service.db import Database
from service.organizations import keys
from service.organizations.model import Scope
from tests.service.visitor import Browser

ALL: tuple[Scope, ...] = ("activities:write", "signups:write", "roster:read", "attendance:write")


@dataclass(frozen=True)
class Machine:
    """`slug`: of its organization."""

    visitor: Browser
    slug: str
    key: str

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Header names with underscores for their hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.visitor.request(method, path, json=body, headers={"Authorization": f"Bearer {self.key}", **named})

    async def post(self, body: Any, **headers: str) -> httpx.Response:
        return await self.send("POST", f"/api/v1/centers/{self.slug}/activities", body, **headers)


async def api_client(
    worker_db: Database, visitor: Browser, *, organization_id: UUID, slug: str, now: datetime, scopes: Sequence[Scope] = ALL
) -> Machine:
    async with worker_db.transaction() as conn:
        key = await keys.mint(conn, organization_id=organization_id, scopes=scopes, now=now)
    return Machine(visitor, slug, key)


def activity(**more: object) -> dict[str, object]:
    """A weekly group of the week after the tests' now; at 10:00 on Tuesdays."""
    return {
        "title": "Porch checkers",
        "starts_at_local": "2026-11-24T10:00:00",
        "duration_min": 60,
        "rrule": "FREQ=WEEKLY;BYDAY=TU",
        "capacity": 8,
        "cost_cents": 0,
        "languages": ["en"],
        "access_yes": ["step_free"],
        "place_name": "Riverton Community Center",
    } | more
