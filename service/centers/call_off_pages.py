"""The pages on which a whole activity is called off, and on which that is taken back."""

from __future__ import annotations

from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath
from litestar.response import Template

from service.centers import changes, store
from service.centers.pages import at_work, shown
from service.context import app_context
from service.organizations.pages import check_token, lead_to_sign_in
from service.web import forms
from service.web.connection import AnyRequest, AnyResponse
from service.web.templating import see_other


@get("/activities/{id:uuid}/end", include_in_schema=False)
async def end_page(request: AnyRequest, slug: FromPath[str], id: FromPath[UUID]) -> Template:
    async with at_work(request, slug, edit=True) as staff_request:
        activity = await store.own_activity(staff_request.conn, organization_id=staff_request.id, id=id)
        dates = await changes.dates_of(staff_request.conn, activity, now=app_context(request).clock())
        people = await store.people(staff_request.conn, organization_id=staff_request.id, session_ids=[date.id for date in dates])
        return shown(
            request,
            "end",
            staff_request,
            activity=activity,
            date=None,
            over=False,
            at_once=False,
            number=len(dates),
            people=people,
        )


@post("/activities/{id:uuid}/end", include_in_schema=False, status_code=200)
async def end(request: AnyRequest, slug: FromPath[str], id: FromPath[UUID]) -> AnyResponse:
    fields, state = await forms.form_of(request), app_context(request)
    async with at_work(request, slug, edit=True) as staff_request:
        check_token(request, fields)
        letters_queued = await changes.call_off_all(
            staff_request.conn, organization_id=staff_request.id, id=id, vault=state.vault, now=state.clock()
        )
    await state.bell.ring("deliver_letters")
    return see_other(request, f"/center/{slug}/activities/{id}", done="called_off", told=letters_queued)


@post("/activities/{id:uuid}/restore", include_in_schema=False, status_code=200)
async def restore(request: AnyRequest, slug: FromPath[str], id: FromPath[UUID]) -> AnyResponse:
    """Take the call-off of all dates back, as long as its letters wait."""
    fields, state = await forms.form_of(request), app_context(request)
    async with at_work(request, slug, edit=True) as staff_request:
        check_token(request, fields)
        still_off = await changes.restore_all(
            staff_request.conn, organization_id=staff_request.id, id=id, vault=state.vault, now=state.clock()
        )
    await state.bell.ring("pass_seats_on")
    return see_other(request, f"/center/{slug}/activities/{id}", done="partly_restored" if still_off else "restored")


ROUTES = [Router("/center/{slug:str}", route_handlers=[end_page, end, restore], exception_handlers=lead_to_sign_in)]
