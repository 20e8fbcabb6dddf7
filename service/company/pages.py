"""The page behind a letter about company: one button ends such letters. Only the button changes anything."""

from __future__ import annotations

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from service.company import actions
from service.context import app_context
from service.residents.actions import standing
from service.tokens import Link, Purpose
from service.web.connection import AnyRequest
from service.web.templating import page, see_other


@get("/company/{token:str}", include_in_schema=False)
async def company_page(request: AnyRequest, token: FromPath[str]) -> Template:
    link = _link(request, token)
    async with app_context(request).db.transaction() as conn:
        resident = await standing(conn, link)
        agreed_to = await actions.agreed_to(conn, link)
    return page("company/company.html", request, language=resident.language, path=f"/company/{token}", agreed_to=agreed_to)


@post("/company/{token:str}", include_in_schema=False, status_code=200)
async def leave(request: AnyRequest, token: FromPath[str]) -> Redirect:
    link = _link(request, token)
    async with app_context(request).db.transaction() as conn:
        await actions.leave(conn, link, now=app_context(request).clock())
    return see_other(request, f"/company/{token}")


def _link(request: AnyRequest, token: str) -> Link:
    link: Link = app_context(request).tokens.read(token, now=app_context(request).clock(), purposes=(Purpose.COMPANY,))
    return link


ROUTES = [company_page, leave]
