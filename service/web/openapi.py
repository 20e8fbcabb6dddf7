"""The description of the API: what Litestar writes, with our problem details and only the API's own addresses."""

from __future__ import annotations

from typing import Any, get_args, get_origin

import msgspec
from litestar import Litestar, Response
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from msgspec import inspect

from service.web.connection import AnyRequest
from service.web.problems import PROBLEM_MEDIA, Problem

API = "/api/"
READING = {400: "BadRequest", 401: "Unauthenticated", 403: "Forbidden", 404: "Missing", 422: "Invalid", 429: "TooMany", 503: "Busy"}
WRITING = READING | {409: "Conflict", 410: "Gone", 413: "TooLarge", 415: "WrongMedia"}
EDITING = WRITING | {412: "Stale"}


def openapi_config() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Doorstep",
        version="1.0.0",
        description="Pairs neighbors with groups near their door, every week, and helps them come back.",
        path="/api/v1/openapi.json",
        render_plugins=[_ApiDescription(path=("/", "/openapi.json"), media_type="application/json")],  # type: ignore[arg-type]
        use_handler_docstrings=True,
        components=Components(
            security_schemes={"key": SecurityScheme(type="http", scheme="bearer", description="A partner's or center's key")}
        ),
    )


class _ApiDescription(JsonRenderPlugin):
    """Serves the amended document; Litestar calls `render` once per request, so it is kept."""

    _document: bytes | None = None

    def render(self, request: AnyRequest, openapi_schema: dict[str, Any]) -> bytes:
        if self._document is None:
            self._document = msgspec.json.encode(amended(openapi_schema, request.app))
        return self._document


def amended(written: dict[str, Any], app: Litestar) -> dict[str, object]:
    """The document with problem details for every refusal, and each Struct described as the decoder really reads it."""
    document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(written))
    document["paths"] = {path: item for path, item in document["paths"].items() if path.startswith(API)}
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    _, described = msgspec.json.schema_components([Problem, *_structs(app)], ref_template="#/components/schemas/{name}")
    schemas.update(described)
    components["responses"] = {name: _problem_response(status) for status, name in EDITING.items()}
    for item in document["paths"].values():
        for method, operation in item.items():
            if isinstance(operation, dict):
                _declare_problems(operation, EDITING if method == "patch" else WRITING if method in {"post", "put", "delete"} else READING)
    return {name: _with_plain_patterns(part) for name, part in document.items()}


def _with_plain_patterns(node: object) -> object:
    r"""JSON Schema takes the patterns of JavaScript, which has no \Z: its $ is the end of the whole text."""
    if isinstance(node, dict):
        return {name: _plain_pattern(value) if name == "pattern" else _with_plain_patterns(value) for name, value in node.items()}
    return [_with_plain_patterns(value) for value in node] if isinstance(node, list) else node


def _plain_pattern(value: object) -> object:
    return value.removesuffix(r"\Z") + "$" if isinstance(value, str) and value.endswith(r"\Z") else value


def _problem_response(status: int) -> dict[str, object]:
    response: dict[str, object] = {
        "description": "Problem details (RFC 9457)",
        "content": {PROBLEM_MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in (429, 503):
        response["headers"] = {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}}}
    return response


def _declare_problems(operation: dict[str, Any], names: dict[int, str]) -> None:
    """Replaces the error responses that Litestar guesses; a handler's own 4xx stays when it is not JSON."""
    responses = operation.setdefault("responses", {})
    for status, name in names.items():
        responses[str(status)] = {"$ref": f"#/components/responses/{name}"}


def _structs(app: Litestar) -> list[type[msgspec.Struct]]:
    """The Structs of bodies and answers that the document names; Litestar's own description of them leaves limits out."""
    structs: set[type[msgspec.Struct]] = set()
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if str(route.path).startswith(API) and getattr(handler, "include_in_schema", True):
                for annotation in _annotations(handler):
                    _collect(annotation, structs)
    return sorted(structs, key=lambda struct: struct.__name__)


def _annotations(handler: object) -> list[object]:
    data, answered = getattr(handler, "parsed_data_field", None), getattr(handler, "parsed_return_field", None)
    specs = (getattr(handler, "responses", None) or {}).values()
    raw = [data.raw if data else None, answered.raw if answered else None, *(spec.data_container for spec in specs)]
    return [
        get_args(annotation)[0] if get_args(annotation) and get_origin(annotation) is Response else annotation
        for annotation in raw
        if annotation is not None
    ]


def _collect(annotation: object, structs: set[type[msgspec.Struct]]) -> None:
    try:
        pending = [inspect.type_info(annotation)]
    except TypeError:  # no JSON: a page, a redirect
        return
    while pending:
        kind = pending.pop()
        if isinstance(kind, inspect.StructType):
            if kind.cls not in structs:
                structs.add(kind.cls)
                pending.extend(field.type for field in kind.fields)
        elif isinstance(kind, inspect.UnionType):
            pending.extend(kind.types)
        elif isinstance(kind, inspect.Metadata):
            pending.append(kind.type)
        elif isinstance(kind, inspect.ListType | inspect.SetType | inspect.VarTupleType):
            pending.append(kind.item_type)
