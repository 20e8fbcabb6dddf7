"""A host without an account on a phone, and paper: offline and online, with and without scripts, in three languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.arrivals import Center
from tests.browser.look import PHONE, SIZES, faults, keep_picture
from tests.browser.test_roster import (
    BARTHOLOMEW,
    MARIA,
    add,
    expect_all_sent,
    expect_state,
    phone,
    press,
    sign_in,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


def beside(hall: Center, page: str) -> str:
    """Another page of the same date."""
    return hall.roster.removesuffix("roster") + page


def change_link(page: Page, hall: Center, words: str) -> None:
    page.goto(beside(hall, "host-link"))
    page.get_by_role("button", name=words, exact=True).click()


def shown_link(page: Page) -> str:
    return page.locator("p.address code").inner_text()


def hosts_phone(chromium: Browser, link: str, *, scripts: bool = True) -> Page:
    """A phone that is signed in nowhere."""
    context = chromium.new_context(viewport={"width": PHONE["width"], "height": PHONE["height"]}, java_script_enabled=scripts)
    page = context.new_page()
    page.goto(link)
    return page


@pytest.fixture
def desk(chromium: Browser, hall: Center) -> Iterator[Page]:
    """Signed in at the center, with a link for hosts."""
    page = phone(chromium, hall)
    change_link(page, hall, "Make a link")
    yield page
    page.context.close()


def test_a_host_ticks_without_network_and_it_is_sent_once(chromium: Browser, hall: Center, desk: Page, pictures: Path | None) -> None:
    page = hosts_phone(chromium, shown_link(desk))
    press(page, "Came", MARIA)
    expect_all_sent(page)
    page.context.set_offline(True)
    press(page, "Undo", MARIA)
    press(page, "Did not come", MARIA)
    press(page, "Came", BARTHOLOMEW)
    add(page, "Rosa", "2")
    expect(page.locator("#roster-offline")).to_be_visible()
    keep_picture(page, pictures, "host-offline")
    page.context.set_offline(False)
    expect_all_sent(page)
    expect(page.locator("#roster-counts")).to_contain_text("5 people came so far.")
    assert hall.ask("noted by hosts") == ["attended 2", "confirmed 1", "missed 1", "walk-in 1"]
    assert hall.ask("noted") == ["walk-in 1"]
    page.context.close()


def test_what_waits_under_a_withdrawn_link_is_sent_under_the_next(
    chromium: Browser, hall: Center, desk: Page, pictures: Path | None
) -> None:
    page = hosts_phone(chromium, shown_link(desk))
    change_link(desk, hall, "Make a new link")
    press(page, "Came", MARIA)
    add(page, "Rosa", "1")
    expect(page.locator("#roster-signed-out")).to_contain_text("This link does not work any more.")
    keep_picture(page, pictures, "host-withdrawn")
    assert hall.ask("noted by hosts") == ["walk-in 0"]
    page.reload()
    expect(page.locator("main")).to_contain_text("Please ask the center for a new one.")
    page.goto(shown_link(desk))
    expect_all_sent(page)
    expect_state(page, MARIA, "attended")
    assert hall.ask("noted by hosts") == ["attended 1", "walk-in 1"]
    page.context.close()


def test_the_hosts_buttons_work_without_scripts(chromium: Browser, hall: Center, desk: Page) -> None:
    page = hosts_phone(chromium, shown_link(desk), scripts=False)
    press(page, "Came", MARIA)
    expect_state(page, MARIA, "attended")
    add(page, "Rosa", "2")
    expect(page.locator("#roster-walk-ins")).to_contain_text("Rosa")
    assert hall.ask("noted by hosts") == ["attended 1", "walk-in 1"]
    page.context.close()


def test_a_sheet_is_found_by_its_code_and_typed_in_one_press_without_scripts(chromium: Browser, hall: Center) -> None:
    page = phone(chromium, hall, scripts=False)
    page.goto(beside(hall, "sheet"))
    code = page.locator(".code").inner_text()
    page.goto(hall.today)
    page.get_by_role("link", name="Type a sheet in", exact=True).click()
    page.fill("[name=code]", code)
    page.get_by_role("button", name="Find it", exact=True).click()
    page.get_by_role("group", name=MARIA).get_by_label("Came", exact=True).check()
    page.get_by_role("group", name=BARTHOLOMEW).get_by_label("Did not come", exact=True).check()
    page.fill("[name=first_name_1]", "Rosa")
    page.fill("[name=people_2]", "3")
    page.get_by_role("button", name="Save the sheet", exact=True).click()
    expect(page.locator(".notice.good")).to_contain_text("Saved.")
    assert hall.ask("noted") == ["attended 1", "missed 1", "walk-in 2"]
    page.context.close()


def test_the_pages_are_readable_for_everybody(chromium: Browser, hall: Center, desk: Page, pictures: Path | None) -> None:
    faulty, link = {}, shown_link(desk)
    pages = {"host": link} | {name: beside(hall, name) for name in ("host-link", "sheet", "paper")}
    pages["sheets"] = f"{hall.today.removesuffix('today')}sheets?code=0000-0000"
    for width, size in {**SIZES, "smallest": {"width": 320, "height": 640}}.items():
        context = chromium.new_context(
            viewport={"width": size["width"], "height": size["height"]},
            color_scheme="dark" if width == "desk" else "light",
            bypass_csp=True,
        )
        page = context.new_page()
        sign_in(page, hall)
        for language in ("en", "es", "ar"):
            for name, address in pages.items():
                page.goto(f"{address}{'&' if '?' in address else '?'}lang={language}")
                keep_picture(page, pictures, f"{name}-{width}-{language}")
                if wrong := faults(page):
                    faulty[f"{name}-{width}-{language}"] = wrong
        context.close()
    assert not faulty, "\n".join(f"{title}: {wrong}" for title, wrong in faulty.items())


def test_the_sheet_on_paper_has_boxes_and_nothing_to_press(chromium: Browser, hall: Center, pictures: Path | None) -> None:
    page = phone(chromium, hall)
    page.goto(beside(hall, "sheet"))
    page.emulate_media(media="print")
    expect(page.locator("nav:visible, a:visible, button:visible, input:visible")).to_have_count(0)
    assert page.locator(".box:visible").count() == 8
    keep_picture(page, pictures, "sheet-paper")
    if pictures:
        page.pdf(path=pictures / "sheet.pdf", format="A4")
    page.context.close()
