"""The hosted form."""

from __future__ import annotations

import secrets
from functools import partial

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Template

from service.context import app_context
from service.errors import Invalid, TooMany
from service.forms import actions, embed_pages, embedding
from service.forms.model import Form
from service.forms.preview import Previewed, names_of
from service.forms.preview import offered as offered_topics
from service.forms.preview import shown as shown_words
from service.forms.thanks_pages import asked_form, thank
from service.interests.words import did_you_mean, topics_of, turned_down
from service.matches.examples import examples
from service.residents import actions as residents
from service.residents.actions import sign_up_context
from service.residents.allowance import count_sign_up
from service.residents.choices import offered
from service.residents.model import SignUp, SignUpSource, Source
from service.web import form_token, forms
from service.web.client_address import address_block, client_address
from service.web.connection import AnyRequest, AnyResponse
from service.web.email_address import likely_meant
from service.web.even_time import evenly, is_private
from service.web.framing import is_framed
from service.web.problems import status_of
from service.web.templating import page, say_for

PURPOSE = "sign-up"
PREVIEW, ENTER = "preview", "enter"
MEANT, SURE = "meant", "sure"  # answers to "did you mean this address?"


@get("/f/{slug:str}", include_in_schema=False)
async def shown(request: AnyRequest, slug: FromPath[str]) -> AnyResponse:
    """The form, or with ".js" after its name the script that shows it elsewhere: a path has one blank between two slashes."""
    if slug.endswith(embedding.SCRIPT):
        return await embed_pages.script(request, slug.removesuffix(embedding.SCRIPT))
    form = await asked_form(request, slug)
    return _page(request, form)


@post("/f/{slug:str}", include_in_schema=False, status_code=200, opt={"cross_site": True})
async def sent(request: AnyRequest, slug: FromPath[str]) -> AnyResponse:
    """A post from the partner's own page brings no token of ours: it is shown once more, filled in, and taken on the second press."""
    form = await asked_form(request, slug)
    fields = await forms.form_of(request)
    state = app_context(request)
    if form_token.is_robot(fields):
        return thank(request, form, email=form_token.first_text(fields, "email")[:254])
    if _asks_for_examples(fields):
        return await _preview(request, form, fields)
    if form_token.FIELD not in fields:
        return _page(request, form, typed=forms.typed_in(fields))
    fields = _with_meant(fields)
    try:
        submission = forms.read(fields, SignUp, also=partial(residents.place_faults, state.places))
        if (meant := likely_meant(submission.email)) and form_token.first_text(fields, SURE) != submission.email:
            return _page(request, form, typed=forms.typed_in(fields), email_asked=(submission.email, meant))
        async with evenly(request, state.settings):
            await _sign_up(request, form, submission, form_token.first_text(fields, form_token.FIELD))
    except (Invalid, TooMany) as refusal:
        return _page(request, form, refusal=refusal, typed=forms.typed_in(fields))
    await state.bell.ring("deliver_letters")
    return thank(request, form, email=submission.email)


def _asks_for_examples(fields: forms.FormData) -> bool:
    """Enter presses the form's first button, which stands for both others: without an address it can only mean a look."""
    pressed = form_token.first_text(fields, "do")
    return pressed == PREVIEW or (pressed == ENTER and not form_token.first_text(fields, "email").strip() and not fields.get("consent"))


def _with_meant(fields: dict[str, list[object]]) -> dict[str, list[object]]:
    """What was typed, with the address that the person said they meant; one that was changed since the question stays."""
    typed = form_token.first_text(fields, "email")
    asked = form_token.first_text(fields, "do") == MEANT and typed.lower() == form_token.first_text(fields, SURE).lower()
    meant = likely_meant(typed) if asked else None
    return fields | {"email": [meant]} if meant else fields


async def _sign_up(request: AnyRequest, form: Form, submission: SignUp, token: str) -> None:
    """Raises Invalid for a token that is not good (any more), TooMany."""
    state, now = app_context(request), app_context(request).clock()
    ticket = state.form_tokens.read(PURPOSE, token, now=now)
    if not is_private(request, state.settings):
        async with state.db.transaction() as conn:
            await count_sign_up(conn, state.vault, form=form.slug, block=address_block(client_address(request)), now=now)
    way: Source = "embedded" if is_framed(request) else "form"
    source = SignUpSource(form_id=form.id, organization_id=form.organization_id, partner=form.partner, source=way)
    async with state.db.transaction() as conn:
        if await actions.use_once(conn, ticket, email_index=state.vault.index(submission.email)):
            await residents.sign_up(
                conn, sign_up_context(state), submission=submission, source=source, consents=actions.consents(form, submission), now=now
            )


async def _preview(request: AnyRequest, form: Form, fields: forms.FormData) -> Template:
    """Examples for what was typed so far. Everything stays in the form, and nothing in the database."""
    state = app_context(request)
    state.preview_limit.pass_through(request, now=state.clock())
    try:
        submission = forms.read(fields, Previewed, also=partial(residents.place_faults, state.places))
    except Invalid as refusal:
        return _page(request, form, refusal=refusal, typed=forms.typed_in(fields))
    preview = await examples(state.db, request.app.state.region_previews, state.places, wishes=submission, now=state.clock())
    return _page(request, form, typed=forms.typed_in(fields), preview=shown_words(preview, say_for(request, offered=form.languages)))


def _page(
    request: AnyRequest,
    form: Form,
    *,
    refusal: Invalid | TooMany | None = None,
    typed: dict[str, list[str]] | None = None,
    preview: dict[str, object] | None = None,
    email_asked: tuple[str, str] | None = None,
) -> Template:
    """preview: examples in words. Words that are not clear are asked back on every page that comes back.

    email_asked: an address that looks like a slip, as it was typed and as it was probably meant.
    """
    state, say = app_context(request), say_for(request, offered=form.languages)
    words = (typed or {}).get("words", [""])[0][:500]
    shown_page = page(
        "forms/form.html",
        request,
        status_code=status_of(refusal) if refusal else 200,
        page_languages=form.languages,
        form=form,
        typed=typed or {},
        wrong=dict(refusal.fields) if refusal else {},
        refused=refusal.code if refusal and not refusal.fields else "",
        token=state.form_tokens.mint(PURPOSE, nonce=secrets.token_urlsafe(9), now=state.clock()),
        language=say.language,
        consent=actions.consent_words(form, say.language),
        preview=preview,
        email_asked=email_asked,
        meant=offered_topics(did_you_mean(words), say),
        read_wishes=names_of([guess.code for guess in topics_of(words)], say),
        read_refusals=names_of(turned_down(words), say),
        more=offered(say),
    )
    if isinstance(refusal, TooMany):
        shown_page.headers["Retry-After"] = str(refusal.params["retry_after_s"])
    return shown_page


ROUTES = [shown, sent]
