"""Paper forms in a table: every row is signed up whole or reported with each of its faults, and everybody confirms by mail."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import msgspec
import pytest

from service.db import Database
from service.errors import Invalid, Missing
from service.forms.paper import PaperReport, import_residents
from service.places.places import Places
from service.residents.actions import SignUpContext
from service.tokens import Tokens
from tests.service.confirmed import confirm_all
from tests.service.mail.neighbors import SECRET, VAULT, Town, make_resident

ROOT = Path(__file__).resolve().parents[3]
CONTEXT = SignUpContext(VAULT, Tokens([SECRET]), Places(), "http://doorstep.local")
GOOD = {"email": "ottoline@residents.example.org", "zip": "10001", "consent": "Yes", "consent_on": "2026-11-20"}


def table(*rows: dict[str, str], delimiter: str = ",") -> bytes:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


async def load(worker_db: Database, data: bytes, now: datetime, *, dry_run: bool = False) -> PaperReport:
    return await import_residents(worker_db, CONTEXT, data=data, form="riverton", now=now, dry_run=dry_run)


def counts(report: PaperReport) -> tuple[int, int, int, int]:
    return report.read, report.signed_up, report.known, len(report.refused)


async def test_a_row_is_a_sign_up_with_its_signed_consent_that_must_be_confirmed_by_mail(
    worker_db: Database, admin: asyncpg.Connection, town: Town, now: datetime
) -> None:
    row = GOOD | {"name": "Ottoline", "language": "es", "age": "65_74",
                  "words": "I like chess", "interests": "gardening;walking", "travel": "walk",
                  "available": "mon-morning; tue-evening", "needs": "seated;quiet", "cost_cents": "500", "party": "2"}  # fmt: skip
    assert counts(await load(worker_db, table(row), now)) == (1, 1, 0, 0)
    assert await admin.fetchval("SELECT status FROM resident") == "unconfirmed"
    assert await admin.fetchval("SELECT kind FROM letter") == "confirm"
    await confirm_all(worker_db, admin, now=now)
    consent = await admin.fetchrow("SELECT purpose, version, language, source, given_at, form_id, wording FROM consent")
    assert consent
    assert tuple(consent)[:6] == ("digest", 1, "es", "paper", datetime(2026, 11, 20, 12, tzinfo=UTC), town.form_id)
    assert consent["wording"].startswith("Sí, envíenme")
    profile = await admin.fetchrow("SELECT needs, cost_cents, party, age_low, travel, topics FROM profile")
    assert profile
    assert tuple(profile)[:5] == ((1 << 3) | (1 << 4), 500, 2, 65, "walk")
    assert {"gardening", "walking", "chess"} <= set(profile["topics"])


async def test_every_fault_of_every_row_is_told_by_its_number_and_the_good_rows_are_kept(
    worker_db: Database, admin: asyncpg.Connection, town: Town, now: datetime
) -> None:
    data = table(
        GOOD,
        {"email": "nobody", "zip": "00000", "consent": "no", "consent_on": "2026-12-24", "party": "12", "needs": "a_lift"},
        {},
        GOOD | {"email": "piers@residents.example.org", "age": "under_18"},
        GOOD | {"email": "OTTOLINE@residents.example.org"},
        GOOD | {"email": "ines@residents.example.org", "consent_on": "2024-01-01"},
        GOOD | {"email": "ada@residents.example.org"},
    )
    report = await load(worker_db, data, now)
    assert counts(report) == (6, 2, 0, 4)
    assert {one.row: set(one.faults) for one in report.refused} == {
        3: {"email", "zip", "consent", "consent_on", "party", "needs"},
        5: {"age"},
        6: {"email"},
        7: {"consent_on"},
    }
    assert report.refused[2].faults["email"] == "This address is in row 2 as well."
    assert "nobody" not in msgspec.json.encode(report).decode()
    assert await admin.fetchval("SELECT count(*) FROM resident") == await admin.fetchval("SELECT count(*) FROM letter") == 2


async def test_importing_again_writes_to_nobody_again(worker_db: Database, admin: asyncpg.Connection, town: Town, now: datetime) -> None:
    data = table(GOOD, GOOD | {"email": "ada@residents.example.org"})
    assert counts(await load(worker_db, data, now)) == (2, 2, 0, 0)
    assert counts(await load(worker_db, data, now)) == (2, 0, 2, 0)
    assert await admin.fetchval("SELECT count(*) FROM letter") == 2


async def test_a_paper_changes_nothing_of_a_member(worker_db: Database, admin: asyncpg.Connection, town: Town, now: datetime) -> None:
    await make_resident(admin, town, now=now, email=GOOD["email"])
    assert counts(await load(worker_db, table(GOOD | {"travel": "car"}), now)) == (1, 0, 1, 0)
    assert await admin.fetchval("SELECT travel FROM profile") == "walk"


async def test_a_dry_run_says_the_same_and_keeps_nothing(worker_db: Database, admin: asyncpg.Connection, town: Town, now: datetime) -> None:
    data = table(GOOD, GOOD | {"email": "ada@residents.example.org", "zip": "99950"}, GOOD | {"email": "nobody"})
    dry = await load(worker_db, data, now, dry_run=True)
    for name in ("resident", "sign_up", "letter", "sign_up_use"):
        assert await admin.fetchval(f"SELECT count(*) FROM {name}") == 0
    assert await admin.fetchval("SELECT count(*) FROM region") == 1
    assert dry == await load(worker_db, data, now)
    assert counts(dry) == (3, 2, 0, 1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";"])
async def test_tables_of_any_spreadsheet_are_read(
    worker_db: Database, admin: asyncpg.Connection, town: Town, now: datetime, encoding: str, delimiter: str
) -> None:
    data = table(GOOD | {"name": "Inés", "words": 'Chess, tea; and "talk"\nand walks'}, delimiter=delimiter).decode().encode(encoding)
    assert counts(await load(worker_db, data.replace(b"email", b" EMail ", 1), now)) == (1, 1, 0, 0)
    await confirm_all(worker_db, admin, now=now)
    row = await admin.fetchrow("SELECT id, name FROM resident")
    assert row
    assert VAULT.open(row["name"], place="resident.name", row=row["id"]) == "Inés"
    assert await admin.fetchval("SELECT words FROM profile") == 'Chess, tea; and "talk"\nand walks'


async def test_a_row_with_more_cells_than_the_heading_is_refused(
    worker_db: Database, admin: asyncpg.Connection, town: Town, now: datetime
) -> None:
    report = await load(worker_db, table(GOOD).rstrip() + b",something\r\n", now)
    assert [one.faults for one in report.refused] == [{"cells": "This row has more cells than the heading."}]
    assert await admin.fetchval("SELECT count(*) FROM resident") == 0


@pytest.mark.parametrize(
    ("data", "columns"),
    [
        (b"", {"email", "zip", "consent", "consent_on"}),
        (b"email,zip,consent,phone,email\n", {"consent_on", "phone", "email"}),
        (table({k: v for k, v in GOOD.items() if k != "consent_on"} | {"shoe size": "9"}), {"consent_on", "shoe_size"}),
        (b'email,zip,consent,consent_on\n"a@example.org,10001', {"csv"}),
    ],
)
async def test_a_table_that_is_not_understood_is_refused_whole(
    worker_db: Database, admin: asyncpg.Connection, town: Town, now: datetime, data: bytes, columns: set[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        await load(worker_db, data, now)
    assert set(refused.value.fields) == columns
    assert await admin.fetchval("SELECT count(*) FROM resident") == 0


async def test_an_unknown_form_signs_nobody_up(worker_db: Database, town: Town, now: datetime) -> None:
    with pytest.raises(Missing):
        await import_residents(worker_db, CONTEXT, data=table(GOOD), form="nowhere", now=now)


def test_the_command_says_it_as_json(database_url: str, town: Town, tmp_path: Path) -> None:
    file = tmp_path / "paper.csv"
    file.write_bytes(table(GOOD, GOOD | {"email": "nobody"}))
    settings = {
        "DATABASE_URL": database_url,
        "SECRET_KEYS": SECRET.decode(),
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "DATA_DIR": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-m", "service.cli", "import", "residents", str(file), "--form", "riverton",
         "--now", "2026-11-23", "--dry-run", "--json"],
        env={**os.environ, **{f"DOORSTEP_{name}": value for name, value in settings.items()}}, cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = msgspec.json.decode(done.stdout.splitlines()[-1], type=PaperReport)
    assert (counts(report), [one.row for one in report.refused]) == ((2, 1, 0, 1), [3])
