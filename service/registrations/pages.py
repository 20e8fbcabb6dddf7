"""The page behind an answer link: shows a match and what was said; only its buttons change anything."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from service.activities.model import labeled_notes
from service.context import app_context
from service.db import Conn
from service.errors import Full, Missing
from service.registrations import actions, store
from service.registrations.calendar import calendar_file
from service.registrations.links import invitation_behind
from service.registrations.model import LinkedInvitation, SessionFacts, Standing
from service.tokens import Link, Purpose
from service.web.connection import AnyRequest
from service.web.form_token import first_text
from service.web.forms import form_of
from service.web.templating import page, say_for

CHANGES: dict[str, Callable[..., Awaitable[object]]] = {
    "yes": actions.accept,
    "no": actions.decline,
    "pass": actions.decline_offer,
    "undo": actions.undo,
    "coming": actions.still_coming,
    "not_coming": actions.not_coming,
}
# A weekly letter's links stand for a match, those of a letter about a seat for its date.
PATHS = {Purpose.ANSWER: "/r", Purpose.SEAT: "/o"}


@get(["/r/{link:str}", "/o/{link:str}"], include_in_schema=False)
async def show_answer(request: AnyRequest, link: FromPath[str]) -> Template:
    opened = _open(request, link)
    async with app_context(request).db.transaction(resident_id=opened.resident_id) as conn:
        return await _page(request, conn, link, opened)


@post(["/r/{link:str}", "/o/{link:str}"], include_in_schema=False, status_code=200)
async def give_answer(request: AnyRequest, link: FromPath[str]) -> Template | Redirect:
    opened, context = _open(request, link), app_context(request)
    change = CHANGES.get(first_text(await form_of(request), "answer"))
    if change is None:
        raise Missing
    async with context.db.transaction(resident_id=opened.resident_id) as conn:
        invitation = await invitation_behind(conn, opened)
        try:
            await change(conn, session_id=invitation.session_id, resident_id=opened.resident_id, now=context.clock())
        except Full as error:
            return await _page(request, conn, link, opened, full=error.code)
    await context.bell.ring("pass_seats_on")
    return Redirect(f"{PATHS[opened.purpose]}/{link}{_query(request)}", status_code=303)


@get(["/r/{link:str}/calendar.ics", "/o/{link:str}/calendar.ics"], include_in_schema=False)
async def answer_calendar(request: AnyRequest, link: FromPath[str]) -> Response[bytes]:
    opened = _open(request, link)
    async with app_context(request).db.transaction(resident_id=opened.resident_id) as conn:
        _, session, standing = await _facts(conn, opened)
        seat = await store.registration(conn, session_id=session.id, resident_id=opened.resident_id)
    content = calendar_file(
        session,
        sequence=session.sequence + (seat.sequence if seat else 0),
        going=standing.going,
        url=f"{app_context(request).settings.base_url}/sessions/{session.id}",
        now=app_context(request).clock(),
    )
    headers = {"Content-Disposition": 'attachment; filename="doorstep.ics"'}
    return Response(content, media_type="text/calendar", headers=headers)


def _open(request: AnyRequest, link: str) -> Link:
    opened: Link = app_context(request).tokens.read(link, now=app_context(request).clock(), purposes=tuple(PATHS))
    return opened


def _query(request: AnyRequest) -> str:
    language = request.query_params.get("lang", "")
    return f"?lang={language}" if language in ("en", "es", "ar") else ""


async def _facts(conn: Conn, opened: Link) -> tuple[LinkedInvitation, SessionFacts, Standing]:
    invitation = await invitation_behind(conn, opened)
    session = await store.session(conn, session_id=invitation.session_id)
    return invitation, session, await store.standing(conn, session_id=session.id, resident_id=opened.resident_id)


async def _page(request: AnyRequest, conn: Conn, link: str, opened: Link, *, full: str = "") -> Template:
    """full: why there is neither a seat nor a place in the waiting order (the code of the refusal)."""
    invitation, session, standing = await _facts(conn, opened)
    here = f"{PATHS[opened.purpose]}/{link}"
    return page(
        "registrations/answer.html",
        request,
        status_code=409 if full else 200,
        language=invitation.language,
        action=f"{here}{_query(request)}",
        calendar=f"{here}/calendar.ics",
        invitation=invitation,
        session=session,
        notes=labeled_notes(session, say_for(request, preferred=invitation.language)),
        standing=standing,
        place_in_line=await _place_in_line(conn, opened, session, standing),
        full=full,
        over=session.state == "cancelled" or session.starts_at <= app_context(request).clock(),
        leaning=request.query_params.get("answer", ""),
    )


async def _place_in_line(conn: Conn, opened: Link, session: SessionFacts, standing: Standing) -> int | None:
    """Counted from 1, for who waits."""
    if standing.state != "waiting" or standing.waiting_since is None:
        return None
    before = await store.waiting_before(conn, session_id=session.id, since=standing.waiting_since, resident_id=opened.resident_id)
    return before.parties + 1


ROUTES = [show_answer, give_answer, answer_calendar]
