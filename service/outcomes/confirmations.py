"""How many of those who sign up confirm, by form and language: counted once for each month, as a share in tenths and without a number."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from service import db, sql
from service.db import Conn
from service.outcomes.return_counts import FEWEST

queries = sql.load(__file__)
SETTLED_AFTER = timedelta(days=22)  # three letters of seven days each is the longest that an address waits to be forgotten
MONTHS_SHOWN = 12


class ConfirmationCount(msgspec.Struct, frozen=True, kw_only=True):
    """One month of a form in one language, by its first day. confirmed_tenths: of ten who signed up; null: too few people to say."""

    form: str
    language: str
    month: date
    confirmed_tenths: int | None


async def count_settled_months(conn: Conn, *, now: datetime) -> int:
    """Count what is settled and was not counted yet. How many rows. Worker role; a row never changes.

    Whoever confirmed and was erased since stands in no row any more.
    """
    settled = (now - SETTLED_AFTER).date().replace(day=1)
    return await db.run(conn, queries.publish_confirmations, settled=settled, fewest=FEWEST, now=now)


async def confirmations_of(conn: Conn, *, organization_id: UUID | None = None, now: datetime) -> list[ConfirmationCount]:
    """The newest month first, for an organization on its own behalf or, for operators, of all."""
    since = (now - MONTHS_SHOWN * timedelta(days=31)).date()
    return await db.all_of(conn, queries.published_confirmations, ConfirmationCount, organization_id=organization_id, since=since)
