"""Fetches the calendars that are due; each is claimed in Postgres, so two workers never fetch one together."""

from __future__ import annotations

import structlog

from service.feeds.actions import Outcome, import_due
from service.places.places import Places
from workers.context import Context

log = structlog.get_logger()


async def import_feeds(context: Context) -> list[Outcome]:
    """One by one, so that a worker that is told to stop waits for one calendar at most."""
    places, done = Places(), []
    while not context.stop.is_set():
        outcomes = await import_due(
            context.database, places=places, vault=context.vault, now=context.clock(), fetch=context.fetch, at_most=1
        )
        if not outcomes:
            break
        done += outcomes
        for outcome in outcomes:
            log.info("feed_read", feed=str(outcome.feed.id), refusal=outcome.refusal, paused=outcome.paused)
            if outcome.report and outcome.report.letters:
                await context.bell.ring("deliver_letters")
    return done
