"""A roster on paper: the code that stands on its sheet, and what somebody types back from it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from service.centers.store import Guest
from service.db import Conn
from service.errors import Conflict
from service.registrations import attendance
from service.registrations.model import WalkIn

WALK_IN_LINES = 6
CODE_GOOD_FOR = timedelta(days=90)  # after the date
MARKS: dict[str, Literal["attended", "missed", "confirmed"]] = {"came": "attended", "missed": "missed", "none": "confirmed"}
_CODE = re.compile(r"[0-9a-f]{8}")


class TypedMark(msgspec.Struct, frozen=True, kw_only=True):
    """What the form said of a guest when it was opened, and what was typed; both as `MARKS` has them."""

    handle: UUID
    before: str
    after: str


class TypedSheet(msgspec.Struct, frozen=True, kw_only=True):
    marks: list[TypedMark]
    walk_ins: list[WalkIn]


def sheet_code(session_id: UUID) -> str:
    """ "4F09-A2C1": the last digits of the date's id."""
    digits = session_id.hex[-8:].upper()
    return f"{digits[:4]}-{digits[4:]}"


def code_in(text: str) -> str:
    """The digits of a code as `store.date_by_code` wants them, however they were typed; "" for what is no code."""
    digits = re.sub(r"[\s‐-–-]", "", text).lower().replace("o", "0")
    return digits if _CODE.fullmatch(digits) else ""


def mark_of(guest: Guest) -> str:
    return next(mark for mark, state in MARKS.items() if state == guest.state)


async def note_sheet(conn: Conn, sheet: TypedSheet, guests: Sequence[Guest], *, session_id: UUID, now: datetime) -> None:
    """Note all of a sheet, in the center's transaction. Sent twice it changes nothing more.

    guests: as they stand now. A guest whose seat is gone is left out. Raises Missing; Conflict where somebody noted something else of
    a guest since the form was opened, or it is too early.
    """
    stored = {guest.handle: mark_of(guest) for guest in guests}
    for mark in sheet.marks:
        current = stored.get(mark.handle)
        if current is None or mark.after in (mark.before, current):
            continue
        if current != mark.before:
            raise Conflict("noted_meanwhile")
        await _note(conn, mark, session_id=session_id, now=now)
    for walk_in in sheet.walk_ins:
        await attendance.note_walk_in(conn, walk_in, session_id=session_id, now=now)


async def _note(conn: Conn, mark: TypedMark, *, session_id: UUID, now: datetime) -> None:
    if mark.before != "none":  # from one to the contrary leads back first
        await attendance.take_back(conn, session_id=session_id, handle=mark.handle, now=now)
    if mark.after == "came":
        await attendance.mark_attended(conn, session_id=session_id, handle=mark.handle, now=now)
    elif mark.after == "missed":
        await attendance.mark_missed(conn, session_id=session_id, handle=mark.handle, now=now)
