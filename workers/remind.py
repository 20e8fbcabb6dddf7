"""Writes to people with a seat before its date: two days before, whether they still come where somebody waits, and when it is near."""

from __future__ import annotations

from service.registrations import reminders, still_coming
from workers.context import Context


async def remind(context: Context) -> int:
    """Number of letters. Their delivery follows in the same lane, so nobody is rung for it."""
    now = context.clock()
    asked = await still_coming.ask_still_coming(context.database, context.letter_context, now=now)
    return asked + await reminders.remind(context.database, context.letter_context, now=now)
