"""Feeds fetched from addresses that strangers typed: public hosts only, little data, little time, no tricks.

A name is resolved once, every answer must be public, and the connection goes to the address that was judged, so that a second look-up
cannot lead elsewhere. Redirects are followed by hand, each judged like the first address.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import zlib
from collections.abc import Awaitable, Callable, Iterable
from urllib.parse import SplitResult, urljoin, urlsplit

import httpcore
import msgspec

from service.errors import Refusal
from service.feeds.addresses import Address, is_public, read_address
from service.feeds.inflate import Bomb, Inflater

LONGEST_ADDRESS = 2000
MOST_REDIRECTS = 3
LARGEST_BODY = 5 * 2**20
WEB_PORTS = frozenset({80, 443})

Resolve = Callable[[str, int], Awaitable[list[str]]]
Allowed = Callable[[Address], bool]


class NotFetched(Refusal):
    """Code and params say why; nothing of what came is kept."""

    code = "not_fetched"


class Fetched(msgspec.Struct, frozen=True):
    """No body: unchanged since the `etag` or `last_modified` that was asked with."""

    body: bytes | None
    etag: str | None = None
    last_modified: str | None = None


class FetchLimits(msgspec.Struct, frozen=True):
    """Seconds and bytes; tests open other ports and shorten the time."""

    total_s: float = 20.0
    connect_s: float = 5.0
    most_bytes: int = LARGEST_BODY
    ratio: int = 100
    ports: frozenset[int] = WEB_PORTS


async def fetch(
    url: str,
    *,
    etag: str | None = None,
    last_modified: str | None = None,
    resolve: Resolve | None = None,
    allowed: Allowed = is_public,
    limits: FetchLimits = FetchLimits(),
    dial: httpcore.AsyncNetworkBackend | None = None,
) -> Fetched:
    """Raises NotFetched. `dial`: what really opens connections, once an address was judged."""
    backend = _Judged(resolve or resolved, allowed, limits.connect_s, dial or httpcore.AnyIOBackend())
    headers = _headers(etag, last_modified)
    try:
        async with (
            asyncio.timeout(limits.total_s),
            httpcore.AsyncConnectionPool(
                network_backend=backend, ssl_context=ssl.create_default_context(), max_keepalive_connections=0
            ) as http,
        ):
            return await _followed(http, url, headers, limits)
    except TimeoutError:
        raise NotFetched("too_slow", seconds=limits.total_s) from None
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
        raise NotFetched("no_answer", why=type(error).__name__) from None


async def resolved(host: str, port: int) -> list[str]:
    """The system's answers, in its order."""
    addresses = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(answer[4][0]) for answer in addresses]


async def _followed(http: httpcore.AsyncConnectionPool, url: str, headers: list[tuple[bytes, bytes]], limits: FetchLimits) -> Fetched:
    for _ in range(MOST_REDIRECTS + 1):
        target = checked(url, ports=limits.ports)
        async with http.stream("GET", target, headers=headers) as response:
            if response.status in (301, 302, 303, 307, 308):
                url = next_address(url, _header(response, b"location") or "")
                continue
            return await _answer(response, limits)
    raise NotFetched("too_many_redirects", most=MOST_REDIRECTS)


def checked(url: str, *, ports: frozenset[int] = WEB_PORTS) -> httpcore.URL:
    """The address in its parts. Raises NotFetched for everything but plain http and https."""
    if len(url) > LONGEST_ADDRESS or not url.isprintable() or any(sign in url for sign in " \\<>\"'"):
        raise NotFetched("address_unreadable")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").encode("idna"), parts.port
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        raw = target.encode("ascii")
    except (ValueError, UnicodeError):
        raise NotFetched("address_unreadable") from None
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        raise NotFetched("address_unreadable")
    port = port or (443 if parts.scheme == "https" else 80)
    if port not in ports:
        raise NotFetched("port_closed", port=port)
    return httpcore.URL(scheme=parts.scheme.encode(), host=host, port=port, target=raw)


def next_address(url: str, location: str) -> str:
    """Where a redirect leads. Raises NotFetched when it would leave encryption behind."""
    try:
        following = urljoin(url, location)
        before, after = urlsplit(url), urlsplit(following)
    except ValueError:
        raise NotFetched("address_unreadable") from None
    if not location or _less_safe(before, after):
        raise NotFetched("redirect_refused")
    return following


def _less_safe(before: SplitResult, after: SplitResult) -> bool:
    return before.scheme == "https" and after.scheme != "https"


async def _answer(response: httpcore.Response, limits: FetchLimits) -> Fetched:
    if response.status == 304:
        return Fetched(None)
    if response.status != 200:
        raise NotFetched("answered_badly", status=response.status)
    encoding = (_header(response, b"content-encoding") or "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip"):
        raise NotFetched("encoding_not_read", encoding=encoding[:40])
    body = await _body(response, encoding != "identity", limits)
    return Fetched(body, _cache_header(response, b"etag"), _cache_header(response, b"last-modified"))


async def _body(response: httpcore.Response, packed: bool, limits: FetchLimits) -> bytes:
    """Stops in the middle as soon as a limit is passed."""
    taken, pieces = 0, []
    inflater = Inflater(most=limits.most_bytes, ratio=limits.ratio) if packed else None
    async for piece in response.aiter_stream():
        taken += len(piece)
        if taken > limits.most_bytes:
            raise NotFetched("too_large", most=limits.most_bytes)
        try:
            pieces.append(inflater.feed(piece) if inflater else piece)
        except Bomb:
            raise NotFetched("too_large", most=limits.most_bytes) from None
        except zlib.error:
            raise NotFetched("gzip_unreadable") from None
    if inflater and taken and not inflater.whole:
        raise NotFetched("gzip_unreadable")
    return b"".join(pieces)


def _headers(etag: str | None, last_modified: str | None) -> list[tuple[bytes, bytes]]:
    asked = {"User-Agent": "Doorstep", "Accept": "text/calendar, text/csv, */*;q=0.5", "Accept-Encoding": "gzip", "Connection": "close"}
    asked |= {
        name: value for name, value in (("If-None-Match", etag), ("If-Modified-Since", last_modified)) if value and value.isprintable()
    }
    return [(name.encode("ascii"), value.encode("latin-1", "ignore")) for name, value in asked.items()]


def _header(response: httpcore.Response, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in response.headers if key.lower() == name), None)


def _cache_header(response: httpcore.Response, name: bytes) -> str | None:
    value = _header(response, name)
    return value if value and value.isprintable() and len(value) <= 200 else None


class _Judged(httpcore.AsyncNetworkBackend):
    """Resolves once, judges every answer, connects to what was judged."""

    def __init__(self, resolve: Resolve, allowed: Allowed, connect_s: float, dial: httpcore.AsyncNetworkBackend) -> None:
        self._resolve = resolve
        self._allowed = allowed
        self._connect_s = connect_s
        self._dial = dial

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            answers = [read_address(answer) for answer in await self._resolve(host, port)]
        except (OSError, ValueError, UnicodeError):
            raise NotFetched("host_unknown") from None
        if not answers or not all(map(self._allowed, answers)):
            raise NotFetched("host_not_public")
        return await self._dial.connect_tcp(str(answers[0]), port, self._connect_s, None, socket_options)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise NotFetched("host_not_public")

    async def sleep(self, seconds: float) -> None:
        await self._dial.sleep(seconds)
