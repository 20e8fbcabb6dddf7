"""Somebody else's words in a letter of ours: readable, in the direction of their script, and nothing in them to press."""

from __future__ import annotations

import re

import pytest

from service.mail.note import note
from service.mail.quotation import inert, quoted_lines, quoted_paragraphs, script_direction

# What mail programs make a link of: a scheme with slashes, a mail address, a name with a dot before letters.
PRESSED = re.compile(r"\w+://|[\w.+-]+@[\w-]|\w[.。．｡][^\W\d_]")
LINKS = [
    "https://evil.example/login?x=1",
    "HTTP://EVIL.EXAMPLE",
    "www.evil.example",
    "evil.example/path",
    "ana@evil.example",
    "mailto:ana@evil.example",
    "ftp://10.0.0.1/a",
    "https://пример.рф",
    "例え。テスト",
]


@pytest.mark.parametrize("link", LINKS)
def test_no_program_sees_an_address_and_every_reader_does(link: str) -> None:
    text = f"Please see {link} today."
    assert PRESSED.search(text)
    assert not PRESSED.search(inert(text))
    assert inert(text).replace("\u200b", "") == text


@pytest.mark.parametrize("text", ["Bring 2.50 dollars, at 10:30. See you. Bye!", "A/B", "3.5 km", "أحضروا معطفًا."])
def test_other_words_stay_as_they_are(text: str) -> None:
    assert inert(text) == text


@pytest.mark.parametrize(
    ("text", "direction"), [("Hello", "ltr"), ("أهلًا", "rtl"), ("12: أهلًا", "rtl"), ("(שלום) hello", "rtl"), ("12", "ltr"), ("", "ltr")]
)
def test_a_line_runs_in_the_direction_of_its_script(text: str, direction: str) -> None:
    assert script_direction(text) == direction


def test_no_line_of_it_can_pass_for_ours() -> None:
    words = "First\n\n-- \nDoorstep"
    assert quoted_lines(words) == "> First\n>\n> --\n> Doorstep"
    assert quoted_paragraphs(words) == [("ltr", "First"), ("ltr", "-- "), ("ltr", "Doorstep")]


def test_a_letter_shows_it_as_a_quotation_in_both_its_parts() -> None:
    content = note("ar", subject="x", before=["قبل"], quotation='Hello <a href="https://evil.example">you</a>\nأهلًا', after=["بعد"])
    quotation = content.html.split("<blockquote", 1)[1].split("</blockquote>", 1)[0]
    assert re.findall(r'<p dir="(\w+)"', quotation) == ["ltr", "rtl"]
    assert "<a" not in content.html
    assert "&lt;a href" in quotation
    assert content.text.startswith("قبل\n\n> Hello <a href")
    assert content.text.index("> أهلًا") < content.text.index("بعد")


def test_a_letter_without_a_quotation_has_none() -> None:
    assert "blockquote" not in note("en", subject="x", before=["a"]).html
    assert note("en", subject="x", before=["a"], after=["b"]).text == "a\n\nb\n"
