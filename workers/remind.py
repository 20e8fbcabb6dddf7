"""Reminds people of a seat, at a humane hour before its date."""

from __future__ import annotations

from service.registrations import reminders
from workers.context import Context


async def remind(context: Context) -> int:
    """Number of letters. Their delivery follows in the same lane, so nobody is rung for it."""
    return await reminders.remind(context.database, context.letter_context, now=context.clock())
