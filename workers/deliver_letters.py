"""Sends what is due."""

from __future__ import annotations

import asyncio

from service.mail.deliver import Sender, deliver
from service.mail.model import Tally
from service.mail.transport import open_transport
from workers.context import Context


async def deliver_letters(context: Context) -> Tally:
    """One line of delivery, until nothing is due or the worker is told to stop."""
    transport = open_transport(context.settings)
    sender = Sender(
        database=context.database,
        transport=transport,
        vault=context.vault,
        mail_from=context.settings.mail_from,
        clock=context.clock,
        place=context.settings.sender_arm,
    )
    try:
        return await deliver(sender, stop=context.stop)
    finally:
        await transport.close()


async def deliver_all(context: Context, *, lines: int = 1) -> Tally:
    """Several lines at once, each with a connection of its own."""
    tallies = await asyncio.gather(*(deliver_letters(context) for _ in range(lines)))
    return sum(tallies, Tally())
