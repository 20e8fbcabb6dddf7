"""Composes the letters of every week that is matched and not over."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import msgspec

from service.clock import Clock, monday_of
from service.digests import store
from service.digests.actions import compose_week
from service.digests.model import Composed
from service.mail.model import Tally
from service.settings import ServiceSettings
from workers.context import Context, open_context
from workers.deliver_letters import deliver_all


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    composed: Composed
    delivered: Tally


async def send_digests(context: Context) -> list[Composed]:
    now = context.clock()
    async with context.database.transaction() as conn:
        weeks = await store.due_weeks(conn, not_before_week=monday_of(now.date()) - timedelta(days=8))
    done = [await compose_week(context.database, context.letter_context, week=week, now=now) for week in weeks]
    if any(composed.queued for composed in done):
        await context.bell.ring("deliver_letters")
    return done


async def send_week(settings: ServiceSettings, clock: Clock, *, week: date, region: str | None = None, dry_run: bool = False) -> Sent:
    """`doorstep send`: one week by hand, and whatever is due by then."""
    async with open_context(settings, clock, asyncio.Event()) as context:
        composed = await compose_week(context.database, context.letter_context, week=week, now=clock(), region=region, dry_run=dry_run)
        delivered = Tally() if dry_run else await deliver_all(context)
    return Sent(composed=composed, delivered=delivered)
