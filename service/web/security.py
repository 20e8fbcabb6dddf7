"""What every answer carries for safety, and which requests are turned away before anybody reads them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from litestar.handlers import BaseRouteHandler

from service.errors import Forbidden, Refusal
from service.web.connection import AnyConnection

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
BODY_BYTES = 65_536
FORM_MEDIA = ("application/x-www-form-urlencoded", "multipart/form-data")
JSON_MEDIA = ("application/json",)

# First path segments whose pages open by a secret link: never kept, never named to another site, never indexed.
LINK_PAGES = frozenset({"change", "confirm", "me", "r", "o", "u", "feedback", "here", "host", "hello", "checkin", "print", "set-up"})
# Pages behind a sign-in, and what is personal in the API.
PRIVATE_PAGES = frozenset({"center", "partner", "operator", "sign-in", "mailbox"})

_ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+)(:(?P<port>[0-9]{1,5}))?", re.ASCII)
_NONCE, _FRAMERS, _MORE = "doorstep_csp_nonce", "doorstep_frame_ancestors", "doorstep_more_headers"


class WrongMedia(Refusal):
    """What was sent is of a kind that this address does not read."""

    code = "wrong_media"


def csp_nonce(scope: Any) -> str:
    """A word for this answer's own <style> or <script>; the policy names it."""
    return str(scope.setdefault(_NONCE, secrets.token_urlsafe(16)))


def allow_framing(scope: Any, origins: Iterable[str]) -> None:
    """Lets the pages of these origins show this answer in a frame; without it nobody may."""
    scope[_FRAMERS] = tuple(origin for origin in map(origin_of, origins) if origin)


def add_headers(scope: Any, headers: Mapping[str, str]) -> None:
    """Has this answer carry more headers, whatever it will be: also a refusal."""
    scope.setdefault(_MORE, {}).update(headers)


def origin_of(text: str) -> str | None:
    """https://host[:port], or http for this machine, in the one way it is kept; None for anything else.

    A path, a name with a password or a star is none: it would be no origin, or smuggle a second directive into the policy. Names of
    other alphabets stand as browsers send them (xn--...).
    """
    origin = text.strip().lower().removesuffix("/")
    shape = _ORIGIN.fullmatch(origin)
    if not shape or (shape["port"] and not 1 <= int(shape["port"]) <= 65_535):
        return None
    if len(shape["host"]) > 253 or any(
        not label or len(label) > 63 or label[0] == "-" or label[-1] == "-" for label in shape["host"].split(".")
    ):
        return None
    return origin if shape["scheme"] == "https" or shape["host"] in {"localhost", "127.0.0.1"} else None


def is_private(path: str) -> bool:
    first = path.strip("/").split("/", 1)[0]
    return first in LINK_PAGES or first in PRIVATE_PAGES or path.startswith(("/api/v1/me", "/api/v1/operator", "/api/v1/partners"))


def headers_for(scope: Mapping[str, object], *, secure: bool) -> dict[str, str]:
    """The safety headers of an answer to this request; a handler's own header of the same name stays."""
    path = str(scope.get("path", "/"))
    first = path.strip("/").split("/", 1)[0]
    headers = {
        "Content-Security-Policy": _policy(scope),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer" if is_private(path) else "strict-origin-when-cross-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "cross-origin" if first in {"feeds", "embed", "static", "f"} else "same-origin",
    }
    if not scope.get(_FRAMERS):
        headers["X-Frame-Options"] = "DENY"
    if is_private(path):
        headers |= {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
    if secure:
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    more = scope.get(_MORE)
    return headers | (more if isinstance(more, dict) else {})


def _policy(scope: Mapping[str, object]) -> str:
    nonce = f" 'nonce-{scope[_NONCE]}'" if _NONCE in scope else ""
    origins = scope.get(_FRAMERS)
    framers = " ".join(origins) if isinstance(origins, tuple) and origins else "'none'"
    return (
        f"default-src 'none'; style-src 'self'{nonce}; script-src 'self'{nonce}; img-src 'self' data:; connect-src 'self'; "
        f"form-action 'self'; base-uri 'none'; frame-ancestors {framers}"
    )


def check_media(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Guard: JSON on the API, forms on pages; a route reads something else by `opt={"media": (...)}`. Raises WrongMedia."""
    if connection.scope.get("method") not in UNSAFE:
        return
    if "content-type" not in connection.headers and not _has_body(connection):
        return
    allowed = handler.opt.get("media") or (JSON_MEDIA if connection.scope["path"].startswith("/api/") else FORM_MEDIA)
    kind = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in allowed:
        raise WrongMedia


def _has_body(connection: AnyConnection) -> bool:
    return connection.headers.get("content-length", "0") != "0" or "transfer-encoding" in connection.headers


def check_origin(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Guard: a page is only posted to from our own pages, unless the route says `opt={"cross_site": True}`. Raises Forbidden.

    Browsers say where a request comes from in Sec-Fetch-Site, older ones in Origin. "Origin: null" is what our own pages
    send under no-referrer, so it proves nothing. With a cookie and no proof the answer is no.
    """
    if connection.scope.get("method") not in UNSAFE or handler.opt.get("cross_site"):
        return
    site, origin = connection.headers.get("sec-fetch-site"), connection.headers.get("origin")
    if site is not None:
        fine = site in {"same-origin", "none"}
    elif origin is not None and origin != "null":
        fine = urlsplit(origin).netloc == connection.headers.get("host", "")
    else:
        fine = "cookie" not in connection.headers
    if not fine:
        raise Forbidden("cross_site")
