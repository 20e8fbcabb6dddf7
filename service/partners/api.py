"""The partner API: how many people confirmed and came back, in numbers that point at nobody."""

from __future__ import annotations

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from service.context import app_context
from service.organizations.api import needs, require_api_key, transaction
from service.outcomes import confirmations, return_counts
from service.outcomes.confirmations import ConfirmationCount
from service.outcomes.return_counts import ReturnCount
from service.web.connection import AnyRequest


class PartnerReport(msgspec.Struct, kw_only=True):
    """The newest first. A quarter stands here about eight weeks after its end, a month about three; neither ever changes."""

    quarters: list[ReturnCount]
    confirmations: list[ConfirmationCount]


@get("/api/v1/partners/{slug:str}/report", **needs("report:read"), summary="How many people confirmed and came back", tags=["partners"])
async def report(request: AnyRequest, slug: FromPath[str]) -> Response[PartnerReport]:
    """Counts of people who signed up by the partner's forms. A number from 1 to 10 is never shown, nor one that would give it away."""
    key = require_api_key(request, "partner", slug)
    async with transaction(request) as conn:
        counts = await return_counts.counts_of(conn, organization_id=key.organization_id)
        confirmed = await confirmations.confirmations_of(conn, organization_id=key.organization_id, now=app_context(request).clock())
    return Response(PartnerReport(quarters=counts, confirmations=confirmed), headers={"Cache-Control": "no-store"})


ROUTES = [report]
