"""The catalog for machines: published activities near a ZIP, with their dates."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response, get
from litestar.datastructures import ResponseHeader
from litestar.params import QueryParameter

from service.activities.model import VisitNotes
from service.catalog import search_query, store
from service.catalog.model import MOST_PER_PAGE, ActivityDetails, Answer, Day
from service.context import app_context
from service.errors import Invalid
from service.interests.taxonomy import tellable
from service.web.connection import AnyRequest

PATH = "/api/v1/activities"
MOST_DATES = 60
MOST_SKIPPED = 10_000


class ListedSession(msgspec.Struct, kw_only=True):
    """One date; instants in ISO 8601 with the offset of the place."""

    id: UUID
    url: str
    starts_at: datetime
    ends_at: datetime


class ListedPlace(msgspec.Struct, kw_only=True):
    """Where it is; degrees. town_only: no map knows the place, and the point is that of its town."""

    name: str
    address: str
    zip: str | None
    lat: float
    lon: float
    town_only: bool


class ListedCenter(msgspec.Struct, kw_only=True):
    """Who runs it."""

    name: str
    website: str | None


class ListedActivity(VisitNotes, frozen=True, kw_only=True):
    """A published activity. null: the center did not say. access: for each need yes, no or not_said. No ages: adults."""

    id: UUID
    slug: str
    url: str
    title: str
    description: str
    text_language: str
    topics: list[str]
    center: ListedCenter
    place: ListedPlace
    distance_km: float
    zone: str
    rrule: str | None
    capacity: int | None
    minimum: int | None
    age_min: int | None
    age_max: int | None
    cost_cents: int | None
    currency: str
    languages: list[str]
    access: dict[str, Answer]
    more: str | None
    sessions: list[ListedSession]


class ActivityPage(msgspec.Struct):
    """One page of activities, nearest first; the Link header leads to the others."""

    activities: list[ListedActivity]


@get(
    PATH,
    summary="What is on near a ZIP",
    tags=["catalog"],
    response_headers=[ResponseHeader(name="Link", description="RFC 8288: first, prev, next", required=False, value="")],
)
async def activities(
    request: AnyRequest,
    near: Annotated[str | None, QueryParameter(name="near", description="ZIP code; required")] = None,
    radius_km: Annotated[str | None, QueryParameter(name="radius_km", description="Kilometers, up to 100; 8 unless given")] = None,
    topic: Annotated[str | None, QueryParameter(name="topic", description="A topic's code, or words")] = None,
    first: Annotated[str | None, QueryParameter(name="from", description="First day (YYYY-MM-DD) at the place; today unless given")] = None,
    last: Annotated[str | None, QueryParameter(name="to", description="Last day, included; two weeks after the first unless given")] = None,
    limit: Annotated[str | None, QueryParameter(name="limit", description="Activities on a page, up to 100; 50 unless given")] = None,
    page: Annotated[str | None, QueryParameter(name="page", description="Page, from 1")] = None,
) -> Response[ActivityPage]:
    """Published activities with a date in the period, nearest first. Nothing about residents, not even how many come."""
    parameters = {"near": near, "radius_km": radius_km, "topic": topic, "from": first, "to": last, "limit": limit, "page": page}
    given = {name: value for name, value in parameters.items() if value}
    state, base = app_context(request), app_context(request).settings.base_url
    size, number, wrong = _paging(given)
    try:
        question = search_query.read(given, places=state.places, now=state.clock())
    except Invalid as refusal:
        raise Invalid(fields={**refusal.fields, **wrong}) from None
    if wrong:
        raise Invalid(fields=wrong)
    search = question.search
    async with state.db.transaction() as conn:
        rows = await store.shown_near(conn, search, skip=(number - 1) * size, limit=size + 1)
        days = await store.days(conn, [row.id for row in rows[:size]], begins=search.begins, ends=search.ends)
    body = ActivityPage([_listed(row, days[row.id][:MOST_DATES], base) for row in rows[:size]])
    return Response(body, headers={"Link": _links(given, base, number, more=len(rows) > size)})


def _paging(given: dict[str, str]) -> tuple[int, int, dict[str, str]]:
    wrong: dict[str, str] = {}
    size = _whole(given, "limit", 50, MOST_PER_PAGE, wrong)
    return size, _whole(given, "page", 1, MOST_SKIPPED // size, wrong), wrong


def _whole(given: dict[str, str], name: str, otherwise: int, most: int, wrong: dict[str, str]) -> int:
    text = given.get(name, str(otherwise))
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        wrong[name] = "number"
        return otherwise
    if not 1 <= int(text) <= most:
        wrong[name] = f"at_most:{most}" if int(text) else "at_least:1"
        return otherwise
    return int(text)


def _links(given: dict[str, str], base: str, number: int, *, more: bool) -> str:
    wanted = {"first": 1} | ({"prev": number - 1} if number > 1 else {}) | ({"next": number + 1} if more else {})
    return ", ".join(f'<{base}{PATH}?{urlencode(given | {"page": page})}>; rel="{rel}"' for rel, page in wanted.items())


def _listed(shown: ActivityDetails, days: list[Day], base: str) -> ListedActivity:
    same = {name: getattr(shown, name) for name in ListedActivity.__struct_fields__ if hasattr(shown, name)}
    place = ListedPlace(
        name=shown.place_name, address=shown.address, zip=shown.zip, lat=shown.lat, lon=shown.lon, town_only=bool(shown.near_place)
    )
    changed = {
        "url": f"{base}/activities/{shown.slug}",
        "topics": tellable(list(shown.topics)),
        "center": ListedCenter(name=shown.center_name, website=shown.center_website),
        "place": place,
        "distance_km": round(shown.km, 1),
        "languages": list(shown.languages),
        "more": shown.url,
        "sessions": [_session(day, base) for day in days],
    }
    return ListedActivity(**(same | changed))


def _session(day: Day, base: str) -> ListedSession:
    zone = ZoneInfo(day.zone)
    return ListedSession(
        id=day.id, url=f"{base}/sessions/{day.id}", starts_at=day.starts_at.astimezone(zone), ends_at=day.ends_at.astimezone(zone)
    )


ROUTES = [activities]
