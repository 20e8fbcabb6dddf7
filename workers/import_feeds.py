"""Reads the calendars that are due."""

from __future__ import annotations

from service.feeds import actions
from workers.context import Context


async def import_feeds(context: Context) -> None:
    await actions.import_due(context.database, now=context.clock())
