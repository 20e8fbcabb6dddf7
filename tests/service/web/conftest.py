"""A small app on the web floor, with one page and one machine door of every kind that matters here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
import pytest
from litestar import Litestar, get, post
from litestar.connection import Request
from litestar.params import FromPath, JSONBody
from litestar.response import Template
from litestar.testing import TestClient

from service.errors import Conflict, Full, Gone, Invalid, Missing, TooMany
from service.settings import ServiceSettings
from service.web.forms import form_of, read
from service.web.install import build
from service.web.kinds import Email, Line, Text, Ticked, Zip
from service.web.security import allow_framing, csp_nonce
from service.web.templating import page

AnyRequest = Request[Any, Any, Any]


class SignUp(msgspec.Struct, kw_only=True):
    email: Email
    zip: Zip
    consent: Ticked
    times: Annotated[list[Literal["mon-morning", "tue-evening"]], msgspec.Meta(min_length=1)]
    name: Line | None = None
    words: Text = ""
    born: date | None = None
    size: Annotated[int, msgspec.Meta(ge=1, le=8)] = 1
    quiet: bool = False


class Place(msgspec.Struct, forbid_unknown_fields=True):
    name: Line
    zip: Zip


class Posting(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An activity as a center sends it."""

    title: Line
    capacity: Annotated[int, msgspec.Meta(ge=1, le=10_000)]
    places: list[Place]
    starts_on: date | None = None
    words: list[Line] = []


@post("/f/trial", opt={"cross_site": True}, status_code=200)
async def sign_up(request: AnyRequest) -> Template:
    try:
        wishes = read(await form_of(request), SignUp)
    except Invalid as wrong:
        return page("web/problem.html", request, status_code=422, status=422, detail=str(wrong.fields))
    return page("web/problem.html", request, status=200, detail=wishes.email)


@post("/center/trial", status_code=200)
async def center_form(request: AnyRequest) -> dict[str, list[str]]:
    return {name: [str(value) for value in values] for name, values in (await form_of(request)).items()}


@post("/api/v1/trial")
async def post_activity(data: JSONBody[Posting]) -> Posting:
    return data


@get("/api/v1/trial/{number:int}")
async def one_activity(number: FromPath[int]) -> Posting:
    raise Missing


@get("/refuse/{kind:str}")
async def refuse(kind: FromPath[str]) -> None:
    refusals: dict[str, Exception] = {
        "missing": Missing(),
        "full": Full(),
        "gone": Gone("link_expired"),
        "conflict": Conflict("a_code_nobody_wrote"),
        "many": TooMany(retry_after_s=30),
        "wrong": Invalid(fields={"zip": "zip", "name": "too_long:200"}),
        "slow": TimeoutError("pool"),
        "bug": RuntimeError("row of ana@example.org"),
        "unicode": UnicodeError(),
        "recursion": RecursionError(),
    }
    raise refusals[kind]


@get("/api/v1/refuse/{kind:str}", include_in_schema=False)
async def refuse_machine(kind: FromPath[str]) -> None:
    await refuse.fn(kind)


@get("/me/{link:str}")
async def private(link: FromPath[str], request: AnyRequest) -> Template:
    return page("web/problem.html", request, status=404, detail=link)


@get("/framed", sync_to_thread=False)
def framed(request: AnyRequest) -> str:
    allow_framing(request.scope, ["https://library.example.org", "https://evil.example; script-src *", "javascript:x"])
    return csp_nonce(request.scope)


@get("/page", sync_to_thread=False)
def plain_page(request: AnyRequest) -> Template:
    return page("web/problem.html", request, status=404, detail="fixed")


def trial_app(settings: ServiceSettings) -> Litestar:
    routes = [sign_up, center_form, post_activity, one_activity, refuse, refuse_machine, private, framed, plain_page]
    return build(routes, settings=settings)


@pytest.fixture(scope="session")
def app() -> Litestar:
    return trial_app(ServiceSettings())


@pytest.fixture(scope="session")
def client(app: Litestar) -> Iterator[TestClient[Litestar]]:
    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened
