"""Options that several commands take: instants, weeks, folders, JSON."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import click

from service.clock import monday_of, parse_week, system_clock


class Instant(click.ParamType[datetime]):
    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """A date (its noon, UTC) or an instant in ISO 8601."""
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no date or instant like 2026-03-09 or 2026-03-09T08:00:00-04:00", param, ctx)
        if len(value) == len("2026-03-09"):
            instant = instant.replace(hour=12)
        return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


class WeekParam(click.ParamType[date]):
    name = "week"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The Monday of a week: 2026-W48, or `this` or `next` as seen from --now, else from the present, in UTC."""
        given = ctx.params.get("now") if ctx else None
        now = given if isinstance(given, datetime) else system_clock()
        near = {"this": now, "next": now + timedelta(days=7)}
        if value in near:
            return monday_of(near[value].astimezone(UTC).date())
        try:
            return parse_week(value)
        except ValueError:
            self.fail(f"{value!r} is no week like 2026-W48, this or next", param, ctx)


as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
data_dir = click.option("--data-dir", type=click.Path(file_okay=False), help="Where Postgres, Redis and the mailbox live (default: var).")
now_option = click.option("--now", type=Instant(), is_eager=True, help="Start the clock here instead of at the present.")
