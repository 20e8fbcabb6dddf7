"""A page of ours inside a frame of another site has less around it, and its own links keep it so."""

from __future__ import annotations

from urllib.parse import parse_qs

from service.web.connection import AnyRequest

PARAMETER = "embed"
_FRAMED = "doorstep_framed"


def query_value(request: AnyRequest, name: str) -> str:
    """The last value of that name in the address. Read by hand, so that a broken query is no error on an error page."""
    raw = request.scope.get("query_string", b"").decode("latin-1")
    try:
        return parse_qs(raw, max_num_fields=100).get(name, [""])[-1]
    except ValueError:
        return ""


def frame_if_asked(request: AnyRequest) -> None:
    """Where the address says `?embed=1`, whatever answers it is made for a frame: a refusal, too."""
    if query_value(request, PARAMETER) == "1":
        request.scope[_FRAMED] = True  # type: ignore[literal-required]


def is_framed(request: AnyRequest) -> bool:
    return bool(request.scope.get(_FRAMED))
