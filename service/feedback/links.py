"""The link of one person's feedback about one date."""

from __future__ import annotations

from datetime import timedelta

from service.feedback.model import ReaderToAsk
from service.mail.letter_context import LetterContext
from service.registrations.model import SessionFacts
from service.tokens import Purpose

ANSWERED_WITHIN = timedelta(days=30)  # of the end of the date; on their own page a person may change an answer at any time


def feedback_link(context: LetterContext, session: SessionFacts, reader: ReaderToAsk) -> str:
    """The page on which the person says how it was, and changes what they said."""
    token = context.tokens.mint(
        Purpose.FEEDBACK,
        resident_id=reader.resident_id,
        epoch=reader.link_epoch,
        subject_id=session.id,
        expires_at=session.ends_at + ANSWERED_WITHIN,
    )
    return f"{context.base_url}/feedback/{token}"
