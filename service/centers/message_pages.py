"""The page on which a center writes to everybody who comes to a date. It shows how many people, and never who they are."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID, uuid4

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath
from litestar.response import Template

from service.centers import store
from service.centers.pages import StaffRequest, at_work, shown, status_of
from service.centers.roster_pages import page_path
from service.context import app_context
from service.errors import Conflict, Invalid
from service.organizations.pages import check_token, lead_to_sign_in
from service.registrations import center_messages
from service.registrations.center_messages import LONGEST, SHORTEST, NewMessage
from service.web import forms
from service.web.connection import AnyRequest, AnyResponse
from service.web.kinds import SEVERAL_LINES
from service.web.templating import see_other

SECOND_LOOK = "message_second_look"


class MessageFields(msgspec.Struct):
    """key: made with the form. sure: the number of people that the second look showed."""

    key: UUID
    words: Annotated[str, msgspec.Meta(min_length=SHORTEST, max_length=LONGEST, pattern=SEVERAL_LINES)]
    with_waiting: bool = False
    sure: int | None = None


@get("/dates/{id:uuid}/message", include_in_schema=False)
async def message_page(request: AnyRequest, slug: FromPath[str], id: FromPath[UUID]) -> Template:
    """Says how many people will be written to; changes nothing."""
    async with at_work(request, slug, edit=True) as staff_request:
        return await _form(request, staff_request, id)


@post("/dates/{id:uuid}/message", include_in_schema=False, status_code=200)
async def write_message(request: AnyRequest, slug: FromPath[str], id: FromPath[UUID]) -> AnyResponse:
    """Many people, or the fourth message of a day, are asked about once more before anything is sent."""
    fields, state = await forms.form_of(request), app_context(request)
    try:
        async with at_work(request, slug, edit=True) as staff_request:
            check_token(request, fields)
            typed = forms.read(fields, MessageFields)
            people = await center_messages.write_to_everybody(
                staff_request.conn,
                NewMessage(key=typed.key, words=typed.words, with_waiting=typed.with_waiting, sure_of=typed.sure),
                session_id=id,
                organization_id=staff_request.id,
                staff_id=staff_request.staff.id,
                vault=state.vault,
                by_night=state.settings.mailbox is not None,  # a mailbox on this machine wakes nobody
                now=state.clock(),
            )
    except (Invalid, Conflict) as refusal:
        refusal.typed = forms.typed_in(fields)
        async with at_work(request, slug, edit=True) as staff_request:
            return await _form(request, staff_request, id, refusal=refusal)
    await state.bell.ring("deliver_letters")
    return see_other(request, page_path(slug, id), done="written", told=people)


async def _form(request: AnyRequest, staff_request: StaffRequest, id: UUID, *, refusal: Invalid | Conflict | None = None) -> Template:
    now, conn = app_context(request).clock(), staff_request.conn
    date = await store.own_date(conn, organization_id=staff_request.id, session_id=id)
    brake = await center_messages.brake(conn, session_id=id, now=now)
    looks_again = refusal is not None and refusal.code == SECOND_LOOK
    return shown(
        request,
        "message",
        staff_request,
        status_code=200 if looks_again else status_of(refusal),
        date=date,
        is_open=center_messages.is_open(date.state, date.ends_at, now=now),
        brake=brake,
        longest=LONGEST,
        looks_again=looks_again,
        earlier=await center_messages.written(conn, session_id=id, vault=app_context(request).vault),
        key=uuid4(),
        typed=refusal.typed if refusal else {},
        wrong=refusal.fields if refusal else {},
        refused=refusal.code if refusal and not refusal.fields and not looks_again else "",
    )


ROUTES = [Router("/center/{slug:str}", route_handlers=[message_page, write_message], exception_handlers=lead_to_sign_in)]
