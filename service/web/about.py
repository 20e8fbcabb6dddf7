"""Pages that are the same for everybody: help lines, privacy, accessibility. They need no database: they answer when little else does."""

from __future__ import annotations

from datetime import date

from litestar import get
from litestar.response import Template

from service.web.connection import AnyRequest
from service.web.templating import page

# The day somebody last compared the numbers, and what we say of them, with what 988, 911 and 211 say of themselves.
# The page shows it: move it only after doing so again.
HELP_CHECKED_ON = date(2026, 11, 24)
# Said on the privacy page; a test holds them to what the workers and the tables do.
UNCONFIRMED_DAYS = 7
POINT_METERS = 100
TAKE_BACK_DAYS = 14


@get("/help", include_in_schema=False)
async def help_lines(request: AnyRequest) -> Template:
    return page("web/about/help.html", request, checked_on=HELP_CHECKED_ON)


@get("/privacy", include_in_schema=False)
async def privacy(request: AnyRequest) -> Template:
    return page("web/about/privacy.html", request, days=UNCONFIRMED_DAYS, meters=POINT_METERS, take_back_days=TAKE_BACK_DAYS)


@get("/accessibility", include_in_schema=False)
async def accessibility(request: AnyRequest) -> Template:
    return page("web/about/accessibility.html", request)


ROUTES = [help_lines, privacy, accessibility]
