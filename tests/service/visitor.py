"""A visitor's browser before the whole app, with a clock that the test turns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from litestar import Litestar
from litestar.testing import AsyncTestClient

from service.app import create_app
from service.clock import Clock
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


_idle = defaultdict[bool, list[Litestar]](list)  # by settings.secure, which an app is built with


@contextmanager
def app_with(settings: ServiceSettings, clock: Clock) -> Iterator[Litestar]:
    """The app, for one start and stop. Building it takes half a second, so that one whose test is over serves the next."""
    idle = _idle[settings.secure]
    app = idle.pop() if idle else create_app(settings, clock)
    app.state.update({"settings": settings, "clock": clock})
    yield app
    idle.append(app)


@asynccontextmanager
async def browser(database_url: str, hands: Hands, mail: Path, *, base_url: str = HOME) -> AsyncIterator[Browser]:
    settings = ServiceSettings(database_url=database_url, secret_keys=SECRET.decode(), mail_url=f"file:{mail}", base_url=base_url)
    with app_with(settings, hands) as app:
        async with AsyncTestClient(app, base_url=base_url) as opened:
            opened.headers["sec-fetch-site"] = "same-origin"
            yield opened
