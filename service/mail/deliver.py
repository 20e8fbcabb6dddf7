"""The delivery loop: every letter leaves once, whatever dies on the way.

Before the first byte the ledger holds a committed `sending`, and a sender has one letter in that state at most. So a crash leaves
one letter in doubt and never loses one; a letter in doubt is looked up, and sent again only when the look-up says it never arrived.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

import msgspec
import structlog

from service.clock import Clock
from service.crypto import Vault
from service.db import Database
from service.errors import Refusal
from service.mail import fence, store
from service.mail.actions import open_content
from service.mail.mime import build
from service.mail.model import Accepted, Ambiguous, InDoubt, Leased, LookupResult, Outcome, Perm, Tally, Temp
from service.mail.transport import Transport

log = structlog.get_logger()

AMBIGUOUS_MAX = 3
BACKOFF_FIRST = timedelta(minutes=1)
BACKOFF_MOST = timedelta(hours=2)


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How long things may take, in seconds. A lease must outlast two letters (`transport.SEND_S`); chaos tests hurry."""

    lease_s: float = 120.0
    lookup_s: float = 60.0
    batch: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """One line of delivery; run several for more letters a second, each with a transport of its own."""

    database: Database
    transport: Transport
    vault: Vault
    mail_from: str
    clock: Clock
    pace: Pace = field(default_factory=Pace)
    sign: Callable[[bytes], bytes] = bytes  # DKIM, or nothing
    place: str = ""  # where these data live, as the deployment says (fence.py)


async def deliver(sender: Sender, *, stop: asyncio.Event) -> Tally:
    """Send what is due, until nothing is or `stop` is set; the letter in hand is always finished.

    Raises NotArmed where these data are a copy that nobody armed.
    """
    await _settle_doubts(sender)
    tally = Tally()
    while not stop.is_set() and await sender.transport.ready():
        token = uuid4()
        async with sender.database.transaction() as conn:
            await fence.check(conn, place=sender.place, now=sender.clock())
            batch = await store.claim(conn, token=token, batch=sender.pace.batch, lease_s=sender.pace.lease_s, now=sender.clock())
        if not batch:
            break
        tally += await _deliver_batch(sender, batch, token=token, stop=stop)
    return tally


async def _deliver_batch(sender: Sender, batch: list[Leased], *, token: UUID, stop: asyncio.Event) -> Tally:
    tally = Tally()
    try:
        for letter in batch:
            if stop.is_set():
                break
            tally += await _deliver_one(sender, letter, token=token)
    finally:
        async with sender.database.pool.acquire() as conn:
            await store.release(conn, token=token)
    return tally


async def _deliver_one(sender: Sender, letter: Leased, *, token: UUID) -> Tally:
    try:
        to, raw = await _write(sender, letter)
    except (Refusal, ValueError, LookupError) as error:
        async with sender.database.pool.acquire() as conn:
            await store.note_failed(conn, letter_id=letter.id, token=token, error=f"not written: {error}")
        log.error("letter_not_written", letter=str(letter.id), error=type(error).__name__)
        return Tally(failed=1)
    # A single statement is its own transaction: when this returns true, `sending` is on disk.
    async with sender.database.pool.acquire() as conn:
        begun = await store.begin(conn, letter, token=token, lease_s=sender.pace.lease_s, now=sender.clock())
        if not begun:
            skipped = await store.skip(conn, letter_id=letter.id, token=token, reason="stopped, paused, suppressed or too late")
            return Tally(skipped=int(skipped))
    outcome = await sender.transport.send(letter.message_id, raw, to=to)
    return await _note(sender, letter, outcome, token=token)


async def _write(sender: Sender, letter: Leased) -> tuple[str, bytes]:
    """Address and bytes."""
    content = open_content(sender.vault, letter.content, letter_id=letter.id, language=letter.language)
    to = sender.vault.open(letter.email, place=letter.email_place, row=letter.resident_id or letter.staff_id or letter.id)
    raw = build(content, to=to, mail_from=sender.mail_from, message_id=letter.message_id, language=letter.language, at=sender.clock())
    return to, await asyncio.to_thread(sender.sign, raw)


async def _note(sender: Sender, letter: Leased, outcome: Outcome, *, token: UUID) -> Tally:
    now = sender.clock()
    async with sender.database.transaction() as conn:
        match outcome:
            case Accepted():
                await store.note_sent(conn, letter_id=letter.id, token=token, now=now)
                return Tally(sent=1)
            case Temp(error=error):
                later = now + backoff(letter.attempt)
                await store.note_later(conn, letter_id=letter.id, token=token, not_before=later, error=error)
                return Tally(put_off=1)
            case Perm(error=error, address_bad=address_bad):
                await store.note_failed(conn, letter_id=letter.id, token=token, error=error)
                if address_bad and not letter.is_test:  # a test of the way out says nothing about the person
                    await store.suppress(conn, email_indexes=[letter.email_index], reason="bounced", now=now)
                return Tally(failed=1)
            case Ambiguous(error=error):
                await store.note_ambiguous(conn, letter_id=letter.id, token=token, lookup_s=sender.pace.lookup_s, error=error)
                return Tally(ambiguous=1)


def backoff(attempt: int) -> timedelta:
    """After the first try a minute, then twice as long each time, two hours at most."""
    doublings: int = min(max(attempt - 1, 0), 10)
    return min(BACKOFF_FIRST * (1 << doublings), BACKOFF_MOST)


async def _settle_doubts(sender: Sender) -> None:
    """Take over from senders that died, then ask what became of the letters in doubt."""
    async with sender.database.transaction() as conn:
        await fence.check(conn, place=sender.place, now=sender.clock())
        if lost := await store.sweep(conn, lookup_s=sender.pace.lookup_s):
            log.warning("senders_lost", letters=lost)
        doubts = await store.claim_in_doubt(conn, batch=200, lookup_s=sender.pace.lookup_s)
    for doubt in doubts:
        result = await sender.transport.lookup(doubt.message_id)
        await _settle(sender, doubt, result)


async def _settle(sender: Sender, doubt: InDoubt, result: LookupResult) -> None:
    """A letter is sent again only on a plain "never arrived", three times at most; otherwise it waits for a person."""
    async with sender.database.pool.acquire() as conn:
        if result is LookupResult.YES:
            await store.settle_sent(conn, letter_id=doubt.id, now=sender.clock())
        elif result is LookupResult.NO and doubt.ambiguous_n <= AMBIGUOUS_MAX:
            await store.settle_again(conn, letter_id=doubt.id)
        else:
            await store.settle_held(conn, letter_id=doubt.id)
            log.warning("letter_held", letter=str(doubt.id))
