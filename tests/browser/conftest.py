"""One Chromium for all browser tests, from DOORSTEP_CHROMIUM or the usual places; without it they say so and skip."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn

from service.settings import ServiceSettings
from tests.browser.arrivals import Center, program
from tests.browser.gallery import gallery_app

if TYPE_CHECKING:
    from playwright.sync_api import Browser

USUAL = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
PATIENCE_MS = 60_000  # of an expectation; only what never happens is waited for as long
HOW_TO_GET_ONE = (
    "name one in DOORSTEP_CHROMIUM, or install it (Debian, Ubuntu: `apt install chromium`; anywhere: `.venv/bin/python -m playwright"
    " install chromium`, then name what it wrote)"
)


def chromium_path() -> str | None:
    chosen = os.environ.get("DOORSTEP_CHROMIUM")
    names = (chosen,) if chosen else USUAL
    return next((path for name in names if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A real browser; each test opens contexts of its own in it."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    playwright.expect.set_options(timeout=PATIENCE_MS)
    path = chromium_path()
    if path is None:
        pytest.skip(f"no Chromium here: {HOW_TO_GET_ONE}")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def gallery() -> Iterator[str]:
    """The address of a running app that shows every part of a page once."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(gallery_app(ServiceSettings()), log_level="error", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=10)


@pytest.fixture(scope="module")
def arriving(chromium: Browser) -> Iterator[Callable[[str], Any]]:
    """The program of a center with guests. It starts servers of its own, so a file shares it."""
    with tempfile.TemporaryDirectory(prefix="doorstep-browser-") as name:
        Path(name).chmod(0o711)
        with program(Path(name)) as ask:
            yield ask


@pytest.fixture
def hall(arriving: Callable[[str], Any]) -> Center:
    """The center, with nothing noted yet."""
    return Center(**arriving("afresh"), ask=arriving)


@pytest.fixture
def pictures() -> Path | None:
    """Where pictures go, to be looked at: the folder of DOORSTEP_PICTURES. Without it none are taken."""
    name = os.environ.get("DOORSTEP_PICTURES")
    if name:
        Path(name).mkdir(parents=True, exist_ok=True)
    return Path(name) if name else None
