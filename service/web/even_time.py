"""Answers that take as long whatever became of a request: time must not tell a stranger whether an address is known."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from service.settings import ServiceSettings
from service.web.client_address import at_this_machine
from service.web.connection import AnyRequest

LEAST_S = 0.4  # several times what the longest way takes; nobody who waits for a page minds it


@asynccontextmanager
async def evenly(request: AnyRequest, settings: ServiceSettings) -> AsyncIterator[None]:
    """What is done within ends LEAST_S after it began, also where it raises. It holds nothing while it waits.

    A machine that keeps its letters in files and is reached by nobody else has no strangers: the demo signs whole towns up there.
    """
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + (0 if is_private(request, settings) else LEAST_S)
    try:
        yield
    finally:
        await asyncio.sleep(max(0, ends_at - loop.time()))


def is_private(request: AnyRequest, settings: ServiceSettings) -> bool:
    """Whether this machine writes to nobody outside, and is reached by nobody from there."""
    return bool(settings.mailbox) and at_this_machine(request, settings)
