"""Pages of the local mailbox; there are none where letters really leave."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from litestar import Response, get
from litestar.params import FromPath
from litestar.response import Template
from markupsafe import Markup, escape

from service.context import app_context
from service.errors import Missing
from service.mail import mailbox
from service.web.connection import AnyRequest
from service.web.security import csp_nonce
from service.web.templating import page

# The letter as a page of its own in a sandboxed frame: its styles stay inside, its links open beside the mailbox.
LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; form-action 'none';"
    " sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
)
FRAME_POLICY = (
    "default-src 'none'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; frame-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
_URL = re.compile(r"https?://[^\s<>\"]+")


@get("/mailbox", include_in_schema=False)
async def show_mailbox(request: AnyRequest) -> Template:
    letters = await asyncio.to_thread(mailbox.letters, _folder(request))
    return page("mail/mailbox.html", request, letters=letters)


@get("/mailbox/{name:str}", include_in_schema=False)
async def show_letter(request: AnyRequest, name: FromPath[str]) -> Template:
    letter = await asyncio.to_thread(mailbox.letter, _folder(request), name)
    if letter is None:
        raise Missing
    shown = page("mail/letter.html", request, letter=letter, text=_linked(letter.text))
    nonce = csp_nonce(request.scope)
    shown.headers["Content-Security-Policy"] = FRAME_POLICY.format(nonce=nonce)
    return shown


@get("/mailbox/{name:str}/html", include_in_schema=False)
async def show_letter_html(request: AnyRequest, name: FromPath[str]) -> Response[str]:
    letter = await asyncio.to_thread(mailbox.letter, _folder(request), name)
    if letter is None or not letter.html:
        raise Missing
    headers = {"Content-Security-Policy": LETTER_POLICY, "X-Frame-Options": "SAMEORIGIN"}
    return Response(letter.html.replace("<a ", '<a target="_top" '), media_type="text/html", headers=headers)


def _folder(request: AnyRequest) -> Path:
    """Raises Missing where letters go out by SMTP."""
    folder: Path | None = app_context(request).settings.mailbox
    if folder is None:
        raise Missing
    return folder


def _linked(text: str) -> Markup:
    """The text with its addresses as links."""
    parts, at = [], 0
    for match in _URL.finditer(text):
        parts += [escape(text[at : match.start()]), Markup('<a href="{0}">{0}</a>').format(match[0])]
        at = match.end()
    return Markup("").join([*parts, escape(text[at:])])


ROUTES = [show_mailbox, show_letter, show_letter_html]
