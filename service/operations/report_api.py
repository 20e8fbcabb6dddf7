"""The operator API: whether people come back, by town and week."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec
from litestar import Response, get
from litestar.params import QueryParameter

from service.clock import monday_of
from service.context import app_context
from service.errors import Missing
from service.organizations.api import api_key, needs, transaction
from service.outcomes import north_star
from service.outcomes.north_star import WeekReturns
from service.places import regions
from service.web.connection import AnyRequest


class ReturnsReport(msgspec.Struct, kw_only=True):
    """The weeks from the one that begins on `since`, the newest first. Weeks share people: do not add them up."""

    since: date
    weeks: list[WeekReturns]


@get("/api/v1/operator/report", **needs("report:read"), summary="Whether people come back", tags=["operators"])
async def report(
    request: AnyRequest,
    region: Annotated[
        str | None, QueryParameter(description="Short name of a town; all towns where it is left out.", max_length=120)
    ] = None,
    since: Annotated[date | None, QueryParameter(description="A day of the first week; sixteen weeks back where it is left out.")] = None,
) -> Response[ReturnsReport]:
    """Of the people with a match in a week: who visited the same activity at least twice within six weeks of it."""
    if api_key(request).organization_kind != "operator":
        raise Missing
    first = monday_of(since or app_context(request).clock().date() - north_star.WEEKS_SHOWN)
    async with transaction(request) as conn:
        if region and await regions.region_by_slug(conn, region) is None:
            raise Missing
        weeks = await north_star.counted_weeks(conn, since=first)
    shown = [week for week in weeks if region in (None, week.region)]
    return Response(ReturnsReport(since=first, weeks=shown), headers={"Cache-Control": "no-store"})


ROUTES = [report]
