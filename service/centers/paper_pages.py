"""Paper for a hall without phones: the printed sheet of a date, and the form by which it is typed back in one press."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID, uuid4

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath
from litestar.response import Template

from service.access import NEED_NAMES
from service.centers import paper, roster, store
from service.centers.pages import StaffRequest, at_work, shown, status_of
from service.centers.paper import MARKS, WALK_IN_LINES, TypedMark, TypedSheet
from service.centers.roster_pages import READY_NAMES, page_path, uuid_in
from service.centers.store import Guest
from service.context import app_context
from service.errors import Conflict, Invalid, Missing
from service.organizations.pages import check_token, lead_to_sign_in
from service.registrations.attendance import OPENS_BEFORE
from service.registrations.model import WalkIn
from service.residents.names import LONGEST_NAME
from service.web import forms
from service.web.connection import AnyRequest, AnyResponse
from service.web.form_token import first_text
from service.web.kinds import ONE_LINE
from service.web.templating import say_for, see_other


class WalkInLine(msgspec.Struct):
    """One line of people without a seat; empty lines are left out."""

    key: UUID
    first_name: Annotated[str, msgspec.Meta(max_length=LONGEST_NAME, pattern=ONE_LINE)] | None = None
    people: Annotated[int, msgspec.Meta(ge=1, le=20)] | None = None


@get("/dates/{id:uuid}/sheet", include_in_schema=False)
async def sheet_page(request: AnyRequest, slug: FromPath[str], id: FromPath[UUID]) -> Template:
    """It shows what the roster shows, to be printed or saved as PDF by the browser, which has letters of every script."""
    state, say = app_context(request), say_for(request)
    async with at_work(request, slug) as staff_request:
        read = await roster.read(staff_request.conn, organization_id=staff_request.id, session_id=id, vault=state.vault, now=state.clock())
        return shown(
            request,
            "sheet",
            staff_request,
            roster=read,
            code=paper.sheet_code(id),
            lines=WALK_IN_LINES,
            need_names={code: say(name) for code, name in NEED_NAMES.items()},
            ready_names={code: say(name) for code, name in READY_NAMES.items()},
        )


@get("/sheets", include_in_schema=False)
async def find_sheet(request: AnyRequest, slug: FromPath[str]) -> AnyResponse:
    """`code`: as it stands on the sheet."""
    typed, now = request.query_params.get("code", ""), app_context(request).clock()
    async with at_work(request, slug) as staff_request:
        code = paper.code_in(typed)
        since = now - paper.CODE_GOOD_FOR
        session_id = code and await store.date_by_code(staff_request.conn, organization_id=staff_request.id, code=code, since=since)
        if session_id:
            return see_other(request, f"/center/{slug}/dates/{session_id}/paper")
        return shown(request, "sheets", staff_request, typed_code=typed[:20], unknown=bool(typed))


@get("/dates/{id:uuid}/paper", include_in_schema=False)
async def paper_page(request: AnyRequest, slug: FromPath[str], id: FromPath[UUID]) -> Template:
    async with at_work(request, slug) as staff_request:
        return await _form(request, staff_request, id)


@post("/dates/{id:uuid}/paper", include_in_schema=False, status_code=200)
async def type_sheet(request: AnyRequest, slug: FromPath[str], id: FromPath[UUID]) -> AnyResponse:
    """All of the sheet, or nothing. The same form sent twice is noted once."""
    fields, now = await forms.form_of(request), app_context(request).clock()
    try:
        async with at_work(request, slug) as staff_request:
            check_token(request, fields)
            conn, center_id = staff_request.conn, staff_request.id
            await store.own_date(conn, organization_id=center_id, session_id=id)
            guests = await store.guests(conn, organization_id=center_id, session_ids=[id])
            await paper.note_sheet(conn, _typed_sheet(fields, guests), guests, session_id=id, now=now)
    except (Invalid, Conflict) as refusal:
        async with at_work(request, slug) as staff_request:
            return await _form(request, staff_request, id, refusal=refusal, typed=forms.typed_in(fields))
    return see_other(request, page_path(slug, id), done="saved")


def _typed_sheet(fields: forms.FormData, guests: Sequence[Guest]) -> TypedSheet:
    """Raises Invalid for a line that cannot be, Missing for a mark that is none."""
    marks = []
    for guest in guests:
        after, before = (first_text(fields, f"{name}-{guest.handle}") or "none" for name in ("mark", "before"))
        if {after, before} - MARKS.keys():
            raise Missing
        if f"before-{guest.handle}" in fields:  # whoever took a seat since is on no sheet
            marks.append(TypedMark(handle=guest.handle, before=before, after=after))
    return TypedSheet(marks=marks, walk_ins=_typed_walk_ins(fields))


def _typed_walk_ins(fields: forms.FormData) -> list[WalkIn]:
    walk_ins: list[WalkIn] = []
    wrong: dict[str, str] = {}
    for n in range(1, WALK_IN_LINES + 1):
        line = {name: fields.get(f"{name}_{n}", ()) for name in ("key", "first_name", "people")}
        if not first_text(line, "first_name").strip() and not first_text(line, "people").strip():
            continue
        uuid_in(first_text(line, "key"))
        try:
            typed = forms.read(line, WalkInLine)
            walk_ins.append(WalkIn(key=typed.key, first_name=typed.first_name, people=typed.people or 1))
        except Invalid as refusal:
            wrong |= {f"{name}_{n}": code for name, code in refusal.fields.items()}
    if wrong:
        raise Invalid("invalid", fields=wrong)
    return walk_ins


async def _form(
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
        "paper",
        staff_request,
        status_code=status_of(refusal),
        roster=read,
        opens_at=read.date.starts_at - OPENS_BEFORE,
        marks={row.guest.handle: paper.mark_of(row.guest) for row in read.guests},
        labels=_line_labels(request),
        keys=[uuid4() for _ in range(WALK_IN_LINES)],
        typed=typed or {},
        wrong=refusal.fields if refusal else {},
        refused=refusal.code if refusal and not refusal.fields else "",
    )


def _line_labels(request: AnyRequest) -> dict[str, str]:
    """Names of the fields of people without a seat, for the list of what is wrong."""
    say = say_for(request)
    names = {"first_name": say("First name"), "people": say("How many")}
    return {f"{field}_{n}": f"{label} ({n})" for n in range(1, WALK_IN_LINES + 1) for field, label in names.items()}


ROUTES = [
    Router(
        "/center/{slug:str}",
        route_handlers=[sheet_page, find_sheet, paper_page, type_sheet],
        exception_handlers=lead_to_sign_in,
    )
]
