"""The pages of today: which dates take place, who comes to one, and the buttons that note who came. Hosts may press them, too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID, uuid4

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from service.access import NEED_NAMES
from service.centers import host_links, roster
from service.centers.pages import StaffRequest, at_work, shown, status_of
from service.centers.roster import Roster
from service.context import app_context
from service.errors import Conflict, Invalid, Missing
from service.organizations.pages import check_token, lead_to_sign_in
from service.registrations import attendance, center_messages, out_of_order
from service.registrations.model import WalkIn
from service.registrations.waiting import is_too_late
from service.residents.names import LONGEST_NAME
from service.web import forms
from service.web.connection import AnyRequest, AnyResponse
from service.web.form_token import first_text
from service.web.kinds import ONE_LINE
from service.web.templating import say_for, see_other
from service.web.visible import visible_line

Change = Callable[..., Awaitable[object]]
MARKS: dict[str, Change] = {
    "came": attendance.mark_attended,
    "missed": attendance.mark_missed,
    "back": attendance.take_back,
}
# What to have ready where a number would be plain: there is one guest.
READY_NAMES = {
    "step_free": "Please have the way without steps ready.",
    "wheelchair": "Please have room for a wheelchair ready.",
    "hearing_loop": "Please have the hearing loop ready.",
    "seated": "Please have a chair ready, and something that can be done sitting down.",
    "quiet": "Please have a quiet place ready.",
    "carer": "Please have room for a carer ready.",
    "late": "Please let people in who arrive late.",
}


class WalkInFields(msgspec.Struct):
    """first_name: empty where people are only counted. key: made with the form, so that the same form sent twice counts once."""

    key: UUID
    first_name: Annotated[str, msgspec.Meta(max_length=LONGEST_NAME, pattern=ONE_LINE)] | None = None
    people: Annotated[int, msgspec.Meta(ge=1, le=20)] = 1


@get("/today", include_in_schema=False)
async def today_page(request: AnyRequest, slug: FromPath[str]) -> Template:
    now = app_context(request).clock()
    async with at_work(request, slug) as staff_request:
        days = await roster.coming_days(staff_request.conn, organization_id=staff_request.id, zone=staff_request.center.zone, now=now)
        return shown(request, "today", staff_request, days=days, now=now)


@get("/dates/{id:uuid}/roster", include_in_schema=False)
async def roster_page(request: AnyRequest, slug: FromPath[str], id: FromPath[UUID]) -> Template:
    async with at_work(request, slug) as staff_request:
        return await _roster(request, staff_request, id)


@post("/dates/{id:uuid}/roster", include_in_schema=False, status_code=200)
async def mark(request: AnyRequest, slug: FromPath[str], id: FromPath[UUID]) -> AnyResponse:
    """`guest`: the seat's handle; `mark`: came, missed or back. The same again changes nothing."""
    fields, now = await forms.form_of(request), app_context(request).clock()
    change, handle = pressed_mark(fields)
    try:
        async with at_work(request, slug) as staff_request:
            check_token(request, fields)
            await change(staff_request.conn, session_id=id, handle=handle, now=now)
    except (Invalid, Conflict) as refusal:
        return await _refused(request, slug, id, refusal)
    return back(request, page_path(slug, id), f"guest-{handle}")


@post("/dates/{id:uuid}/walk-ins", include_in_schema=False, status_code=200)
async def note_walk_in(request: AnyRequest, slug: FromPath[str], id: FromPath[UUID]) -> AnyResponse:
    fields, now = await forms.form_of(request), app_context(request).clock()
    try:
        async with at_work(request, slug) as staff_request:
            check_token(request, fields)
            await attendance.note_walk_in(staff_request.conn, typed_walk_in(fields), session_id=id, now=now)
    except (Invalid, Conflict) as refusal:
        return await _refused(request, slug, id, refusal, typed=forms.typed_in(fields))
    return back(request, page_path(slug, id), "walk-ins")


@post("/dates/{id:uuid}/walk-ins/remove", include_in_schema=False, status_code=200)
async def remove_walk_in(request: AnyRequest, slug: FromPath[str], id: FromPath[UUID]) -> AnyResponse:
    """`key`: of the note that was wrong."""
    fields, now = await forms.form_of(request), app_context(request).clock()
    key = uuid_in(first_text(fields, "key"))
    try:
        async with at_work(request, slug) as staff_request:
            check_token(request, fields)
            await attendance.remove_walk_in(staff_request.conn, session_id=id, key=key, now=now)
    except (Invalid, Conflict) as refusal:
        return await _refused(request, slug, id, refusal)
    return back(request, page_path(slug, id), "walk-ins")


