"""A refusal, or a failure, as an answer: RFC 9457 problem details for machines, a kind page for people. The only place that knows both."""

from __future__ import annotations

from http import HTTPStatus

import asyncpg
import msgspec
import structlog
from litestar import Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap
from litestar.utils.scope.state import ScopeState

from service.errors import Conflict, Forbidden, Gone, Invalid, Missing, Refusal, Stale, TooMany, Unauthenticated
from service.faults import place_of
from service.web.connection import AnyRequest, AnyResponse
from service.web.faults import FieldFault, faults_in
from service.web.i18n import Translator
from service.web.security import WrongMedia
from service.web.sentences import sentence_for
from service.web.templating import page, say_for

PROBLEM_MEDIA = "application/problem+json"
RETRY_WHEN_BUSY_S = 5

# The class picks the status, the most particular class first.
STATUS: tuple[tuple[type[Refusal], int], ...] = (
    (WrongMedia, 415),
    (Missing, 404),
    (Gone, 410),
    (Invalid, 422),
    (Stale, 412),
    (Conflict, 409),
    (Forbidden, 403),
    (Unauthenticated, 401),
    (TooMany, 429),
)
CODE_FOR_STATUS = {
    400: "bad_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "missing",
    405: "method_not_allowed",
    409: "conflict",
    410: "gone",
    412: "stale",
    413: "too_large",
    415: "wrong_media",
    422: "invalid",
    429: "too_many",
    503: "busy",
}
# Names of RFC 9110 that Python before 3.13 does not know: the same answer on every version.
RENAMED = {413: "Content Too Large", 414: "URI Too Long", 416: "Range Not Satisfiable", 422: "Unprocessable Content"}
# What a hostile or broken body makes our tools raise: the sender's fault, never ours.
UNREADABLE: tuple[type[Exception], ...] = (
    RecursionError,
    OverflowError,
    UnicodeError,
    msgspec.DecodeError,
    msgspec.ValidationError,
    asyncpg.DataError,
    asyncpg.CharacterNotInRepertoireError,
    asyncpg.UntranslatableCharacterError,
)


class ProblemError(msgspec.Struct, omit_defaults=True):
    """One wrong field: where it is (a JSON pointer as a URI fragment) and what is wrong with it."""

    detail: str
    pointer: str
    code: str


