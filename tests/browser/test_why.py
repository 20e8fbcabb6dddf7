"""Examples before a sign-up, why this and why not that: in a real browser, without scripts, in three languages and two widths."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from service.demo import client
from tests.browser.look import PHONE, SIZES, faults, keep_picture, opened
from tests.browser.town import Town, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def town(chromium: Browser) -> Iterator[Town]:
    with tempfile.TemporaryDirectory(prefix="doorstep-browser-") as name:
        Path(name).chmod(0o711)
        with running(Path(name), residents=12) as town:
            yield town


def why_links(town: Town) -> list[str]:
    """As they stand in the weekly letters."""
    pattern = re.compile(re.escape(f"{town.address}/me/") + r"[A-Za-z0-9_-]+/why/[0-9a-f-]+")
    return [link for text in client.letters(town.mailbox) for link in pattern.findall(text)]


def own_page(chromium: Browser, town: Town) -> str:
    """The fresh link that the foot of a letter has mailed."""
    earlier_links = set(town.links("me"))
    page = opened(chromium, why_links(town)[0].partition("/why/")[0], language="en", dark=False, size=PHONE, scripts=False)
    page.goto(f"{why_links(town)[0]}?lang=en")
    page.get_by_role("link", name="Change what I told you").click()
    page.get_by_role("button", name="Send me my link").press("Enter")
    page.wait_for_selector("text=We have sent a new link")
    page.context.close()
    return town.wait_for_links("me", more_than=earlier_links)[0]


def test_examples_come_before_an_address_and_without_scripts(chromium: Browser, town: Town, pictures: Path | None) -> None:
    page = opened(chromium, town.address + town.form, language="en", dark=False, size=PHONE, scripts=False)
    page.fill("[name=zip]", "43604")
    page.fill("[name=words]", "ches")
    page.get_by_text("When you are free").click()
    page.select_option("[name=travel]", "car")
    page.get_by_role("button", name="Show me examples").press("Enter")
    page.wait_for_selector("#examples .card")
    assert page.locator("#examples .card").count() >= 3
    assert page.input_value("[name=words]") == "ches"
    assert page.get_by_role("group", name="Did you mean one of these?").locator("input").count() >= 1
    keep_picture(page, pictures, "examples-phone-en")
    page.context.close()


@pytest.mark.parametrize("language", ["en", "es", "ar"])
def test_the_pages_are_readable_for_everybody(chromium: Browser, town: Town, pictures: Path | None, language: str) -> None:
    own, faults_of_pages = own_page(chromium, town), {}
    addresses = {
        "why-letter": why_links(town)[0],
        "why-not": f"{own}/why-not",
        "why-look-up": f"{own}/why-not?about=a",
        "own-page": own,
    }
    for name, address in addresses.items():
        for width, size in SIZES.items():
            page = opened(chromium, address, language=language, dark=width == "desk", size=size)
            keep_picture(page, pictures, f"{name}-{width}-{language}")
            if wrong := faults(page):
                faults_of_pages[f"{name}-{width}-{language}"] = wrong
            page.context.close()
    for travel, name in (("car", "examples"), ("walk", "nothing")):
        for width, size in SIZES.items():
            page = opened(chromium, town.address + town.form, language=language, dark=False, size=size)
            page.fill("[name=zip]", "43604")
            page.locator("details", has=page.locator("[name=travel]")).locator("summary").click()
            page.select_option("[name=travel]", travel)
            page.locator("[name=available] >> nth=20").check() if travel == "walk" else page.fill("[name=words]", "ches")
            page.locator("#examples button").click()
            page.wait_for_load_state()
            keep_picture(page, pictures, f"{name}-{width}-{language}")
            if wrong := faults(page):
                faults_of_pages[f"{name}-{width}-{language}"] = wrong
            page.context.close()
    assert not faults_of_pages, "\n".join(f"{title}: {wrong}" for title, wrong in faults_of_pages.items())