@post("/dates/{id:uuid}/waiting", include_in_schema=False, status_code=200)
async def put_first(request: AnyRequest, slug: FromPath[str], id: FromPath[UUID]) -> AnyResponse:
    """`waiting`: the handle of who waits; `reason`: why they are served before those who wait longer."""
    fields, context = await forms.form_of(request), app_context(request)
    handle, reason = uuid_in(first_text(fields, "waiting")), visible_line(first_text(fields, "reason"))
    try:
        async with at_work(request, slug, edit=True) as staff_request:
            check_token(request, fields)
            await out_of_order.put_first(staff_request.conn, session_id=id, handle=handle, reason=reason, now=context.clock())
    except (Invalid, Conflict) as refusal:
        return await _refused(request, slug, id, refusal, typed=forms.typed_in(fields))
    await context.bell.ring("pass_seats_on")
    return back(request, page_path(slug, id), "waiting-list")


async def _roster(
    request: AnyRequest,
    staff_request: StaffRequest,
    id: UUID,
    *,
    refusal: Invalid | Conflict | None = None,
    typed: dict[str, list[str]] | None = None,
) -> Template:
    state = app_context(request)
    read = await roster.read(staff_request.conn, organization_id=staff_request.id, session_id=id, vault=state.vault, now=state.clock())
    return shown(
        request,
        "roster",
        staff_request,
        status_code=status_of(refusal),
        page_path=page_path(staff_request.center.slug, id),
        is_host=False,
        queue=staff_request.center.slug,
        walk_ins_path=f"/center/{staff_request.center.slug}/dates/{id}/walk-ins",
        may_write=staff_request.may_edit and center_messages.is_open(read.date.state, read.date.ends_at, now=state.clock()),
        may_have_host_link=host_links.may_have(read.date, now=state.clock()),
        offers_end=is_too_late(read.date.starts_at, state.clock()),
        **roster_context(request, read, refusal=refusal, typed=typed),
    )


def roster_context(
    request: AnyRequest, read: Roster, *, refusal: Invalid | Conflict | None, typed: dict[str, list[str]] | None
) -> dict[str, object]:
    """What `roster_body.html` shows, whoever looks. typed: the form of a walk-in that came back."""
    say = say_for(request)
    return {
        "roster": read,
        "opens_at": read.date.starts_at - attendance.OPENS_BEFORE,
        "need_names": {code: say(name) for code, name in NEED_NAMES.items()},
        "ready_names": {code: say(name) for code, name in READY_NAMES.items()},
        "key": uuid4(),
        "typed": typed or {},
        "wrong": refusal.fields if refusal else {},
        "refused": refusal.code if refusal and not refusal.fields else "",
    }


async def _refused(
    request: AnyRequest, slug: str, id: UUID, refusal: Invalid | Conflict, *, typed: dict[str, list[str]] | None = None
) -> Template:
    async with at_work(request, slug) as staff_request:
        return await _roster(request, staff_request, id, refusal=refusal, typed=typed)


def page_path(slug: str, id: UUID) -> str:
    return f"/center/{slug}/dates/{id}/roster"


def back(request: AnyRequest, path: str, place: str) -> Redirect:
    """To the place on the page where the button was pressed: a long roster does not begin at its head again."""
    return Redirect(f"{see_other(request, path).url}#{place}", status_code=303)


def pressed_mark(fields: forms.FormData) -> tuple[Change, UUID]:
    """What a press of a guest's button does, and the seat's handle. Raises Missing for what is no such press."""
    change = MARKS.get(first_text(fields, "mark"))
    if change is None:
        raise Missing
    return change, uuid_in(first_text(fields, "guest"))


def typed_walk_in(fields: forms.FormData) -> WalkIn:
    """Raises Invalid."""
    typed = forms.read(fields, WalkInFields)
    return WalkIn(key=typed.key, first_name=typed.first_name, people=typed.people)


def uuid_in(text: str) -> UUID:
    """Raises Missing for any other text."""
    try:
        return UUID(text)
    except ValueError:
        raise Missing from None


ROUTES = [
    Router(
        "/center/{slug:str}",
        route_handlers=[today_page, roster_page, mark, note_walk_in, remove_walk_in, put_first],
        exception_handlers=lead_to_sign_in,
    )
]
