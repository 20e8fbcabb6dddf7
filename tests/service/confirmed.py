"""People who press the button in their letter."""

from __future__ import annotations

from datetime import datetime

import asyncpg

from service.db import Database
from service.places.places import Places
from service.residents import actions
from service.residents.actions import SignUpContext
from service.tokens import Link, Purpose, Tokens
from tests.service.mail.neighbors import SECRET, VAULT

CONTEXT = SignUpContext(VAULT, Tokens([SECRET]), Places(), "http://127.0.0.1:1")


async def confirm_all(database: Database, admin: asyncpg.Connection, *, now: datetime) -> None:
    """Every sign-up that waits."""
    for row in await admin.fetch("SELECT resident_id, id FROM sign_up ORDER BY id"):
        async with database.transaction() as conn:
            await actions.confirm(conn, CONTEXT, Link(Purpose.CONFIRM, row["resident_id"], row["id"], 0), now=now)
