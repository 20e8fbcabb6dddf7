"""Feeds are fetched from public hosts only, and whoever answers cannot make us keep much, or wait long."""

import asyncio
import gzip
import random
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

import httpcore
import pytest

from service.feeds.addresses import Address, is_public
from service.feeds.fetch import FetchLimits, NotFetched, checked, fetch, next_address

CLOSED = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
    "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    "::/8", "64:ff9b::/96", "100::/64", "2001::/32", "2001:db8::/32", "2002::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    "::ffff:10.0.0.0/104", "::ffff:169.254.169.254/128", "fd00:ec2::254/128", "3fff::/20",
]  # fmt: skip
Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Dialer(httpcore.AsyncNetworkBackend):
    """Notes where a connection would go, and opens none."""

    def __init__(self) -> None:
        self.dialed: list[str] = []

    async def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        self.dialed.append(host)
        raise httpcore.ConnectError


def answers(*lists: list[str]) -> Callable[[str, int], Awaitable[list[str]]]:
    """A resolver that gives these answers one after the other."""
    left = list(lists)

    async def resolve(host: str, port: int) -> list[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


def some_of(net: str, rng: random.Random, count: int) -> list[Address]:
    whole = IPv6Network(net) if ":" in net else IPv4Network(net)
    return [whole[0], whole[-1], *(whole[rng.randrange(whole.num_addresses)] for _ in range(count))]


async def test_no_special_address_is_ever_dialed() -> None:
    rng, dialer, judged = random.Random(20261124), Dialer(), 0
    for net in CLOSED:
        for address in some_of(net, rng, 2000):
            judged += 1
            assert not is_public(address), address
            if judged % 250 == 0:
                with pytest.raises(NotFetched):
                    await fetch("http://feed.example/", resolve=answers([str(address)]), dial=dialer)
    assert judged > 56_000
    assert dialer.dialed == []


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "192.0.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1", "2001:4860::1"]
)
async def test_public_addresses_are_dialed(address: str) -> None:
    dialer = Dialer()
    with pytest.raises(NotFetched) as refused:
        await fetch("http://feed.example/", resolve=answers([address]), dial=dialer)
    assert dialer.dialed == [str(ip_address(address))]
    assert refused.value.code == "no_answer"


async def test_one_private_answer_among_public_ones_is_enough_to_refuse() -> None:
    dialer = Dialer()
    for mixed in (["8.8.8.8", "127.0.0.1"], ["::1", "8.8.8.8"], ["8.8.8.8", "not an address"], []):
        with pytest.raises(NotFetched):
            await fetch("http://feed.example/", resolve=answers(mixed), dial=dialer)
    assert dialer.dialed == []


async def test_a_name_that_changes_its_answer_is_asked_only_once() -> None:
    for _ in range(20):
        dialer = Dialer()
        with pytest.raises(NotFetched):
            await fetch("http://feed.example/", resolve=answers(["8.8.8.8"], ["127.0.0.1"]), dial=dialer)
        assert dialer.dialed == ["8.8.8.8"]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "//example.org/",
        "http://",
        "http:///x",
        "http://user@example.org/",
        "http://user:pass@example.org/",
        "http://example.org:22/",
        "http://example.org:6379/",
        "http://example.org/\r\nX: y",
        "http://exa mple.org/",
        "http://example.org\\@evil.example/",
        "http://example.org:99999/",
        "http://[::1/",
        "http://.../",
        "javascript:alert(1)",
        "http://" + "a" * 2001,
    ],
)
def test_only_plain_web_addresses_are_read(url: str) -> None:
    with pytest.raises(NotFetched):
        checked(url)


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost"])
async def test_ways_of_writing_this_very_machine_are_refused(host: str) -> None:
    dialer = Dialer()
    with pytest.raises(NotFetched):
        await fetch(f"http://{host}/", dial=dialer)
    assert dialer.dialed == []


def test_a_redirect_never_leaves_encryption_behind() -> None:
    assert next_address("https://example.org/a", "/b") == "https://example.org/b"
    assert next_address("http://example.org/a", "https://example.org/b") == "https://example.org/b"
    for location in ("http://example.org/b", "ftp://example.org/", ""):
        with pytest.raises(NotFetched):
            next_address("https://example.org/a", location)


# A real server on this machine: its address is allowed by name, nothing else private is.


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    local = IPv4Address("127.0.0.1")
    more = {"allowed": lambda address: address == local or is_public(address), "limits": FetchLimits(total_s=5, ports=frozenset({port}))}
    async with server:
        yield f"http://127.0.0.1:{port}", more


