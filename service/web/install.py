"""The web floor as one piece: what `service/app.py` hands to Litestar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litestar import Litestar, Request
from litestar.types import ControllerRouterHandler

from service.settings import ServiceSettings
from service.web.middleware import Observer, add_guard
from service.web.openapi import openapi_config
from service.web.problems import exception_handlers
from service.web.request_log import log_request
from service.web.security import BODY_BYTES, check_media, check_origin
from service.web.static import favicon, static_file
from service.web.templating import template_config


def build(
    routes: Sequence[ControllerRouterHandler], *, settings: ServiceSettings, observers: Sequence[Observer] = (), **more: Any
) -> Litestar:
    """A Litestar app of these routes on the web floor.

    `observers` are told of every finished request beside the log (metrics); `more` goes to Litestar (state, lifespan, guards).
    A route widens a rule in its `opt`: `media=(...)` reads other kinds of body, `cross_site=True` takes posts from other sites.
    """
    guards = [check_media, check_origin, *more.pop("guards", ())]
    app = Litestar(
        [*routes, static_file, favicon],
        exception_handlers=exception_handlers(),
        template_config=template_config(),
        openapi_config=openapi_config(),
        guards=guards,
        request_class=Request,
        request_max_body_size=BODY_BYTES,
        multipart_form_part_limit=1_000,
        logging_config=None,
        debug=False,
        **more,
    )
    add_guard(app, secure=settings.secure, observers=[log_request, *observers])
    return app
