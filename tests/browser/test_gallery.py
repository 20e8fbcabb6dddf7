"""The parts of pages in a real browser: nothing for axe to find, nothing sideways, all of it by keyboard, without scripts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.look import PHONE, SIZES, faults, keep_picture, opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
PLACES = ["/gallery", "/gallery?came_back=true", "/nowhere"]


@pytest.mark.parametrize("language", ["en", "es", "ar"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("place", PLACES)
def test_axe_finds_nothing_and_nothing_runs_off_the_side(
    chromium: Browser, gallery: str, pictures: Path | None, place: str, dark: bool, language: str
) -> None:
    for width, size in SIZES.items():
        page = opened(chromium, gallery + place, language=language, dark=dark, size=size)
        title = f"gallery-{PLACES.index(place)}-{width}-{'dark' if dark else 'light'}-{language}"
        keep_picture(page, pictures, title)
        assert faults(page) == [], title
        page.context.close()


def test_every_target_is_large_enough_for_an_unsteady_finger(chromium: Browser, gallery: str) -> None:
    page = opened(chromium, gallery + "/gallery", language="en", dark=False, size=PHONE)
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, .button, header a, footer a, label.option, .week td label, summary, select')]
        .filter(e => e.offsetParent !== null && !e.closest('.unseen'))
        .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
        .filter(([, r]) => r.height < 44 || r.width < 24).map(([html, r]) => html + ' ' + r.height)"""
    )
    page.context.close()
    assert small == []


def test_a_form_is_filled_in_by_keyboard_with_scripts_off(chromium: Browser, gallery: str) -> None:
    page = opened(chromium, gallery + "/gallery", language="en", dark=False, size=PHONE, scripts=False)
    page.locator("#email").focus()
    page.keyboard.type("ana@example.org")
    for _ in range(4):
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.locator("input[name=needs]").nth(1).is_checked()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.locator("input[name=times]:focus").count():
            break
    page.keyboard.press("Space")
    assert page.locator("input[name=times]").first.is_checked()
    assert page.locator("[name=website]:focus").count() == 0
    page.context.close()


def test_the_keyboard_reaches_the_content_first_and_never_the_box_nobody_sees(chromium: Browser, gallery: str) -> None:
    page = opened(chromium, gallery + "/gallery", language="en", dark=False, size=PHONE)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.name || ''"))
    page.context.close()
    assert "consent" in reached
    assert "website" not in reached


def test_no_request_leaves_the_origin(chromium: Browser, gallery: str) -> None:
    context = chromium.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{gallery}/gallery?came_back=true")
    context.close()
    assert asked
    assert all(url.startswith((gallery, "data:")) for url in asked), asked
