"""The page behind an answer link: shows a match and what was said; only its buttons change anything."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from service.activities.model import labeled_notes
from service.context import app_context
from service.db import Conn
from service.errors import Full, Gone, Missing
from service.registrations import actions, store
from service.registrations.calendar import calendar_file
from service.registrations.model import LinkedInvitation, SessionFacts, Standing
from service.tokens import Link, Purpose
from service.web.connection import AnyRequest
from service.web.form_token import first_text
from service.web.forms import form_of
from service.web.templating import page, say_for

CHANGES: dict[str, Callable[..., Awaitable[object]]] = {"yes": actions.accept, "no": actions.decline, "undo": actions.undo}


@get("/r/{link:str}", include_in_schema=False)
async def show_answer(request: AnyRequest, link: FromPath[str]) -> Template:
    opened = _open(request, link)
    async with app_context(request).db.transaction(resident_id=opened.resident_id) as conn:
        return await _page(request, conn, link, opened)


@post("/r/{link:str}", include_in_schema=False, status_code=200)
async def give_answer(request: AnyRequest, link: FromPath[str]) -> Template | Redirect:
    opened = _open(request, link)
    change = CHANGES.get(first_text(await form_of(request), "answer"))
    if change is None:
        raise Missing
    async with app_context(request).db.transaction(resident_id=opened.resident_id) as conn:
        invitation = await _invitation(conn, opened)
        try:
            await change(conn, session_id=invitation.session_id, resident_id=opened.resident_id, now=app_context(request).clock())
        except Full:
            return await _page(request, conn, link, opened, full=True)
    return Redirect(f"/r/{link}{_query(request)}", status_code=303)


@get("/r/{link:str}/calendar.ics", include_in_schema=False)
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
    return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)


def _open(request: AnyRequest, link: str) -> Link:
    opened: Link = app_context(request).tokens.read(link, now=app_context(request).clock(), purposes=(Purpose.ANSWER,))
    return opened


def _query(request: AnyRequest) -> str:
    language = request.query_params.get("lang", "")
    return f"?lang={language}" if language in ("en", "es", "ar") else ""


async def _invitation(conn: Conn, opened: Link) -> LinkedInvitation:
    """Raises Missing when the match is not this resident's, Gone when their links were revoked."""
    invitation = await store.linked_invitation(conn, match_id=opened.subject_id, resident_id=opened.resident_id)
    if invitation is None:
        raise Missing("link_unknown")
    if invitation.link_epoch != opened.epoch:
        raise Gone("link_expired")
    return invitation


async def _facts(conn: Conn, opened: Link) -> tuple[LinkedInvitation, SessionFacts, Standing]:
    invitation = await _invitation(conn, opened)
    session = await store.session(conn, session_id=invitation.session_id)
    return invitation, session, await store.standing(conn, session_id=session.id, resident_id=opened.resident_id)


async def _page(request: AnyRequest, conn: Conn, link: str, opened: Link, *, full: bool = False) -> Template:
    invitation, session, standing = await _facts(conn, opened)
    return page(
        "registrations/answer.html",
        request,
        status_code=409 if full else 200,
        language=invitation.language,
        action=f"/r/{link}{_query(request)}",
        calendar=f"/r/{link}/calendar.ics",
        invitation=invitation,
        session=session,
        notes=labeled_notes(session, say_for(request, preferred=invitation.language)),
        standing=standing,
        full=full,
        over=session.state == "cancelled" or session.starts_at <= app_context(request).clock(),
        leaning=request.query_params.get("answer", ""),
    )


ROUTES = [show_answer, give_answer, answer_calendar]
