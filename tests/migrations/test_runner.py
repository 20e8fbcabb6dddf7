"""The migration runner: each file once, whole or not at all, and nobody waits long behind it."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from migrations import runner
from tests.conftest import NewDatabase, Running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_people.sql").write_text("CREATE TABLE person (id int PRIMARY KEY); GRANT SELECT ON person TO doorstep_app;")
    (tmp_path / "0002_names.sql").write_text("ALTER TABLE person ADD COLUMN name text; INSERT INTO person VALUES (1, 'Ada Example');")
    return tmp_path


async def ask(url: str, sql: str) -> object:
    conn = await asyncpg.connect(url)
    try:
        return await conn.fetchval(sql)
    finally:
        await conn.close()


async def test_files_are_applied_once_and_in_order(new_database: NewDatabase, folder: Path) -> None:
    url = await new_database()
    assert await runner.pending(url, folder=folder) == ["0001_people", "0002_names"]
    assert await runner.apply(url, folder=folder) == ["0001_people", "0002_names"]
    assert await runner.apply(url, folder=folder) == []
    assert await ask(url, "SELECT name FROM person") == "Ada Example"
    await runner.check(url, folder=folder)


async def test_the_plain_login_may_ask_what_is_pending(database_url: str) -> None:
    """What `doorstep serve`, `work` and `doctor` do with the only address they have."""
    assert await runner.pending(database_url) == []
    await runner.check(database_url)


async def test_of_six_at_once_one_applies_and_five_find_nothing(new_database: NewDatabase, folder: Path) -> None:
    (folder / "0003_index.sql").write_text("-- no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS person_name ON person (name);\n")
    url = await new_database()
    applied = await asyncio.gather(*(runner.apply(url, folder=folder) for _ in range(6)))
    assert sorted(map(len, applied)) == [0, 0, 0, 0, 0, 3]
    assert await ask(url, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'person_name'::regclass") is True


async def test_an_edited_applied_file_is_refused(new_database: NewDatabase, folder: Path) -> None:
    url = await new_database()
    await runner.apply(url, folder=folder)
    (folder / "0001_people.sql").write_text("CREATE TABLE person (id bigint PRIMARY KEY);")
    (folder / "0003_more.sql").write_text("CREATE TABLE more (id int);")
    for refused in (runner.apply, runner.pending, runner.check):
        with pytest.raises(runner.MigrationError, match="0001_people was edited"):
            await refused(url, folder=folder)
    assert await ask(url, "SELECT to_regclass('more')") is None


async def test_an_old_program_refuses_a_newer_database(new_database: NewDatabase, folder: Path) -> None:
    url = await new_database()
    await runner.apply(url, folder=folder)
    (folder / "0002_names.sql").unlink()
    with pytest.raises(runner.MigrationError, match="newer than the program"):
        await runner.check(url, folder=folder)


async def test_check_names_what_is_missing(new_database: NewDatabase, folder: Path) -> None:
    url = await new_database()
    with pytest.raises(runner.MigrationError, match="lacks 0001_people, 0002_names: run"):
        await runner.check(url, folder=folder)


async def test_a_file_that_fails_half_way_leaves_nothing_of_itself(new_database: NewDatabase, folder: Path) -> None:
    broken = folder / "0003_broken.sql"
    broken.write_text("CREATE TABLE half (id int); SELECT 1 / 0;")
    url = await new_database()
    with pytest.raises(asyncpg.DivisionByZeroError):
        await runner.apply(url, folder=folder)
    assert await ask(url, "SELECT to_regclass('half')") is None
    assert await runner.pending(url, folder=folder) == ["0003_broken"]
    broken.write_text("CREATE TABLE half (id int);")
    assert await runner.apply(url, folder=folder) == ["0003_broken"]


async def test_a_file_and_the_note_that_it_was_applied_are_one_transaction(new_database: NewDatabase, folder: Path) -> None:
    """The file takes its own place in the ledger, so that the runner's note after it fails."""
    taken = "INSERT INTO schema_migration (number, name, sha256) VALUES (3, 'somebody else', repeat('a', 64));"
    (folder / "0003_unnoted.sql").write_text(f"CREATE TABLE unnoted (id int); {taken}")
    url = await new_database()
    with pytest.raises(asyncpg.UniqueViolationError):
        await runner.apply(url, folder=folder)
    assert await ask(url, "SELECT to_regclass('unnoted')") is None
    assert await runner.pending(url, folder=folder) == ["0003_unnoted"]


