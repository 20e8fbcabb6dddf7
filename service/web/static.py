"""Style sheet, scripts and drawings: served under the hash of what they hold, so a browser may keep them for a year."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

from litestar import Response, get
from litestar.params import FromPath

from service.errors import Missing

STATIC_DIR = Path(__file__).parent / "static"
MEDIA = {  # the framework adds the charset of texts
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}
A_YEAR = "public, max-age=31536000, immutable"
AN_HOUR = "public, max-age=3600"


class Asset(NamedTuple):
    content: bytes
    media: str
    tag: str


@cache
def assets() -> dict[str, Asset]:
    by_name = {}
    for path in sorted(STATIC_DIR.iterdir()):
        if path.suffix in MEDIA:
            content = path.read_bytes()
            by_name[path.name] = Asset(content, MEDIA[path.suffix], hashlib.sha256(content).hexdigest()[:12])
    return by_name


def address(name: str) -> str:
    """Where a page finds a file. Raises KeyError for one that is not there, so a page with a dead link is never sent."""
    return f"/static/{assets()[name].tag}/{name}"


def _answer(name: str, tag: str) -> Response[bytes]:
    asset = assets().get(name)
    if asset is None:
        raise Missing
    max_age = A_YEAR if tag == asset.tag else AN_HOUR
    return Response(
        asset.content, media_type=asset.media, headers={"Cache-Control": max_age, "Cross-Origin-Resource-Policy": "cross-origin"}
    )


@get("/static/{tag:str}/{name:str}", include_in_schema=False, sync_to_thread=False)
def static_file(tag: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    return _answer(name, tag)


@get("/favicon.ico", include_in_schema=False, sync_to_thread=False)
def favicon() -> Response[bytes]:
    return _answer("favicon.svg", "")