class Problem(msgspec.Struct, omit_defaults=True):
    """RFC 9457 problem details. `code` is ours: stable, for programs; `title` and `detail` are for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[ProblemError] = []


def exception_handlers() -> ExceptionHandlersMap:
    handlers: ExceptionHandlersMap = {
        Refusal: _on_refusal,
        HTTPException: _on_http,
        ValidationException: _on_validation,
        TimeoutError: _on_busy,
        ConnectionError: _on_busy,
        asyncpg.PostgresConnectionError: _on_busy,
        asyncpg.InterfaceError: _on_busy,
        asyncpg.InternalClientError: _on_busy,
        asyncpg.CannotConnectNowError: _on_busy,
        asyncpg.AdminShutdownError: _on_busy,
        asyncpg.CrashShutdownError: _on_busy,
        asyncpg.DiskFullError: _on_busy,
        asyncpg.TooManyConnectionsError: _on_busy,
        asyncpg.QueryCanceledError: _on_busy,
        asyncpg.DeadlockDetectedError: _on_busy,
        Exception: _on_anything,
        **dict.fromkeys(UNREADABLE, _on_unreadable),
    }
    return handlers


def status_of(refusal: Refusal) -> int:
    if refusal.code == "bad_request":
        return 400
    return next((status for kind, status in STATUS if isinstance(refusal, kind)), 400)


def answer(request: AnyRequest, refusal: Refusal) -> AnyResponse:
    """The one way from a refusal to an HTTP answer."""
    faults = [FieldFault(f"#/{name}", code) for name, code in refusal.fields.items()]
    retry = refusal.params.get("retry_after_s")
    headers = {"Retry-After": str(max(1, round(float(str(retry)))))} if retry is not None else {}
    return _response(request, status_of(refusal), refusal.code, faults=faults, params=refusal.params, headers=headers)


def plain_answer(request: AnyRequest, status: int, *, headers: dict[str, str] | None = None) -> AnyResponse:
    return _response(request, status, CODE_FOR_STATUS.get(status, "bad_request" if status < 500 else "broken"), headers=headers)


def wants_json(request: AnyRequest) -> bool:
    accept = request.headers.get("accept", "")
    return request.scope["path"].startswith("/api/") or ("json" in accept and "text/html" not in accept)


def _response(
    request: AnyRequest,
    status: int,
    code: str,
    *,
    faults: list[FieldFault] | None = None,
    params: dict[str, object] | None = None,
    headers: dict[str, str] | None = None,
) -> AnyResponse:
    say = say_for(request)
    general = CODE_FOR_STATUS.get(status, "broken")
    detail = sentence_for(code, say, otherwise=general, params=params)
    if wants_json(request):
        problem = _problem(status, code, detail, faults or [], say)
        response: AnyResponse = Response(msgspec.json.encode(problem), media_type=PROBLEM_MEDIA, status_code=status)
        response.headers["Content-Language"] = say.language
        if status == 401:
            response.headers["WWW-Authenticate"] = 'Bearer realm="Doorstep"'
    else:
        response = page("web/problem.html", request, status_code=status, status=status, detail=detail)
    response.headers["Cache-Control"] = "no-store"
    response.headers.update(headers or {})
    return response


def _problem(status: int, code: str, detail: str, faults: list[FieldFault], say: Translator) -> Problem:
    errors = [ProblemError(sentence_for(fault.code, say), fault.pointer, fault.code.partition(":")[0]) for fault in faults]
    return Problem(type=f"/problems/{code}", title=_title(status), status=status, detail=detail, code=code, errors=errors)


def _title(status: int) -> str:
    """The same for every problem of a kind, as RFC 9457 asks; what is particular stands in `detail`."""
    return RENAMED.get(status) or HTTPStatus(status).phrase


def _on_refusal(request: AnyRequest, refusal: Refusal) -> AnyResponse:
    return answer(request, refusal)


def _on_http(request: AnyRequest, error: HTTPException) -> AnyResponse:
    """Litestar's own refusals: no route, wrong method, too large. Its wording stays inside; `Allow` goes out."""
    if error.status_code >= 500 and error.status_code != 503:
        return _on_anything(request, error)
    allow = (error.headers or {}).get("allow")
    return plain_answer(request, error.status_code, headers={"Allow": allow} if allow else None)


def _on_validation(request: AnyRequest, error: ValidationException) -> AnyResponse:
    """A body or a parameter that does not fit the handler's types: every wrong field is looked up, not only the first."""
    faults = _body_faults(request) or _parameter_faults(error)
    return _response(request, 400, "bad_request", faults=faults)


def _body_faults(request: AnyRequest) -> list[FieldFault]:
    body = ScopeState.from_scope(request.scope).body
    handler = request.scope.get("route_handler")
    field = getattr(handler, "parsed_data_field", None)
    if field is None or not isinstance(body, bytes) or not body:
        return []
    try:
        return faults_in(body, field.raw)
    except (msgspec.DecodeError, RecursionError):
        return []


def _parameter_faults(error: ValidationException) -> list[FieldFault]:
    extra = error.extra if isinstance(error.extra, list) else []
    return [FieldFault(f"#/{fault['key']}", "not_right") for fault in extra if isinstance(fault, dict) and fault.get("key")]


def _on_unreadable(request: AnyRequest, _error: Exception) -> AnyResponse:
    return plain_answer(request, 400)


def _on_busy(request: AnyRequest, _error: Exception) -> AnyResponse:
    """The database is away, full or overloaded; that passes."""
    return plain_answer(request, 503, headers={"Retry-After": str(RETRY_WHEN_BUSY_S)})


def _on_anything(request: AnyRequest, error: Exception) -> AnyResponse:
    """Last resort. The log gets the kind of error and where it arose; its message may quote a person, so it stays out."""
    structlog.get_logger("doorstep.web").error("unexpected", error=type(error).__name__, at=place_of(error))
    return plain_answer(request, 500)
