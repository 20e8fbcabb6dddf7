"""Somebody looks what there is, signs up, reads the code in the letter, and types it on the page that is still open."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.look import PHONE, SIZES, faults, keep_picture, opened
from tests.browser.test_journeys import SLOWER_THAN_A_ROBOT_MS
from tests.browser.town import Town, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
TABS_MOST = 20


@pytest.fixture(scope="module")
def town(chromium: Browser) -> Iterator[Town]:
    with tempfile.TemporaryDirectory(prefix="doorstep-browser-") as name:
        Path(name).chmod(0o711)
        with running(Path(name), residents=6) as town:
            yield town


def signed_up(chromium: Browser, town: Town, email: str, *, language: str, scripts: bool, size: dict[str, int]) -> Page:
    """The page that thanks. What it takes to get there: an address, a ZIP code and a tick."""
    page = opened(chromium, town.address + town.form, language=language, dark=False, size=size, scripts=scripts)
    page.fill("[name=email]", email)
    page.fill("[name=zip]", "43604")
    page.check("[name=consent][value=digest]")
    page.wait_for_timeout(SLOWER_THAN_A_ROBOT_MS)
    page.locator("form button.primary:not([value])").last.click()
    page.wait_for_url("**/thanks/*")
    return page


def code_in_new_letter(chromium: Browser, town: Town, earlier_links: set[str], title: str, pictures: Path | None) -> str:
    """As it is read in the letter itself, in the mailbox."""
    town.wait_for_links("confirm", more_than=earlier_links)
    page = opened(chromium, f"{town.address}/mailbox", language="en", dark=False, size=PHONE, scripts=False)
    page.locator("a[href^='/mailbox/']").first.click()
    letter = page.frame_locator("iframe")
    code = letter.locator("p", has_text=re.compile(r"^\s*\d{3} \d{3}\s*$")).inner_text()
    path = page.url.split("?")[0]
    page.goto(f"{path}/html")
    keep_picture(page, pictures, f"code-letter-{title}")
    page.context.close()
    return code.strip()


@pytest.mark.parametrize("language", ["en", "es", "ar"])
@pytest.mark.parametrize(("scripts", "width"), [(False, "phone"), (True, "desk")])
def test_the_code_in_the_letter_is_typed_where_the_sign_up_was(
    chromium: Browser, town: Town, language: str, scripts: bool, width: str, pictures: Path | None
) -> None:
    """Two presses and six digits from the page to being in; the code field is seen without scrolling."""
    earlier_links, title = set(town.links("confirm")), f"{language}-{width}"
    email = f"odalys-{language}-{width}@residents.example.org"
    page = signed_up(chromium, town, email, language=language, scripts=scripts, size=SIZES[width])
    keep_picture(page, pictures, f"code-thanks-{title}")
    if scripts:
        assert faults(page) == []
    assert email in page.locator("main").inner_text()
    field = page.locator("[name=code]").bounding_box()
    assert field
    assert field["y"] + field["height"] < SIZES[width]["height"]
    page.fill("[name=code]", "12")
    page.locator("form button.primary").click()
    expect(page.locator("#code-wrong")).to_be_visible()
    keep_picture(page, pictures, f"code-wrong-{title}")
    page.fill("[name=code]", code_in_new_letter(chromium, town, earlier_links, title, pictures))
    page.keyboard.press("Enter")
    expect(page.locator("main h1")).not_to_have_text(re.compile("mail|correo|بريد"))
    keep_picture(page, pictures, f"code-in-{title}")
    page.context.close()


@pytest.mark.parametrize("language", ["en", "es", "ar"])
@pytest.mark.parametrize(("scripts", "width"), [(False, "phone"), (True, "desk")])
def test_real_groups_come_before_the_address_and_enter_does_what_the_field_is_for(
    chromium: Browser, town: Town, language: str, scripts: bool, width: str, pictures: Path | None
) -> None:
    """With the keyboard alone: Enter after the ZIP code shows groups, Enter after the address signs up."""
    page = opened(chromium, town.address + town.form, language=language, dark=False, size=SIZES[width], scripts=scripts)
    for _ in range(TABS_MOST):
        page.keyboard.press("Tab")
        if page.locator("#examples button:focus").count():
            break
    assert page.locator("#examples button:focus").count(), "the button for examples is far away"
    page.locator("[name=zip]").focus()
    page.keyboard.type("43604")
    page.keyboard.press("Enter")
    expect(page.locator(".card").first).to_be_visible()
    assert page.locator("#examples-title").evaluate("title => title === document.activeElement")
    keep_picture(page, pictures, f"form-shown-{language}-{width}")
    if scripts:
        assert faults(page) == []
    page.check("[name=consent][value=digest]")
    page.wait_for_timeout(SLOWER_THAN_A_ROBOT_MS)
    page.locator("[name=email]").focus()
    page.keyboard.type(f"ferelith-{language}-{width}@residents.example.org")
    page.keyboard.press("Enter")
    page.wait_for_url("**/thanks/*")
    page.context.close()
