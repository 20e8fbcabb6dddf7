"""How many sign-ups one place may send, and how many letters and tries of a code one mailbox may have; counted in Postgres, exact at once.

An attacker types strangers' addresses into a form, and each gets a letter. The limits leave room for a library's shared computers
and for a partner's busiest day.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from service import db
from service.crypto import Vault
from service.db import Conn
from service.errors import TooMany
from service.residents.store import queries
from service.web.email_address import mailbox_of

HOUR_S, DAY_S = 3_600, 86_400
WEEK_S = 7 * DAY_S
Limits = tuple[tuple[int, int], ...]  # (seconds, how many in them)
PER_BLOCK: Limits = ((HOUR_S, 60), (DAY_S, 200))
PER_FORM: Limits = ((HOUR_S, 1_000), (DAY_S, 5_000))
PER_MAILBOX: Limits = ((DAY_S, 3), (WEEK_S, 6))
CODES_PER_MAILBOX: Limits = ((DAY_S, 10),)


class _Used(msgspec.Struct, frozen=True):
    window_s: int
    used: int


async def count_sign_up(conn: Conn, vault: Vault, *, form: str, block: str | None, now: datetime) -> None:
    """Count one sign-up of a form, and of an address block where one is known ("": one that cannot be told from others).

    Give it a transaction of its own, so that its rows are held for a moment only. Raises TooMany.
    """
    if block is not None:
        await _count(conn, vault.index(f"block {block}"), PER_BLOCK, refused="sign_ups_from_here", now=now)
    await _count(conn, vault.index(f"form {form}"), PER_FORM, refused="sign_ups_of_form", now=now)


async def may_write_to(conn: Conn, vault: Vault, *, email: str, now: datetime) -> bool:
    """Count one letter that a stranger may have caused in this mailbox; false when it had enough of them."""
    try:
        await _count(conn, vault.index(f"mailbox {mailbox_of(email)}"), PER_MAILBOX, refused="too_many", now=now)
    except TooMany:
        return False
    return True


async def count_code(conn: Conn, vault: Vault, *, email: str, now: datetime) -> None:
    """Count one try of a code for an address, whether anybody signed up with it or not. Raises TooMany."""
    await _count(conn, vault.index(f"code {mailbox_of(email)}"), CODES_PER_MAILBOX, refused="codes_tried", now=now)


async def forget(conn: Conn, *, now: datetime) -> None:
    """Worker role: counts whose window is over."""
    await db.run(conn, queries.forget_uses, now=now)


async def _count(conn: Conn, subject: bytes, limits: Limits, *, refused: str, now: datetime) -> None:
    """What is refused is not counted: whoever goes on knocking keeps nobody out for longer. Raises TooMany."""
    at, most = int(now.timestamp()), dict(limits)
    starts = [datetime.fromtimestamp(at - at % window_s, tz=now.tzinfo) for window_s in most]
    async with conn.transaction():
        counts = await db.all_of(conn, queries.count_uses, _Used, subject=subject, windows=list(most), starts=starts)
        waits = [count.window_s - at % count.window_s for count in counts if count.used > most[count.window_s]]
        if waits:
            raise TooMany(refused, retry_after_s=max(waits))
