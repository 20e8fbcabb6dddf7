"""The hosted form and its thank-you page."""

from __future__ import annotations

import secrets
from functools import partial
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from service.errors import Invalid
from service.forms import actions
from service.forms.model import Form
from service.forms.preview import Previewed
from service.forms.preview import offered as offered_topics
from service.forms.preview import shown as shown_words
from service.interests.words import did_you_mean
from service.matches.examples import examples
from service.residents import actions as residents
from service.residents.choices import offered
from service.residents.model import Door, SignUp
from service.web import form_token, forms
from service.web.security import allow_framing
from service.web.templating import language_of, page, say_for

AnyRequest = Request[Any, Any, Any]
PURPOSE = "sign-up"
PREVIEW = "preview"


@get("/f/{slug:str}", include_in_schema=False)
async def shown(request: AnyRequest, slug: FromPath[str]) -> Template:
    form = await _form(request, slug)
    return _page(request, form)


@post("/f/{slug:str}", include_in_schema=False, status_code=200, opt={"cross_site": True})
async def sent(request: AnyRequest, slug: FromPath[str]) -> Response[Any]:
    """A post from the partner's own page brings no token of ours: it is shown once more, filled in, and taken on the second press."""
    form = await _form(request, slug)
    fields = await forms.form_of(request)
    state = request.app.state
    if form_token.is_robot(fields):
        return _thanks(form)
    if form_token.first_text(fields, "do") == PREVIEW:
        return await _preview(request, form, fields)
    try:
        said = forms.read(fields, SignUp, also=partial(residents.place_faults, state.desk.places))
        state.form_tokens.read(PURPOSE, form_token.first_text(fields, form_token.FIELD), now=state.clock())
        door = Door(form_id=form.id, organization_id=form.organization_id, source="form")
        async with state.db.work() as conn:
            await residents.sign_up(conn, state.desk, said=said, door=door, consents=actions.consents(form, said), now=state.clock())
    except Invalid as refusal:
        return _page(request, form, refusal=refusal, typed=forms.typed_in(fields))
    await state.bell.ring("deliver_letters")
    return _thanks(form)


@get("/f/{slug:str}/thanks", include_in_schema=False)
async def thanks(request: AnyRequest, slug: FromPath[str]) -> Template:
    return page("forms/thanks.html", request, form=await _form(request, slug))


async def _preview(request: AnyRequest, form: Form, fields: forms.FormData) -> Template:
    """Examples for what was typed so far. Everything stays in the form, and nothing in the database."""
    state = request.app.state
    state.preview_door.pass_through(request, now=state.clock())
    try:
        said = forms.read(fields, Previewed, also=partial(residents.place_faults, state.desk.places))
    except Invalid as refusal:
        return _page(request, form, refusal=refusal, typed=forms.typed_in(fields))
    found = await examples(state.db, state.offers, state.desk.places, said=said, now=state.clock())
    return _page(request, form, typed=forms.typed_in(fields), preview=shown_words(found, say_for(request)))


async def _form(request: AnyRequest, slug: str) -> Form:
    async with request.app.state.db.work() as conn:
        form = await actions.find(conn, slug)
    allow_framing(request.scope, form.origins)
    return form


def _thanks(form: Form) -> Response[Any]:
    return Redirect(f"/f/{form.slug}/thanks", status_code=303)


def _page(
    request: AnyRequest,
    form: Form,
    *,
    refusal: Invalid | None = None,
    typed: dict[str, list[str]] | None = None,
    preview: dict[str, Any] | None = None,
) -> Template:
    """preview: examples in words. Words that are not clear are asked back on every page that comes back."""
    state, say = request.app.state, say_for(request)
    words = (typed or {}).get("words", [""])[0][:500]
    return page(
        "forms/form.html",
        request,
        status_code=422 if refusal else 200,
        form=form,
        typed=typed or {},
        wrong=dict(refusal.fields) if refusal else {},
        refused=refusal.code if refusal and not refusal.fields else "",
        token=state.form_tokens.mint(PURPOSE, nonce=secrets.token_urlsafe(9), now=state.clock()),
        language=language_of(request),
        consent=actions.consent_words(form, language_of(request)),
        preview=preview,
        meant=offered_topics(did_you_mean(words), say),
        **offered(say),
    )


ROUTES = [shown, sent, thanks]
