"""The page behind a letter's link for small changes. A GET shows three buttons, the same to everybody, and changes nothing."""

from __future__ import annotations

from typing import get_args

import msgspec
from litestar import get, post
from litestar.params import FromPath
from litestar.response import Template

from service.context import app_context
from service.errors import Missing
from service.residents import preferences, small_changes
from service.residents.actions import sign_up_context
from service.residents.model import Resident, SmallChangeKind
from service.residents.small_changes import TAKE_BACK, Result
from service.tokens import Link, Purpose
from service.web import form_token, forms
from service.web.connection import AnyRequest
from service.web.templating import page


@get("/change/{token:str}", include_in_schema=False)
async def small_change_page(request: AnyRequest, token: FromPath[str]) -> Template:
    """Says nothing of what is on record, nor of what was pressed before: letters are forwarded."""
    state, link = app_context(request), _link(request, token)
    async with state.db.transaction() as conn:
        record = await preferences.known(conn, sign_up_context(state), link)
    return _page(request, record.resident, token)


@post("/change/{token:str}", include_in_schema=False, status_code=200)
async def make_small_change(request: AnyRequest, token: FromPath[str]) -> Template:
    """do, or undo: evenings, nearer, fewer, or same_faces, whose button stands beside the reason. Raises Missing for anything else."""
    state, link = app_context(request), _link(request, token)
    fields = await forms.form_of(request)
    wish = "undo" if form_token.first_text(fields, "undo") else "do"
    kind = _kind(form_token.first_text(fields, wish))
    act = small_changes.take_back if wish == "undo" else small_changes.press
    async with state.db.transaction() as conn:
        result = await act(conn, sign_up_context(state), link, kind=kind, now=state.clock())
        record = await preferences.known(conn, sign_up_context(state), link)
    return _page(request, record.resident, token, kind=kind, result=result)


def _page(
    request: AnyRequest, resident: Resident, token: str, *, kind: SmallChangeKind | None = None, result: Result | None = None
) -> Template:
    """kind, result: of the button that was just pressed; None: none was."""
    stop_token = app_context(request).tokens.mint(Purpose.STOP, resident_id=resident.id, epoch=resident.link_epoch)
    return page(
        "residents/change.html",
        request,
        language=resident.language,
        token=token,
        stop_token=stop_token,
        stopped=resident.status == "stopped",
        kind=kind,
        outcome=result.outcome if result else "",
        may_take_back=result is not None and result.may_take_back,
        days=TAKE_BACK.days,
    )


def _kind(text: str) -> SmallChangeKind:
    if text not in get_args(SmallChangeKind):
        raise Missing
    kind: SmallChangeKind = msgspec.convert(text, SmallChangeKind)
    return kind


def _link(request: AnyRequest, token: str) -> Link:
    return app_context(request).tokens.read(token, now=app_context(request).clock(), purposes=(Purpose.CHANGE,))


ROUTES = [small_change_page, make_small_change]
