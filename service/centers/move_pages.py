"""The page that holds one date of a series at another time."""

from __future__ import annotations

from datetime import date as Day
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath
from litestar.response import Template

from service.activities.recurrence import instant
from service.centers import changes, store
from service.centers.activity_form import SHORTEST, Clock
from service.centers.pages import StaffRequest, at_work, shown, status_of
from service.centers.store import Date
from service.context import app_context
from service.errors import Conflict, Invalid
from service.organizations.pages import check_token, lead_to_sign_in
from service.sessions.model import NEAR
from service.web import forms
from service.web.connection import AnyRequest, AnyResponse
from service.web.templating import see_other


class MoveFields(msgspec.Struct):
    """By the clock of the place; the end is on the same day."""

    day: Day
    begins: Clock
    ends: Clock


@get("/sessions/{id:uuid}/move", include_in_schema=False)
async def move_page(request: AnyRequest, slug: FromPath[str], id: FromPath[UUID]) -> Template:
    """Says how many people will be written to; changes nothing."""
    async with at_work(request, slug, edit=True) as staff_request:
        return await _form(request, staff_request, id)


@post("/sessions/{id:uuid}/move", include_in_schema=False, status_code=200)
async def move(request: AnyRequest, slug: FromPath[str], id: FromPath[UUID]) -> AnyResponse:
    fields, state = await forms.form_of(request), app_context(request)
    try:
        async with at_work(request, slug, edit=True) as staff_request:
            check_token(request, fields)
            typed = forms.read(fields, MoveFields)
            date = await store.own_date(staff_request.conn, organization_id=staff_request.id, session_id=id)
            starts_at, length = _times(typed, date)
            letters_queued = await changes.move(
                staff_request.conn,
                organization_id=staff_request.id,
                session_id=id,
                starts_at=starts_at,
                length=length,
                vault=state.vault,
                now=state.clock(),
            )
    except (Invalid, Conflict) as refusal:
        refusal.typed = forms.typed_in(fields)
        async with at_work(request, slug, edit=True) as staff_request:
            return await _form(request, staff_request, id, refusal=refusal)
    await state.bell.ring("deliver_letters")
    return see_other(request, f"/center/{slug}/sessions/{id}", done="moved", told=letters_queued)


def _times(typed: MoveFields, date: Date) -> tuple[datetime, timedelta]:
    """Raises Invalid where the end is not after the begin."""
    zone = ZoneInfo(date.zone)
    starts_at, ends_at = (instant(datetime.combine(typed.day, time.fromisoformat(clock)), zone) for clock in (typed.begins, typed.ends))
    if ends_at - starts_at < SHORTEST:
        raise Invalid(fields={"ends": "ends_before_begin"})
    return starts_at, ends_at - starts_at


async def _form(request: AnyRequest, staff_request: StaffRequest, id: UUID, *, refusal: Invalid | Conflict | None = None) -> Template:
    now = app_context(request).clock()
    date = await store.own_date(staff_request.conn, organization_id=staff_request.id, session_id=id)
    begins, ends = (moment.astimezone(ZoneInfo(date.zone)) for moment in (date.starts_at, date.ends_at))
    return shown(
        request,
        "move",
        staff_request,
        status_code=status_of(refusal),
        date=date,
        over=date.starts_at <= now,
        at_once=date.starts_at <= now + NEAR,
        people=await store.people(staff_request.conn, organization_id=staff_request.id, session_ids=[id]),
        now_at={"day": f"{begins:%Y-%m-%d}", "begins": f"{begins:%H:%M}", "ends": f"{ends:%H:%M}"},
        typed=refusal.typed if refusal and refusal.typed else {},
        wrong=refusal.fields if refusal else {},
        refused=refusal.code if refusal and not refusal.fields else "",
    )


ROUTES = [Router("/center/{slug:str}", route_handlers=[move_page, move], exception_handlers=lead_to_sign_in)]
