"""A database from before the migrations were written anew gets a sentence, at every command that would use it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import msgspec
import pytest

from migrations import runner
from service import embedded
from tests.conftest import NewDatabase

ROOT = Path(__file__).resolve().parents[2]
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("DOORSTEP_")}
OLD_NAMES = ("0001_ground", "0002_organizations", "0005_registrations", "0006_matches", "0007_mail", "0029_evenings")
SENTENCE = (
    "The database is not as this program needs it: it was made by an early Doorstep, from before the first release,"
    " by migrations that are gone (0005_registrations, 0006_matches, 0007_mail and 1 more), and cannot be brought up to date."
    " Nothing in it was changed. Start with a new data folder (--data-dir) or an empty database;"
    " migrations/README.md says how to take the rows along"
)


def write_old_migrations(folder: Path) -> Path:
    for name in OLD_NAMES:
        (folder / f"{name}.sql").write_text(f"CREATE TABLE made_by_{name} (id int); INSERT INTO made_by_{name} VALUES (1);")
    return folder


@pytest.fixture
async def old_url(new_database: NewDatabase, tmp_path: Path) -> str:
    """A database that an early program made, by the superuser's address."""
    url = await new_database()
    await runner.apply(url, folder=write_old_migrations(tmp_path))
    return url


@pytest.fixture
def old_folder(tmp_path: Path) -> Iterator[Path]:
    """A data folder that an early `doorstep up` left behind."""
    with tempfile.TemporaryDirectory(prefix="doorstep-tests-") as name:
        Path(name).chmod(0o711)  # the servers' user passes through
        servers = embedded.start(Path(name) / "var", redis=False, fast_and_unsafe=True)
        try:
            embedded.postgres.run_in_thread(_make_old(servers.admin_url, tmp_path))
        finally:
            servers.stop()
        yield Path(name) / "var"


async def _make_old(url: str, folder: Path) -> None:
    await runner.apply(url, folder=write_old_migrations(folder))


def doorstep(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environ = CLEAN | {f"DOORSTEP_{name}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "service.cli", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("command", ["up --port 0", "demo --once", "migrate", "migrate --check", "serve --port 0", "work"])
async def test_every_command_explains_an_old_database(old_url: str, redis_url: str, tmp_path: Path, command: str) -> None:
    settings = {"DATABASE_URL": old_url, "REDIS_URL": redis_url, "SECRET_KEYS": "k" * 40, "DATA_DIR": str(tmp_path)}
    done = doorstep(*command.split(), **settings)
    assert (done.returncode, done.stderr) == (1, f"doorstep: {SENTENCE}\n")
    assert await _rows(old_url) == len(OLD_NAMES)


async def _rows(url: str) -> int:
    conn = await asyncpg.connect(url)
    try:
        return sum([await conn.fetchval(f"SELECT count(*) FROM made_by_{name}") for name in OLD_NAMES])
    finally:
        await conn.close()


def test_up_explains_an_old_data_folder(old_folder: Path) -> None:
    done = doorstep("up", "--port", "0", "--data-dir", str(old_folder))
    assert (done.returncode, done.stderr) == (1, f"doorstep: {SENTENCE}\n")


async def test_doctor_explains_an_old_database(old_url: str, redis_url: str, tmp_path: Path) -> None:
    done = doorstep("doctor", "--json", DATABASE_URL=old_url, REDIS_URL=redis_url, SECRET_KEYS="k" * 40, DATA_DIR=str(tmp_path))
    assert done.returncode == 1, done.stderr
    assert f"schema: {SENTENCE[0].lower()}{SENTENCE[1:]}" in msgspec.json.decode(done.stdout)["faults"]


async def test_a_migration_whose_place_another_took_is_gone(new_database: NewDatabase, tmp_path: Path) -> None:
    url = await new_database()
    await runner.apply(url, folder=write_old_migrations(tmp_path))
    (tmp_path / "0005_registrations.sql").rename(tmp_path / "0005_sessions.sql")
    with pytest.raises(runner.MigrationError, match=r"that are gone \(0005_registrations\)"):
        await runner.check(url, folder=tmp_path)
