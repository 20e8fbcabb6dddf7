"""Whoever signed up and has not confirmed yet: the code of their letter, the letter once more, and one reminder.

None of it tells whoever asks whether an address is known: the answer for a known one is the answer for a wrong code.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from service import db
from service.db import Conn, Database, see_as
from service.errors import Invalid
from service.faults import contained
from service.mail import actions as mail
from service.mail.hours import humane
from service.mail.letter_context import LetterContext
from service.residents import store
from service.residents.actions import CONFIRM_LIFE, LETTERS_MAX, SignUpContext, confirm_letter, enroll, opened, write_to
from service.residents.allowance import may_write_to
from service.residents.model import PendingSignUp, Resident
from service.residents.store import queries
from service.tokens import NOBODY

SENT_AGAIN_AFTER = timedelta(minutes=5)  # the first letter may be on its way
REMINDED_AFTER = timedelta(days=1)
REMINDED_UNTIL = timedelta(days=5)  # two days before the links end
BATCH = 200


async def confirm_by_code(conn: Conn, context: SignUpContext, *, email: str, typed: str, now: datetime) -> None:
    """Make a resident of whoever typed the sign-up that this code was mailed for.

    Count the try first (`allowance.count_code`), in a transaction of its own: a wrong code has to count although this one is undone.
    Raises Invalid for a code of nothing that waits.
    """
    async with conn.transaction():
        resident = await _by_address(conn, context, email)
        waiting = await store.sign_ups_of(conn, resident.id) if resident and resident.status == "unconfirmed" else []
        pending = next((pending for pending in waiting if context.tokens.is_code(typed, pending.id)), None)
        if resident is None or pending is None:
            raise Invalid(fields={"code": "code"})
        await enroll(conn, context, resident, pending, now)


async def send_again(conn: Conn, context: SignUpContext, *, email: str, now: datetime) -> None:
    """The letter of the newest sign-up once more, unless one left a moment ago or the address had its letters."""
    async with conn.transaction():
        resident = await _by_address(conn, context, email)
        if resident is None or not _may_be_sent_again(resident, now):
            return
        waiting = await store.sign_ups_of(conn, resident.id)
        if waiting and await may_write_to(conn, context.vault, email=email, now=now):
            await _send(conn, context, resident, waiting[-1], now)


async def remind(database: Database, context: LetterContext, *, now: datetime, batch: int = BATCH) -> int:
    """Queue the one reminder of every address that was written to a day ago and did not answer (worker role). How many.

    A letter that a fault keeps back is logged; the others get theirs.
    """
    written, after = 0, NOBODY
    while True:
        ids = await _ids_to_remind(database, after=after, now=now, batch=batch)
        for resident_id in ids:
            with contained("confirmation_not_reminded", resident=str(resident_id)):
                written += await _remind(database, context, resident_id, now=now)
        if len(ids) < batch:
            return written
        after = ids[-1]


async def _ids_to_remind(database: Database, *, after: UUID, now: datetime, batch: int) -> list[UUID]:
    async with database.transaction() as conn:
        return await store.residents_to_remind(
            conn, after=after, not_before=now - REMINDED_UNTIL, until=now - REMINDED_AFTER, letters_max=LETTERS_MAX, batch=batch
        )


async def _remind(database: Database, context: LetterContext, resident_id: UUID, *, now: datetime) -> bool:
    """False where it was confirmed, erased or reminded of meanwhile."""
    async with database.transaction() as conn:
        resident = await store.lock(conn, resident_id)
        if resident is None or resident.status != "unconfirmed" or await db.value(conn, queries.is_reminded, resident_id=resident_id):
            return False
        waiting = await store.sign_ups_of(conn, resident_id)
        if not waiting:
            return False
        await _queue_reminder(conn, context, resident, waiting[-1], now)
    return True


async def _queue_reminder(conn: Conn, context: LetterContext, resident: Resident, pending: PendingSignUp, now: datetime) -> None:
    language = opened(context.vault, pending).language
    ends_at = (resident.letter_at or resident.created_at) + CONFIRM_LIFE
    letter = confirm_letter(
        context, resident, pending.id, language=language, partner=pending.partner, source=pending.source, ends_at=ends_at, is_reminder=True
    )
    await mail.queue(
        conn,
        kind="confirm",
        contents={language: letter},
        vault=context.vault,
        resident_id=resident.id,
        not_before=humane(now, resident.zone) if context.humane else now,
        give_up_at=ends_at,
        now=now,
    )
    await db.run(conn, queries.note_reminded, resident_id=resident.id, sign_up_id=pending.id, now=now)


async def _send(conn: Conn, context: SignUpContext, resident: Resident, pending: PendingSignUp, now: datetime) -> None:
    language = opened(context.vault, pending).language
    letter = confirm_letter(
        context.letter_context,
        resident,
        pending.id,
        language=language,
        partner=pending.partner,
        source=pending.source,
        ends_at=now + CONFIRM_LIFE,
    )
    await write_to(conn, context, resident, "confirm", letter, language, now)


async def _by_address(conn: Conn, context: SignUpContext, email: str) -> Resident | None:
    """The row of an address, held until the transaction ends, which then sees it."""
    indexes = context.vault.indexes(email)
    await see_as(conn, presented=indexes)
    resident = await store.by_address(conn, indexes)
    if resident:
        await see_as(conn, resident_id=resident.id, presented=indexes)
    return resident


def _may_be_sent_again(resident: Resident, now: datetime) -> bool:
    is_old = resident.letter_at is None or now - resident.letter_at >= SENT_AGAIN_AFTER
    return resident.status == "unconfirmed" and resident.letters_n < LETTERS_MAX and is_old
