"""What the doctor says of an installation, well or ill, and that it leaves it as it was."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import msgspec
import pytest

from service import doctor, local_stack
from service.db import Database
from service.doctor import database
from service.mail import actions
from service.settings import ServiceSettings
from tests.conftest import NewDatabase
from tests.service.mail.conftest import HELLO
from tests.service.mail.neighbors import SECRET, VAULT, make_resident, make_session, make_town
from tests.service.mail.peer import Peer, smtp_peer

SENDER = "Riverton <hello@riverton.town>"


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with smtp_peer() as running:
        yield running


@pytest.fixture
def house(database_url: str, redis_url: str, peer: Peer) -> ServiceSettings:
    return ServiceSettings(
        database_url=database_url,
        redis_url=redis_url,
        secret_keys=SECRET.decode(),
        base_url="https://riverton.town",
        mail_url=f"smtp://127.0.0.1:{peer.port}",
        mail_from=SENDER,
    )


@pytest.fixture
async def lived_in(house: ServiceSettings, admin: asyncpg.Connection, now: datetime) -> ServiceSettings:
    """A town with everything it needs, and a worker that is alive."""
    await make_session(admin, await make_town(admin, now=now), now=now)
    await admin.execute("INSERT INTO heartbeat (worker, beat_at) VALUES ('one', $1)", now - timedelta(minutes=1))
    return house


async def faults_of(settings: ServiceSettings, now: datetime) -> list[str]:
    return (await doctor.examine(settings, now=now)).faults


async def letter(admin: asyncpg.Connection, worker_db: Database, resident_id: UUID, state: str, now: datetime) -> str:
    async with worker_db.transaction() as conn:
        id = await actions.queue(conn, kind="notice", contents=HELLO, vault=VAULT, now=now, resident_id=resident_id)
    lease, sent = (now if state == "ambiguous" else None), (now if state == "sent" else None)
    await admin.execute("UPDATE letter SET state = $2, lease_until = $3, sent_at = $4 WHERE id = $1", id, state, lease, sent)
    return id.hex


async def resident(admin: asyncpg.Connection, now: datetime) -> UUID:
    return await make_resident(admin, await make_town(admin, now=now, slug="milltown"), now=now, email="ada@example.org")


async def test_a_sound_house_has_no_faults(lived_in: ServiceSettings, now: datetime) -> None:
    assert await doctor.examine(lived_in, now=now) == doctor.Diagnosis(faults=[], notes=[])


# Letters in doubt


async def test_letters_in_doubt_are_named_one_by_one_and_others_are_not(
    lived_in: ServiceSettings, admin: asyncpg.Connection, worker_db: Database, now: datetime
) -> None:
    resident_id = await resident(admin, now)
    ids = {state: await letter(admin, worker_db, resident_id, state, now) for state in ("ambiguous", "held", "sent", "failed")}
    faults = await faults_of(lived_in, now)
    assert len(faults) == 2
    [looked_up] = [fault for fault in faults if ids["ambiguous"] in fault]
    [held] = [fault for fault in faults if ids["held"] in fault]
    assert "being looked up" in looked_up
    assert "never sent again" in held
    assert all(fault.startswith("mail: ") and "ada@" not in fault for fault in faults)


async def test_many_letters_in_doubt_are_counted(
    lived_in: ServiceSettings, admin: asyncpg.Connection, worker_db: Database, now: datetime
) -> None:
    resident_id = await resident(admin, now)
    for _ in range(database.NAMED + 3):
        await letter(admin, worker_db, resident_id, "held", now)
    faults = await faults_of(lived_in, now)
    assert len(faults) == database.NAMED + 1
    assert faults[-1].startswith("mail: 3 more")


# The town


async def test_an_empty_town_is_named_with_the_command_that_opens_one(
    house: ServiceSettings, admin: asyncpg.Connection, now: datetime
) -> None:
    faults = await faults_of(house, now)
    assert [fault for fault in faults if fault.startswith("town: ")] == [
        "town: there is none yet: open it with `doorstep town open NAME --zip ZIP`"
    ]


@pytest.mark.parametrize(
    ("statement", "command"),
    [
        ("DELETE FROM form", "doorstep form create"),
        ("DELETE FROM form; DELETE FROM organization WHERE kind = 'partner'", "doorstep organization create NAME --kind partner"),
        ("UPDATE activity SET status = 'draft'", "doorstep import activities"),
        ("UPDATE session SET state = 'cancelled'", "doorstep import activities"),
        (
            "UPDATE session SET starts_at = starts_at - interval '1 year', ends_at = ends_at - interval '1 year'",
            "doorstep import activities",
        ),
    ],
)
async def test_what_a_town_lacks_is_named_with_its_command(
    lived_in: ServiceSettings, admin: asyncpg.Connection, now: datetime, statement: str, command: str
) -> None:
    await admin.execute(statement)
    faults = await faults_of(lived_in, now)
    assert any(command in fault for fault in faults)
    assert all(fault.startswith("town: ") for fault in faults)


async def test_a_worker_that_fell_silent_is_named(lived_in: ServiceSettings, admin: asyncpg.Connection, now: datetime) -> None:
    [fault] = await faults_of(lived_in, now + timedelta(hours=2))
    assert fault.startswith("worker: none has worked since")
    await admin.execute("DELETE FROM heartbeat")
    [fault] = await faults_of(lived_in, now)
    assert fault.startswith("worker: none has worked yet")


# Servers


async def test_a_database_that_was_never_migrated_is_named(lived_in: ServiceSettings, new_database: NewDatabase, now: datetime) -> None:
    url = await new_database()
    [fault] = await faults_of(msgspec.structs.replace(lived_in, database_url=url), now)
    assert fault.startswith("schema: 0001_ground, ")
    assert "doorstep migrate" in fault


@pytest.mark.parametrize("url", ["postgresql://doorstep@127.0.0.1:1/doorstep", "postgresql://doorstep@[::1]:1/doorstep"])
async def test_a_database_that_is_not_there_is_named(lived_in: ServiceSettings, now: datetime, url: str) -> None:
    [fault] = await faults_of(msgspec.structs.replace(lived_in, database_url=url), now)
    assert fault.startswith("database: ")


async def test_a_redis_that_is_not_there_is_named(lived_in: ServiceSettings, now: datetime) -> None:
    [fault] = await faults_of(msgspec.structs.replace(lived_in, redis_url="redis://127.0.0.1:1/0"), now)
    assert fault.startswith("redis: does not answer")


@pytest.mark.parametrize("name", ["database_url", "redis_url", "secret_keys"])
async def test_a_setting_that_is_missing_is_named(lived_in: ServiceSettings, now: datetime, name: str) -> None:
    faults = await faults_of(msgspec.structs.replace(lived_in, **{name: ""}), now)
    assert [fault for fault in faults if fault.startswith(f"settings: DOORSTEP_{name.upper()} is missing")]


# Letters


@asynccontextmanager
async def silent_server() -> AsyncIterator[int]:
    """Takes connections and says nothing."""

    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(wait, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_a_mail_server_that_is_not_there_is_named(lived_in: ServiceSettings, now: datetime) -> None:
    [fault] = await faults_of(msgspec.structs.replace(lived_in, mail_url="smtp://ada:secret@127.0.0.1:1"), now)
    assert fault.startswith("mail: smtp://127.0.0.1:1 does not answer as a mail server")
    assert "secret" not in fault


async def test_a_mail_server_that_says_nothing_is_given_up(lived_in: ServiceSettings) -> None:
    async with silent_server() as port:
        [fault] = await doctor.mail.faults(msgspec.structs.replace(lived_in, mail_url=f"smtp://127.0.0.1:{port}"), answer_s=0.2)
    assert "does not answer within" in fault


async def test_a_mail_server_that_refuses_the_sender_or_the_password_is_quoted(
    lived_in: ServiceSettings, peer: Peer, now: datetime
) -> None:
    [fault] = await faults_of(msgspec.structs.replace(lived_in, mail_url=f"smtp://ada:secret@127.0.0.1:{peer.port}"), now)
    assert fault.startswith(f"mail: smtp://127.0.0.1:{peer.port} ")
    peer.mail = "553 5.7.1 hello@riverton.town may not send"
    [fault] = await faults_of(lived_in, now)
    assert "refuses us: 553 5.7.1 <address> may not send" in fault


@pytest.mark.parametrize("domain", ["example.org", "doorstep.example.org", "Example.COM", "riverton.example", "box.test", "localhost"])
async def test_an_address_made_for_examples_sends_no_letters(lived_in: ServiceSettings, now: datetime, domain: str) -> None:
    [fault] = await faults_of(msgspec.structs.replace(lived_in, mail_from=f"Riverton <hello@{domain}>"), now)
    assert f"hello@{domain}, an address made for examples" in fault
    [fault] = await faults_of(msgspec.structs.replace(lived_in, base_url=f"https://{domain}"), now)
    assert f"links in letters would lead to https://{domain}" in fault


async def test_an_address_that_only_looks_like_one_is_no_fault(lived_in: ServiceSettings, now: datetime) -> None:
    assert await faults_of(msgspec.structs.replace(lived_in, mail_from="hello@myexample.org", base_url="https://latest.town"), now) == []


async def test_a_mailbox_of_files_is_a_note_and_is_not_made(lived_in: ServiceSettings, now: datetime, tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there"
    report = await doctor.examine(
        msgspec.structs.replace(lived_in, mail_url=f"file:{folder}", mail_from=ServiceSettings().mail_from), now=now
    )
    assert report.faults == []
    assert "reach nobody" in report.notes[0]
    assert not (tmp_path / "not").exists()


async def test_a_mailbox_that_cannot_be_is_a_fault(lived_in: ServiceSettings, now: datetime, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    [fault] = await faults_of(msgspec.structs.replace(lived_in, mail_url=f"file:{tmp_path / 'file' / 'mail'}"), now)
    assert "cannot be written" in fault


async def test_a_test_letter_leaves_on_request_and_only_then(lived_in: ServiceSettings, peer: Peer, now: datetime) -> None:
    await doctor.examine(lived_in, now=now)
    assert peer.taken == []
    report = await doctor.examine(lived_in, now=now, letter_to="ada@mill.town")
    [(address, raw)] = peer.taken
    assert address == "ada@mill.town"
    assert b"A test letter from Doorstep" in raw
    assert report.faults == []
    assert "took it for ada@mill.town" in report.notes[0]


@pytest.mark.parametrize(
    ("data", "words"), [("554 no", "not taken (554 no)"), ("451 later", "not taken (451 later)"), ("drop", "may have left, or not")]
)
async def test_what_became_of_the_test_letter_is_said(lived_in: ServiceSettings, peer: Peer, now: datetime, data: str, words: str) -> None:
    peer.data["ada@mill.town"] = data
    [fault] = (await doctor.examine(lived_in, now=now, letter_to="ada@mill.town")).faults
    assert words in fault


async def test_an_address_that_is_none_gets_a_sentence(lived_in: ServiceSettings, now: datetime) -> None:
    [fault] = (await doctor.examine(lived_in, now=now, letter_to="ada at mill")).faults
    assert "ada at mill" in fault


# The command


def run_doctor(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DOORSTEP_")}
    code = [sys.executable, "-m", "service.cli", "doctor", "--json", *arguments]
    paths = os.pathsep.join(sys.path)
    return subprocess.run(code, cwd=folder, env=clean | {"PYTHONPATH": paths} | environ, capture_output=True, text=True, check=False)


def test_with_no_settings_it_says_how_to_start_and_makes_nothing(tmp_path: Path) -> None:
    done = run_doctor(tmp_path)
    assert done.returncode == 1, done.stderr
    [fault] = msgspec.json.decode(done.stdout)["faults"]
    assert "no Doorstep runs on the folder var" in fault
    assert "`doorstep up`" in fault
    assert list(tmp_path.iterdir()) == []


def test_a_misspelled_setting_is_refused_with_the_name_that_was_meant(tmp_path: Path) -> None:
    done = run_doctor(tmp_path, DOORSTEP_MAIL_FORM="hello@riverton.town", DOORSTEP_MAIL_URL="pigeon:post")
    assert done.returncode == 1
    assert "DOORSTEP_MAIL_FORM: is not a setting; did you mean DOORSTEP_MAIL_FROM?" in done.stderr
    assert "DOORSTEP_MAIL_URL: must begin with" in done.stderr


async def test_it_looks_at_the_doorstep_that_runs_on_the_folder(lived_in: ServiceSettings, tmp_path: Path) -> None:
    with local_stack.noted(msgspec.structs.replace(lived_in, data_dir=str(tmp_path))):
        done = await asyncio.to_thread(run_doctor, tmp_path, "--data-dir", str(tmp_path))
    faults = msgspec.json.decode(done.stdout)["faults"]
    assert {fault.split(":")[0] for fault in faults} <= {"worker", "town"}, "those two hang on today's date"