async def test_a_number_used_twice_is_refused(new_database: NewDatabase, folder: Path) -> None:
    (folder / "0002_twice.sql").write_text("SELECT 1;")
    url = await new_database()
    with pytest.raises(runner.MigrationError, match="same number"):
        await runner.apply(url, folder=folder)


async def test_a_number_left_out_may_be_filled_in_later(new_database: NewDatabase, folder: Path) -> None:
    (folder / "0004_later.sql").write_text("CREATE TABLE later (id int);")
    url = await new_database()
    await runner.apply(url, folder=folder)
    (folder / "0003_between.sql").write_text("CREATE TABLE between_them (id int);")
    assert await runner.apply(url, folder=folder) == ["0003_between"]


async def test_a_migration_gives_way_to_a_reader_and_comes_back(new_database: NewDatabase, folder: Path) -> None:
    """While it asks for its lock for 200 ms at a time, other readers get through in between; it succeeds once the reader is done."""
    url = await new_database()
    await runner.apply(url, folder=folder)
    (folder / "0003_wide.sql").write_text("ALTER TABLE person ADD COLUMN wide text;")
    slow_reader, other = await asyncpg.connect(url), await asyncpg.connect(url)
    reading = slow_reader.transaction()
    await reading.start()
    await slow_reader.fetch("SELECT id FROM person")
    migrating = asyncio.create_task(runner.apply(url, folder=folder))
    try:
        for _ in range(5):
            # Raises when a reader is held up behind the waiting migration for longer than it may hold anybody up.
            await other.fetch("SELECT id FROM person", timeout=30)
            await asyncio.sleep(0.1)
        assert not migrating.done()
    finally:
        await reading.rollback()
        applied = await migrating
        await slow_reader.close()
        await other.close()
    assert applied == ["0003_wide"]


async def test_a_lock_that_is_never_free_ends_in_an_error_not_in_a_wait(new_database: NewDatabase, folder: Path) -> None:
    url = await new_database()
    await runner.apply(url, folder=folder)
    (folder / "0003_wide.sql").write_text("ALTER TABLE person ADD COLUMN wide text;")
    holder = await asyncpg.connect(url)
    async with holder.transaction():
        await holder.execute("LOCK TABLE person IN ACCESS SHARE MODE")
        with pytest.raises(asyncpg.LockNotAvailableError):
            await asyncio.wait_for(runner.apply(url, folder=folder), timeout=60)
    await holder.close()
    assert await runner.apply(url, folder=folder) == ["0003_wide"]


async def test_everything_belongs_to_the_owner_and_the_three_roles_are_powerless(new_database: NewDatabase, folder: Path) -> None:
    url = await new_database()
    await runner.apply(url, folder=folder)
    owners = "SELECT array_agg(DISTINCT pg_get_userbyid(relowner)::text) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    assert await ask(url, owners) == ["doorstep_owner"]
    roles = "rolname IN ('doorstep_owner', 'doorstep_app', 'doorstep_worker')"
    assert await ask(url, f"SELECT count(*) FROM pg_roles WHERE {roles}") == 3
    mighty = "rolsuper OR rolbypassrls OR rolinherit OR rolcanlogin OR rolcreaterole OR rolcreatedb"
    assert await ask(url, f"SELECT count(*) FROM pg_roles WHERE {roles} AND ({mighty})") == 0


async def test_the_plain_login_migrates_once_the_roles_are_there(new_database: NewDatabase, folder: Path, servers: Running) -> None:
    admin_url = await new_database()
    await runner.apply(admin_url, folder=folder)
    (folder / "0003_more.sql").write_text("CREATE TABLE more (id int);")
    login_url = urlunsplit(urlsplit(servers.database_url)._replace(path=urlsplit(admin_url).path))
    assert await runner.apply(login_url, folder=folder) == ["0003_more"]


async def test_the_connection_comes_back_as_it_was(new_database: NewDatabase, folder: Path) -> None:
    conn = await asyncpg.connect(await new_database())
    try:
        await runner.apply(conn, folder=folder)
        row = await conn.fetchrow("SELECT current_user = session_user AS same, current_setting('lock_timeout') AS lock_timeout")
        assert row is not None
        assert (row["same"], row["lock_timeout"]) == (True, "0")
        assert await conn.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()") == 0
    finally:
        await conn.close()


async def test_the_real_migrations_apply_to_an_empty_database(new_database: NewDatabase) -> None:
    url = await new_database()
    assert await runner.apply(url) == [migration.name for migration in runner.read()]
    await runner.check(url)
