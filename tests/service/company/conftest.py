"""A round of delivery, as the tests of letters have it, and a town whose people may be told of each other."""

from datetime import datetime

import asyncpg
import pytest

from service.db import Database
from tests.service.company.people import Pair
from tests.service.mail.conftest import maildir, send
from tests.service.mail.neighbors import make_town

__all__ = ["maildir", "send"]


@pytest.fixture
async def pair(admin: asyncpg.Connection, worker_db: Database, now: datetime) -> Pair:
    return Pair(admin, worker_db, await make_town(admin, now=now), now)
