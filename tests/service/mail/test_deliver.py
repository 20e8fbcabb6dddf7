"""What becomes of a letter, against a real Postgres and a real SMTP server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import asyncpg
import pytest

from service.db import Database
from service.mail import store
from service.mail.deliver import Pace, Sender, backoff, deliver
from service.mail.model import Kind, LookupResult, Outcome
from service.mail.transport import Maildir, Smtp
from tests.service.mail.conftest import FROM, Deliver, Lapse, Queue, StateOf
from tests.service.mail.neighbors import VAULT, Town, make_resident, make_staff
from tests.service.mail.peer import Peer, smtp_peer


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with smtp_peer() as running:
        yield running


@pytest.fixture
async def smtp(peer: Peer) -> AsyncIterator[Smtp]:
    transport = Smtp(f"smtp://127.0.0.1:{peer.port}", mail_from=FROM, send_s=1)
    yield transport
    await transport.close()


async def test_a_letter_that_the_server_takes_is_sent_once(
    admin: asyncpg.Connection, town: Town, queue: Queue, send: Deliver, smtp: Smtp, peer: Peer, now: datetime, state_of: StateOf
) -> None:
    resident_id = await make_resident(admin, town, now=now, email="ada.quill@example.org")
    letter_id = await queue(resident_id=resident_id)
    assert (await send(smtp)).sent == 1
    assert (await send(smtp)).sent == 0
    assert [to for to, _ in peer.taken] == ["ada.quill@example.org"]
    assert await state_of(letter_id) == "sent"
    read = message_from_bytes(peer.taken[0][1])
    assert read["Message-ID"] == f"<{letter_id.hex}@doorstep.example.org>"
    assert [part.get_content_type() for part in read.walk()] == ["multipart/alternative", "text/plain", "text/html"]


async def test_a_temporary_no_is_tried_again_after_a_pause(
    admin: asyncpg.Connection, town: Town, queue: Queue, send: Deliver, smtp: Smtp, peer: Peer, now: datetime, state_of: StateOf
) -> None:
    peer.rcpt["bo@example.org"] = "451 4.7.1 Come back later"
    letter_id = await queue(resident_id=await make_resident(admin, town, now=now, email="bo@example.org"))
    assert (await send(smtp)).put_off == 1
    assert await state_of(letter_id) == "pending"
    assert (await send(smtp)).put_off == 0, "not before the pause is over"
    peer.rcpt.clear()
    assert (await send(smtp, at=now + backoff(1))).sent == 1


async def test_when_the_time_is_over_a_temporary_no_is_the_last_word(
    admin: asyncpg.Connection, town: Town, queue: Queue, send: Deliver, smtp: Smtp, peer: Peer, now: datetime, state_of: StateOf
) -> None:
    peer.data["bo@example.org"] = "452 4.2.2 Mailbox full"
    resident_id = await make_resident(admin, town, now=now, email="bo@example.org")
    letter_id = await queue(resident_id=resident_id, give_up_at=now + timedelta(seconds=30))
    await send(smtp)
    assert await state_of(letter_id) == "failed"


async def test_a_bad_address_is_never_written_to_again(
    admin: asyncpg.Connection, town: Town, queue: Queue, send: Deliver, smtp: Smtp, peer: Peer, now: datetime, state_of: StateOf
) -> None:
    peer.rcpt["gone@example.org"] = "550 5.1.1 <gone@example.org> unknown"
    resident_id = await make_resident(admin, town, now=now, email="gone@example.org")
    first, later = await queue(resident_id=resident_id), await queue(resident_id=resident_id, not_before=now + timedelta(hours=1))
    assert (await send(smtp)).failed == 1
    assert (await send(smtp, at=now + timedelta(hours=2))).skipped == 1
    assert (await state_of(first), await state_of(later)) == ("failed", "skipped")
    assert "gone@" not in await admin.fetchval("SELECT last_error FROM letter WHERE id = $1", first)


async def test_a_refused_letter_does_not_blame_its_reader(
    admin: asyncpg.Connection, town: Town, queue: Queue, send: Deliver, smtp: Smtp, peer: Peer, now: datetime
) -> None:
    peer.data["cy@example.org"] = "554 5.7.1 Looks like spam"
    await queue(resident_id=await make_resident(admin, town, now=now, email="cy@example.org"))
    assert (await send(smtp)).failed == 1
    assert await admin.fetchval("SELECT count(*) FROM suppression") == 0


async def test_our_own_wrong_password_fails_nobodys_letter(
    admin: asyncpg.Connection, town: Town, queue: Queue, send: Deliver, smtp: Smtp, peer: Peer, now: datetime, state_of: StateOf
) -> None:
    peer.mail = "530 5.7.0 Sign in first"
    letter_id = await queue(resident_id=await make_resident(admin, town, now=now, email="di@example.org"))
    assert (await send(smtp)).put_off == 1
    assert await state_of(letter_id) == "pending"


@pytest.mark.parametrize("end", ["drop", "silence", "nonsense"])
async def test_a_letter_without_an_answer_is_in_doubt_and_then_held(
    admin: asyncpg.Connection,
    town: Town,
    queue: Queue,
    send: Deliver,
    smtp: Smtp,
    peer: Peer,
    now: datetime,
    end: str,
    state_of: StateOf,
    lapse: Lapse,
) -> None:
    peer.data["em@example.org"] = end
    letter_id = await queue(resident_id=await make_resident(admin, town, now=now, email="em@example.org"))
    assert (await send(smtp)).ambiguous == 1
    assert await state_of(letter_id) == "ambiguous"
    await lapse()
    await send(smtp)
    assert await state_of(letter_id) == "held", "a server that cannot be asked: a person decides"
    assert len(peer.taken) == 1


async def test_one_refused_letter_leaves_the_connection_fit_for_the_next(
    admin: asyncpg.Connection, town: Town, queue: Queue, send: Deliver, smtp: Smtp, peer: Peer, now: datetime
) -> None:
    for name, reply in (("a", "550 5.1.1 no"), ("b", ""), ("c", "451 later"), ("d", "")):
        peer.rcpt |= {f"{name}@example.org": reply} if reply else {}
        await queue(resident_id=await make_resident(admin, town, now=now, email=f"{name}@example.org"))
    tally = await send(smtp)
    assert (tally.sent, tally.failed, tally.put_off) == (2, 1, 1)


async def test_nothing_is_taken_from_the_ledger_while_the_server_is_away(
    admin: asyncpg.Connection, town: Town, queue: Queue, send: Deliver, now: datetime
) -> None:
    letter_id = await queue(resident_id=await make_resident(admin, town, now=now, email="flo@example.org"))
    await send(Smtp("smtp://127.0.0.1:9", mail_from=FROM, send_s=1))
    assert await admin.fetchval("SELECT (state, attempt) = ('pending', 0) FROM letter WHERE id = $1", letter_id)


class DyingMaildir(Maildir):
    """Takes the letter, or does not, and then the sender dies."""

    def __init__(self, folder: Path, *, takes: bool) -> None:
        super().__init__(folder)
        self.takes = takes

    async def send(self, message_id: str, raw: bytes, *, to: str) -> Outcome:
        if self.takes:
            await super().send(message_id, raw, to=to)
        raise KeyboardInterrupt


@pytest.mark.parametrize("takes", [True, False])
async def test_a_sender_that_dies_neither_loses_nor_doubles_a_letter(
    admin: asyncpg.Connection,
    town: Town,
    queue: Queue,
    send: Deliver,
    maildir: Path,
    now: datetime,
    takes: bool,
    state_of: StateOf,
    lapse: Lapse,
) -> None:
    letter_id = await queue(resident_id=await make_resident(admin, town, now=now, email="gus@example.org"))
    with pytest.raises(KeyboardInterrupt):
        await send(DyingMaildir(maildir, takes=takes))
    assert await state_of(letter_id) == "sending"
    for _ in range(3):
        await lapse()
        await send()
    assert await state_of(letter_id) == "sent"
    assert len(list((maildir / "new").iterdir())) == 1


class NeverArrives(Maildir):
    async def send(self, message_id: str, raw: bytes, *, to: str) -> Outcome:
        raise KeyboardInterrupt


async def test_the_fourth_doubt_waits_for_a_person(
    admin: asyncpg.Connection, town: Town, queue: Queue, send: Deliver, maildir: Path, now: datetime, state_of: StateOf, lapse: Lapse
) -> None:
    letter_id = await queue(resident_id=await make_resident(admin, town, now=now, email="hal@example.org"))
    for _ in range(4):
        with pytest.raises(KeyboardInterrupt):
            await send(NeverArrives(maildir))
        for _ in range(2):
            await lapse()
            await _only_settle(send, maildir, now)
    assert await state_of(letter_id) == "held"


async def _only_settle(send: Deliver, maildir: Path, now: datetime) -> None:
    """A round a day early: nothing is due, so it only clears up."""
    await send(Maildir(maildir), at=now - timedelta(days=1))


@pytest.mark.parametrize(
    ("change", "kind", "end"),
    [
        ("UPDATE resident SET status = 'stopped', stopped_at = now()", "digest", "skipped"),
        ("UPDATE resident SET paused_until = '2027-01-01'", "digest", "skipped"),
        ("UPDATE resident SET paused_until = '2026-01-01'", "digest", "sent"),
        ("UPDATE resident SET paused_until = '2027-01-01'", "notice", "sent"),
        ("INSERT INTO suppression SELECT email_index, 'complained', now() FROM resident", "digest", "skipped"),
        ("INSERT INTO suppression SELECT email_index, 'bounced', now() FROM resident", "link", "skipped"),
        ("INSERT INTO suppression SELECT email_index, 'stopped', now() FROM resident", "link", "sent"),
        ("UPDATE resident SET status = 'unconfirmed', confirmed_at = NULL", "confirm", "sent"),
        ("UPDATE resident SET status = 'active'", "confirm", "skipped"),
        ("UPDATE resident SET status = 'stopped', stopped_at = now()", "confirm", "skipped"),
        ("UPDATE resident SET status = 'stopped', stopped_at = now()", "link", "sent"),
        ("UPDATE resident SET status = 'unconfirmed', confirmed_at = NULL", "digest", "skipped"),
    ],
)
async def test_the_last_look_decides_who_is_written_to(
    admin: asyncpg.Connection, town: Town, queue: Queue, send: Deliver, now: datetime, change: str, kind: Kind, end: str, state_of: StateOf
) -> None:
    letter_id = await queue(resident_id=await make_resident(admin, town, now=now, email="ida@example.org"), kind=kind)
    await admin.execute(change)
    await send()
    assert await state_of(letter_id) == end


async def test_staff_get_their_sign_in_link(
    admin: asyncpg.Connection, town: Town, queue: Queue, send: Deliver, now: datetime, state_of: StateOf
) -> None:
    staff_id = await make_staff(admin, town, now=now, email="kim@center.example.org")
    gone = await make_staff(admin, town, now=now, email="lee@center.example.org")
    await admin.execute("UPDATE staff SET removed_at = $2 WHERE id = $1", gone, now)
    letters = [await queue(staff_id=who, kind="sign_in") for who in (staff_id, gone)]
    await send()
    assert [await state_of(letter) for letter in letters] == ["sent", "skipped"]


async def test_what_somebody_waits_for_goes_before_the_digests(
    admin: asyncpg.Connection, town: Town, queue: Queue, send: Deliver, smtp: Smtp, peer: Peer, now: datetime
) -> None:
    for n in range(30):
        resident_id = await make_resident(admin, town, now=now, email=f"d{n}@example.org")
        await queue(resident_id=resident_id, kind="digest", not_before=now - timedelta(hours=1))
    await queue(resident_id=await make_resident(admin, town, now=now, email="first@example.org"), kind="link")
    await send(smtp)
    assert peer.taken[0][0] == "first@example.org"
    assert len(peer.taken) == 31


async def test_eight_senders_send_each_letter_once(
    admin: asyncpg.Connection, town: Town, queue: Queue, send: Deliver, peer: Peer, now: datetime
) -> None:
    for n in range(60):
        await queue(resident_id=await make_resident(admin, town, now=now, email=f"n{n}@example.org"))
    lines = [Smtp(f"smtp://127.0.0.1:{peer.port}", mail_from=FROM) for _ in range(8)]
    tallies = await asyncio.gather(*(send(line, pace=Pace(batch=3)) for line in lines))
    for line in lines:
        await line.close()
    assert sum(tally.sent for tally in tallies) == 60
    assert len({to for to, _ in peer.taken}) == len(peer.taken) == 60


async def test_a_stop_finishes_the_letter_in_hand_and_gives_back_the_rest(
    admin: asyncpg.Connection, town: Town, queue: Queue, worker_db: Database, smtp: Smtp, peer: Peer, now: datetime
) -> None:
    for n in range(5):
        await queue(resident_id=await make_resident(admin, town, now=now, email=f"n{n}@example.org"))
    stop = asyncio.Event()

    async def signal() -> None:
        stop.set()

    peer.before_data = signal
    sender = Sender(database=worker_db, transport=smtp, vault=VAULT, mail_from=FROM, clock=lambda: now)
    assert (await deliver(sender, stop=stop)).sent == 1
    async with worker_db.transaction() as conn:
        assert await store.counts(conn) == {"pending": 4, "sent": 1}


async def test_a_letter_that_does_not_open_fails_alone(
    admin: asyncpg.Connection, town: Town, queue: Queue, send: Deliver, now: datetime, state_of: StateOf
) -> None:
    broken = await queue(resident_id=await make_resident(admin, town, now=now, email="j@example.org"))
    good = await queue(resident_id=await make_resident(admin, town, now=now, email="k@example.org"))
    await admin.execute("UPDATE letter SET content = set_byte(content, 30, get_byte(content, 30) # 1) WHERE id = $1", broken)
    tally = await send()
    assert (tally.sent, tally.failed) == (1, 1)
    assert (await state_of(broken), await state_of(good)) == ("failed", "sent")


async def test_the_local_mailbox_holds_a_letter_once_however_often_it_is_sent(maildir: Path) -> None:
    mailbox = Maildir(maildir)
    assert await mailbox.lookup("abc") is LookupResult.NO
    for _ in range(3):
        await mailbox.send("abc", b"Subject: x\r\n\r\n", to="x@example.org")
    assert await mailbox.lookup("abc") is LookupResult.YES
    assert [path.name for path in (maildir / "new").iterdir()] == ["abc.eml"]
    assert not list((maildir / "tmp").iterdir())
