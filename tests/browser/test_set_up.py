"""A town is opened in a real browser: the set-up link of a fresh start, five pages, the operator's sign-in, a new owner, a new key."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.look import PHONE, SIZES, faults, keep_picture, opened
from tests.browser.town import Town, fresh

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
OPERATOR = "olga.invented@example.org"


class Walk:
    """One visitor's way through the pages; with scripts on, each page is looked at in both widths."""

    def __init__(self, page: Page, pictures: Path | None, *, scripts: bool) -> None:
        self.page, self.pictures, self.scripts = page, pictures, scripts

    def look(self, title: str) -> None:
        if not self.scripts:
            return
        for width, size in SIZES.items():
            self.page.set_viewport_size({"width": size["width"], "height": size["height"]})
            keep_picture(self.page, self.pictures, f"set-up-{title}-{width}")
            assert faults(self.page) == [], f"{title}, {width}"
        self.page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            self.page.fill(f"[name={name}]", value)

    def press(self, words: str, heading: str) -> None:
        self.page.get_by_role("button", name=words, exact=True).first.press("Enter")
        expect(self.page.locator("h1")).to_have_text(heading)

    def follow(self, words: str, heading: str) -> None:
        self.page.get_by_role("link", name=words, exact=True).first.press("Enter")
        expect(self.page.locator("h1")).to_have_text(heading)


@pytest.mark.parametrize("scripts", [False, True], ids=["without scripts", "with scripts"])
def test_a_town_is_opened_by_the_link_that_a_fresh_start_prints(chromium: Browser, pictures: Path | None, scripts: bool) -> None:
    # Not below pytest's own folders, which another run closes to the database's user.
    with tempfile.TemporaryDirectory(prefix="doorstep-set-up-") as name:
        Path(name).chmod(0o711)
        with fresh(Path(name)) as (town, link):
            page = opened(chromium, link, language="en", dark=False, size=PHONE, scripts=scripts)
            walk = Walk(page, pictures, scripts=scripts)
            open_the_town(walk)
            sign_in_again(walk, town)
            invite_an_owner(walk, town)
            make_and_replace_a_key(walk)
            page.context.close()


def open_the_town(walk: Walk) -> None:
    expect(walk.page.locator("h1")).to_have_text("Open your town")
    walk.look("town")
    walk.fill(town="Riverton", zip="436")
    walk.press("Save and go on", "Open your town")
    expect(walk.page.locator("#error-summary")).to_contain_text("Your organization: Please fill this in.")
    walk.look("town-fault")
    walk.fill(zip="43604", name="Riverton Neighbors", postal_address="12 Mill Street, Riverton, OH 43604", email=OPERATOR)
    walk.press("Save and go on", "Letters")
    walk.look("letters")
    walk.press("Send a test letter", "Letters")
    expect(walk.page.locator(".notice.good")).to_contain_text("The letter lies in the mailbox of this machine.")
    walk.look("letters-sent")
    walk.press("Go on", "The first center")
    walk.look("center")
    walk.fill(name="Riverton Hall", postal_address="1 Hall Street, Riverton, OH 43604", email="carl.invented@example.org")
    walk.press("Save and go on", "The first partner")
    walk.look("partner")
    walk.fill(name="Lantern Clinic", postal_address="2 Lantern Lane, Riverton, OH 43604", email="petra.invented@example.org",
              title="Meet your neighbors", origins="https://www.lantern.example.org")  # fmt: skip
    walk.press("Save and go on", "Review")
    walk.look("review")
    walk.follow("1. Town", "Open your town")
    assert walk.page.input_value("[name=name]") == "Riverton Neighbors"
    walk.press("Save and go on", "Review")
    walk.press("Finish", "Riverton Neighbors")
    walk.look("operator")


def sign_in_again(walk: Walk, town: Town) -> None:
    """By a mailed link, as on any later day."""
    walk.follow("Your places", "Your places")
    walk.press("Sign out", "Sign in")
    earlier_links = set(town.links("sign-in"))
    walk.fill(email=OPERATOR)
    walk.press("Mail me a link", "Look at your mail")
    [link] = town.wait_for_links("sign-in", more_than=earlier_links)
    walk.page.goto(f"{link}?lang=en")
    walk.press("Sign in", "Riverton Neighbors")


def invite_an_owner(walk: Walk, town: Town) -> None:
    walk.follow("Riverton Hall", "Riverton Hall")
    walk.look("place")
    walk.page.locator("main").get_by_role("link", name="People").press("Enter")
    expect(walk.page.locator("h1")).to_have_text("People of Riverton Hall")
    earlier_links = set(town.links("sign-in"))
    walk.fill(email="nina.invented@example.org")
    walk.page.check("[name=role][value=owner]")
    walk.press("Invite", "People of Riverton Hall")
    expect(walk.page.locator(".notice.good")).to_contain_text("A letter with a link is on its way.")
    walk.look("people")
    town.wait_for_links("sign-in", more_than=earlier_links)
    walk.page.get_by_role("link", name="Remove carl.invented@example.org").press("Enter")
    expect(walk.page.locator("h1")).to_have_text("Remove carl.invented@example.org?")
    walk.look("remove")
    walk.press("Yes, remove", "People of Riverton Hall")
    expect(walk.page.locator("main")).not_to_contain_text("carl.invented@example.org")


def make_and_replace_a_key(walk: Walk) -> None:
    walk.follow("Keys", "Keys of Riverton Hall")
    walk.look("keys-none")
    walk.press("Make a key", "Keys of Riverton Hall")
    expect(walk.page.locator("#error-summary")).to_contain_text("What it may do")
    walk.page.get_by_label("Post and change activities").check()
    walk.page.get_by_label("See who comes to a date").check()
    walk.look("keys-chosen")
    walk.press("Make a key", "Your new key")
    first = walk.page.locator("#key").inner_text()
    walk.look("key")
    walk.follow("I have copied it", "Keys of Riverton Hall")
    walk.look("keys")
    walk.press("Replace", "Your new key")
    second = walk.page.locator("#key").inner_text()
    assert first.startswith("doorstep_")
    assert first != second
    walk.follow("I have copied it", "Keys of Riverton Hall")
    expect(walk.page.locator("main")).to_contain_text("is being replaced")
    walk.look("keys-replaced")
