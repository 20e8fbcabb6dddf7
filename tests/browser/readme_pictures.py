"""The pictures of the README, taken anew of a sample neighborhood that really runs: `make pictures`."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tests.browser.conftest import HOW_TO_GET_ONE, chromium_path
from tests.browser.look import opened
from tests.browser.town import ROOT, Town, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FOLDER = ROOT / "deploy/pictures"
SIZE = {"width": 420, "height": 900}
WISH = b"- It sounds like something you told us you like"
WEEKLY = r" on \w+day, and (?:one|\d+) more"  # in the subject of an English letter with several matches


def best_letter(town: Town) -> str:
    """The page of the weekly letter in English that names most wishes of its reader."""
    letters = [path for path in (town.mailbox / "new").iterdir() if b"Content-Language: en" in path.read_bytes()]
    return f"/mailbox/{max(letters, key=lambda path: path.read_bytes().count(WISH)).stem}/html"


def take(browser: Browser, town: Town, folder: Path) -> list[Path]:
    """The form and a weekly letter, as the top of a phone's screen shows them."""
    paths = {"form": town.form, "mail": best_letter(town)}
    for name, path in paths.items():
        page = opened(browser, f"{town.address}{path}", language="en", dark=False, size=SIZE)
        page.screenshot(path=folder / f"{name}.png")
        page.context.close()
    return [folder / f"{name}.png" for name in paths]


def main() -> None:
    path = chromium_path()
    if path is None:
        raise SystemExit(f"no Chromium here: {HOW_TO_GET_ONE}")
    with tempfile.TemporaryDirectory(prefix="doorstep-pictures-") as name, sync_playwright() as driver:
        Path(name).chmod(0o711)  # the servers' user must pass through
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        with running(Path(name) / "var", residents=60) as town:
            taken = take(browser, town, FOLDER)
        browser.close()
    print(json.dumps({"pictures": [picture.name for picture in taken]}))


if __name__ == "__main__":
    main()
