"""The partner API: how many people came back, in numbers that point at nobody."""

from __future__ import annotations

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from service.organizations.api import needs, require_api_key, transaction
from service.outcomes import return_counts
from service.outcomes.return_counts import ReturnCount
from service.web.connection import AnyRequest


class PartnerReport(msgspec.Struct, kw_only=True):
    """Quarters, the newest first: each stands here about eight weeks after its end, and never changes."""

    quarters: list[ReturnCount]


@get("/api/v1/partners/{slug:str}/report", **needs("report:read"), summary="How many people came back", tags=["partners"])
async def report(request: AnyRequest, slug: FromPath[str]) -> Response[PartnerReport]:
    """Counts of people who signed up by the partner's forms. A number from 1 to 10 is never shown, nor one that would give it away."""
    key = require_api_key(request, "partner", slug)
    async with transaction(request) as conn:
        counts = await return_counts.counts_of(conn, organization_id=key.organization_id)
    return Response(PartnerReport(quarters=counts), headers={"Cache-Control": "no-store"})


ROUTES = [report]
