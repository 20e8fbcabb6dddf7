"""The public doors over HTTP: forms as a browser posts them, the center API as a program does; links are read out of the mailbox."""

from __future__ import annotations

import asyncio
import email
import email.policy
import html
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlencode

import httpcore
import msgspec

_TOKEN = re.compile(rb'name="form_token" value="([^"]+)"')
AT_ONCE = 8


class RequestRefused(RuntimeError):
    """A door said no to a person who did nothing wrong."""


def connections() -> httpcore.AsyncConnectionPool:
    """A new connection for each request: a server may close an idle one in the moment in which it is used again, and a post that got
    no answer must not be sent twice."""
    return httpcore.AsyncConnectionPool(max_connections=AT_ONCE, max_keepalive_connections=0)


async def open_form(http: httpcore.AsyncConnectionPool, base_url: str, form: str) -> str:
    """The token of a freshly opened form."""
    answer = await http.request("GET", f"{base_url}/f/{form}")
    match = _TOKEN.search(answer.content)
    if answer.status != 200 or not match:
        raise RequestRefused(f"/f/{form} answered {answer.status}")
    return html.unescape(match[1].decode())


async def open_forms(http: httpcore.AsyncConnectionPool, base_url: str, forms: Sequence[str]) -> list[str]:
    """The tokens of freshly opened forms, some at a time, in their order: each person opens the form for themselves."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(form: str) -> str:
        async with turn:
            return await open_form(http, base_url, form)

    return list(await asyncio.gather(*map(one, forms)))


async def post(http: httpcore.AsyncConnectionPool, address: str, fields: list[tuple[str, str]]) -> int:
    """Post a form as a browser does; the status of the answer."""
    answer = await http.request(
        "POST", address, headers={"Content-Type": "application/x-www-form-urlencoded"}, content=urlencode(fields).encode()
    )
    return answer.status


async def post_all(http: httpcore.AsyncConnectionPool, posts: Sequence[tuple[str, list[tuple[str, str]]]], *, expected: int) -> None:
    """Post (address, fields) some at a time. Raises RequestRefused on the first answer that is not the expected one."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(address: str, fields: list[tuple[str, str]]) -> None:
        async with turn:
            status = await post(http, address, fields)
        if status != expected:
            raise RequestRefused(f"a post to {address.split('?')[0]} was answered {status}, not {expected}")

    await asyncio.gather(*(one(address, fields) for address, fields in posts))


async def post_json(
    http: httpcore.AsyncConnectionPool, address: str, body: object, *, key: str, retry_key: str, expected: int = 201
) -> None:
    """Post as a program that holds a key. Raises RequestRefused, with what the door said, on an answer that is not the expected one."""
    headers: dict[bytes | str, bytes | str] = {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {key}",
        "Idempotency-Key": retry_key,
    }
    answer = await http.request("POST", address, headers=headers, content=msgspec.json.encode(body))
    if answer.status != expected:
        raise RequestRefused(f"a post to {address} was answered {answer.status}: {answer.content[:500].decode(errors='replace')}")


def links(mailbox: Path, base_url: str, page: str, *, subject_words: str = "") -> list[str]:
    """Addresses of one kind of page, in all letters, or in those with these words in their subject."""
    pattern = re.compile(re.escape(f"{base_url}/{page}/") + r"[A-Za-z0-9_-]+")
    return [link for text in letters(mailbox, subject_words=subject_words) for link in pattern.findall(text)]


def letters(mailbox: Path, *, subject_words: str = "") -> Iterator[str]:
    """The plain text of every letter, or of those with these words in their subject."""
    for path in sorted(mailbox.rglob("new/*")):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        body = message.get_body(("plain",))
        if subject_words in str(message["subject"] or ""):
            yield body.get_content() if body else ""
