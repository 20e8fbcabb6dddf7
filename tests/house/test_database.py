"""Every query and table is what the files say it is."""

from pathlib import Path

import asyncpg
import pytest

from migrations import runner
from service import sql
from tests.house.schema import SCHEMA, dump

REPOSITORY = Path(__file__).resolve().parents[2]
QUERIES = {path.parent.name: path.read_text(encoding="utf-8") for path in sorted((REPOSITORY / "service").rglob("queries.sql"))}


@pytest.mark.parametrize("room", QUERIES)
async def test_every_query_prepares_on_the_migrated_database(room: str, admin: asyncpg.Connection) -> None:
    faults = {}
    for name, query in sql.parse(QUERIES[room]).found.items():
        try:
            await admin.prepare(query.text)
        except asyncpg.PostgresError as error:
            faults[name] = str(error)
    assert not faults


async def test_the_committed_schema_is_what_the_migrations_make(admin_url: str) -> None:
    assert dump(admin_url) == SCHEMA.read_text(), "run `make schema` and commit the result"


def test_migrations_are_numbered_from_one_without_gaps() -> None:
    migrations = runner.read()
    assert [migration.number for migration in migrations] == list(range(1, len(migrations) + 1))
