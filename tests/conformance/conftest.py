"""Programs of others, run by Node on what Doorstep writes. `make conformance` installs them; without them the run is red, not skipped."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.service.visitor import Browser, Hands, browser

SCRIPTS = Path(__file__).parent
INSTALLED = SCRIPTS.parents[1] / ".venv" / "conformance"
Peer = Callable[[str, str], Awaitable[Any]]


@pytest.fixture(scope="session")
def peer() -> Peer:
    """Runs a script of this folder with a text on its standard input; what it prints, as JSON."""
    node = shutil.which("node")
    if node is None or not (INSTALLED / "node_modules").is_dir():
        pytest.fail("run `make conformance`: it needs Node 20 or newer, and installs the programs that read our files")

    async def run(script: str, text: str) -> Any:
        # From the folder of the packages, which is where Node looks for what a script given as text imports.
        command = (node, "--input-type=module", "-e", (SCRIPTS / script).read_text())
        process = await asyncio.create_subprocess_exec(
            *command, cwd=INSTALLED, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, err = await process.communicate(text.encode())
        assert process.returncode == 0, err.decode()
        return json.loads(out)

    return run


@pytest.fixture
async def visitor(database_url: str, now: datetime, tmp_path: Path) -> AsyncIterator[Browser]:
    async with browser(database_url, Hands(now), tmp_path / "mail") as opened:
        yield opened
