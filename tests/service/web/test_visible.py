"""What nobody sees stands in no title, no name, no subject and no calendar."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from service.feeds.text import line, plain
from service.mail.headers import hsafe
from service.registrations.calendar import calendar_file
from service.registrations.model import SessionFacts
from service.residents.model import SignUp
from service.web.forms import read
from service.web.visible import visible, visible_line

AT = datetime(2026, 11, 24, 15, tzinfo=UTC)
MARKS = "\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202d\u202e\u2060\u2066\u2069\ufeff\u00ad\u034f\u180e\u3164\U000e0041\U000e007f"
DIRECTIONS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
SURROGATES: tuple[Literal["Cs"]] = ("Cs",)  # no text holds half a letter
KEPT = ["\u0601\u0661\u0662", "\u2764\ufe0f", "Yoga", "Café & té", "اليوغا على الكرسي", "木曜日", "🎲 bingo", "Καλημέρα"]


def unseen(text: str) -> list[str]:
    return [letter for letter in text if letter in MARKS or _is_mark(letter)]


def _is_mark(letter: str) -> bool:
    """By Unicode's own tables: half a pair, a direction control, or a format mark that takes no part in directions."""
    kind, direction = unicodedata.category(letter), unicodedata.bidirectional(letter)
    return kind == "Cs" or direction in DIRECTIONS or (kind == "Cf" and direction == "BN")


def calendar_of(title: str, place: str) -> str:
    session = SessionFacts(
        id=UUID(int=1), organization_id=UUID(int=2), activity_id=UUID(int=3), state="scheduled", sequence=0, starts_at=AT,
        ends_at=AT + timedelta(hours=1), zone="UTC", title=title, description="", topics=[], place_name=place, address="",
        center_name="Center",
    )  # fmt: skip
    return calendar_file(session, sequence=0, going=True, url="https://doorstep.example.org/sessions/1", now=AT).decode()


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_reaches_no_title_name_subject_or_calendar(mark: str) -> None:
    evil = f"Yo{mark}ga{mark}"
    form = {"email": ["ada@example.org"], "zip": ["10001"], "consent": ["digest"], "name": [evil], "words": [evil]}
    typed = read(form, SignUp)
    assert (typed.name, typed.words) == ("Yoga", "Yoga")
    assert SignUp(email="ada@example.org", zip="10001", consent=["digest"], name=evil).name == "Yoga"
    assert hsafe(evil) == line(evil, 100) == plain(evil, 100) == "Yoga"
    assert not unseen(calendar_of(evil, evil).replace("\r\n ", ""))


@pytest.mark.parametrize("text", KEPT)
def test_what_people_write_stays(text: str) -> None:
    assert visible(text) == visible_line(text) == hsafe(text) == line(text, 100) == text


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_hides_no_encoded_word(mark: str) -> None:
    assert "=?" not in hsafe(f"={mark}?utf-8?q?=0ABcc:_everyone@example.org?=")


@given(st.text(alphabet=st.one_of(st.characters(exclude_categories=()), st.sampled_from(MARKS + "\r\n\t\u2028\x85 =?")), max_size=60))
def test_any_text_becomes_one_visible_line_and_stays_it(text: str) -> None:
    cleaned = visible_line(text)
    assert not unseen(cleaned)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", cleaned)
    assert visible_line(cleaned) == cleaned
    assert not unseen(hsafe(text))
    assert "=?" not in hsafe(text)


@given(
    st.text(alphabet=st.one_of(st.characters(exclude_categories=SURROGATES), st.sampled_from(MARKS + "\r\n;,:\\")), min_size=1, max_size=60)
)
def test_no_text_changes_what_a_calendar_says_besides_it(text: str) -> None:
    [event] = Calendar.from_ical(calendar_of(text, text)).walk("VEVENT")
    assert str(event["SUMMARY"]) == visible_line(text)
    assert set(event) == {"UID", "SUMMARY", "DTSTART", "DTEND", "DTSTAMP", "SEQUENCE", "STATUS", "LOCATION", "URL"}
