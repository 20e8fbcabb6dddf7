"""The bytes of a letter: nothing that a center or a resident wrote becomes a header."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import Invalid
from service.mail.headers import check_finished, hsafe
from service.mail.mime import build
from service.mail.model import Content

AT = datetime(2026, 11, 24, 15, tzinfo=UTC)
ATTACKS = [
    "Yoga\r\nBcc: everyone@example.org",
    "Yoga\nBcc: everyone@example.org",
    "Yoga\u2028Bcc: everyone@example.org",
    "Yoga =?utf-8?q?=0ABcc:_everyone@example.org?=",
    "=?utf-8?b?WW9nYQ0KQmNjOiBldmVyeW9uZUBleGFtcGxlLm9yZw==?=",
    "Yoga\x00\x0b\x0c\x85Bcc: everyone@example.org",
    "\u202egro.elpmaxe@enoyreve\u202c",
]


def letter(**changed: str) -> bytes:
    return built(msgspec.structs.replace(Content(subject="Hello", text="Hello.\n", html="<p>Hello.</p>"), **changed))


def built(content: Content) -> bytes:
    mail_from = "Doorstep <hello@doorstep.example.org>"
    return build(content, to="ada@example.org", mail_from=mail_from, message_id="0123abc", language="en", at=AT)


def names(raw: bytes) -> set[str]:
    return {name.lower() for name in email.message_from_bytes(raw, policy=email.policy.SMTP)}


PLAIN = names(letter())


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_text_becomes_a_header(attack: str) -> None:
    raw = letter(subject=attack)
    read = email.message_from_bytes(raw, policy=email.policy.SMTP)
    assert names(raw) == PLAIN
    assert [address.addr_spec for address in read["to"].addresses] == ["ada@example.org"]
    assert "\u202e" not in str(read["subject"])


@settings(max_examples=400, deadline=None)
@given(subject=st.text(max_size=300), text=st.text(max_size=200))
def test_any_text_at_all_leaves_the_headers_as_they_are(subject: str, text: str) -> None:
    clean = text.encode("utf-8", "replace").decode()
    raw = letter(subject=subject, text=clean)
    assert names(raw) == PLAIN
    assert str(email.message_from_bytes(raw, policy=email.policy.SMTP)["subject"]) == hsafe(subject)


@pytest.mark.parametrize("header", ["Bcc: x@example.org", "Subject: another", "X-Priority: 1", "Content-Disposition: attachment"])
def test_a_header_that_is_not_ours_stops_the_letter(header: str) -> None:
    with pytest.raises(Invalid):
        check_finished(header.encode() + b"\r\n" + letter(), expected={})


def test_a_subject_in_arabic_reads_back_and_keeps_short_lines() -> None:
    subject = "ثلاثة أشياء قريبة منك هذا الأسبوع: حديقة الصباح، اليوغا على الكرسي، والغناء معًا"
    raw = letter(subject=subject)
    assert str(email.message_from_bytes(raw, policy=email.policy.SMTP)["subject"]) == hsafe(subject)
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))


def test_a_long_unsubscribe_address_stays_one_plain_link() -> None:
    url = "https://doorstep.example.org/u/" + "a1B2" * 40
    raw = letter(stop_url=url)
    assert f"List-Unsubscribe: <{url}>\r\n".encode() in raw
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


@pytest.mark.parametrize(
    "url", ["https://x.example/u/a>,<https://evil.example", "https://x.example/u/\r\nBcc: x@example.org", "https://x/é"]
)
def test_an_unsubscribe_address_is_plain_or_the_letter_is_not_written(url: str) -> None:
    with pytest.raises(Invalid):
        letter(stop_url=url)


@pytest.mark.parametrize("to", ["", "nobody", "a@b@c", "a b@example.org", "x@example.org, y@example.org", "ü@example.org"])
def test_an_address_that_cannot_be_written_stops_the_letter(to: str) -> None:
    with pytest.raises(Invalid):
        build(Content(subject="s", text="t"), to=to, mail_from="d@example.org", message_id="1", language="en", at=AT)


def test_a_retry_has_the_same_bytes() -> None:
    assert letter() == letter()
