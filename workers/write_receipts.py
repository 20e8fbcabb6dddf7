"""Writes what people are not written of yet: seats that were taken or given back."""

from __future__ import annotations

from service.registrations import receipts
from workers.context import Context


async def write_receipts(context: Context) -> int:
    """Number of letters. Their delivery follows in the same lane, so nobody is rung for it."""
    return await receipts.write_receipts(context.database, context.letter_context, now=context.clock())
