"""The page behind a letter's link for small changes, in a real browser: by keyboard, without scripts, in three languages and widths."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.look import SIZES, faults, keep_picture, opened
from tests.browser.town import Town, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
NARROW = {"width": 320, "height": 640}


@pytest.fixture(scope="module")
def town(chromium: Browser) -> Iterator[Town]:
    with tempfile.TemporaryDirectory(prefix="doorstep-browser-") as name:
        Path(name).chmod(0o711)
        with running(Path(name), residents=12) as town:
            yield town


@pytest.mark.parametrize("language", ["en", "es", "ar"])
def test_the_page_is_readable_for_everybody_before_and_after_a_press(
    chromium: Browser, town: Town, pictures: Path | None, language: str
) -> None:
    wrong: dict[str, list[str]] = {}
    for width, size in {**SIZES, "narrow": NARROW}.items():
        page = opened(chromium, town.links("change")[0], language=language, dark=width == "desk", size=size)
        for press in (None, "[name=do][value=nearer]", "[name=undo]"):
            if press:
                page.locator(f"form:has({press}) button").click()
                page.wait_for_load_state()
            title = f"change-{(press or 'unpressed').split('=')[-1].strip(']')}-{width}-{language}"
            keep_picture(page, pictures, title)
            wrong |= {title: sentences} if (sentences := faults(page)) else {}
        page.context.close()
    assert not wrong, "\n".join(f"{title}: {sentences}" for title, sentences in wrong.items())


def test_a_press_and_its_way_back_work_by_keyboard_and_without_scripts(chromium: Browser, town: Town) -> None:
    page = opened(chromium, town.links("change")[1], language="en", dark=False, size=NARROW, scripts=False)
    page.get_by_role("button", name="Fewer letters").press("Enter")
    page.wait_for_selector("text=From now on your letter comes at most every other week.")
    page.get_by_role("button", name="Take it back").press("Enter")
    page.wait_for_selector("text=It is again as it was before.")
    page.context.close()