def saying(head: str, body: bytes = b"") -> Answer:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
        await writer.drain()

    return answer


async def test_a_feed_is_fetched_with_its_marks_and_asked_for_changes_only() -> None:
    seen: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        if b'If-None-Match: "one"' in seen[-1]:
            writer.write(b"HTTP/1.1 304 Not Modified\r\n\r\n")
        else:
            body = gzip.compress(b"BEGIN:VCALENDAR")
            writer.write(b'HTTP/1.1 200 OK\r\nETag: "one"\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n' % len(body) + body)
        await writer.drain()

    async with serving(answer) as (url, more):
        first = await fetch(f"{url}/feed.ics?x=1", **more)
        assert (first.body, first.etag) == (b"BEGIN:VCALENDAR", '"one"')
        assert (await fetch(url, etag=first.etag, **more)).body is None
    assert seen[0].startswith(b"GET /feed.ics?x=1 HTTP/1.1\r\n")


@pytest.mark.parametrize(
    "location",
    ["http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "http://127.0.0.2/", "file:///etc/passwd", "http://127.0.0.1:22/"],
)
async def test_a_redirect_to_a_private_place_is_refused(location: str) -> None:
    async with serving(saying(f"HTTP/1.1 302 Found\nLocation: {location}\nContent-Length: 0")) as (url, more):
        limits = FetchLimits(total_s=5, ports=more["limits"].ports | {80})
        with pytest.raises(NotFetched) as refused:
            await fetch(url, allowed=more["allowed"], limits=limits)
        assert refused.value.code in ("host_not_public", "address_unreadable", "port_closed")


async def test_a_circle_of_redirects_ends_after_three() -> None:
    hits = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal hits
        hits += 1
        await saying("HTTP/1.1 302 Found\nLocation: /again\nContent-Length: 0")(reader, writer)

    async with serving(answer) as (url, more):
        with pytest.raises(NotFetched) as refused:
            await fetch(url, **more)
    assert (refused.value.code, hits) == ("too_many_redirects", 4)


async def test_a_gigabyte_packed_into_a_megabyte_is_never_unpacked() -> None:
    packer = zlib.compressobj(9, wbits=31)
    block = bytes(2**20)
    bomb = b"".join(packer.compress(block) for _ in range(1024)) + packer.flush()
    assert len(bomb) < 1.2 * 2**20
    async with serving(saying(f"HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Length: {len(bomb)}", bomb)) as (url, more):
        tracemalloc.start()
        with pytest.raises(NotFetched) as refused:
            await fetch(url, **more)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert refused.value.code == "too_large"
    assert peak < 32 * 2**20


async def test_an_endless_answer_stops_at_the_limit() -> None:
    sent = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(bytes(2**16))
            await writer.drain()
            sent += 2**16

    async with serving(answer) as (url, more):
        with pytest.raises(NotFetched) as refused:
            await fetch(url, **more)
    assert refused.value.code == "too_large"
    assert sent < 20 * 2**20


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"])
async def test_an_answer_drop_by_drop_is_not_waited_for(head: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with serving(answer) as (url, more):
        limits = FetchLimits(total_s=0.4, ports=more["limits"].ports)
        with pytest.raises(NotFetched) as refused:
            await fetch(url, allowed=more["allowed"], limits=limits)
    assert refused.value.code == "too_slow"


@pytest.mark.parametrize(
    ("head", "code"),
    [
        ("HTTP/1.1 200 OK\nContent-Encoding: br\nContent-Length: 3", "encoding_not_read"),
        ("HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Length: 3", "gzip_unreadable"),
        ("HTTP/1.1 404 Not Found\nContent-Length: 3", "answered_badly"),
        ("HTTP/1.1 302 Found\nContent-Length: 3", "redirect_refused"),
        ("nonsense", "no_answer"),
    ],
)
async def test_answers_that_make_no_sense_are_refused_by_name(head: str, code: str) -> None:
    async with serving(saying(head, b"abc")) as (url, more):
        with pytest.raises(NotFetched) as refused:
            await fetch(url, **more)
    assert refused.value.code == code


def test_addresses_within_addresses_are_judged_as_what_they_are() -> None:
    assert is_public(IPv6Address("::ffff:8.8.8.8"))
    assert not is_public(IPv6Address("::ffff:169.254.169.254"))
