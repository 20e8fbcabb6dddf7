"""The thank-you page: whose letter to look for, its code, the letter once more, and a way back to the form."""

from __future__ import annotations

from email.utils import parseaddr

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Template

from service.context import app_context
from service.errors import Invalid, TooMany
from service.forms import actions, waiting
from service.forms.model import Form
from service.residents import confirmation
from service.residents.actions import sign_up_context
from service.residents.allowance import count_code
from service.web import form_token, forms
from service.web.connection import AnyRequest, AnyResponse
from service.web.even_time import evenly
from service.web.framing import frame_if_asked
from service.web.problems import status_of
from service.web.security import allow_framing
from service.web.templating import page, see_other

AGAIN = "again"


def thank(request: AnyRequest, form: Form, *, email: str) -> AnyResponse:
    """On to the page that waits for an address, whatever became of it."""
    state = app_context(request)
    return see_other(request, f"/f/{form.slug}/thanks/{waiting.sealed(state.vault, slug=form.slug, email=email, now=state.clock())}")


@get(["/f/{slug:str}/thanks", "/f/{slug:str}/thanks/{address:str}"], include_in_schema=False)
async def thanks(request: AnyRequest, slug: FromPath[str], address: FromPath[str] = "") -> Template:
    return _page(request, await asked_form(request, slug), address)


@post("/f/{slug:str}/thanks/{address:str}", include_in_schema=False, status_code=200)
async def answer(request: AnyRequest, slug: FromPath[str], address: FromPath[str]) -> Template:
    """do: "again" asks for the letter once more. Else the code of the letter confirms."""
    form, fields = await asked_form(request, slug), await forms.form_of(request)
    state = app_context(request)
    email = waiting.address(state.vault, address, slug=slug, now=state.clock())
    if email is None:
        return _page(request, form, address, is_late=True)
    if form_token.first_text(fields, "do") == AGAIN:
        async with evenly(request, state.settings), state.db.transaction() as conn:
            await confirmation.send_again(conn, sign_up_context(state), email=email, now=state.clock())
        await state.bell.ring("deliver_letters")
        return _page(request, form, address, sent_again=True)
    try:
        async with evenly(request, state.settings):
            await _confirm(request, email, form_token.first_text(fields, "code"))
    except (Invalid, TooMany) as refusal:
        return _page(request, form, address, refusal=refusal, typed=forms.typed_in(fields))
    await state.bell.ring("match_week")
    return page(
        "residents/confirm.html", request, page_languages=form.languages, done=True, recent=True, stopped=False, paused=False, token=""
    )


async def _confirm(request: AnyRequest, email: str, code: str) -> None:
    """Raises Invalid for a wrong code, TooMany."""
    state = app_context(request)
    async with state.db.transaction() as conn:
        await count_code(conn, state.vault, email=email, now=state.clock())
    async with state.db.transaction() as conn:
        await confirmation.confirm_by_code(conn, sign_up_context(state), email=email, typed=code, now=state.clock())


async def asked_form(request: AnyRequest, slug: str) -> Form:
    """The form of an address, which its partner's sites may frame from here on. Raises Missing and Gone."""
    async with app_context(request).db.transaction() as conn:
        form = await actions.find(conn, slug)
    allow_framing(request.scope, form.origins)
    frame_if_asked(request)
    actions.refuse_closed(form)  # after the frame: whoever sees it inside the partner's page must be able to read why
    return form


def _page(
    request: AnyRequest,
    form: Form,
    address: str,
    *,
    refusal: Invalid | TooMany | None = None,
    typed: dict[str, list[str]] | None = None,
    sent_again: bool = False,
    is_late: bool = False,
) -> Template:
    """is_late: something was sent from a page that waits no longer."""
    state = app_context(request)
    shown_page = page(
        "forms/thanks.html",
        request,
        status_code=status_of(refusal) if refusal else 200,
        page_languages=form.languages,
        form=form,
        address=address,
        email=waiting.address(state.vault, address, slug=form.slug, now=state.clock()),
        sender=parseaddr(state.settings.mail_from)[1],
        wrong=dict(refusal.fields) if refusal else {},
        refused=refusal.code if refusal and not refusal.fields else "",
        typed=typed or {},
        sent_again=sent_again,
        is_late=is_late,
    )
    if isinstance(refusal, TooMany):
        shown_page.headers["Retry-After"] = str(refusal.params["retry_after_s"])
    return shown_page


ROUTES = [thanks, answer]
