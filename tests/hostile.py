"""Bodies that nobody kind would send, for any app: whatever arrives, no answer may be a 5xx."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote_plus, urlencode

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=edge"
ODD_MEDIA = (
    "",
    "text/plain",
    "application/xml",
    "application/json; charset=utf-7",
    "multipart/form-data",
    "x",
    "é/ü",
    "application/msgpack",
)

VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2**31,
    2**63,
    -(2**70),
    10**400,
    1e308,
    -0.0,
    "",
    " ",
    "\x00",
    "a\x00b",
    "\x1b[2J",
    "\u202eabc",
    "\U0001f6aa" * 300,
    "A" * 5_000,
    "' OR 1=1 --",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "%00",
    "=cmd()",
    "a@b\r\nBcc: c@d",
    "0001-01-01",
    "9999-12-31T23:59:59+14:00",
    "0001-01-01T00:00:00+14:00",
    "2026-02-30",
    "25:61",
    "NaN",
    "1e999",
    "00000000-0000-0000-0000-00000000000g",
    [],
    {},
    [[]],
    [None],
    ["x"] * 500,
    {"a": {"b": {"c": []}}},
    {"": ""},
)
RAW_JSON: tuple[bytes, ...] = (
    b"",
    b"{",
    b"[",
    b"nul",
    b"\xff\xfe{}",
    b'"\\ud800"',
    b'{"a": "\\udfff\\ud800"}',
    b"[" * 20_000,
    b'{"a":' * 8_000,
    b"[" * 5_000 + b"]" * 5_000,
    b"9" * 20_000,
    b"-" + b"9" * 500,
    b"1e99999",
    b"{}{}",
    b'{"a":1,}',
    b"\xef\xbb\xbf{}",
    b'{"a":"\x01"}',
    b"\x00" * 100,
    b"NaN",
    b"null",
    b"true",
    b"[]",
    b'""',
    b"12",
    "{}".encode("utf-16"),
    b'{"__proto__": {"admin": true}}',
)


class Hostile(NamedTuple):
    content: bytes
    media: str


class Storm(NamedTuple):
    """How an app stood it: how often each status was given, and what was answered with a 5xx."""

    statuses: Counter[int]
    fallen: list[tuple[str, int, Hostile]]


def hostile_bodies(rng: random.Random, count: int, *, fields: Sequence[str]) -> Iterator[Hostile]:
    """`fields` are names that the app knows, so that some bodies get past the first look."""
    kinds: tuple[Callable[[random.Random, Sequence[str]], Hostile], ...] = (_object, _raw, _form, _parts, _mangled, _odd_media)
    for number in range(count):
        yield kinds[number % len(kinds)](rng, fields)


def storm(
    send: Callable[[str, str, Hostile], int], targets: Sequence[tuple[str, str]], bodies: Iterable[Hostile], *, rng: random.Random
) -> Storm:
    """Sends every body to one of the targets (method, path). `send` returns the status."""
    statuses: Counter[int] = Counter()
    fallen = []
    for body in bodies:
        method, path = rng.choice(targets)
        status = send(method, path, body)
        statuses[status] += 1
        if status >= 500:
            fallen.append((f"{method} {path}", status, body))
    return Storm(statuses, fallen)


def _object(rng: random.Random, fields: Sequence[str]) -> Hostile:
    chosen = {name: rng.choice(VALUES) for name in rng.sample(list(fields), rng.randint(0, len(fields)))}
    if rng.random() < 0.2:
        chosen["is_admin"] = True
    return Hostile(json.dumps(chosen).encode(), JSON)


def _raw(rng: random.Random, fields: Sequence[str]) -> Hostile:
    body = rng.choice(RAW_JSON)
    if rng.random() < 0.4:
        body = b'{"' + rng.choice(fields).encode() + b'": ' + body + b"}"
    return Hostile(body, JSON)


def _text(rng: random.Random) -> str:
    value = rng.choice(VALUES)
    return value if isinstance(value, str) else str(value)


def _form(rng: random.Random, fields: Sequence[str]) -> Hostile:
    pairs = [(rng.choice(fields), _text(rng)) for _ in range(rng.randint(0, 12))]
    body = urlencode(pairs).encode()
    broken = rng.choice((b"", b"", b"&%FF%FE=%ED%A0%80", b"&\xff\xfe=1", b"&" * 3_000, b"&a=%", b"&=;=&&", b"&%00=%00", b"&x=1" * 2_000))
    return Hostile(body + broken, FORM)


def _parts(rng: random.Random, fields: Sequence[str]) -> Hostile:
    chunks = []
    for _ in range(rng.randint(1, 5)):
        disposition = rng.choice(
            (
                f'form-data; name="{rng.choice(fields)}"',
                f'form-data; name="{rng.choice(fields)}"; filename="../../a.csv"',
                "form-data",
                'form-data; name=""',
                'attachment; name="x"',
            )
        )
        kind = rng.choice(("", "Content-Type: text/plain; charset=nobody-has-this\r\n", "Content-Type: text/plain; charset=utf-16\r\n"))
        value = rng.choice((_text(rng).encode("utf-8", "surrogatepass"), b"\xff\xfe\x00", b""))
        chunks.append(b"--edge\r\nContent-Disposition: " + disposition.encode() + b"\r\n" + kind.encode() + b"\r\n" + value + b"\r\n")
    body = b"".join(chunks) + b"--edge--\r\n"
    if rng.random() < 0.4:
        body = body[: rng.randrange(len(body))]
    return Hostile(body, PARTS)


def _mangled(rng: random.Random, fields: Sequence[str]) -> Hostile:
    """A good body with some bytes changed, cut short or made of noise."""
    good = rng.choice((_object, _form, _parts))(rng, fields)
    content = bytearray(good.content or b"{}")
    for _ in range(rng.randint(1, 8)):
        content[rng.randrange(len(content))] = rng.randrange(256)
    return Hostile(bytes(content[: rng.randint(1, len(content))]), good.media)


def _odd_media(rng: random.Random, fields: Sequence[str]) -> Hostile:
    body = rng.choice((_object, _form, _parts))(rng, fields).content
    if rng.random() < 0.1:
        body = quote_plus("x" * 70_000).encode()
    return Hostile(body, rng.choice((*ODD_MEDIA, JSON, FORM, PARTS)))
