"""A person's seats as one calendar (RFC 5545), and the address at which a program of theirs reads it."""

from __future__ import annotations

from datetime import datetime, timedelta

from service.calendars import store
from service.db import Conn
from service.errors import Gone
from service.registrations.calendar import calendar_of_seats
from service.registrations.model import GOING
from service.residents.actions import of_link
from service.residents.model import Resident
from service.tokens import Link, Purpose, Tokens

KEPT_FOR = timedelta(days=60)  # after a date; a calendar remembers where one was
MOST = 500


async def address(conn: Conn, resident: Resident, *, tokens: Tokens, base_url: str) -> str:
    """The address that this person made; "" where there is none. The transaction acts for the person."""
    feed_id = await store.feed_id(conn, resident_id=resident.id)
    if feed_id is None:
        return ""
    token = tokens.mint(Purpose.CALENDAR, resident_id=resident.id, epoch=resident.link_epoch, subject_id=feed_id)
    return f"{base_url}/calendar/{token}.ics"


async def calendar(conn: Conn, link: Link, *, base_url: str, now: datetime) -> bytes:
    """The seats of the link's person. The transaction acts for the person. Raises Gone where the address was replaced or switched off."""
    resident = await of_link(conn, link)
    feed_id = await store.feed_id(conn, resident_id=link.resident_id)
    if feed_id != link.subject_id:
        raise Gone("link_expired")
    seats = await store.seats(conn, resident_id=link.resident_id, since=now - KEPT_FOR, now=now, most=MOST)
    events = [(seat, seat.sequence + seat.seat_sequence, seat.seat in GOING, f"{base_url}/sessions/{seat.id}") for seat in seats]
    return calendar_of_seats(events, language=resident.language, now=now)
