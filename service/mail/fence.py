"""The sender's fence: one copy of the data sends letters; any other sends none until an operator arms it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from service.db import Conn
from service.errors import NotArmed
from service.mail import store


class Armed(msgspec.Struct, frozen=True, kw_only=True):
    """What arming came to, in letters. held: another copy may have sent them; released: held by an earlier arming, and due again."""

    held: int = 0
    released: int = 0


async def check(conn: Conn, *, place: str, now: datetime) -> None:
    """Call it in the transaction that takes letters from the ledger. Data from which nothing ever left are armed by their first sender.

    Raises NotArmed.
    """
    if await store.armed_here(conn, place=place):
        return
    if not await store.arm_first(conn, place=place, now=now):
        raise NotArmed


async def is_open(conn: Conn, *, place: str) -> bool:
    """Whether letters may leave from here; data that never sent anything count as open. Changes nothing."""
    return await store.armed_here(conn, place=place) or await store.never_sent(conn)


async def arm(conn: Conn, *, place: str, send_waiting: bool, now: datetime) -> Armed:
    """Letters leave from here from now on. Those that wait are held, for another copy may have sent them.

    send_waiting: no other copy has; then they leave, and so do those that an earlier arming held.
    """
    moved = not await is_open(conn, place=place)
    await store.arm(conn, place=place, now=now)
    if send_waiting:
        return Armed(released=await store.release_held_by_arming(conn))
    return Armed(held=await store.hold_waiting(conn)) if moved else Armed()
