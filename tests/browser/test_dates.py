"""A date is moved, called off and taken back on a phone, in three languages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.arrivals import Center
from tests.browser.look import PHONE, faults, keep_picture

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["en", "es", "ar"])
def test_the_pages_of_one_date_are_readable_and_lead_back(chromium: Browser, hall: Center, pictures: Path | None, language: str) -> None:
    context = chromium.new_context(viewport={"width": PHONE["width"], "height": PHONE["height"]})
    page, wrong = context.new_page(), {}
    page.goto(hall.ask("sign-in"))
    page.locator("main form button").first.click()
    date = hall.roster.removesuffix("/roster").replace("/dates/", "/sessions/")

    def look(name: str, address: str = "") -> None:
        if address:
            page.goto(f"{address}?lang={language}")
        keep_picture(page, pictures, f"{name}-{language}")
        wrong[name] = faults(page)

    look("date-near-cancel", f"{date}/cancel")
    look("date-move", f"{date}/move")
    page.fill("[name=day]", "2026-11-24")
    page.fill("[name=begins]", "14:00")
    page.fill("[name=ends]", "15:00")
    page.locator("main form button").last.click()
    look("date-moved")
    look("date-cancel", f"{date}/cancel")
    page.fill("[name=reason]", "The boiler broke, and the room is too cold to sit in.")
    page.locator("main form button").last.click()
    look("date-called-off")
    page.locator("main form[action*='/restore'] button").click()
    look("date-restored")
    assert page.locator(f"a[href*='/sessions/{date.rpartition('/')[2]}/cancel']").count() == 1
    assert not {name: words for name, words in wrong.items() if words}
    context.close()
