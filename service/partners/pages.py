"""A partner's page: its forms, and the link to put on its own site."""

from __future__ import annotations

from litestar import get
from litestar.params import FromPath
from litestar.response import Template

from service.context import app_context
from service.errors import Missing
from service.organizations import store as organizations
from service.organizations.pages import lead_to_sign_in, signed_in
from service.outcomes import confirmations, return_counts
from service.partners import store
from service.web.connection import AnyRequest
from service.web.i18n import NAMES
from service.web.templating import page


@get("/partner/{slug:str}", include_in_schema=False, exception_handlers=lead_to_sign_in)
async def overview(request: AnyRequest, slug: FromPath[str]) -> Template:
    """Raises Missing at a partner that is not theirs, as at one that is not there."""
    async with app_context(request).db.transaction() as conn:
        staff = await signed_in(request, conn)
        partner = await organizations.by_id(conn, staff.organization_id)
        if partner is None or partner.kind != "partner" or partner.slug != slug:
            raise Missing
        forms = await store.own_forms(conn, organization_id=partner.id)
        counts = await return_counts.counts_of(conn, organization_id=partner.id)
        confirmed = await confirmations.confirmations_of(conn, organization_id=partner.id, now=app_context(request).clock())
    return page(
        "partners/overview.html",
        request,
        partner=partner,
        forms=forms,
        counts=counts,
        confirmations=confirmed,
        language_names=NAMES,
        base=app_context(request).settings.base_url,
        may_manage=staff.may("owner"),
    )


ROUTES = [overview]
