"""Who came, ticked on a phone in a hall: with and without network, with and without scripts, in three languages and three widths."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.arrivals import Center
from tests.browser.look import PHONE, SIZES, faults, keep_picture

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = pytest.mark.browser
PATIENCE_S = 30
SMALLEST = {"width": 320, "height": 640}
MARIA, BARTHOLOMEW = "Maria L.", "Bartholomew F."


def sign_in(page: Page, hall: Center) -> None:
    page.goto(hall.ask("sign-in"))
    page.locator("main form button").first.click()


def phone(chromium: Browser, hall: Center, *, scripts: bool = True) -> Page:
    """On the roster, signed in. The policy of the pages holds: the script has to be one that it lets in."""
    context = chromium.new_context(viewport={"width": PHONE["width"], "height": PHONE["height"]}, java_script_enabled=scripts)
    page = context.new_page()
    sign_in(page, hall)
    page.goto(hall.roster)
    return page


def press(page: Page, words: str, name: str) -> None:
    page.get_by_role("button", name=f"{words} {name}", exact=True).click()


def expect_state(page: Page, name: str, state: str) -> None:
    expect(page.locator("#roster-guests > li", has_text=name)).to_have_attribute("data-state", state)


def add(page: Page, name: str, people: str) -> None:
    page.fill("[name=first_name]", name)
    page.fill("[name=people]", people)
    page.get_by_role("button", name="Add", exact=True).click()


def expect_all_sent(page: Page) -> None:
    """Asked again and again from outside: the policy of the page lets no text become a script."""
    until = time.monotonic() + PATIENCE_S
    while not page.evaluate("Object.values(localStorage).every((text) => text === '[]')"):
        assert time.monotonic() < until, page.evaluate("JSON.stringify(localStorage)")
        page.wait_for_timeout(50)


def test_what_is_ticked_without_network_is_sent_once_when_it_is_back(chromium: Browser, hall: Center, pictures: Path | None) -> None:
    page = phone(chromium, hall)
    press(page, "Came", MARIA)
    expect_state(page, MARIA, "attended")
    expect_all_sent(page)
    assert hall.ask("noted") == ["attended 1", "walk-in 0"]
    page.context.set_offline(True)
    press(page, "Undo", MARIA)
    press(page, "Did not come", MARIA)
    press(page, "Came", BARTHOLOMEW)
    add(page, "Rosa", "1")
    add(page, "", "4")
    for name, state in ((MARIA, "missed"), (BARTHOLOMEW, "attended")):
        expect_state(page, name, state)
    expect(page.locator("#roster-offline")).to_be_visible()
    expect(page.locator("#roster-walk-ins > li")).to_have_count(2)
    keep_picture(page, pictures, "roster-offline")
    assert hall.ask("noted") == ["attended 1", "walk-in 0"]
    page.context.set_offline(False)
    expect_all_sent(page)
    expect(page.locator("#roster-offline")).to_be_hidden()
    expect(page.locator("#roster-counts")).to_contain_text("8 people came so far.")
    assert hall.ask("noted") == ["attended 2", "confirmed 1", "missed 1", "walk-in 2"]
    page.reload()
    for name, state in ((MARIA, "missed"), (BARTHOLOMEW, "attended")):
        expect_state(page, name, state)
    page.context.close()


def test_a_page_that_was_closed_without_network_sends_when_it_is_opened_again(chromium: Browser, hall: Center) -> None:
    page = phone(chromium, hall)
    page.context.set_offline(True)
    press(page, "Came", MARIA)
    page.close()
    again = page.context.new_page()
    page.context.set_offline(False)
    again.goto(hall.roster)
    expect_all_sent(again)
    expect_state(again, MARIA, "attended")
    assert hall.ask("noted") == ["attended 1", "walk-in 0"]
    again.context.close()


def test_an_answer_that_is_lost_on_its_way_makes_no_second_tick(chromium: Browser, hall: Center) -> None:
    """The server has it, the phone does not know, and sends it again."""
    page, lost = phone(chromium, hall), list[int]()

    def lose(route: Route) -> None:
        if route.request.method == "POST" and len(lost) < 4:
            lost.append(route.fetch(max_redirects=0).status)
            route.abort()
        else:
            route.continue_()

    page.route("**/dates/**", lose)
    press(page, "Came", MARIA)
    add(page, "Rosa", "2")
    while len(lost) < 4:
        page.wait_for_timeout(100)
        page.evaluate("window.dispatchEvent(new Event('online'))")
    expect_all_sent(page)
    assert lost == [303] * 4
    assert hall.ask("noted") == ["attended 1", "walk-in 1"]
    page.context.close()


def test_ticks_of_a_signed_out_phone_wait_for_the_sign_in(chromium: Browser, hall: Center) -> None:
    page = phone(chromium, hall)
    page.context.clear_cookies()
    press(page, "Came", MARIA)
    expect(page.locator("#roster-signed-out")).to_be_visible()
    assert hall.ask("noted") == ["walk-in 0"]
    sign_in(page, hall)
    page.goto(hall.roster)
    expect_all_sent(page)
    expect_state(page, MARIA, "attended")
    assert hall.ask("noted") == ["attended 1", "walk-in 0"]
    page.context.close()


def test_what_another_phone_noted_differently_is_said_and_not_sent_again(chromium: Browser, hall: Center) -> None:
    page, other = phone(chromium, hall), phone(chromium, hall)
    press(other, "Did not come", MARIA)
    expect_all_sent(other)
    press(page, "Came", MARIA)
    expect(page.locator("#roster-refused")).to_contain_text("Somebody noted the contrary before.")
    expect_state(page, MARIA, "missed")
    expect_all_sent(page)
    assert hall.ask("noted") == ["missed 1", "walk-in 0"]
    page.context.close()
    other.context.close()


def test_the_same_buttons_work_without_scripts(chromium: Browser, hall: Center) -> None:
    page = phone(chromium, hall, scripts=False)
    press(page, "Came", MARIA)
    expect_state(page, MARIA, "attended")
    press(page, "Undo", MARIA)
    expect_state(page, MARIA, "confirmed")
    add(page, "Rosa", "2")
    expect(page.locator("#roster-walk-ins")).to_contain_text("Rosa")
    assert hall.ask("noted") == ["attended 1", "confirmed 1", "walk-in 1"]
    page.context.close()


def test_the_keyboard_stays_where_it_was_after_a_press(chromium: Browser, hall: Center) -> None:
    page = phone(chromium, hall)
    page.get_by_role("button", name=f"Came {MARIA}", exact=True).press("Enter")
    expect_all_sent(page)
    expect(page.get_by_role("button", name=f"Undo {MARIA}", exact=True)).to_be_focused()
    page.context.close()


def test_on_paper_each_guest_has_a_box_and_no_button(chromium: Browser, hall: Center, pictures: Path | None) -> None:
    page = phone(chromium, hall)
    press(page, "Came", MARIA)
    expect_all_sent(page)
    page.emulate_media(media="print")
    expect(page.locator("main button:visible")).to_have_count(0)
    expect(page.locator("main form:visible input:visible")).to_have_count(0)
    boxes = page.locator("#roster-guests > li").evaluate_all("rows => rows.map((row) => getComputedStyle(row, '::before').borderTopWidth)")
    assert sorted(boxes) == ["0px", "2px", "2px", "2px"], "who is ticked already has no empty box"
    expect(page.locator("#roster-guests > li", has_text=MARIA).get_by_text("Came", exact=False).first).to_be_visible()
    expect(page.locator("section.paper li:visible")).to_have_count(6)
    keep_picture(page, pictures, "roster-paper")
    page.context.close()


def test_the_pages_are_readable_for_everybody(chromium: Browser, hall: Center, pictures: Path | None) -> None:
    faulty = {}
    for width, size in {**SIZES, "smallest": SMALLEST}.items():
        context = chromium.new_context(
            viewport={"width": size["width"], "height": size["height"]},
            color_scheme="dark" if width == "desk" else "light",
            bypass_csp=True,
        )
        page = context.new_page()
        sign_in(page, hall)
        for language in ("en", "es", "ar"):
            page.goto(f"{hall.roster}?lang={language}")
            mark = page.locator("#roster-guests > li button[value=came]:not([hidden])")
            if mark.count() > 3:
                mark.first.click()
                add_button = page.locator(".walk-in button")
                page.fill("[name=first_name]", "Rosa")
                add_button.click()
                expect_all_sent(page)
            for name, address in (("roster", hall.roster), ("today", hall.today), ("home", hall.today.removesuffix("today"))):
                page.goto(f"{address}?lang={language}")
                keep_picture(page, pictures, f"{name}-{width}-{language}")
                if wrong := faults(page):
                    faulty[f"{name}-{width}-{language}"] = wrong
        small = [box for button in page.locator(".marks button:visible").all() if (box := button.bounding_box()) and box["height"] < 48]
        assert small == []
        context.close()
    assert not faulty, "\n".join(f"{title}: {wrong}" for title, wrong in faulty.items())
