"""Links made from the address that was asked for never lead to another site."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from litestar import Litestar
from litestar.testing import TestClient

_PIECES = st.sampled_from(
    [
        "/",
        "//",
        "\\",
        "/\\",
        "evil.example",
        "page",
        ".",
        "..",
        ":",
        "@",
        "?",
        "#",
        "https:",
        "javascript:",
        "\t",
        "\r\n",
        "\x00",
        "é",
        '"',
        "%2f",
    ]
)


def leads_away(link: str) -> bool:
    """As a browser reads it: tabs and line ends are dropped, a backslash is a slash, and two slashes begin a host."""
    read = re.sub(r"[\t\r\n]", "", link).strip("\x00 ").replace("\\", "/")
    return not read.startswith(("/", "#", "?")) or read.startswith("//")


def links_on(text: str) -> list[str]:
    return [unescape(link) for link in re.findall(r'\s(?:href|action|src)="([^"]*)"', text)]


@settings(max_examples=300, deadline=None)
@given(pieces=st.lists(_PIECES, max_size=6), raw=st.booleans())
@example(pieces=["/", "evil.example"], raw=True)
@example(pieces=["\\", "evil.example"], raw=True)
@example(pieces=["/", "page"], raw=True)
def test_no_link_of_a_page_leads_where_the_visitors_own_address_says(client: TestClient[Litestar], pieces: list[str], raw: bool) -> None:
    path = quote("".join(pieces), safe="/:@\\" if raw else "")
    answer = client.get(f"http://testserver.local/{path}", headers={"accept": "text/html"}, follow_redirects=False)
    assert not leads_away(answer.headers.get("location", "/"))
    links = links_on(answer.text)
    assert links
    assert not [link for link in links if leads_away(link)]


@pytest.mark.parametrize(
    "link", ["//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "https://evil.example", "javascript:x"]
)
def test_this_test_knows_a_link_that_leads_away(link: str) -> None:
    assert leads_away(link)
