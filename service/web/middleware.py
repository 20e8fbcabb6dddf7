"""The outermost layer: every answer passes here, also those that no route gave.

Turns away methods we do not know, answers HEAD like GET without the body, adds the safety headers, answers 304 to a browser
that has the page already, and writes one log line without anything personal in it.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence

from litestar import Litestar
from litestar.connection import Request
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from litestar.types.asgi_types import HTTPResponseBodyEvent, HTTPResponseStartEvent

from service.web import problems
from service.web.connection import AnyRequest
from service.web.request_log import FinishedRequest
from service.web.security import METHODS, headers_for

MAX_TAGGED_BYTES = 1_048_576
Observer = Callable[[FinishedRequest], None]


def add_guard(app: Litestar, *, secure: bool, observers: Sequence[Observer]) -> None:
    """Puts the door in front of an app. Routes that need wider rules say so in their `opt`."""
    app.asgi_handler = _guard(app.asgi_handler, secure=secure, observers=observers)


def _guard(inner: ASGIApp, *, secure: bool, observers: Sequence[Observer]) -> ASGIApp:
    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await inner(scope, receive, send)
            return
        started, method = time.perf_counter(), scope["method"]
        answer = _Answer(scope, send, secure=secure)
        try:
            if method not in METHODS:
                await _refuse_method(scope, receive, answer)
                return
            if method == "HEAD":
                scope["method"] = "GET"
            await inner(scope, receive, answer)
        finally:
            scope["method"] = method
            seen = FinishedRequest(method if method in METHODS else "OTHER", _route(scope), answer.status, time.perf_counter() - started)
            for observer in observers:
                observer(seen)

    return guarded


async def _refuse_method(scope: HTTPScope, receive: Receive, send: Send) -> None:
    request: AnyRequest = Request(scope, receive, send)
    refused = problems.plain_answer(request, 405, headers={"Allow": ", ".join(sorted(METHODS))})
    await refused.to_asgi_response(app=None, request=request)(scope, receive, send)


def _route(scope: HTTPScope) -> str:
    """The pattern of the address, so that a link in it never reaches a log; unknown addresses are all one."""
    return str(scope.get("path_template") or "-")


class _Answer:
    """A `send` that holds a small 200 back until its tag is known, and adds the headers to whatever goes out."""

    def __init__(self, scope: HTTPScope, send: Send, *, secure: bool) -> None:
        self._scope, self._send, self._secure = scope, send, secure
        self._head = scope["method"] == "HEAD"
        self._readable = scope["method"] in ("GET", "HEAD")
        self._start: HTTPResponseStartEvent | None = None
        self._held: list[bytes] = []
        self.status = 500

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif message["type"] == "http.response.body":
            await self._continue(message)
        else:
            await self._send(message)

    async def _begin(self, message: HTTPResponseStartEvent) -> None:
        self.status = message["status"]
        headers = [(name.lower(), value) for name, value in message["headers"]]
        present = {name for name, _ in headers}
        for name, value in headers_for(self._scope, secure=self._secure).items():
            if name.lower().encode() not in present:
                headers.append((name.lower().encode(), value.encode("latin-1")))
        message["headers"] = headers
        if self._readable and self.status == 200 and b"no-store" not in dict(headers).get(b"cache-control", b""):
            self._start = message
        else:
            await self._send(message)

    async def _continue(self, message: HTTPResponseBodyEvent) -> None:
        body, more = message.get("body", b""), message.get("more_body", False)
        if self._start is None:
            await self._send({"type": "http.response.body", "body": b"" if self._head else body, "more_body": more})
            return
        self._held.append(body)
        if more and sum(map(len, self._held)) <= MAX_TAGGED_BYTES:
            return
        await self._release(self._start, complete=not more)

    async def _release(self, start: HTTPResponseStartEvent, *, complete: bool) -> None:
        body = b"".join(self._held)
        self._start, self._held = None, []
        if complete and self._tag(start, body):
            self.status = start["status"] = 304
            start["headers"] = [(name, value) for name, value in start["headers"] if name not in (b"content-length", b"content-type")]
            body = b""
        await self._send(start)
        await self._send({"type": "http.response.body", "body": b"" if self._head else body, "more_body": not complete})

    def _tag(self, start: HTTPResponseStartEvent, body: bytes) -> bool:
        """Gives the answer a tag, unless its handler did; true when the browser has this very answer."""
        tag = dict(start["headers"]).get(b"etag")
        if tag is None:
            tag = b'W/"' + hashlib.sha256(body).hexdigest()[:20].encode() + b'"'
            start["headers"] = [*start["headers"], (b"etag", tag)]
        asked = dict(self._scope["headers"]).get(b"if-none-match", b"")
        tags = {part.strip().removeprefix(b"W/") for part in asked.split(b",")}
        return tag.removeprefix(b"W/") in tags or tags == {b"*"}
