"""The web main: every domain's pages and doors, put together. The only file that knows them all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.types import ControllerRouterHandler

from service.accounts import pages as accounts
from service.calendars import pages as calendars
from service.catalog import api as catalog_api
from service.catalog import pages as catalog
from service.centers import api as centers_api
from service.centers import (
    call_off_pages,
    date_pages,
    dates_api,
    host_link_api,
    host_link_pages,
    host_pages,
    liveness_pages,
    message_pages,
    move_pages,
    paper_pages,
    roster_api,
    roster_pages,
    roster_table_pages,
)
from service.centers import pages as centers
from service.clock import Clock, system_clock
from service.company import pages as company
from service.context import AppContext
from service.crypto import Vault
from service.db import open_database
from service.feedback import pages as feedback
from service.forms import api as forms_api
from service.forms import pages as forms
from service.forms import thanks_pages
from service.jobs import open_bell
from service.liveness import pages as liveness
from service.mail import pages as mail
from service.matches import pages as matches
from service.matches.region_preview import RegionPreviews
from service.operations import api as readiness
from service.operations import pages as operations
from service.operations import report_api as operator_report
from service.organizations import pages as organizations
from service.partners import api as partners_api
from service.partners import pages as partners
from service.places.places import open_places
from service.registrations import api as registrations_api
from service.registrations import pages as registrations
from service.residents import pages as residents
from service.residents import small_change_pages
from service.set_up import pages as set_up
from service.settings import ServiceSettings
from service.tokens import Tokens
from service.web import about
from service.web.allowance import RateLimit
from service.web.form_token import FormTokens
from service.web.install import build


def create_app(settings: ServiceSettings, clock: Clock = system_clock) -> Litestar:
    """Raises Broken, when it starts, for a setting or a database that is not as it must be."""
    routes: list[ControllerRouterHandler] = [
        *readiness.ROUTES,
        *catalog.ROUTES,
        *catalog_api.ROUTES,
        *forms.ROUTES,
        *thanks_pages.ROUTES,
        *residents.ROUTES,
        *small_change_pages.ROUTES,
        *registrations.ROUTES,
        *registrations_api.ROUTES,
        *calendars.ROUTES,
        *feedback.ROUTES,
        *matches.ROUTES,
        *organizations.ROUTES,
        *company.ROUTES,
        *liveness.ROUTES,
        *centers.ROUTES,
        *call_off_pages.ROUTES,
        *date_pages.ROUTES,
        *liveness_pages.ROUTES,
        *message_pages.ROUTES,
        *move_pages.ROUTES,
        *roster_pages.ROUTES,
        *roster_table_pages.ROUTES,
        *host_link_pages.ROUTES,
        *host_pages.ROUTES,
        *paper_pages.ROUTES,
        *partners.ROUTES,
        *operations.ROUTES,
        *accounts.ROUTES,
        *set_up.ROUTES,
        Router("/", route_handlers=mail.ROUTES, guards=[organizations.mailbox_guard], exception_handlers=organizations.lead_to_sign_in),
        *about.ROUTES,
        *centers_api.ROUTES,
        *dates_api.ROUTES,
        *roster_api.ROUTES,
        *host_link_api.ROUTES,
        *operator_report.ROUTES,
        *partners_api.ROUTES,
        *forms_api.ROUTES,
    ]
    return build(routes, settings=settings, state=State({"settings": settings, "clock": clock}), lifespan=[_opened])


@asynccontextmanager
async def _opened(app: Litestar) -> AsyncIterator[None]:
    """What the running app holds, of the settings and the clock in its state."""
    settings: ServiceSettings = app.state.settings
    context = AppContext(
        settings=settings,
        clock=app.state.clock,
        db=await open_database(settings.database_url, role="doorstep_app"),
        vault=Vault(settings.keys),
        tokens=Tokens(settings.keys),
        form_tokens=FormTokens(settings.keys),
        places=open_places(settings.places_file),
        bell=await open_bell(settings.redis_url),
        preview_limit=RateLimit("preview", per_window=60),
        test_letters=RateLimit("test-letters", per_window=6),
    )
    app.state.update({"context": context, "region_previews": RegionPreviews()})
    try:
        yield
    finally:
        await context.db.close()
        await context.bell.close()
