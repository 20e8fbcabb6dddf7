"""Asks people, the morning after a date, how it was."""

from __future__ import annotations

from service.feedback import asking
from workers.context import Context


async def ask_after_visits(context: Context) -> int:
    """Number of letters. Their delivery follows in the same lane, so nobody is rung for it."""
    return await asking.ask_after_visits(context.database, context.letter_context, now=context.clock())
