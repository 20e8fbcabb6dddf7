"""Offers free seats to those who wait."""

from __future__ import annotations

from service.registrations import passing_on
from workers.context import Context


async def pass_seats_on(context: Context) -> int:
    """Number of offers."""
    offers = await passing_on.pass_seats_on(context.database, context.letter_context, now=context.clock())
    if offers:
        await context.bell.ring("deliver_letters")
    return offers
