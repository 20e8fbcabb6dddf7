"""The center API: a center's own programs post, list and change its activities."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Response, get, patch, post
from litestar.datastructures import ResponseHeader
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter
from msgspec import UNSET

from service import access
from service.activities import store as activities
from service.activities.model import Activity
from service.centers import actions, changes, store
from service.centers.dates_api import session_of
from service.centers.model import (
    ActivityChange,
    CenterActivities,
    CenterActivity,
    CenterActivityWithDates,
    PostedActivity,
)
from service.context import app_context
from service.db import Conn
from service.errors import Stale
from service.interests.taxonomy import tellable
from service.organizations import store as organizations
from service.organizations.api import RetryKey, answer_of, api_key, needs, once, require_api_key, transaction
from service.organizations.model import Organization
from service.organizations.retries import Answer
from service.web.connection import AnyRequest

PATH = "/api/v1/centers/{slug:str}/activities"
BEFORE_ALL = UUID(int=0)
_TAG = re.compile(r'"(\d{1,9})"\Z')
_ETAG = ResponseHeader(name="ETag", description="Of this version; send it back as If-Match with a change", required=False, value="")
_LINK = ResponseHeader(name="Link", description="RFC 8288: first, next", required=False, value="")
_LOCATION = ResponseHeader(name="Location", description="The activity's own address", required=False, value="")
IfMatch = Annotated[
    str | None,
    HeaderParameter(name="If-Match", max_length=200, description="ETag of the version that was looked at: 412 if it changed since"),
]


@post(
    PATH,
    **needs("activities:write"),
    summary="Post an activity",
    tags=["centers"],
    response_headers=[_ETAG, _LOCATION],
    responses={200: ResponseSpec(CenterActivityWithDates, description="This reference was posted before: the first one")},
)
async def posted(
    request: AnyRequest, slug: FromPath[str], data: JSONBody[PostedActivity], idempotency_key: RetryKey = None
) -> Response[CenterActivityWithDates]:
    """Published at once unless it is a draft. Its dates of the next eight weeks are made, and more as time goes by."""
    require_api_key(request, "center", slug)
    state, now = app_context(request), app_context(request).clock()

    async def make() -> Answer:
        center, places = await _center(request, conn), state.places
        activity, is_new = await actions.post(
            conn, organization=center, new=data.plainly(), status=data.status, places=places, vault=app_context(request).vault, now=now
        )
        where = {"Location": f"/api/v1/centers/{slug}/activities/{activity.id}"}
        return await _shown(request, conn, activity, status=201 if is_new else 200, headers=where)

    async with transaction(request) as conn:
        return await once(request, conn, idempotency_key, make)


@get(PATH, **needs("activities:write"), summary="A center's activities", tags=["centers"], response_headers=[_LINK])
async def listed(
    request: AnyRequest,
    slug: FromPath[str],
    after: Annotated[UUID | None, QueryParameter(description="The last id of the page before")] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100, description="Activities on a page")] = 50,
) -> Response[CenterActivities]:
    """Drafts and what was called off included, oldest first."""
    key = require_api_key(request, "center", slug)
    async with transaction(request) as conn:
        rows = await activities.of_center(conn, organization_id=key.organization_id, after=after or BEFORE_ALL, limit=limit + 1)
    page, base = rows[:limit], _base(request)
    pages = {"first": {"limit": limit}} | ({"next": {"after": page[-1].id, "limit": limit}} if len(rows) > limit else {})
    links = ", ".join(f'<{base}{request.url.path}?{urlencode(asked)}>; rel="{rel}"' for rel, asked in pages.items())
    return Response(
        CenterActivities([_plainly(activity, base) for activity in page]), headers={"Link": links, "Cache-Control": "private, no-cache"}
    )


@get(PATH + "/{id:uuid}", **needs("activities:write"), summary="One activity with its dates", tags=["centers"], response_headers=[_ETAG])
async def looked_at(request: AnyRequest, slug: FromPath[str], id: FromPath[UUID]) -> Response[CenterActivityWithDates]:
    """As its center sees it."""
    key = require_api_key(request, "center", slug)
    async with transaction(request) as conn:
        activity = await store.own_activity(conn, organization_id=key.organization_id, id=id)
        answer = await _shown(request, conn, activity, status=200, headers={"Cache-Control": "private, no-cache"})
    return Response(answer.body, headers=answer.headers, media_type="application/json")  # type: ignore[arg-type]  # bytes are sent as they are


@patch(PATH + "/{id:uuid}", **needs("activities:write"), summary="Change an activity", tags=["centers"], response_headers=[_ETAG])
async def changed(
    request: AnyRequest, slug: FromPath[str], id: FromPath[UUID], data: JSONBody[ActivityChange], if_match: IfMatch = None
) -> Response[CenterActivityWithDates]:
    """Whoever has a seat at a date that is lost by the change is written to."""
    require_api_key(request, "center", slug)
    state = app_context(request)
    given = {name: value for name in data.__struct_fields__ if (value := getattr(data, name)) is not UNSET}
    async with transaction(request) as conn:
        center = await _center(request, conn)
        activity = await actions.change(
            conn,
            organization=center,
            id=id,
            fields=given,
            seen=_sequence(if_match),
            places=state.places,
            vault=state.vault,
            now=state.clock(),
        )
        answer = await _shown(request, conn, activity, status=200)
    await state.bell.ring("deliver_letters")
    return Response(answer.body, headers=answer.headers, media_type="application/json")  # type: ignore[arg-type]  # bytes are sent as they are


async def _center(request: AnyRequest, conn: Conn) -> Organization:
    center = await organizations.by_id(conn, api_key(request).organization_id)
    assert center is not None  # a key does not outlive its organization
    return center


def _base(request: AnyRequest) -> str:
    return app_context(request).settings.base_url


def _sequence(if_match: str | None) -> int | None:
    """None: any version will do. Raises Stale for a tag that we never gave."""
    if if_match is None or if_match.strip() == "*":
        return None
    tag = _TAG.match(if_match.strip())
    if not tag:
        raise Stale
    return int(tag[1])


async def _shown(request: AnyRequest, conn: Conn, activity: Activity, *, status: int, headers: dict[str, str] | None = None) -> Answer:
    dates = await changes.dates_of(conn, activity, now=app_context(request).clock())
    same = msgspec.structs.asdict(_plainly(activity, _base(request)))
    body = CenterActivityWithDates(**same, sessions=[session_of(date) for date in dates])
    return answer_of(body, status=status, headers={"ETag": f'"{activity.sequence}"'} | (headers or {}))


def _plainly(activity: Activity, base: str) -> CenterActivity:
    same = {name: getattr(activity, name) for name in CenterActivity.__struct_fields__ if hasattr(activity, name)}
    changed = {
        "page": f"{base}/activities/{activity.slug}",
        "from_calendar": activity.feed_id is not None,
        "topics": tellable(list(activity.topics)),
        "excluded": list(activity.excluded),
        "languages": list(activity.languages),
        "access_yes": access.codes_of(activity.access_yes),
        "access_no": access.codes_of(activity.access_no),
    }
    return CenterActivity(**(same | changed))


ROUTES = [posted, listed, looked_at, changed]
