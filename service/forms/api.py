"""A partner's own program signs people up: the same rule, the same letter and the same answer as the form's page."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody

from service.context import app_context
from service.errors import Invalid, Missing
from service.forms import actions
from service.forms.model import Form
from service.forms.preview import Previewed, PreviewOut, answer
from service.matches.examples import examples
from service.organizations.api import RetryKey, answer_of, api_key, needs, once, transaction
from service.organizations.retries import Answer
from service.residents import actions as residents
from service.residents.actions import sign_up_context
from service.residents.allowance import count_sign_up
from service.residents.model import (
    Consented,
    Language,
    PlainName,
    Point,
    PostalCode,
    Purpose,
    SignUp,
    SignUpSource,
    SpokenLanguage,
    Wishes,
)
from service.web.connection import AnyRequest
from service.web.i18n import say_in
from service.web.kinds import SEVERAL_LINES, Email, ReadFields

OLDEST_CONSENT = timedelta(days=30)
CLOCKS_DIFFER = timedelta(minutes=5)


class GivenConsent(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One purpose that the person agreed to: when, and the very words they were shown, in that language and version."""

    purpose: Purpose
    version: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
    language: SpokenLanguage
    wording: Annotated[str, msgspec.Meta(min_length=10, max_length=2_000, pattern=SEVERAL_LINES)]
    given_at: Annotated[datetime, msgspec.Meta(tz=True)]


class PartnerSignUp(Wishes, kw_only=True, forbid_unknown_fields=True):
    """A sign-up as a partner's program sends it: an address, a ZIP code (or a point) and the consent to the weekly letter are needed."""

    email: Email
    zip: PostalCode = ""
    lat: Point | None = None
    lon: Point | None = None
    name: PlainName = ""
    language: Language = "en"
    consent: Annotated[list[GivenConsent], msgspec.Meta(min_length=1, max_length=6)]

    @classmethod
    def rules(cls, values: ReadFields) -> dict[str, str]:
        return SignUp.rules({**values, "consent": [consent.purpose for consent in values.get("consent", ())]})

    def as_sign_up(self) -> SignUp:
        """The same as from the page."""
        values = msgspec.structs.asdict(self) | {"consent": [consent.purpose for consent in self.consent]}
        return SignUp(**values)


class Received(msgspec.Struct, kw_only=True):
    """The same answer for a new address and a known one. The person finds a letter with a button to confirm."""

    status: Literal["received"] = "received"


class ConsentWords(msgspec.Struct, kw_only=True):
    """The words beside the box of the form."""

    purpose: Purpose
    version: int
    language: str
    wording: str


class DescribedForm(msgspec.Struct, kw_only=True):
    """A partner's form, and the consent it asks for in each of its languages."""

    slug: str
    title: str
    intro: str
    partner: str
    languages: list[str]
    consent: list[ConsentWords]


@get("/api/v1/forms/{form:str}", summary="A form and its consent", tags=["forms"])
async def described(request: AnyRequest, form: FromPath[str]) -> DescribedForm:
    """What a partner shows to people before it signs them up."""
    async with app_context(request).db.transaction() as conn:
        open_form = await actions.find_open(conn, form)
    words = [
        ConsentWords(
            purpose="digest", version=open_form.consent_version, language=language, wording=actions.consent_words(open_form, language)
        )
        for language in open_form.languages
    ]
    same = {name: getattr(open_form, name) for name in ("slug", "title", "intro", "partner", "languages")}
    return DescribedForm(**same, consent=words)


@post(
    "/api/v1/forms/{form:str}/signups",
    **needs("signups:write"),
    status_code=202,
    summary="Sign a person up",
    tags=["forms"],
)
async def signed_up(
    request: AnyRequest, form: FromPath[str], data: JSONBody[PartnerSignUp], idempotency_key: RetryKey = None
) -> Response[Received]:
    """The person gets one letter and is a resident once they press its button. Nothing here tells whether the address was known."""
    state = app_context(request)

    async def make() -> Answer:
        await count_sign_up(conn, state.vault, form=partner_form.slug, block=None, now=state.clock())
        source = SignUpSource(
            form_id=partner_form.id, organization_id=partner_form.organization_id, partner=partner_form.partner, source="api"
        )
        consents = _consents(data.consent, state.clock())
        await residents.sign_up(
            conn, sign_up_context(state), submission=data.as_sign_up(), source=source, consents=consents, now=state.clock()
        )
        return answer_of(Received(), status=202)

    partner_form = await _own(request, form)
    async with transaction(request) as conn:
        response = await once(request, conn, idempotency_key, make)
    await state.bell.ring("deliver_letters")
    return response


@post("/api/v1/preview", status_code=200, summary="Examples before a sign-up", tags=["forms"])
async def previewed(request: AnyRequest, data: JSONBody[Previewed]) -> PreviewOut:
    """Real sessions for these wishes and this place, with the reasons. No key, no address, and nothing is kept."""
    state = app_context(request)
    state.preview_limit.pass_through(request, now=state.clock())
    preview = await examples(state.db, request.app.state.region_previews, state.places, wishes=data, now=state.clock())
    return answer(preview, say_in(data.language), state.settings.base_url)


async def _own(request: AnyRequest, slug: str) -> Form:
    """Raises Missing: another partner's form looks as if it were not there."""
    async with transaction(request) as conn:
        form = await actions.find_open(conn, slug)
    if form.organization_id != api_key(request).organization_id:
        raise Missing
    return form


def _consents(given: list[GivenConsent], now: datetime) -> list[Consented]:
    """Raises Invalid for a consent of tomorrow, or one so old that nobody remembers it."""
    wrong = {
        f"consent/{place}/given_at": "consent_time"
        for place, consent in enumerate(given)
        if not now - OLDEST_CONSENT <= consent.given_at <= now + CLOCKS_DIFFER
    }
    if wrong:
        raise Invalid(fields=wrong)
    return [
        Consented(
            purpose=consent.purpose,
            version=consent.version,
            language=consent.language,
            wording=consent.wording,
            given_at=min(consent.given_at, now),
        )
        for consent in given
    ]


ROUTES = [described, signed_up, previewed]
