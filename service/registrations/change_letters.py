"""Letters about a change of a date. As long as one has not left, the next change of the same date replaces it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from service.crypto import Vault
from service.db import Conn
from service.mail import actions as mail
from service.mail.model import Content
from service.registrations import store
from service.registrations.model import ChangeLetter, EarlierDate, Registration, SessionFacts
from service.registrations.place_words import is_same_place, place_text
from service.sessions.model import NEAR, TOLERANCE, UNDO

Withdrawn = dict[tuple[UUID, UUID], ChangeLetter]  # by session and resident


class Writer(msgspec.Struct, frozen=True, kw_only=True):
    """On whose behalf letters are written, and when. at_once: they do not wait for second thoughts."""

    organization_id: UUID
    vault: Vault
    now: datetime
    at_once: bool = False

    def leaves_at(self, earlier: EarlierDate, session: SessionFacts) -> datetime:
        near = min(earlier.starts_at, session.starts_at) <= self.now + NEAR
        return self.now if self.at_once or near else self.now + UNDO


async def withdraw(conn: Conn, *, session_ids: Sequence[UUID], resident_id: UUID | None = None) -> Withdrawn:
    """Take back the letters about these dates that have not left, of everybody or of one resident."""
    letters = await store.change_letters(conn, session_ids=session_ids, resident_id=resident_id)
    withdrawn = await mail.withdraw(conn, [letter.letter_id for letter in letters])
    return {(letter.session_id, letter.resident_id): letter for letter in letters if letter.letter_id in withdrawn}


async def write(
    conn: Conn,
    registration: Registration,
    contents: Mapping[str, Content],
    *,
    earlier: EarlierDate,
    session: SessionFacts,
    writer: Writer,
    receipt_at: datetime | None = None,
) -> None:
    letter_id = await mail.queue(
        conn,
        kind="notice",
        contents=contents,
        vault=writer.vault,
        resident_id=registration.resident_id,
        organization_id=writer.organization_id,
        not_before=writer.leaves_at(earlier, session),
        now=writer.now,
    )
    await store.put_change_letter(conn, registration, earlier, letter_id=letter_id, receipt_at=receipt_at)


def is_same(earlier: EarlierDate, session: SessionFacts) -> bool:
    """Whether the date is, to the people who come, what it was."""
    shift = max(abs(session.starts_at - earlier.starts_at), abs(session.ends_at - earlier.ends_at))
    return shift <= TOLERANCE and is_same_place(earlier.place, place_text(session))
