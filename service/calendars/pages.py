"""A person's own calendar: the page on which its address is made, and the address that their program reads."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from service.calendars import actions, store
from service.context import app_context
from service.errors import Missing
from service.residents import preferences
from service.residents.actions import sign_up_context
from service.residents.pages import ask_page, own_link
from service.tokens import Link, Purpose
from service.web.connection import AnyRequest
from service.web.form_token import first_text
from service.web.forms import form_of
from service.web.templating import page, see_other

PRIVATE = {"Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex"}


@get("/me/{token:str}/calendar", include_in_schema=False)
async def calendar_page(request: AnyRequest, token: FromPath[str]) -> Template:
    """The address, or how to make one. Other links than one's own fresh one may have one mailed."""
    state = app_context(request)
    link, late = own_link(request, token)
    async with state.db.transaction(resident_id=link.resident_id) as conn:
        record = await preferences.known(conn, sign_up_context(state), link)
        if late or link.purpose != Purpose.ME:
            return ask_page(request, record.resident.language, token, late=late)
        address = await actions.address(conn, record.resident, tokens=state.tokens, base_url=state.settings.base_url)
    return page("calendars/calendar.html", request, language=record.resident.language, token=token, address=address)


@post("/me/{token:str}/calendar", include_in_schema=False, status_code=200)
async def change_address(request: AnyRequest, token: FromPath[str]) -> Redirect:
    """do: make (also another one in its place) or off."""
    state = app_context(request)
    link = state.tokens.read(token, now=state.clock(), purposes=(Purpose.ME,))
    wish = first_text(await form_of(request), "do")
    async with state.db.transaction(resident_id=link.resident_id) as conn:
        await preferences.known(conn, sign_up_context(state), link)
        if wish == "make":
            await store.make(conn, resident_id=link.resident_id, now=state.clock())
        elif wish == "off":
            await store.switch_off(conn, resident_id=link.resident_id)
        else:
            raise Missing
    return see_other(request, f"/me/{token}/calendar")


@get("/calendar/{name:str}", include_in_schema=False)
async def calendar_file(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """Raises Missing for what is no address of ours, Gone for one that was replaced or switched off."""
    state = app_context(request)
    if not name.endswith(".ics"):
        raise Missing("link_unknown")
    link: Link = state.tokens.read(name.removesuffix(".ics"), now=state.clock(), purposes=(Purpose.CALENDAR,))
    async with state.db.transaction(resident_id=link.resident_id) as conn:
        content = await actions.calendar(conn, link, base_url=state.settings.base_url, now=state.clock())
    return Response(content, media_type="text/calendar", headers=PRIVATE)


ROUTES = [calendar_page, change_address, calendar_file]
