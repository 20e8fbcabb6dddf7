"""Rows of the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from service import sql
from service.db import Conn, all_of, one, run, run_many, value
from service.mail.model import Doubtful, Fate, InDoubt, Kind, Leased

_Q = sql.load(__file__)


class _Id(msgspec.Struct, frozen=True):
    id: UUID


class _Count(msgspec.Struct, frozen=True):
    state: str
    letters: int


async def queue(
    conn: Conn,
    *,
    letter_id: UUID,
    kind: Kind,
    resident_id: UUID | None,
    staff_id: UUID | None,
    to_email: bytes | None,
    to_email_index: bytes | None,
    organization_id: UUID | None,
    message_id: str,
    content: bytes,
    not_before: datetime,
    give_up_at: datetime,
    now: datetime,
) -> None:
    await run(
        conn,
        _Q.queue,
        letter_id=letter_id,
        kind=kind,
        resident_id=resident_id,
        staff_id=staff_id,
        to_email=to_email,
        to_email_index=to_email_index,
        organization_id=organization_id,
        message_id=message_id,
        content=content,
        not_before=not_before,
        give_up_at=give_up_at,
        now=now,
    )


async def withdraw(conn: Conn, *, letter_ids: Sequence[UUID]) -> set[UUID]:
    return {row.id for row in await all_of(conn, _Q.withdraw, _Id, letter_ids=list(letter_ids))}


async def claim(conn: Conn, *, token: UUID, batch: int, lease_s: float, now: datetime) -> list[Leased]:
    """Letters that are due, taken for `lease_s` seconds; what people wait for comes before digests."""
    ids: list[_Id] = []
    for query in (_Q.claim_awaited, _Q.claim_digests):
        if not ids:
            ids = await all_of(conn, query, _Id, token=token, batch=batch, lease_s=lease_s, now=now)
    if not ids:
        return []
    return await all_of(conn, _Q.leased, Leased, token=token, letter_ids=[row.id for row in ids])


async def begin(conn: Conn, letter: Leased, *, token: UUID, lease_s: float, now: datetime) -> bool:
    """Commit that the letter is about to leave. False: it must not be sent."""
    common = {"letter_id": letter.id, "token": token, "lease_s": lease_s, "now": now}
    if letter.resident_id is not None:
        return bool(await value(conn, _Q.begin_to_resident, resident_id=letter.resident_id, **common))
    if letter.staff_id is not None:
        return bool(await value(conn, _Q.begin_to_staff, staff_id=letter.staff_id, **common))
    return bool(await value(conn, _Q.begin_to_address, **common))


async def skip(conn: Conn, *, letter_id: UUID, token: UUID, reason: str) -> bool:
    return await run(conn, _Q.skip, letter_id=letter_id, token=token, reason=reason) > 0


async def note_sent(conn: Conn, *, letter_id: UUID, token: UUID, now: datetime) -> None:
    await run(conn, _Q.note_sent, letter_id=letter_id, token=token, now=now)


async def note_later(conn: Conn, *, letter_id: UUID, token: UUID, not_before: datetime, error: str) -> None:
    await run(conn, _Q.note_later, letter_id=letter_id, token=token, not_before=not_before, error=error)


async def note_failed(conn: Conn, *, letter_id: UUID, token: UUID, error: str) -> None:
    await run(conn, _Q.note_failed, letter_id=letter_id, token=token, error=error[:300])


async def note_ambiguous(conn: Conn, *, letter_id: UUID, token: UUID, lookup_s: float, error: str) -> None:
    await run(conn, _Q.note_ambiguous, letter_id=letter_id, token=token, lookup_s=lookup_s, error=error)


async def release(conn: Conn, *, token: UUID) -> None:
    """Give back what was taken and not begun."""
    await run(conn, _Q.release, token=token)


async def sweep(conn: Conn, *, lookup_s: float) -> int:
    """Take letters back from senders that are gone. Returns how many are in doubt now because of it."""
    await run(conn, _Q.sweep_leased)
    return await run(conn, _Q.sweep_sending, lookup_s=lookup_s)


async def claim_in_doubt(conn: Conn, *, batch: int, lookup_s: float) -> list[InDoubt]:
    return await all_of(conn, _Q.claim_in_doubt, InDoubt, batch=batch, lookup_s=lookup_s)


async def settle_sent(conn: Conn, *, letter_id: UUID, now: datetime) -> None:
    await run(conn, _Q.settle_sent, letter_id=letter_id, now=now)


async def settle_again(conn: Conn, *, letter_id: UUID) -> None:
    await run(conn, _Q.settle_again, letter_id=letter_id)


async def settle_held(conn: Conn, *, letter_id: UUID) -> None:
    await run(conn, _Q.settle_held, letter_id=letter_id)


async def suppress(conn: Conn, *, email_indexes: list[bytes], reason: str, now: datetime) -> None:
    await run_many(conn, _Q.suppress, [{"email_index": index, "reason": reason, "now": now} for index in email_indexes])


async def forget_stop(conn: Conn, *, email_index: bytes) -> None:
    """A bounce or a complaint stays."""
    await run(conn, _Q.forget_stop, email_index=email_index)


async def fate(conn: Conn, letter_id: UUID) -> Fate | None:
    """None for a letter that the transaction may not see."""
    return await one(conn, _Q.fate, Fate, letter_id=letter_id)


async def waiting(conn: Conn, *, now: datetime) -> bool:
    return bool(await value(conn, _Q.waiting, now=now))


async def doubtful(conn: Conn) -> list[Doubtful]:
    return await all_of(conn, _Q.doubtful, Doubtful)


async def counts(conn: Conn) -> dict[str, int]:
    return {row.state: row.letters for row in await all_of(conn, _Q.counts, _Count)}


async def armed_here(conn: Conn, *, place: str) -> bool:
    return bool(await value(conn, _Q.armed_here, place=place))


async def never_sent(conn: Conn) -> bool:
    return bool(await value(conn, _Q.never_sent))


async def arm_first(conn: Conn, *, place: str, now: datetime) -> bool:
    """Whether this place is the armed one now."""
    await run(conn, _Q.arm_first, place=place, now=now)
    return await armed_here(conn, place=place)


async def arm(conn: Conn, *, place: str, now: datetime) -> None:
    await run(conn, _Q.arm, place=place, now=now)


async def hold_waiting(conn: Conn) -> int:
    return await run(conn, _Q.hold_waiting)


async def release_held_by_arming(conn: Conn) -> int:
    return await run(conn, _Q.release_held_by_arming)
