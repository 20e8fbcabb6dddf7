"""Pages behind a resident's links: confirm, stop, pause. A GET shows a button and changes nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from litestar import Request, get, post
from litestar.response import Template

from service.errors import Gone, Missing
from service.residents import actions
from service.tokens import Link, Purpose
from service.web import form_token, forms
from service.web.templating import page

AnyRequest = Request[Any, Any, Any]
SNOOZE = timedelta(weeks=4)


@get("/confirm/{token:str}", include_in_schema=False)
async def confirm_page(request: AnyRequest, token: str) -> Template:
    link = _link(request, token, Purpose.CONFIRM)
    async with request.app.state.db.work() as conn:
        resident = await actions.standing(conn, link)
    return page("residents/confirm.html", request, language=resident.language, done=resident.status != "unconfirmed", token=token)


@post("/confirm/{token:str}", include_in_schema=False, status_code=200)
async def confirm(request: AnyRequest, token: str) -> Template:
    link = _link(request, token, Purpose.CONFIRM)
    async with request.app.state.db.work() as conn:
        await actions.confirm(conn, link, now=request.app.state.clock())
        resident = await actions.standing(conn, link)
    return page("residents/confirm.html", request, language=resident.language, done=True, token=token)


@get("/u/{token:str}", include_in_schema=False)
async def stop_page(request: AnyRequest, token: str) -> Template:
    return await _stop_page(request, _link(request, token, Purpose.STOP, Purpose.ASK_ME), token)


@post("/u/{token:str}", include_in_schema=False, status_code=200)
async def stop(request: AnyRequest, token: str) -> Template:
    """do: stop, undo, snooze or wake."""
    link, now = _link(request, token, Purpose.STOP, Purpose.ASK_ME), request.app.state.clock()
    wish = form_token.first_text(await forms.form_of(request), "do")
    async with request.app.state.db.work() as conn:
        if wish == "undo":
            await actions.restart(conn, link, now=now)
        elif wish in ("snooze", "wake"):
            await actions.pause(conn, link, until=now + SNOOZE if wish == "snooze" else None)
        else:
            await actions.stop(conn, link, now=now)
    return await _stop_page(request, link, token)


@post(
    "/api/v1/unsubscribe/{token:str}",
    status_code=200,
    opt={"media": ("application/x-www-form-urlencoded", "multipart/form-data"), "cross_site": True},
)
async def one_click(request: AnyRequest, token: str) -> dict[str, str]:
    """RFC 8058: a mail program posts here by itself. The answer is the same for a link that nobody knows."""
    fields = await forms.form_of(request)
    if form_token.first_text(fields, "List-Unsubscribe") == "One-Click":
        try:
            link = _link(request, token, Purpose.STOP)
            async with request.app.state.db.work() as conn:
                await actions.stop(conn, link, now=request.app.state.clock())
        except (Missing, Gone):
            pass
    return {"status": "ok"}


async def _stop_page(request: AnyRequest, link: Link, token: str) -> Template:
    async with request.app.state.db.work() as conn:
        resident = await actions.standing(conn, link)
    now = request.app.state.clock()
    paused = resident.paused_until if resident.paused_until and resident.paused_until > now else None
    return page(
        "residents/stop.html", request, language=resident.language, stopped=resident.status == "stopped", paused_until=paused, token=token
    )


def _link(request: AnyRequest, token: str, *purposes: Purpose) -> Link:
    link: Link = request.app.state.tokens.read(token, now=request.app.state.clock(), purposes=purposes)
    return link


ROUTES = [confirm_page, confirm, stop_page, stop, one_click]
