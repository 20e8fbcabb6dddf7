"""Help lines, privacy, accessibility: easy to read, in every language, and true to what the program does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
from litestar.testing import TestClient

from service.places.distance import rounded
from service.residents.actions import CONFIRM_LIFE
from service.residents.small_changes import TAKE_BACK
from service.settings import ServiceSettings
from service.web import about
from service.web.install import build

PAGES = ("/help", "/privacy", "/accessibility")
METERS_OF_A_DEGREE = 111_320
NUMBERS = ("988", "911", "211")


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:  # type: ignore[type-arg]
    with TestClient(build(about.ROUTES, settings=ServiceSettings())) as running:
        yield running


def words_of(html: str) -> str:
    main = html.split("<main", 1)[1].split("</main>", 1)[0].split(">", 1)[1]
    ended = re.sub(r"</(h1|h2|p|li|a)>", ". ", main)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", ended))


def syllables(word: str) -> int:
    groups = len(re.findall(r"[aeiouy]+", word))
    silent = word.endswith("e") and not word.endswith(("le", "ee"))
    return max(1, groups - silent)


def grade(text: str) -> float:
    """Flesch-Kincaid: school years of English needed to read the text."""
    sentences = [part for part in re.split(r"[.!?:]+", text) if re.search(r"[A-Za-z]", part)]
    words = re.findall(r"[A-Za-z]+", text)
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(syllables(word.lower()) for word in words) / len(words) - 15.59


def test_the_grade_knows_easy_from_hard() -> None:
    assert grade("The cat sat on the mat. It was warm.") < 2
    assert grade("Organizational responsibilities necessitate comprehensive documentation of administrative communication.") > 12


@pytest.mark.parametrize("path", PAGES)
def test_a_sixth_grader_can_read_it(client: TestClient, path: str) -> None:  # type: ignore[type-arg]
    assert grade(words_of(client.get(path).text)) <= 6


def test_the_numbers_can_be_pressed_and_the_one_for_despair_comes_first(client: TestClient) -> None:  # type: ignore[type-arg]
    for language in ("en", "es", "ar"):
        html = client.get(f"/help?lang={language}").text
        assert re.findall(r'href="tel:(\d+)"', html) == list(NUMBERS)
        assert 'href="sms:988"' in html


def test_the_page_says_when_somebody_last_checked(client: TestClient) -> None:  # type: ignore[type-arg]
    assert date(2026, 11, 24) <= about.HELP_CHECKED_ON
    assert f"{about.HELP_CHECKED_ON:%B} {about.HELP_CHECKED_ON.day}, {about.HELP_CHECKED_ON.year}" in client.get("/help").text


def test_the_days_and_meters_it_promises_are_the_ones_that_are_kept(client: TestClient) -> None:  # type: ignore[type-arg]
    words = words_of(client.get("/privacy").text)
    assert f"after {CONFIRM_LIFE.days} days" in words
    assert f"for {TAKE_BACK.days} days" in words
    assert f"about {about.POINT_METERS} meters" in words
    step = rounded(40.7126, -74.0)[0] - rounded(40.7124, -74.0)[0]
    assert round(step * METERS_OF_A_DEGREE, -2) == about.POINT_METERS


@pytest.mark.parametrize("path", PAGES)
def test_it_sets_no_cookie_and_every_link_in_its_frame_answers(client: TestClient, path: str) -> None:  # type: ignore[type-arg]
    page = client.get(path)
    assert "set-cookie" not in page.headers
    for href in set(re.findall(r'href="(/[^"]*)"', page.text)):
        assert client.get(href.replace("&amp;", "&")).status_code == 200, href
    assert not re.findall(r'(?:src|href)="https?:', page.text)
