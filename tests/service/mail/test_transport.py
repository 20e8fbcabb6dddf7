"""What a mail server's answer means for a letter: taken, not now, never, or not known; and whose fault a refusal is."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from service.mail.model import Accepted, Ambiguous, Outcome, Perm, Temp
from service.mail.transport import Smtp
from tests.service.mail.conftest import FROM
from tests.service.mail.peer import Peer, smtp_peer

READER = "reader@example.org"
RAW = b"Subject: Hello\r\n\r\nA short hello.\r\n"


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with smtp_peer() as running:
        yield running


@pytest.fixture
async def smtp(peer: Peer) -> AsyncIterator[Smtp]:
    transport = Smtp(f"smtp://127.0.0.1:{peer.port}", mail_from=FROM, send_s=5)
    yield transport
    await transport.close()


def kind(outcome: Outcome) -> tuple[str, bool]:
    return type(outcome).__name__, isinstance(outcome, Perm) and outcome.address_bad


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("250 2.1.5 OK", ("Accepted", False)),
        ("421 4.3.2 Shutting down", ("Temp", False)),
        ("450 4.2.1 Busy", ("Temp", False)),
        ("451 4.7.1 Come back later", ("Temp", False)),
        ("452 4.2.2 Mailbox full", ("Temp", False)),
        ("550 5.1.1 No such user", ("Perm", True)),
        ("550 5.1.2 Bad destination system", ("Perm", True)),
        ("551 5.1.6 Moved away", ("Perm", True)),
        ("550 5.2.1 Mailbox disabled", ("Perm", True)),
        ("552 5.2.2 Mailbox full", ("Perm", False)),
        ("550 5.7.1 We do not take mail from you", ("Perm", False)),
        ("554 5.7.1 Looks like spam", ("Perm", False)),
        ("550 User unknown", ("Perm", True)),
        ("553 Mailbox name not allowed", ("Perm", True)),
        ("554 Transaction failed", ("Perm", False)),
        ("drop", ("Temp", False)),
    ],
)
async def test_an_answer_to_the_address(smtp: Smtp, peer: Peer, answer: str, expected: tuple[str, bool]) -> None:
    peer.rcpt[READER] = "" if answer.startswith("2") else answer
    assert kind(await smtp.send("a", RAW, to=READER)) == expected
    assert len(peer.taken) == (expected[0] == "Accepted")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("250 OK", "Accepted"),
        ("452 4.3.1 No room", "Temp"),
        ("451 4.3.0 Try again", "Temp"),
        ("552 5.3.4 Too big", "Perm"),
        ("554 5.6.0 Not a letter", "Perm"),
        ("drop", "Ambiguous"),
        ("nonsense", "Ambiguous"),
    ],
)
async def test_an_answer_to_the_letter(smtp: Smtp, peer: Peer, answer: str, expected: str) -> None:
    """The reader's address is never blamed for it. What was taken, or may have been, must not be sent a second time."""
    peer.data[READER] = answer
    assert kind(await smtp.send("a", RAW, to=READER)) == (expected, False)
    assert len(peer.taken) == (expected in ("Accepted", "Ambiguous"))


@pytest.mark.parametrize("answer", ["530 5.7.0 Sign in first", "550 5.1.8 Bad sender", "451 4.3.0 Later"])
async def test_an_answer_to_our_own_name_costs_no_letter(smtp: Smtp, peer: Peer, answer: str) -> None:
    peer.mail = answer
    assert isinstance(await smtp.send("a", RAW, to=READER), Temp)


async def test_after_each_refusal_the_same_connection_takes_the_next_letter(smtp: Smtp, peer: Peer) -> None:
    peer.rcpt["gone@example.org"] = "550 5.1.1 gone@example.org is unknown"
    peer.data["full@example.org"] = "452 4.2.2 No room"
    for name in ("gone", "reader", "full", "reader"):
        outcome = await smtp.send(name, RAW, to=f"{name}@example.org")
        assert isinstance(outcome, Accepted) == (name == "reader")
    assert [to for to, _ in peer.taken] == [READER, READER]
    assert peer.connections == 1


async def test_the_ledger_keeps_no_address(smtp: Smtp, peer: Peer) -> None:
    peer.rcpt[READER] = f"550 5.1.1 <{READER}>: unknown, said postmaster@example.org"
    peer.data["two@example.org"] = "554 5.7.1 two@example.org is not wanted"
    for address in (READER, "two@example.org"):
        outcome = await smtp.send("a", RAW, to=address)
        assert isinstance(outcome, Perm)
        assert "@" not in outcome.error
        assert "<address>" in outcome.error


async def test_a_server_that_says_nothing_after_the_letter_leaves_it_in_doubt(peer: Peer) -> None:
    peer.data[READER] = "silence"
    smtp = Smtp(f"smtp://127.0.0.1:{peer.port}", mail_from=FROM, send_s=1)
    assert isinstance(await smtp.send("a", RAW, to=READER), Ambiguous)
    await smtp.close()
