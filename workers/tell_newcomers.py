"""Tells people who are new to an activity of another newcomer or of a host of welcome, a day or two before its date."""

from __future__ import annotations

from service.company import actions
from workers.context import Context


async def tell_newcomers(context: Context) -> int:
    """Number of letters. Their delivery follows in the same lane, so nobody is rung for it."""
    return await actions.tell_newcomers(context.database, context.letter_context, now=context.clock())
