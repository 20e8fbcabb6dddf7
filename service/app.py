"""The web main: every domain's pages and doors, put together. The only file that knows them all."""

from __future__ import annotations

from typing import Any

from litestar import Litestar, MediaType, get
from litestar.datastructures import State

from service.clock import Clock, system_clock
from service.settings import Settings
from service.web.install import build


@get("/healthz", media_type=MediaType.TEXT, include_in_schema=False, sync_to_thread=False)
def healthz() -> str:
    """The process answers; /readyz asks whether it can work."""
    return "ok"


def create_app(settings: Settings, *, clock: Clock = system_clock, db: Any = None) -> Litestar:
    return build([healthz], settings=settings, state=State({"settings": settings, "clock": clock, "db": db}))
