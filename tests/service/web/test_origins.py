"""Which texts are the origin of a site: the same answer at the command, in the header and in the table."""

from __future__ import annotations

from datetime import datetime

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.web.security import allow_framing, headers_for, origin_of
from tests.service.mail.neighbors import make_town

GOOD = {
    "https://www.example.org": "https://www.example.org",
    "HTTPS://WWW.Example.org/": "https://www.example.org",
    " https://example.org:8443 ": "https://example.org:8443",
    "http://localhost:5000": "http://localhost:5000",
    "http://127.0.0.1": "http://127.0.0.1",
    "https://xn--bcher-kva.example": "https://xn--bcher-kva.example",
}
BAD = [
    "", "https://", "https:///", "example.org", "http://example.org", "ftp://example.org", "https://example.org/forms",
    "https://example.org//", "https://example.org?x", "https://example.org#x", "https://*.example.org", "*", "'self'",
    "https://a@example.org", "https://a:b@example.org", "https://example.org:0", "https://example.org:65536",
    "https://example.org:", "https://example.org:x", "https://a..b", "https://-a.org", "https://a-.org", "https://.org",
    "https://a b.org", "https://a.org; script-src *", "https://a.org, https://b.org", "https://a.org\nX: y",
    "https://b\u00fccher.example", "https://exa\u0660mple.org:\u0661", "javascript:alert(1)", "null", "https://[::1]",
    "http://localhost.example.org", "https://" + "a" * 64 + ".org", "https://" + ".".join(["a" * 60] * 5),
]  # fmt: skip


@pytest.mark.parametrize(("text", "origin"), GOOD.items())
def test_a_site_is_kept_in_one_way(text: str, origin: str) -> None:
    assert origin_of(text) == origin == origin_of(origin)


@pytest.mark.parametrize("text", BAD)
def test_anything_else_is_none(text: str) -> None:
    assert origin_of(text) is None


@given(st.text(alphabet="htps:/.aA0-;,' *\"\\@?#[]\r\n\u0661", max_size=30).map(lambda tail: f"https://{tail}"))
def test_no_text_adds_a_word_or_a_directive_to_the_policy(text: str) -> None:
    scope: dict[str, object] = {"path": "/f/x"}
    allow_framing(scope, [text])
    policy = headers_for(scope, secure=True)["Content-Security-Policy"]
    framers = policy.rpartition("frame-ancestors ")[2]
    assert policy.count(";") == 7
    assert framers == (origin_of(text) or "'none'")
    assert framers == "'none'" or not set(framers) & set(" ;,'\"*@?#[]\\\r\n")


async def test_the_table_refuses_what_is_no_origin(admin: asyncpg.Connection, now: datetime) -> None:
    await make_town(admin, now=now)
    await admin.execute("UPDATE form SET origins = $1", list(set(GOOD.values())))
    for text in (
        "*",
        "'self'",
        "https://a.org; x",
        "https://a.org https://b.org/",
        "http://example.org",
        "https://A.org",
        "https://a.org\n",
        "",
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            await admin.execute("UPDATE form SET origins = $1", ["https://example.org", text])
    with pytest.raises(asyncpg.CheckViolationError):
        await admin.execute("UPDATE form SET origins = $1", [f"https://a{n}.org" for n in range(21)])
