"""The pages of one date: its seats, and calling it off."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath
from litestar.response import Template

from service.centers import changes, store
from service.centers.pages import StaffRequest, at_work, shown, status_of
from service.context import app_context
from service.errors import Conflict, Invalid
from service.organizations.pages import check_token, lead_to_sign_in
from service.sessions.model import NEAR, CancelReason
from service.web import forms
from service.web.connection import AnyRequest, AnyResponse
from service.web.templating import see_other


class CapacityFields(msgspec.Struct):
    """Empty: as many as come."""

    capacity: Annotated[int, msgspec.Meta(ge=0, le=100_000)] | None = None


@get("/sessions/{id:uuid}", include_in_schema=False)
async def date_page(request: AnyRequest, slug: FromPath[str], id: FromPath[UUID]) -> Template:
    async with at_work(request, slug) as staff_request:
        return await _date(request, staff_request, id)


async def _date(request: AnyRequest, staff_request: StaffRequest, id: UUID, *, refusal: Invalid | Conflict | None = None) -> Template:
    date = await store.own_date(staff_request.conn, organization_id=staff_request.id, session_id=id)
    code = refusal.fields.get("capacity", refusal.code) if refusal else ""
    return shown(
        request,
        "date",
        staff_request,
        status_code=status_of(refusal),
        date=date,
        over=date.starts_at <= app_context(request).clock(),
        may_undo=date.undo_until is not None and date.undo_until > app_context(request).clock(),
        typed=refusal.typed if refusal and refusal.typed else {},
        wrong={"capacity": code} if refusal else {},
    )


@post("/sessions/{id:uuid}/capacity", include_in_schema=False, status_code=200)
async def set_capacity(request: AnyRequest, slug: FromPath[str], id: FromPath[UUID]) -> AnyResponse:
    fields, state = await forms.form_of(request), app_context(request)
    try:
        async with at_work(request, slug, edit=True) as staff_request:
            check_token(request, fields)
            seats = forms.read(fields, CapacityFields)
            await changes.change_capacity(
                staff_request.conn, organization_id=staff_request.id, session_id=id, capacity=seats.capacity, now=state.clock()
            )
    except (Invalid, Conflict) as refusal:
        refusal.typed = forms.typed_in(fields)
        async with at_work(request, slug, edit=True) as staff_request:
            return await _date(request, staff_request, id, refusal=refusal)
    await state.bell.ring("pass_seats_on")
    return see_other(request, f"/center/{slug}/sessions/{id}", done="seats")


class CancelFields(msgspec.Struct):
    """reason: for the people who are written to; empty where none is given."""

    reason: CancelReason = ""


@get("/sessions/{id:uuid}/cancel", include_in_schema=False)
async def cancel_page(request: AnyRequest, slug: FromPath[str], id: FromPath[UUID]) -> Template:
    """Says how many people will be written to; changes nothing."""
    async with at_work(request, slug, edit=True) as staff_request:
        return await _ask_to_cancel(request, staff_request, id)


async def _ask_to_cancel(request: AnyRequest, staff_request: StaffRequest, id: UUID, *, refusal: Invalid | None = None) -> Template:
    date = await store.own_date(staff_request.conn, organization_id=staff_request.id, session_id=id)
    activity = await store.own_activity(staff_request.conn, organization_id=staff_request.id, id=date.activity_id)
    return shown(
        request,
        "end",
        staff_request,
        status_code=422 if refusal else 200,
        activity=activity,
        date=date,
        over=date.starts_at <= app_context(request).clock(),
        at_once=date.starts_at <= app_context(request).clock() + NEAR,
        number=1,
        people=await store.people(staff_request.conn, organization_id=staff_request.id, session_ids=[id]),
        typed=refusal.typed if refusal and refusal.typed else {},
        wrong=refusal.fields if refusal else {},
    )


@post("/sessions/{id:uuid}/cancel", include_in_schema=False, status_code=200)
async def cancel(request: AnyRequest, slug: FromPath[str], id: FromPath[UUID]) -> AnyResponse:
    fields, state = await forms.form_of(request), app_context(request)
    try:
        async with at_work(request, slug, edit=True) as staff_request:
            check_token(request, fields)
            letters_queued = await changes.call_off(
                staff_request.conn,
                organization_id=staff_request.id,
                session_id=id,
                reason=forms.read(fields, CancelFields).reason.strip(),
                vault=state.vault,
                now=state.clock(),
            )
    except Invalid as refusal:
        refusal.typed = forms.typed_in(fields)
        async with at_work(request, slug, edit=True) as staff_request:
            return await _ask_to_cancel(request, staff_request, id, refusal=refusal)
    await state.bell.ring("deliver_letters")
    return see_other(request, f"/center/{slug}/sessions/{id}", done="called_off", told=letters_queued)


@post("/sessions/{id:uuid}/restore", include_in_schema=False, status_code=200)
async def restore(request: AnyRequest, slug: FromPath[str], id: FromPath[UUID]) -> AnyResponse:
    """Take a call-off back, as long as its letters wait."""
    fields, state = await forms.form_of(request), app_context(request)
    async with at_work(request, slug, edit=True) as staff_request:
        check_token(request, fields)
        await changes.restore(staff_request.conn, organization_id=staff_request.id, session_id=id, vault=state.vault, now=state.clock())
    await state.bell.ring("pass_seats_on")
    return see_other(request, f"/center/{slug}/sessions/{id}", done="restored")


ROUTES = [
    Router(
        "/center/{slug:str}",
        route_handlers=[date_page, set_capacity, cancel_page, cancel, restore],
        exception_handlers=lead_to_sign_in,
    )
]
