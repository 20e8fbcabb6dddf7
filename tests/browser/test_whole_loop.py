"""One person's way round: invited, full, waiting, a seat, a reminder, the visit, "how was it?", and a letter that has learned from it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.browser.arrivals import Center, program
from tests.browser.look import SIZES, faults, keep_picture
from tests.browser.test_roster import expect_all_sent, expect_state, sign_in
from tests.browser.test_roster import press as press_beside

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
ZONE = ZoneInfo("America/New_York")
ADA = "A guest without a name"
WEEKLY = ", and one more"  # ends the subject of a letter with two matches
GARDEN, CHOIR = "Garden morning", "Evening choir"


@pytest.fixture
def neighborhood(chromium: Browser) -> Iterator[Callable[[str], Any]]:
    with tempfile.TemporaryDirectory(prefix="doorstep-browser-") as name:
        Path(name).chmod(0o711)
        with program(Path(name), "tests.browser.weeks") as ask:
            yield ask


class Walk:
    """Ada before her screen, and the hours that pass. With scripts every page that she sees is checked as well."""

    def __init__(self, page: Page, ask: Callable[[str], Any], pictures: Path | None, *, variant: str, scripts: bool) -> None:
        self.page, self.ask, self.pictures, self.variant, self.scripts = page, ask, pictures, variant, scripts
        self.wrong: list[str] = []

    def until(self, month: int, day: int, hour: int, minute: int = 0) -> list[str]:
        """Time passes, and the worker looks. Subjects of the letters that came of it."""
        local = datetime(2026, month, day, hour, minute, tzinfo=ZONE)
        subjects: list[str] = self.ask(f"clock {local.astimezone(UTC).isoformat()}")
        return subjects

    def text(self, words: str, name: str = "ada") -> str:
        text: str = self.ask(f"letter {name} {words}")["text"]
        return text

    def open_link(self, words: str, kind: str, title: str = GARDEN) -> None:
        """The first link of a kind in the newest letter with these words whose page is about this group."""
        letter = self.ask(f"letter ada {words}")
        self.page.goto(f"{self.ask('open')['home']}{letter['page']}")
        self.look(f"letter-{kind}")
        for link in dict.fromkeys(link for link in letter["links"] if f"/{kind}/" in link):
            self.page.goto(link)
            if self.page.get_by_text(title).count():
                return
        pytest.fail(f"{letter['subject']!r} has no link to {kind} for {title}")

    def press(self, words: str) -> None:
        self.page.get_by_role("button", name=words, exact=True).press("Enter")

    def look(self, title: str) -> None:
        keep_picture(self.page, self.pictures, f"loop-{title}-{self.variant}")
        if self.scripts:
            self.wrong += [f"{title}: {fault}" for fault in faults(self.page)]


def ticked(page: Page, hall: Center, *, scripts: bool) -> None:
    """The host in the hall, whose phone has no network for a moment."""
    sign_in(page, hall)
    page.goto(hall.roster)
    page.context.set_offline(scripts)
    press_beside(page, "Came", ADA)
    expect_state(page, ADA, "attended")
    if scripts:
        expect(page.locator("#roster-offline")).to_be_visible()
        page.context.set_offline(False)
        expect_all_sent(page)


@pytest.mark.parametrize(("size", "scripts"), [("phone", True), ("desk", False)], ids=["phone", "desk without scripts"])
def test_from_full_to_the_next_letter(
    chromium: Browser, neighborhood: Callable[[str], Any], pictures: Path | None, size: str, scripts: bool
) -> None:
    width, height = SIZES[size]["width"], SIZES[size]["height"]
    context = chromium.new_context(viewport={"width": width, "height": height}, java_script_enabled=scripts, bypass_csp=scripts)
    addresses = neighborhood("open")
    hall = Center(today=addresses["today"], roster=addresses["roster"], ask=neighborhood)
    walk = Walk(context.new_page(), neighborhood, pictures, variant=size, scripts=scripts)

    # Invited, and full before she answers.
    subjects = walk.until(11, 23, 10, 1)
    assert subjects == [f"{subject.removesuffix(WEEKLY)}{WEEKLY}" for subject in subjects]
    assert len(subjects) == 2
    neighborhood("taken")
    walk.open_link(WEEKLY, "r")
    walk.press("Yes, I'd like to go")
    expect(walk.page.get_by_text("You are number 1 in line.")).to_be_visible()
    walk.look("waiting")

    # A seat comes free, is offered to her, and she takes it.
    neighborhood("given back")
    assert f"A seat is free: {GARDEN}" in walk.until(11, 23, 12)
    walk.open_link("A seat is free", "o")
    walk.look("offered")
    walk.press("Yes, I'd like to go")
    expect(walk.page.get_by_text("You have a seat.")).to_be_visible()
    walk.look("seat")
    assert walk.until(11, 23, 13) == [f"You have a seat: {GARDEN}"]

    # Reminded, expected, and there.
    assert walk.until(11, 28, 10) == [f"Today: {GARDEN}"]
    assert "12 Mill Street" in walk.text("Today")
    walk.until(11, 28, 14, 50)
    ticked(walk.page, hall, scripts=scripts)

    # The morning after she is asked, and it was not for her.
    assert f"Did you go? {GARDEN}" in walk.until(11, 29, 9, 30)
    walk.open_link("Did you go?", "feedback")
    walk.look("did-you-go")
    walk.press("Yes, I went")
    expect(walk.page.get_by_role("heading", name="How was it?")).to_be_visible()
    walk.look("how-was-it")
    walk.press("Not for me")
    expect(walk.page.get_by_text("From now on we do not offer you this.")).to_be_visible()
    walk.look("not-for-me")

    # The next letter knows; that of her neighbor, who was not there, still offers it.
    walk.until(11, 30, 18, 5)
    walk.until(12, 1, 10, 5)
    assert GARDEN not in walk.text(" on ")
    assert CHOIR in walk.text(" on ")
    assert GARDEN in walk.text(" on ", "ben")
    context.close()
    assert not walk.wrong, "\n".join(walk.wrong)
