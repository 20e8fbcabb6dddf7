"""The whole app behind its own HTTP server on loopback, as `doorstep up` starts it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import httpx
import msgspec

from service import local_stack
from service.settings import ServiceSettings
from tests.service.mail.neighbors import SECRET


@asynccontextmanager
async def served(
    database_url: str, admin_url: str, redis_url: str, *, mail: Path, now: datetime, **more: str
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server on a free port. `more`: other settings; without `base_url` it is the server's own address."""
    with local_stack.listening("127.0.0.1", 0) as listener:
        here = local_stack.address_of(*listener.getsockname()[:2])
        addresses = {"database_url": database_url, "admin_url": admin_url, "redis_url": redis_url, "base_url": here}
        settings = msgspec.convert(addresses | {"secret_keys": SECRET.decode(), "mail_url": f"file:{mail}"} | more, ServiceSettings)
        async with (
            local_stack.whole(settings, lambda: now, listener=listener, work=None),
            httpx.AsyncClient(base_url=here, headers={"sec-fetch-site": "same-origin"}) as client,
        ):
            yield client
