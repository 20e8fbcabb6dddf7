"""A center in New York whose calendars are read."""

from datetime import datetime

import pytest

from service.db import Database
from service.organizations import actions as organizations
from service.organizations.model import NewOrganization, Organization
from service.places.places import Places


@pytest.fixture
async def center(worker_db: Database, now: datetime) -> Organization:
    new = NewOrganization(kind="center", slug="elm", name="Elm House", postal_address="1 Elm St", zip="10001")
    async with worker_db.transaction() as conn:
        return await organizations.create(conn, new=new, places=Places(), now=now)
