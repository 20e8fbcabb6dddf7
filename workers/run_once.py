"""What the worker does, once and at once: for the sample weeks and whoever does not want to wait a minute."""

from __future__ import annotations

import asyncio
from datetime import date

from service.clock import Clock
from service.mail.model import Tally
from service.settings import ServiceSettings
from workers.context import open_context
from workers.deliver_letters import deliver_all
from workers.main import LANES, LOOKS
from workers.send_digests import send_week


async def deliver(settings: ServiceSettings, clock: Clock) -> Tally:
    async with open_context(settings, clock, asyncio.Event()) as context:
        return await deliver_all(context)


async def send(settings: ServiceSettings, clock: Clock, week: date) -> int:
    """How many digests were queued; zero for a week that was sent before."""
    sent = await send_week(settings, clock, week=week)
    return sent.composed.queued


async def look(settings: ServiceSettings, clock: Clock) -> None:
    """Every look of the worker once, in its order. A look that fails ends it."""
    async with open_context(settings, clock, asyncio.Event()) as context:
        for lane in LANES:
            for name in lane:
                await LOOKS[name](context)
