"""A visitor's browser before the whole app, with a clock that the test turns."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

from litestar import Litestar
from litestar.testing import AsyncTestClient

from service.app import create_app
from service.settings import ServiceSettings
from tests.service.mail.neighbors import SECRET

Browser = AsyncTestClient[Litestar]
HOME = "http://doorstep.local"


class Hands:
    """The clock's hands; `pass_by` turns them."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, time: timedelta) -> None:
        self.now += time


@asynccontextmanager
async def browser(database_url: str, hands: Hands, mail: Path, *, base_url: str = HOME) -> AsyncIterator[Browser]:
    settings = ServiceSettings(database_url=database_url, secret_keys=SECRET.decode(), mail_url=f"file:{mail}", base_url=base_url)
    async with AsyncTestClient(create_app(settings, hands), base_url=base_url) as opened:
        opened.headers["sec-fetch-site"] = "same-origin"
        yield opened
