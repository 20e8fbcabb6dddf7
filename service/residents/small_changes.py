"""Small changes straight from a letter: no evenings, nearer, fewer letters, not the same people. Each can be taken back for some days."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from service import db
from service.crypto import Vault
from service.db import Conn
from service.residents import preferences, same_faces, store
from service.residents.actions import SignUpContext
from service.residents.choices import next_smaller_reach, same_reach
from service.residents.model import SmallChange, SmallChangeKind, ValueChange
from service.residents.preferences import ResidentRecord
from service.residents.store import queries
from service.residents.week import without_evenings
from service.tokens import Link

# changed: it is so now. already: it was so before. nothing_left: evenings are all that is free. too_late: nothing to take back any more.
Outcome = Literal["changed", "already", "nothing_left", "taken_back", "too_late", "stopped"]
_Last = tuple[SmallChange, ValueChange]
TAKE_BACK = timedelta(days=14)
FEWER_WEEKS = 2
_CHANGE = msgspec.msgpack.Decoder(ValueChange)


class Result(msgspec.Struct, frozen=True):
    """may_take_back: whether the value of now was made by a press that can still be taken back."""

    outcome: Outcome
    may_take_back: bool = False


async def press(conn: Conn, context: SignUpContext, link: Link, *, kind: SmallChangeKind, now: datetime) -> Result:
    """Change one thing. The same button of the same letter again changes nothing more, so a double press is one step nearer, not two.

    link: its subject is the run of the letter. Raises Gone as the preferences page does.
    """
    record = await preferences.known(conn, context, link)
    if record.resident.status == "stopped":
        return Result("stopped")
    current, last = _value(record, kind), await _last(conn, context.vault, record, kind, now)
    standing = last is not None and not last[0].taken_back and _same(last[1].after, current)
    if last and standing and last[0].run_id == link.subject_id:
        return Result("changed", may_take_back=True)
    after = _next(record, kind)
    if after is None:
        return Result("nothing_left")
    if _same(after, current):
        return Result("already", may_take_back=standing)
    await _write(conn, record, kind, after, now)
    content = context.vault.seal(msgspec.msgpack.encode(ValueChange(current, after)), place=_place(kind), row=record.resident.id)
    await store.keep_small_change(conn, record.resident.id, kind, run_id=link.subject_id, content=content, now=now)
    return Result("changed", may_take_back=True)


async def take_back(conn: Conn, context: SignUpContext, link: Link, *, kind: SmallChangeKind, now: datetime) -> Result:
    """Restore what stood before. What was changed on one's own page since then stays as it is. Raises Gone as `press` does."""
    record = await preferences.known(conn, context, link)
    if record.resident.status == "stopped":
        return Result("stopped")
    last = await _last(conn, context.vault, record, kind, now)
    if last is None:
        return Result("too_late")
    taken_back, change = last[0].taken_back, last[1]
    if not _same(_value(record, kind), change.before if taken_back else change.after):
        return Result("too_late")
    if not taken_back:
        await _write(conn, record, kind, change.before, now)
        await store.note_taken_back(conn, record.resident.id, kind)
    return Result("taken_back")


async def forget(conn: Conn, *, now: datetime) -> None:
    """What can no longer be taken back (worker role)."""
    await db.run(conn, queries.forget_small_changes, before=now - TAKE_BACK)


async def _last(conn: Conn, vault: Vault, record: ResidentRecord, kind: SmallChangeKind, now: datetime) -> _Last | None:
    """The last press of this kind, opened; None when it is too long ago to be taken back."""
    last = await store.small_change_of(conn, record.resident.id, kind)
    if last is None or last.changed_at + TAKE_BACK <= now:
        return None
    return last, _CHANGE.decode(vault.open_bytes(last.content, place=_place(kind), row=record.resident.id))


def _value(record: ResidentRecord, kind: SmallChangeKind) -> bytes | float:
    if kind == "evenings":
        return record.profile.available
    if kind == "same_faces":
        return int(record.profile.cohorts)
    return record.profile.reach_km if kind == "nearer" else record.resident.every_weeks


def _next(record: ResidentRecord, kind: SmallChangeKind) -> bytes | float | None:
    """The value after a press, which may be the same; None when nothing would be left."""
    if kind == "evenings":
        return without_evenings(record.profile.available)
    if kind == "same_faces":
        return 0
    return next_smaller_reach(record.profile.reach_km) if kind == "nearer" else max(record.resident.every_weeks, FEWER_WEEKS)


async def _write(conn: Conn, record: ResidentRecord, kind: SmallChangeKind, value: bytes | float, now: datetime) -> None:
    """As the preferences page writes it."""
    if kind == "fewer":
        await store.set_preferences(conn, msgspec.structs.replace(record.resident, every_weeks=value))
    elif kind == "same_faces":
        await (same_faces.renew if value else same_faces.leave)(conn, record.resident.id, now=now)
    elif kind == "nearer":
        await store.change_profile(conn, msgspec.structs.replace(record.profile, reach_km=value), now=now)
    else:
        await store.change_profile(conn, msgspec.structs.replace(record.profile, available=value), now=now)


def _place(kind: SmallChangeKind) -> str:
    return f"small_change.content.{kind}"


def _same(value: bytes | float, other: bytes | float) -> bool:
    return same_reach(value, other) if isinstance(value, float) and isinstance(other, float) else value == other
