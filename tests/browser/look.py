"""How every browser test looks at a page: two widths, light and dark, scripts on or off, nothing for axe to find."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
SIZES = {"phone": PHONE, "desk": DESK}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def opened(browser: Browser, address: str, *, language: str, dark: bool, size: dict[str, int], scripts: bool = True) -> Page:
    context = browser.new_context(
        viewport={"width": size["width"], "height": size["height"]},
        color_scheme="dark" if dark else "light",
        java_script_enabled=scripts,
        bypass_csp=scripts,  # the checker itself is a script of ours that the policy would not let in
    )
    page = context.new_page()
    page.goto(f"{address}{'&' if '?' in address else '?'}lang={language}")
    return page


def faults(page: Page, *, letter: bool = False) -> list[str]:
    """What axe finds, and whether anything runs off the side. A letter stands inside a mail program and has no landmarks of its own."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    tags = WCAG if letter else [*WCAG, "best-practice"]
    # Only of what is wrong is every element written out; the rest is a third of the time.
    options = {"runOnly": {"type": "tag", "values": tags}, "resultTypes": ["violations"]}
    violations: list[dict[str, Any]] = axe.run(page, options=options).response["violations"]
    sentences = [f"{one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]}" for one in violations]
    width = page.viewport_size["width"] if page.viewport_size else 0
    if page.evaluate("document.documentElement.scrollWidth") > width:
        sentences.append("runs off the side")
    return sentences


def keep_picture(page: Page, folder: Path | None, title: str) -> None:
    """For people to look at; nothing where nobody asked for pictures."""
    if folder:
        page.screenshot(path=folder / f"{title}.png", full_page=True)
