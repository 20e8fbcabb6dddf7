"""The description of the API: what Litestar writes, with our problem details and only the API's own addresses."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Litestar
from litestar.connection import Request
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from msgspec import inspect

from service.web.problems import PROBLEM_MEDIA, Problem

API = "/api/"
READING = {400: "BadRequest", 401: "Unauthenticated", 403: "Forbidden", 404: "Missing", 429: "TooMany", 503: "Busy"}
WRITING = READING | {409: "Conflict", 410: "Gone", 413: "TooLarge", 415: "WrongMedia", 422: "Invalid"}


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

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        if self._document is None:
            self._document = msgspec.json.encode(amended(openapi_schema, request.app))
        return self._document


def amended(document: dict[str, Any], app: Litestar) -> dict[str, Any]:
    """The document with problem details for every refusal, and Structs that refuse unknown fields saying so."""
    document = msgspec.json.decode(msgspec.json.encode(document))
    document["paths"] = {path: item for path, item in document["paths"].items() if path.startswith(API)}
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    _, problem_schemas = msgspec.json.schema_components([Problem], ref_template="#/components/schemas/{name}")
    schemas.update(problem_schemas)
    components["responses"] = {name: _problem_response(status) for status, name in WRITING.items()}
    for item in document["paths"].values():
        for method, operation in item.items():
            if isinstance(operation, dict):
                _declare_problems(operation, WRITING if method in {"post", "put", "patch", "delete"} else READING)
    for name in _closed_structs(app):
        if name in schemas:
            schemas[name]["additionalProperties"] = False
    return document


def _problem_response(status: int) -> dict[str, Any]:
    response: dict[str, Any] = {
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


def _closed_structs(app: Litestar) -> set[str]:
    """Names of the Structs of request bodies that refuse fields they do not know; Litestar's document leaves that out."""
    names: set[str] = set()
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            field = getattr(handler, "parsed_data_field", None)
            if field is not None:
                _collect(field.raw, names)
    return names


def _collect(annotation: Any, names: set[str]) -> None:
    pending, met = [inspect.type_info(annotation)], set()
    while pending:
        kind = pending.pop()
        if isinstance(kind, inspect.StructType) and kind.cls not in met:
            met.add(kind.cls)
            if kind.forbid_unknown_fields:
                names.add(kind.cls.__name__)
            pending.extend(field.type for field in kind.fields)
        elif isinstance(kind, inspect.UnionType):
            pending.extend(kind.types)
        elif isinstance(kind, inspect.Metadata):
            pending.append(kind.type)
        elif isinstance(kind, inspect.ListType | inspect.SetType | inspect.VarTupleType):
            pending.append(kind.item_type)
