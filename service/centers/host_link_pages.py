"""The page on which members of a center make, renew and withdraw the link for a host of one date."""

from __future__ import annotations

from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath
from litestar.response import Template

from service.centers import host_links, store
from service.centers.pages import StaffRequest, at_work, shown, status_of
from service.context import app_context
from service.errors import Conflict, Invalid, Missing
from service.organizations.pages import check_token, lead_to_sign_in
from service.web import forms
from service.web.connection import AnyRequest, AnyResponse
from service.web.form_token import first_text
from service.web.templating import see_other

CHANGES = {"make": host_links.ensure, "renew": host_links.renew, "withdraw": host_links.withdraw}


@get("/dates/{id:uuid}/host-link", include_in_schema=False)
async def link_page(request: AnyRequest, slug: FromPath[str], id: FromPath[UUID]) -> Template:
    async with at_work(request, slug) as staff_request:
        return await _page(request, staff_request, id)


@post("/dates/{id:uuid}/host-link", include_in_schema=False, status_code=200)
async def change_link(request: AnyRequest, slug: FromPath[str], id: FromPath[UUID]) -> AnyResponse:
    """`do`: make, renew (another one in its place) or withdraw."""
    fields, now = await forms.form_of(request), app_context(request).clock()
    change = CHANGES.get(first_text(fields, "do"))
    if change is None:
        raise Missing
    try:
        async with at_work(request, slug) as staff_request:
            check_token(request, fields)
            await change(staff_request.conn, organization_id=staff_request.id, session_id=id, now=now)
    except (Invalid, Conflict) as refusal:
        async with at_work(request, slug) as staff_request:
            return await _page(request, staff_request, id, refusal=refusal)
    return see_other(request, f"/center/{slug}/dates/{id}/host-link")


async def _page(request: AnyRequest, staff_request: StaffRequest, id: UUID, *, refusal: Invalid | Conflict | None = None) -> Template:
    state, conn = app_context(request), staff_request.conn
    date = await store.own_date(conn, organization_id=staff_request.id, session_id=id)
    link_id = await store.host_link_id(conn, organization_id=staff_request.id, session_id=id)
    may_have = host_links.may_have(date, now=state.clock())
    link = host_links.address(link_id, tokens=state.tokens, base_url=state.settings.base_url) if link_id and may_have else ""
    return shown(
        request,
        "host_link",
        staff_request,
        status_code=status_of(refusal),
        date=date,
        link=link,
        may_have=may_have,
        ends_at=host_links.ends_at(date),
        refused=refusal.code if refusal else "",
    )


ROUTES = [Router("/center/{slug:str}", route_handlers=[link_page, change_link], exception_handlers=lead_to_sign_in)]
