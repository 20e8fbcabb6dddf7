"""The center API's link for hosts: a center's program makes it, hands it on, and withdraws it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Response, delete, put
from litestar.params import FromPath

from service.centers import host_links, store
from service.context import app_context
from service.organizations.api import api_key, needs, transaction
from service.web.connection import AnyRequest


class SessionHostLink(msgspec.Struct, kw_only=True):
    """link: opens the roster of this one date to whoever has it, and notes who came. ends_at: it stops by itself then."""

    id: UUID
    link: str
    ends_at: datetime


@put(
    "/api/v1/sessions/{id:uuid}/host-link",
    **needs("roster:read", "attendance:write"),
    summary="Make the link for hosts of a date",
    tags=["centers"],
)
async def put_host_link(request: AnyRequest, id: FromPath[UUID]) -> Response[SessionHostLink]:
    """For a host without an account. The link that the date has already is answered again; to change it, delete it first."""
    state, organization_id = app_context(request), api_key(request).organization_id
    async with transaction(request) as conn:
        link_id = await host_links.ensure(conn, organization_id=organization_id, session_id=id, now=state.clock())
        date = await store.own_date(conn, organization_id=organization_id, session_id=id)
    link = host_links.address(link_id, tokens=state.tokens, base_url=state.settings.base_url)
    content = SessionHostLink(id=id, link=link, ends_at=host_links.ends_at(date))
    return Response(content, headers={"Cache-Control": "no-store"})


@delete(
    "/api/v1/sessions/{id:uuid}/host-link",
    **needs("roster:read", "attendance:write"),
    summary="Withdraw the link for hosts of a date",
    tags=["centers"],
)
async def delete_host_link(request: AnyRequest, id: FromPath[UUID]) -> None:
    """It stops at once. A date without a link stays so."""
    async with transaction(request) as conn:
        await host_links.withdraw(conn, organization_id=api_key(request).organization_id, session_id=id, now=app_context(request).clock())


ROUTES = [put_host_link, delete_host_link]
