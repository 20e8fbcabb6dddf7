"""Commands on a region's weeks: match, replay, learn, send."""

from __future__ import annotations

import asyncio
import sys
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import click
import msgspec

from service.cli.options import WeekParam, as_json, data_dir, now_option
from service.cli.running import clock_at, read_settings, run_inside
from service.console import show

if TYPE_CHECKING:
    from service.admin import AdminContext


@click.command()
@click.option("--region", required=True, help="Slug of the region, or `all`.")
@click.option("--week", type=WeekParam(), required=True)
@click.option("--dry-run", is_flag=True, help="Match, report, write nothing.")
@data_dir
@now_option
@as_json
def match(region: str, week: date, dry_run: bool, data_dir: str | None, now: datetime | None, as_json: bool) -> None:
    """Match a region's week now. A week that was matched before is only reported."""
    from service.matches import actions
    from service.outcomes.demand import after_match

    async def main(admin_context: AdminContext) -> object:
        slugs = [r.slug for r in await actions.regions(admin_context.database)] if region == "all" else [region]
        done = [
            await actions.match_week(admin_context.database, region=slug, week=week, now=clock_at(now)(), dry_run=dry_run) for slug in slugs
        ]
        for summary in done:
            if summary.run_id:
                await after_match(admin_context.database, run_id=summary.run_id, now=clock_at(now)())
        return done

    show(run_inside(main, data_dir), as_json=as_json)


@click.command()
@click.argument("run", type=click.UUID)
@as_json
def replay(run: UUID, as_json: bool) -> None:
    """Match a stored run again and compare byte by byte."""
    from service.matches import actions

    async def main(admin_context: AdminContext) -> object:
        return await actions.replay(admin_context.database, run_id=run)

    done = run_inside(main)
    show(done, as_json=as_json)
    sys.exit(0 if done["equal"] else 1)


@click.command()
@click.option("--region", required=True, help="Slug of the region, or `all`.")
@now_option
@as_json
def learn(region: str, now: datetime | None, as_json: bool) -> None:
    """Learn a region's score from its past weeks; it is used only if the latest of them say that it is better."""
    from service.matches import actions
    from service.matches import learning as room

    async def main(admin_context: AdminContext) -> object:
        slugs = [r.slug for r in await actions.regions(admin_context.database)] if region == "all" else [region]
        return [await room.learn(admin_context.database, region=slug, now=clock_at(now)()) for slug in slugs]

    show(run_inside(main), as_json=as_json)


@click.command()
@click.option("--week", type=WeekParam(), required=True)
@click.option("--region", help="Slug; default: all regions.")
@click.option("--dry-run", is_flag=True)
@data_dir
@now_option
@as_json
def send(week: date, region: str | None, dry_run: bool, data_dir: str | None, now: datetime | None, as_json: bool) -> None:
    """Compose the week's digests, queue them, and deliver what is due."""
    from service import local_stack
    from workers.send_digests import send_week

    with local_stack.joined(read_settings(data_dir)) as settings:
        done = asyncio.run(send_week(settings, clock_at(now), week=week, region=region, dry_run=dry_run))
    show(msgspec.to_builtins(done), as_json=as_json)
