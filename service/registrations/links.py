"""The link of one person's seat, or of their wait for one."""

from __future__ import annotations

from uuid import UUID

from service.mail.letter_context import LetterContext
from service.registrations.model import SessionFacts
from service.tokens import Purpose


def seat_link(context: LetterContext, session: SessionFacts, *, resident_id: UUID, epoch: int) -> str:
    """The page on which it is answered, taken and given back; until the date is over."""
    token = context.tokens.mint(Purpose.SEAT, resident_id=resident_id, epoch=epoch, subject_id=session.id, expires_at=session.ends_at)
    return f"{context.base_url}/o/{token}"
