"""A center writes to everybody who comes to a date, without seeing an address; with a brake, counted in the database."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from service.crypto import Vault
from service.db import Conn
from service.errors import Conflict
from service.mail import actions as mail
from service.mail.hours import humane
from service.registrations import store
from service.registrations.center_letter import center_letter
from service.registrations.model import CenterMessage, MessageReader, SessionFacts
from service.registrations.waiting import may_write
from service.sessions import store as sessions

PLACE = "center_message.text"
SHORTEST, LONGEST = 10, 1_000  # characters
MANY_PEOPLE, MOST_PEOPLE = 30, 500  # of one message: above the first it is looked at twice, above the second it is refused
SOME_MESSAGES, MOST_MESSAGES = 3, 6  # of one date within COUNTED: from the first on they are looked at twice, from the second on refused
COUNTED = timedelta(days=1)


class NewMessage(msgspec.Struct, frozen=True, kw_only=True):
    """key: made with the form, so that the same form sent twice is one message. sure_of: the number of people that was looked at twice."""

    key: UUID
    words: str
    with_waiting: bool
    sure_of: int | None = None


class MessageBrake(msgspec.Struct, frozen=True, kw_only=True):
    """What a message of a date would be now. seated, waiting: people, one for each yes. sent: messages of the last day."""

    seated: int
    waiting: int
    sent: int

    def people(self, *, with_waiting: bool) -> int:
        return self.seated + (self.waiting if with_waiting else 0)

    def needs_second_look(self, *, with_waiting: bool) -> bool:
        return self.people(with_waiting=with_waiting) > MANY_PEOPLE or self.sent >= SOME_MESSAGES

    def refusal(self, *, with_waiting: bool) -> str:
        """The code of why nobody can be written to; "" where they can."""
        people = self.people(with_waiting=with_waiting)
        if not people:
            return "nobody_to_write_to"
        if people > MOST_PEOPLE:
            return f"message_to_too_many:{MOST_PEOPLE}"
        return f"messages_a_day:{MOST_MESSAGES}" if self.sent >= MOST_MESSAGES else ""


class WrittenMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One that was sent. people: as the center was shown."""

    words: str
    people: int
    written_at: datetime


def is_open(state: str, ends_at: datetime, *, now: datetime) -> bool:
    """Whether people of a date can be written to: until it is over or called off."""
    return state == "scheduled" and now < ends_at


async def written(conn: Conn, *, session_id: UUID, vault: Vault) -> list[WrittenMessage]:
    """Messages of a date, the newest first."""
    stored = await store.center_messages(conn, session_id=session_id)
    return [
        WrittenMessage(words=vault.open(row.text, place=PLACE, row=row.key), people=row.people, written_at=row.written_at) for row in stored
    ]


async def brake(conn: Conn, *, session_id: UUID, now: datetime) -> MessageBrake:
    """Called on behalf of the center, as all of this module. Whoever blocked the center is counted: it must not learn of it."""
    audience = await store.message_audience(conn, session_id=session_id)
    sent = await store.messages_since(conn, session_id=session_id, since=now - COUNTED)
    return MessageBrake(seated=audience.seated, waiting=audience.waiting, sent=sent)


async def write_to_everybody(
    conn: Conn, message: NewMessage, *, session_id: UUID, organization_id: UUID, staff_id: UUID, vault: Vault, by_night: bool, now: datetime
) -> int:
    """Queue a letter to everybody with a seat, and to those who wait where they are meant. How many people, as the center was shown.

    by_night: letters need not wait for a humane hour. The same key again is the same message.
    Raises Missing for another center's date, Conflict where it is called off or over, where nobody or too many would be written to,
    where a second look is due ("message_second_look"), and for another text under the same key.
    """
    async with conn.transaction():
        await sessions.lock_seats(conn, session_id=session_id)  # Missing for another center; messages at once are counted in turn
        session = await store.session(conn, session_id=session_id)
        stored = await store.center_message(conn, session_id=session_id, key=message.key)
        if stored:
            return _sent_before(stored, message, vault)
        _check_open(session, now)
        people = _check_brake(await brake(conn, session_id=session_id, now=now), message)
        text = vault.seal(message.words, place=PLACE, row=message.key)
        row = CenterMessage(key=message.key, text=text, with_waiting=message.with_waiting, people=people, written_at=now)
        await store.put_center_message(conn, row, organization_id=organization_id, session_id=session_id, staff_id=staff_id)
        await _queue_letters(conn, session, message, vault=vault, by_night=by_night, now=now)
    return people


def _sent_before(stored: CenterMessage, message: NewMessage, vault: Vault) -> int:
    if vault.open(stored.text, place=PLACE, row=stored.key) != message.words:
        raise Conflict("message_sent_before")
    return stored.people


def _check_open(session: SessionFacts, now: datetime) -> None:
    if session.state == "cancelled":
        raise Conflict("session_cancelled")
    if session.ends_at <= now:
        raise Conflict("session_over")


def _check_brake(counted: MessageBrake, message: NewMessage) -> int:
    """How many people."""
    if code := counted.refusal(with_waiting=message.with_waiting):
        raise Conflict(code)
    people = counted.people(with_waiting=message.with_waiting)
    if counted.needs_second_look(with_waiting=message.with_waiting) and message.sure_of != people:
        raise Conflict("message_second_look")
    return people


async def _queue_letters(conn: Conn, session: SessionFacts, message: NewMessage, *, vault: Vault, by_night: bool, now: datetime) -> None:
    contents = center_letter(session, message.words, with_waiting=message.with_waiting)
    for reader in await store.message_readers(conn, session_id=session.id, with_waiting=message.with_waiting):
        leaves_at = now if by_night else _leaves_at(session, reader, now)
        await mail.queue(
            conn,
            kind="notice",
            contents=contents,
            vault=vault,
            resident_id=reader.resident_id,
            organization_id=session.organization_id,
            not_before=leaves_at,
            give_up_at=min(leaves_at + mail.KEEP_TRYING, session.ends_at),  # later it is of no use to anybody
            now=now,
        )


def _leaves_at(session: SessionFacts, reader: MessageReader, now: datetime) -> datetime:
    """At once by day, and where the date is near; else in the morning."""
    return now if may_write(session.starts_at, reader.zone, now) else humane(now, reader.zone)
