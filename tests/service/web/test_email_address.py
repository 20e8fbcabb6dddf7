"""One reading of e-mail addresses: what a door takes, the mail room can write to."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.errors import Invalid
from service.mail.mime import build
from service.mail.model import Content
from service.residents.model import SignUp
from service.web.email_address import PROVIDERS, canonical, likely_meant, mailbox_of

AT = datetime(2026, 11, 24, 15, tzinfo=UTC)
ODD = [
    "a@localhost",
    "a@[127.0.0.1]",
    "a@[IPv6:::1]",
    "a%b@c",
    "a..b@example.org",
    "a.@example.org",
    ".a@example.org",
    "a@example..org",
    "a@example.org.",
    "a @example.org",
    "a@exam ple.org",
    '"a b"@example.org',
    '"a"@example.org',
    "a" * 65 + "@example.org",
    "a@" + "b" * 64 + ".example.org",
    "é@example.org",
    "a@example.org\r\nBcc: b@example.org",
    "Ada <ada@example.org>",
    "ada@example.org, bo@example.org",
    "a@192.0.2.7",
    "a@-example.org",
    "a@example.invalid",
    "a\u202eb@example.org",
    "a@exa\u200bmple.org",
]
ACCEPTED = {
    "ada@example.org": "ada@example.org",
    "Ada.Lovelace+walks@Example.ORG": "Ada.Lovelace+walks@example.org",
    "o'neil@mail.example.org": "o'neil@mail.example.org",
    "ada@bücher.example": "ada@xn--bcher-kva.example",
    "ada@مثال.example": "ada@xn--mgbh0fb.example",
    "a" * 64 + "@example.org": "a" * 64 + "@example.org",
}


def write_to(address: str) -> bytes:
    content = Content(subject="Hello", text="Hello.\n")
    return build(content, to=address, mail_from="Doorstep <hello@doorstep.example.org>", message_id="1", language="en", at=AT)


@pytest.mark.parametrize("address", ODD)
def test_an_address_that_no_letter_reaches_is_refused_at_the_door(address: str) -> None:
    with pytest.raises(Invalid) as refusal:
        SignUp(email=address, zip="10001", consent=["digest"])
    assert refusal.value.fields == {"email": "email"}


@pytest.mark.parametrize(("address", "spelling"), ACCEPTED.items())
def test_an_international_domain_is_taken_and_written_as_punycode(address: str, spelling: str) -> None:
    assert SignUp(email=address, zip="10001", consent=["digest"]).email == spelling
    assert f"To: {spelling}".encode() in write_to(spelling).replace(b"\r\n ", b" ")


_PIECES = st.sampled_from(
    ["a", "B", "é", "ü", ".", "..", "+", "%", "!", "/", "'", '"', "\\", " ", "-", "@", "[", "]", "x" * 30, "example", "org", "中", "\u202e"]
)
_MADE = st.builds(
    lambda local, domain: f"{''.join(local)}@{''.join(domain)}.org", st.lists(_PIECES, max_size=6), st.lists(_PIECES, max_size=6)
)


@settings(max_examples=600, deadline=None)
@given(st.one_of(st.emails(), _MADE, st.text(max_size=40)))
@example("a!b@example.org")
@example("a/b@example.org")
@example("a%b@example.org")
@example("a" * 64 + "@" + ("b" * 60 + ".") * 3 + "org")
def test_whatever_the_door_takes_the_mail_room_writes_to(address: str) -> None:
    with contextlib.suppress(Invalid):
        spelling = canonical(address)
        try:
            raw = write_to(spelling)
        except Invalid as refusal:
            pytest.fail(f"{spelling!r} was taken at the door and refused in the mail room: {refusal}")
        assert spelling.encode() in raw.replace(b"\r\n ", b"")
        assert canonical(spelling) == spelling


def test_tags_and_capitals_lead_to_one_mailbox() -> None:
    assert {mailbox_of(a) for a in ("ada@example.org", "Ada+1@example.org", "ADA+walks+2@EXAMPLE.org")} == {"ada@example.org"}
    assert {mailbox_of(a) for a in ("a.d.a@gmail.com", "ada+x@googlemail.com")} == {"ada@gmail.com"}
    assert mailbox_of("a.da@example.org") != mailbox_of("ada@example.org")
    assert mailbox_of("+tag@example.org") == "+tag@example.org"


def slips(domain: str) -> set[str]:
    """One letter of the provider's own name left out, doubled, or swapped with the next."""
    name, dot, ending = domain.partition(".")
    spots = range(len(name))
    left_out, doubled = ({name[:at] + new + name[at + 1 :] for at in spots for new in [change(name[at])]} for change in (_nothing, _twice))
    swapped = {name[:at] + name[at + 1] + name[at] + name[at + 2 :] for at in spots[:-1]}
    return {f"{slip}{dot}{ending}" for slip in left_out | doubled | swapped} - {domain}


def _nothing(letter: str) -> str:
    return ""


def _twice(letter: str) -> str:
    return letter * 2


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_slip_in_a_big_providers_name_is_noticed(provider: str) -> None:
    assert likely_meant(f"ada@{provider}") is None
    missed = {slip for slip in slips(provider) if likely_meant(f"ada@{slip}") != f"ada@{provider}"}
    assert missed <= {"mail.com", "cloud.com"}  # there are such providers


@pytest.mark.parametrize(
    "domain",
    ["example.org", "aol.com", "ymail.com", "mail.com", "gmx.net", "live.com", "me.com", "proton.me", "yahoo.com.mx", "yahoo.co.uk",
     "yahoo.ca", "hotmail.es", "hotmail.co.uk", "outlook.es", "library.example.org", "googlemail.com", "att.net", "cox.net", "msn.com",
     "rocketmail.com"],
)  # fmt: skip
def test_the_names_of_other_providers_are_no_slips(domain: str) -> None:
    assert likely_meant(f"ada@{domain}") is None
