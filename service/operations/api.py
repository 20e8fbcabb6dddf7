"""`/healthz` and `/readyz`."""

from __future__ import annotations

from litestar import MediaType, Response, get

from service.context import app_context
from service.operations.readiness import Readiness, look
from service.web.connection import AnyRequest

RETRY_S = 5


@get("/healthz", media_type=MediaType.TEXT, include_in_schema=False, sync_to_thread=False)
def healthz() -> str:
    """The process answers; /readyz asks whether it can work."""
    return "ok"


@get("/readyz", include_in_schema=False)
async def readyz(request: AnyRequest) -> Response[Readiness]:
    """503 where no request can be answered; what is degraded is named, and work goes on."""
    state = app_context(request)
    readiness = await look(state.db, state.bell, sender_arm=state.settings.sender_arm)
    headers = {"Cache-Control": "no-store"}
    if readiness.status == "unready":
        return Response(readiness, status_code=503, headers=headers | {"Retry-After": str(RETRY_S)})
    return Response(readiness, headers=headers)


ROUTES = [healthz, readyz]
