"""Links to one person's seat, or to their wait for one: made for letters, and what is behind one that was opened."""

from __future__ import annotations

from uuid import UUID

from service.db import Conn
from service.errors import Gone, Missing
from service.mail.letter_context import LetterContext
from service.registrations import store
from service.registrations.model import LinkedInvitation, SessionFacts
from service.tokens import Link, Purpose


def seat_link(context: LetterContext, session: SessionFacts, *, resident_id: UUID, epoch: int) -> str:
    """The page on which it is answered, taken and given back; until the date is over."""
    token = context.tokens.mint(Purpose.SEAT, resident_id=resident_id, epoch=epoch, subject_id=session.id, expires_at=session.ends_at)
    return f"{context.base_url}/o/{token}"


async def invitation_behind(conn: Conn, opened: Link) -> LinkedInvitation:
    """Raises Missing when the match or the seat is not this resident's, Gone when their links were revoked."""
    if opened.purpose is Purpose.SEAT:
        invitation = await store.linked_seat(conn, session_id=opened.subject_id, resident_id=opened.resident_id)
    else:
        invitation = await store.linked_invitation(conn, match_id=opened.subject_id, resident_id=opened.resident_id)
    if invitation is None:
        raise Missing("link_unknown")
    if invitation.link_epoch != opened.epoch:
        raise Gone("link_expired")
    return invitation
