"""Telling two people at a date of each other: once of each date, in the waking hours of the day before the last one, while both want it.

Two newcomers come first. A newcomer for whom no other is left is told of a host of welcome, a regular who is glad to greet.
What must be so stands in migration 0024: `company_seat` for each of the two, `keep_apart` between them, and `company_holds`, which the
sender asks at the last moment. A letter that is queued and does not hold any more never leaves.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import numpy as np

from service.company import letter, store
from service.company.model import CompanySeat
from service.company.pairing import choose_pairs
from service.db import Conn, Database
from service.faults import contained
from service.mail import actions as mail
from service.mail.letter_context import LetterContext
from service.registrations import store as registrations
from service.registrations.calendar import is_private
from service.registrations.model import SessionFacts
from service.registrations.still_coming import ASKED_BEFORE, TOO_LATE, window
from service.residents import actions as residents
from service.residents import company
from service.residents.names import first_name
from service.sessions import store as sessions
from service.tokens import Link, Purpose


async def tell_newcomers(database: Database, context: LetterContext, *, now: datetime) -> int:
    """Queue two letters for each pair of people at a date of one to two days from now. How many letters.

    Run again, or by two workers at once, it adds nothing. A date that a fault keeps back is logged; the others get theirs.
    """
    async with database.transaction() as conn:
        dates = await store.dates_to_pair(conn, earliest=now + TOO_LATE, latest=now + ASKED_BEFORE, now=now)
    written = 0
    for session_id in dates:
        with contained("newcomers_not_told", session=str(session_id)):
            async with database.transaction() as conn:
                written += await _pair_date(conn, context, session_id, now=now)
    return written


async def agreed_to(conn: Conn, link: Link) -> list[str]:
    """Purposes (`residents/company.py`) that the person behind a link agreed to. Raises Gone."""
    resident = await residents.of_link(conn, link)
    return await company.agreed_to(conn, resident.id)


async def leave(conn: Conn, link: Link, *, now: datetime) -> None:
    """Take back all consent to company; letters that wait do not leave any more. Raises Gone."""
    resident = await residents.of_link(conn, link)
    await company.change(conn, resident, [], language=resident.language, now=now)


async def _pair_date(conn: Conn, context: LetterContext, session_id: UUID, *, now: datetime) -> int:
    """Number of letters. The lock, which every change of a seat takes, makes two workers follow each other."""
    await sessions.lock_seats(conn, session_id=session_id)
    seats = await store.seats(conn, session_id=session_id, now=now)
    awake, asleep = [seat for seat in seats if _closes_at(seat, now)], [seat for seat in seats if not _closes_at(seat, now)]
    if len(awake) < 2:
        return 0
    session = await registrations.session(conn, session_id=session_id)
    apart = await store.apart(conn, session_id=session_id)
    pairs = choose_pairs(awake, asleep, apart, np.random.default_rng(session_id.int))
    for first, second in pairs:
        names = [] if is_private(session) else [_first_name(context, each) for each in (first, second)]
        shared = names if all(names) and names else ["", ""]
        await _tell(conn, context, session, first, second, name=shared[1], now=now)
        await _tell(conn, context, session, second, first, name=shared[0], now=now)
    return 2 * len(pairs)


def _closes_at(seat: CompanySeat, now: datetime) -> datetime | None:
    """Until when a letter of now may leave; None where it may not, by the clock of its reader."""
    opens_at, closes_at = window(seat.starts_at, seat.zone, now)
    return closes_at if opens_at <= now < closes_at else None


def _first_name(context: LetterContext, seat: CompanySeat) -> str:
    if seat.name is None:
        return ""
    return first_name(context.vault.open(seat.name, place="resident.name", row=seat.resident_id))


def _letter_to(reader: CompanySeat, other: CompanySeat) -> letter.CompanyLetter:
    if reader.is_welcome_host:
        return letter.somebody_new_comes
    return letter.somebody_greets if other.is_welcome_host else letter.not_the_only_one


async def _tell(
    conn: Conn, context: LetterContext, session: SessionFacts, reader: CompanySeat, other: CompanySeat, *, name: str, now: datetime
) -> None:
    """name: the other's first name; "": none is told."""
    token = context.tokens.mint(Purpose.COMPANY, resident_id=reader.resident_id, epoch=reader.link_epoch)
    link = f"{context.base_url}/company/{token}"
    letter_id = await mail.queue(
        conn,
        kind="company",
        contents={reader.language: _letter_to(reader, other)(session, language=reader.language, name=name, link=link)},
        vault=context.vault,
        resident_id=reader.resident_id,
        give_up_at=_closes_at(reader, now),
        now=now,
    )
    await store.put_companion(conn, reader, other, names=bool(name), letter_id=letter_id, now=now)
