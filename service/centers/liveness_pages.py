"""The press by which a center says that an activity is still there: letters go on inviting people to it, or begin to again."""

from __future__ import annotations

from uuid import UUID

from litestar import Router, post
from litestar.params import FromPath
from litestar.response import Redirect

from service.centers import store
from service.centers.pages import at_work
from service.context import app_context
from service.liveness import actions
from service.organizations.pages import check_token, lead_to_sign_in
from service.web import forms
from service.web.connection import AnyRequest
from service.web.templating import see_other


@post("/activities/{id:uuid}/here", include_in_schema=False, status_code=200)
async def say_still_there(request: AnyRequest, slug: FromPath[str], id: FromPath[UUID]) -> Redirect:
    """Twice is the same as once."""
    fields, state = await forms.form_of(request), app_context(request)
    async with at_work(request, slug, edit=True) as staff_request:
        check_token(request, fields)
        activity = await store.own_activity(staff_request.conn, organization_id=staff_request.id, id=id)
        await actions.keep(staff_request.conn, organization_id=staff_request.id, activity_ids=[activity.id], now=state.clock())
    return see_other(request, f"/center/{slug}/activities/{id}", done="here")


ROUTES = [Router("/center/{slug:str}", route_handlers=[say_still_there], exception_handlers=lead_to_sign_in)]
