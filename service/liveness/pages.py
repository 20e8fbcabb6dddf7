"""The page behind the letter that asks a center whether it is still there. Only its buttons change anything."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from service.context import app_context
from service.db import Conn
from service.errors import Missing
from service.liveness import actions, store
from service.liveness.actions import SILENT_FOR
from service.organizations import store as organizations
from service.organizations.model import Organization
from service.tokens import Link, Purpose
from service.web.connection import AnyRequest
from service.web.form_token import first_text
from service.web.forms import form_of
from service.web.templating import page, see_other


@get("/here/{link:str}", include_in_schema=False)
async def silences_page(request: AnyRequest, link: FromPath[str]) -> Template:
    async with _center_behind(request, link) as (conn, center):
        return page(
            "liveness/here.html",
            request,
            path=f"/here/{link}",
            center=center,
            silences=await store.silences_of(conn, organization_id=center.id),
            weeks=SILENT_FOR.days // 7,
        )


@post("/here/{link:str}", include_in_schema=False, status_code=200)
async def say_here(request: AnyRequest, link: FromPath[str]) -> Redirect:
    """activity: the id of one; left out: all that the page shows."""
    wanted = first_text(await form_of(request), "activity")
    async with _center_behind(request, link) as (conn, center):
        listed = [silence.activity_id for silence in await store.silences_of(conn, organization_id=center.id)]
        chosen = [activity_id for activity_id in listed if wanted in ("", str(activity_id))]
        await actions.keep(conn, organization_id=center.id, activity_ids=chosen, now=app_context(request).clock())
    return see_other(request, f"/here/{link}")


@asynccontextmanager
async def _center_behind(request: AnyRequest, link: str) -> AsyncIterator[tuple[Conn, Organization]]:
    """The link's center, in a transaction on its behalf.

    Raises Missing for anything that we did not write, and for somebody who may not change its activities any more, Gone for an old link.
    """
    state = app_context(request)
    opened: Link = state.tokens.read(link, now=state.clock(), purposes=(Purpose.CENTER,))
    staff_id: UUID = opened.resident_id  # of this purpose: the reader of the letter, who is staff
    async with state.db.transaction(organization_id=opened.subject_id) as conn:
        staff = await organizations.staff_by_id(conn, organization_id=opened.subject_id, staff_id=staff_id)
        center = await organizations.by_id(conn, opened.subject_id)
        if staff is None or center is None or not staff.may("staff"):
            raise Missing("link_unknown")
        yield conn, center


ROUTES = [silences_page, say_here]
