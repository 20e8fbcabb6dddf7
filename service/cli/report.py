"""`doorstep report`: what past weeks say, of the people and of the matcher."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from service.cli.options import WeekParam, as_json, data_dir, now_option
from service.cli.running import clock_at, run_inside
from service.clock import monday_of, week_name
from service.console import say, show, table

if TYPE_CHECKING:
    from service.admin import AdminContext

COLUMNS = ("week", "town", "state", "matched", "came_back", "share", "interval", "worst_tenth", "worst_tenth_share", "worst_tenth_chance")


@click.group(invoke_without_command=True)
@click.option("--region", help="Slug of the region; default: all regions.")
@click.option("--since", type=WeekParam(), help="First week, like 2026-W40; default: sixteen weeks back.")
@data_dir
@now_option
@as_json
@click.pass_context
def report(
    context: click.Context, region: str | None, since: date | None, data_dir: str | None, now: datetime | None, as_json: bool
) -> None:
    """Of the residents who were matched: who came back to the same activity within six weeks, beside the worst-served tenth."""
    if context.invoked_subcommand:
        return
    from service.outcomes import north_star

    at = clock_at(now)()
    first = since or monday_of(at.date() - north_star.WEEKS_SHOWN)

    async def main(admin_context: AdminContext) -> object:
        return await north_star.report(admin_context.database, since=first, now=at, region=region)

    weeks = run_inside(main, data_dir)
    if as_json:
        show({"since": week_name(first), "weeks": weeks}, as_json=True)
    elif weeks:
        table([_row(week) for week in weeks], COLUMNS, as_json=False)
        say("A week is final eight weeks after its Monday; until then visits are still to come. Weeks share people: do not add them up.")
    else:
        say(f"No week since {week_name(first)} has been matched. Doorstep does that by itself once there are residents and activities.")


def _row(week: dict[str, Any]) -> dict[str, object]:
    matched, tenth = week["matched"], week["worst_tenth"]
    chance = week["worst_tenth_chance"]
    return {
        "week": week["week_name"],
        "town": week["town"],
        "state": "final" if week["is_final"] else f"so far, final on {week['final_on']}",
        "matched": matched["people"],
        "came_back": matched["came_back"],
        "share": _percent(matched["share"]),
        "interval": "nobody matched" if matched["share"] is None else f"{_percent(matched['low'])} to {_percent(matched['high'])}",
        "worst_tenth": f"{tenth['came_back']} of {tenth['people']}",
        "worst_tenth_share": _percent(tenth["share"]),
        "worst_tenth_chance": _percent(chance),
    }


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


@report.command("matching")
@click.option("--region", required=True, help="Slug of the region.")
@click.option("--weeks", default=12, show_default=True, type=click.IntRange(1, 26), help="Settled weeks to look back on.")
@now_option
@as_json
def report_matching(region: str, weeks: int, now: datetime | None, as_json: bool) -> None:
    """Forecasts against visits, the score in use against others in its place, and which groups were offered."""
    from service.outcomes import matching as room

    async def main(admin_context: AdminContext) -> object:
        return await room.report(admin_context.database, region=region, weeks=weeks, now=clock_at(now)())

    show(run_inside(main), as_json=as_json)
