"""The five pages behind the set-up link. A GET changes nothing; each post saves its page, and the link leads to the first that is open."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, NamedTuple

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from service.context import app_context
from service.crypto import hash_secret
from service.errors import Conflict, Gone, Invalid, Missing, Refusal
from service.forms.embedding import ways
from service.mail import store as mail
from service.mail.model import Fate
from service.organizations import pages as sign_in
from service.residents.actions import place_faults
from service.set_up import actions, dns
from service.set_up.actions import SetUp
from service.set_up.model import STEPS, CenterStep, PartnerStep, Step, TestLetter, TownStep
from service.set_up.review import Review, review_of, typed_of
from service.web import form_token, forms
from service.web.connection import AnyRequest, AnyResponse
from service.web.i18n import NAMES, mark
from service.web.sentences import sentence_for
from service.web.templating import language_of, page, say_for, see_other

PURPOSE = "set-up"
PATIENCE_S, LOOK_AGAIN_S = 4.0, 0.2  # how long a page waits for its test letter, and between looks
STEP_NAMES = {
    "town": mark("Town"),
    "sender": mark("Letters"),
    "center": mark("Center"),
    "partner": mark("Partner"),
    "review": mark("Review"),
}


class SetUpPage(NamedTuple):
    """A page that is filled in: what it asks, and what saves it."""

    struct: type[msgspec.Struct]
    save: Callable[[SetUp, Any], Awaitable[None]]


PAGES: dict[Step, SetUpPage] = {
    "town": SetUpPage(TownStep, actions.save_town),
    "center": SetUpPage(CenterStep, actions.save_center),
    "partner": SetUpPage(PartnerStep, actions.save_partner),
}


@asynccontextmanager
async def opened(request: AnyRequest) -> AsyncIterator[SetUp]:
    """One transaction that presented the link. Raises Missing, Gone."""
    state, secret = app_context(request), request.path_params["secret"]
    async with state.db.transaction() as conn:
        progress = await actions.look(conn, secret=secret, now=state.clock())
        yield SetUp(conn, hash_secret(secret), progress, state.places, state.vault, state.clock())


def _base(request: AnyRequest) -> str:
    return f"/set-up/{request.path_params['secret']}"


def _nonce(request: AnyRequest) -> str:
    return hash_secret(request.path_params["secret"]).hex()[:24]


def _token(request: AnyRequest) -> str:
    state = app_context(request)
    return str(state.form_tokens.mint(PURPOSE, nonce=_nonce(request), now=state.clock() - form_token.QUICKEST))


def _check_token(request: AnyRequest, fields: Mapping[str, Sequence[object]]) -> None:
    """Raises Invalid for the token of another link or none, and after two hours."""
    state = app_context(request)
    ticket = state.form_tokens.read(PURPOSE, form_token.first_text(fields, form_token.FIELD), now=state.clock())
    if not hmac.compare_digest(ticket.nonce, _nonce(request)):
        raise Invalid("form_forged")


def _shown(request: AnyRequest, step: Step, set_up: SetUp, *, refusal: Invalid | Conflict | None = None, **context: object) -> Template:
    say = say_for(request)
    refused = refusal if refusal and not refusal.fields else None
    return page(
        f"set_up/{step}.html",
        request,
        status_code=422 if isinstance(refusal, Invalid) else 409 if refusal else 200,
        step=step,
        number=STEPS.index(step) + 1,
        steps=[(name, say(STEP_NAMES[name]), set_up.progress.may_open(name)) for name in STEPS],
        base=_base(request),
        token=_token(request),
        wrong=refusal.fields if refusal else {},
        refused=sentence_for(refused.code, say, params=refused.params) if refused else "",
        languages=list(NAMES.items()),
        more=context,
    )


@get("/", include_in_schema=False)
async def first(request: AnyRequest) -> Redirect:
    return await _onward(request)


async def _onward(request: AnyRequest) -> Redirect:
    """To the first page that is not saved yet."""
    async with opened(request) as set_up:
        return see_other(request, f"{_base(request)}/{set_up.progress.first_open}")


# The pages that are filled in


@get("/{step:str}", include_in_schema=False)
async def asked(request: AnyRequest, step: FromPath[str]) -> AnyResponse:
    name = _named(step)
    async with opened(request) as set_up:
        if not set_up.progress.may_open(name):
            return see_other(request, f"{_base(request)}/{set_up.progress.first_open}")
        return await _asked(request, name, set_up)


async def _asked(
    request: AnyRequest,
    step: Step,
    set_up: SetUp,
    *,
    typed: dict[str, list[str]] | None = None,
    refusal: Invalid | Conflict | None = None,
) -> Template:
    stored = await review_of(set_up)
    shown = typed_of(stored, step) if typed is None else {"languages": [], **typed}
    return _shown(request, step, set_up, refusal=refusal, typed=shown, stored=stored)


@post("/{step:str}", include_in_schema=False, status_code=200)
async def saved(request: AnyRequest, step: FromPath[str]) -> AnyResponse:
    """Saved as it is sent, or shown again with every fault named and nothing lost."""
    name, fields = _named(step), await forms.form_of(request)
    try:
        async with opened(request) as set_up:
            _check_token(request, fields)
            if not set_up.progress.may_open(name):
                raise Missing
            answers = forms.read(fields, PAGES[name].struct, also=partial(place_faults, set_up.places))
            await PAGES[name].save(set_up, answers)
    except (Invalid, Conflict) as refusal:
        async with opened(request) as set_up:
            return await _asked(request, name, set_up, typed=forms.typed_in(fields), refusal=refusal)
    return await _onward(request)


def _named(step: str) -> Step:
    """Raises Missing for a page that is not filled in."""
    name = next((name for name in PAGES if name == step), None)
    if name is None:
        raise Missing
    return name


# Letters


@get("/sender", include_in_schema=False)
async def sender_page(request: AnyRequest) -> AnyResponse:
    async with opened(request) as set_up:
        if not set_up.progress.may_open("sender"):
            return see_other(request, f"{_base(request)}/{set_up.progress.first_open}")
        return await _sender(request, set_up)


async def _sender(
    request: AnyRequest, set_up: SetUp, *, typed: dict[str, list[str]] | None = None, refusal: Invalid | None = None
) -> Template:
    stored, settings = await review_of(set_up), app_context(request).settings
    return _shown(
        request,
        "sender",
        set_up,
        refusal=refusal,
        typed=typed or {"to": [stored.operator.emails[0]] if stored.operator else [""]},
        outlook=dns.outlook(settings),
        fate=await _fate(set_up),
        zone=stored.operator.place.zone if stored.operator else "UTC",
    )


async def _fate(set_up: SetUp) -> Fate | None:
    """What has become of the test letter."""
    if set_up.progress.test_letter_id is None:
        return None
    await set_up.see(set_up.progress.operator_id)
    return await mail.fate(set_up.conn, set_up.progress.test_letter_id)


@post("/sender", include_in_schema=False, status_code=200)
async def sender_passed(request: AnyRequest) -> AnyResponse:
    fields = await forms.form_of(request)
    async with opened(request) as set_up:
        _check_token(request, fields)
        if not set_up.progress.may_open("sender"):
            raise Missing
        await actions.pass_sender(set_up)
    return await _onward(request)


@post("/sender/test", include_in_schema=False, status_code=200)
async def test_sent(request: AnyRequest) -> AnyResponse:
    """Waits a moment for what becomes of the letter, so that the page can say it."""
    fields, state = await forms.form_of(request), app_context(request)
    try:
        async with opened(request) as set_up:
            _check_token(request, fields)
            if not set_up.progress.may_open("sender"):
                raise Missing
            state.test_letters.pass_through(request, now=state.clock())
            await actions.send_test_letter(set_up, to=forms.read(fields, TestLetter).to, language=language_of(request))
    except Invalid as refusal:
        async with opened(request) as set_up:
            return await _sender(request, set_up, typed=forms.typed_in(fields), refusal=refusal)
    await state.bell.ring("deliver_letters")
    await _wait_for_the_letter(request)
    return see_other(request, f"{_base(request)}/sender")


async def _wait_for_the_letter(request: AnyRequest) -> None:
    for _ in range(int(PATIENCE_S / LOOK_AGAIN_S)):
        async with opened(request) as set_up:
            fate = await _fate(set_up)
        if fate is None or fate.state not in ("pending", "leased", "sending") or fate.last_error:
            return
        await asyncio.sleep(LOOK_AGAIN_S)


# Review


@get("/review", include_in_schema=False)
async def review_page(request: AnyRequest) -> AnyResponse:
    async with opened(request) as set_up:
        if set_up.progress.first_open != "review":
            return see_other(request, f"{_base(request)}/{set_up.progress.first_open}")
        stored: Review = await review_of(set_up)
        settings = app_context(request).settings
        return _shown(
            request,
            "review",
            set_up,
            stored=stored,
            outlook=dns.outlook(settings),
            address=settings.base_url,
            form_languages=", ".join(NAMES[language] for language in stored.form.languages) if stored.form else "",
            ways=ways(stored.form, base_url=settings.base_url, say=say_for(request)) if stored.form else [],
        )


@post("/finish", include_in_schema=False, status_code=200)
async def finished(request: AnyRequest) -> AnyResponse:
    """The link is used up, invitations leave, and whoever pressed is signed in as the operator."""
    fields, state = await forms.form_of(request), app_context(request)
    async with opened(request) as set_up:
        _check_token(request, fields)
        session = await actions.finish(set_up, base_url=state.settings.base_url, language=language_of(request))
    await state.bell.ring("deliver_letters")
    return sign_in.opened(request, session)


def _over(request: AnyRequest, refusal: Refusal) -> Template:
    """An old link explains itself."""
    status = 410 if isinstance(refusal, Gone) else 404
    return page("set_up/over.html", request, status_code=status, code=refusal.code)


ROUTES = [
    Router(
        "/set-up/{secret:str}",
        route_handlers=[first, sender_page, sender_passed, test_sent, review_page, finished, asked, saved],
        exception_handlers={Gone: _over, Missing: _over},
    )
]
