"""Writes to people who wait for something: a seat whose date is near, or a sign-up that they have not confirmed."""

from __future__ import annotations

from service.registrations import reminders, still_coming
from service.residents import confirmation
from workers.context import Context


async def remind(context: Context) -> int:
    """Number of letters. Their delivery follows in the same lane, so nobody is rung for it."""
    now, database, letters = context.clock(), context.database, context.letter_context
    asked = await still_coming.ask_still_coming(database, letters, now=now)
    reminded = await reminders.remind(database, letters, now=now)
    return asked + reminded + await confirmation.remind(database, letters, now=now)
