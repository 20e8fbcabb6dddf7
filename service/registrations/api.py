"""An offered seat, answered by a program that its person uses; the link in the offer's letter is the key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal
from uuid import UUID

import msgspec
from litestar import post
from litestar.params import FromPath

from service.context import app_context
from service.errors import Conflict
from service.registrations import actions
from service.registrations.links import invitation_behind
from service.registrations.model import Registration
from service.tokens import Purpose
from service.web.connection import AnyRequest


class AnsweredOffer(msgspec.Struct, kw_only=True):
    """party: seats that were offered, and taken or passed on together."""

    session: UUID
    state: Literal["confirmed", "declined"]
    party: int


@post("/api/v1/offers/{link:str}/accept", status_code=200, summary="Take an offered seat", tags=["residents"])
async def accepted(request: AnyRequest, link: FromPath[str]) -> AnsweredOffer:
    """The same again changes nothing. 409 where the offer ran out or was declined: then the seat is open to others."""
    return await _answered(request, link, actions.accept_offer)


@post("/api/v1/offers/{link:str}/decline", status_code=200, summary="Pass an offered seat on", tags=["residents"])
async def declined(request: AnyRequest, link: FromPath[str]) -> AnsweredOffer:
    """The same again changes nothing. 409 where there is no offer: a seat that was taken is given back on its page."""
    return await _answered(request, link, actions.decline_offer)


async def _answered(request: AnyRequest, link: str, answer: Callable[..., Awaitable[Registration | None]]) -> AnsweredOffer:
    """Raises Missing for what is no link to a seat, Gone when its time is over, Conflict where nothing is offered any more."""
    context = app_context(request)
    opened = context.tokens.read(link, now=context.clock(), purposes=(Purpose.SEAT,))
    async with context.db.transaction(resident_id=opened.resident_id) as conn:
        await invitation_behind(conn, opened)
        after = await answer(conn, session_id=opened.subject_id, resident_id=opened.resident_id, now=context.clock())
    if after is None:
        raise Conflict("no_offer")
    await context.bell.ring("pass_seats_on")
    return AnsweredOffer(session=after.session_id, state="declined" if after.state == "declined" else "confirmed", party=after.party)


ROUTES = [accepted, declined]
