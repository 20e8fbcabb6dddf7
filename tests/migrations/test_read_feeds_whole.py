"""After the migration every feed is fetched whole once, also under forced row-level security."""

import shutil
from pathlib import Path

import asyncpg

from migrations import runner
from tests.conftest import NewDatabase

LAST_BEFORE = 26


async def test_the_marks_of_earlier_fetches_are_forgotten(new_database: NewDatabase, tmp_path: Path) -> None:
    for path in runner.FOLDER.glob("[0-9]*_*.sql"):
        if int(path.name[:4]) <= LAST_BEFORE:
            shutil.copy(path, tmp_path)
    url = await new_database()
    await runner.apply(url, folder=tmp_path)
    conn = await asyncpg.connect(url)
    try:
        await conn.execute("SET session_replication_role = replica")  # a feed without its center
        columns = "(organization_id, source, format, etag, last_modified, created_at)"
        await conn.execute(f"INSERT INTO feed {columns} VALUES (gen_random_uuid(), 'a', 'ics', 'x', 'y', now())")
        shutil.copy(next(runner.FOLDER.glob("0027_*.sql")), tmp_path)
        assert await runner.apply(url, folder=tmp_path) == ["0027_read_feeds_whole"]
        assert tuple(await conn.fetchrow("SELECT etag, last_modified FROM feed")) == (None, None)  # type: ignore[arg-type]
        assert await conn.fetchval("SELECT relforcerowsecurity FROM pg_class WHERE relname = 'feed'")
    finally:
        await conn.close()
