"""The roster of one date behind a link, for a host without an account: the same page and presses as at the center, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Template

from service.centers import host_links, roster
from service.centers.pages import status_of
from service.centers.roster_pages import back, pressed_mark, roster_context, typed_walk_in, uuid_in
from service.centers.store import HostLink
from service.context import app_context
from service.db import Conn
from service.errors import Conflict, Invalid
from service.registrations import attendance
from service.tokens import Purpose
from service.web import forms
from service.web.connection import AnyRequest, AnyResponse
from service.web.form_token import first_text
from service.web.templating import page


class HostRequest(NamedTuple):
    """A host with a link, inside one transaction. Every change names the date of the link, never one that was sent."""

    conn: Conn
    link: HostLink


@asynccontextmanager
async def at_the_date(request: AnyRequest, token: str) -> AsyncIterator[HostRequest]:
    """Raises Missing for what is no link of ours, Gone for one that was withdrawn or has ended."""
    state = app_context(request)
    opened = state.tokens.read(token, now=state.clock(), purposes=(Purpose.HOST,))
    async with state.db.transaction(presented=[opened.subject_id.bytes]) as conn:
        yield HostRequest(conn, await host_links.open_link(conn, opened.subject_id, now=state.clock()))


@get("/host/{token:str}", include_in_schema=False)
async def host_page(request: AnyRequest, token: FromPath[str]) -> Template:
    async with at_the_date(request, token) as host_request:
        return await _roster(request, host_request, token)


@post("/host/{token:str}", include_in_schema=False, status_code=200)
async def mark(request: AnyRequest, token: FromPath[str]) -> AnyResponse:
    """As `roster_pages.mark`. There is no form token: whoever can send this has the link, and needs no cookie."""
    fields, now = await forms.form_of(request), app_context(request).clock()
    change, handle = pressed_mark(fields)
    try:
        async with at_the_date(request, token) as (conn, link):
            await change(conn, session_id=link.session_id, handle=handle, now=now, host_link_id=link.id)
    except (Invalid, Conflict) as refusal:
        return await _refused(request, token, refusal)
    return back(request, f"/host/{token}", f"guest-{handle}")


@post("/host/{token:str}/walk-ins", include_in_schema=False, status_code=200)
async def note_walk_in(request: AnyRequest, token: FromPath[str]) -> AnyResponse:
    fields, now = await forms.form_of(request), app_context(request).clock()
    try:
        async with at_the_date(request, token) as (conn, link):
            await attendance.note_walk_in(conn, typed_walk_in(fields), session_id=link.session_id, now=now, host_link_id=link.id)
    except (Invalid, Conflict) as refusal:
        return await _refused(request, token, refusal, typed=forms.typed_in(fields))
    return back(request, f"/host/{token}", "walk-ins")


@post("/host/{token:str}/walk-ins/remove", include_in_schema=False, status_code=200)
async def remove_walk_in(request: AnyRequest, token: FromPath[str]) -> AnyResponse:
    """`key`: of the note that was wrong."""
    fields, now = await forms.form_of(request), app_context(request).clock()
    key = uuid_in(first_text(fields, "key"))
    try:
        async with at_the_date(request, token) as (conn, link):
            await attendance.remove_walk_in(conn, session_id=link.session_id, key=key, now=now)
    except (Invalid, Conflict) as refusal:
        return await _refused(request, token, refusal)
    return back(request, f"/host/{token}", "walk-ins")


async def _roster(
    request: AnyRequest,
    host_request: HostRequest,
    token: str,
    *,
    refusal: Invalid | Conflict | None = None,
    typed: dict[str, list[str]] | None = None,
) -> Template:
    state, (conn, link) = app_context(request), host_request
    read = await roster.read(conn, organization_id=link.organization_id, session_id=link.session_id, vault=state.vault, now=state.clock())
    return page(
        "centers/host.html",
        request,
        status_code=status_of(refusal),
        is_host=True,
        queue=f"host-{link.session_id}",
        token="",
        page_path=f"/host/{token}",
        walk_ins_path=f"/host/{token}/walk-ins",
        ends_at=host_links.ends_at(read.date),
        more=roster_context(request, read, refusal=refusal, typed=typed),
    )


async def _refused(request: AnyRequest, token: str, refusal: Invalid | Conflict, *, typed: dict[str, list[str]] | None = None) -> Template:
    async with at_the_date(request, token) as host_request:
        return await _roster(request, host_request, token, refusal=refusal, typed=typed)


ROUTES = [host_page, mark, note_walk_in, remove_walk_in]
