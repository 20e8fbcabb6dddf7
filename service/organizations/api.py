"""Machines at the door: who holds a key, what it may do, and the first answer for whoever asks again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, TypeAlias, TypedDict

import msgspec
from litestar import Response
from litestar.handlers import BaseRouteHandler
from litestar.params import HeaderParameter

from service.context import app_context
from service.db import Conn, see_as
from service.errors import Forbidden, Missing, TooMany, Unauthenticated
from service.organizations import allowance, keys, retries
from service.organizations.model import Key, OrganizationKind, Scope
from service.organizations.retries import Answer
from service.web.connection import AnyConnection, AnyRequest, AnyResponse
from service.web.security import add_headers

RetryKey: TypeAlias = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[!-~]+$",
        description="Any word of your own, new for each thing that is made. The same word again within a day gets the first answer.",
    ),
]


class RouteOptions(TypedDict):
    guards: list[Callable[[AnyConnection, BaseRouteHandler], Awaitable[None]]]
    security: list[dict[str, list[str]]]


def needs(*scopes: Scope) -> RouteOptions:
    """What a route behind a key is declared with. The guard runs before the body is read: strangers get no look at our rules.

    Raises Unauthenticated for no or an unknown key, Forbidden for one without all of the scopes, TooMany.
    """

    async def guard(connection: AnyConnection, _handler: BaseRouteHandler) -> None:
        state = app_context(connection)
        async with state.db.transaction() as conn:
            key = await keys.verify(conn, key=_bearer(connection), now=state.clock())
            left = await allowance.take(conn, key_id=key.id, now=state.clock())
        add_headers(connection.scope, left.headers)
        if left.left < 0:
            raise TooMany(retry_after_s=left.resets_in_s)
        for scope in scopes:
            if not key.may(scope):
                raise Forbidden("scope_missing", scope=scope)
        connection.state.key = key

    return {"guards": [guard], "security": [{"key": [*scopes]}]}


def _bearer(connection: AnyConnection) -> str:
    kind, _, secret = connection.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret.strip():
        raise Unauthenticated("key_needed")
    return secret.strip()


def api_key(request: AnyRequest) -> Key:
    """The key that the guard let in."""
    key: Key = request.state.key
    return key


def require_api_key(request: AnyRequest, kind: OrganizationKind, slug: str) -> Key:
    """The key, if it is of this organization. Raises Missing: what belongs to others looks as if it were not there."""
    key = api_key(request)
    if (key.organization_kind, key.organization_slug) != (kind, slug):
        raise Missing
    return key


@asynccontextmanager
async def transaction(request: AnyRequest) -> AsyncIterator[Conn]:
    """One transaction that sees the rows of the key's organization."""
    async with app_context(request).db.transaction(organization_id=api_key(request).organization_id) as conn:
        yield conn


async def once(request: AnyRequest, conn: Conn, retry_key: str | None, make: Callable[[], Awaitable[Answer]]) -> AnyResponse:
    """Do the work and answer; or, where the request was answered before, give that answer and do nothing."""
    if retry_key is None:
        return respond(await make())
    state, organization_id = app_context(request), api_key(request).organization_id
    body = await request.body()
    asked = retries.fingerprints(state.settings.keys, method=request.method, path=request.url.path, body=body)
    answer = await retries.first(conn, organization_id=organization_id, key=retry_key, asked=asked, now=state.clock())
    if answer is not None:
        return respond(answer, again=True)
    answer = await make()
    await see_as(conn, organization_id=organization_id)  # the work may have looked through a resident's eyes
    await retries.keep(conn, answer, organization_id=organization_id, key=retry_key)
    return respond(answer)


def answer_of(body: msgspec.Struct, *, status: int, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, headers or {}, msgspec.json.encode(body))


def respond(answer: Answer, *, again: bool = False) -> AnyResponse:
    headers = answer.headers | ({"Idempotency-Replayed": "true"} if again else {})
    return Response(answer.body, status_code=answer.status, headers=headers, media_type="application/json")
