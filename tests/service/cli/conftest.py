"""Commands as a person types them, on the database of the test."""

from __future__ import annotations

import asyncio
import os
import shlex
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from service.cli import doorstep
from service.cli.refusals import explain
from service.errors import Refusal
from tests.service.mail.neighbors import SECRET


class Ended(msgspec.Struct, frozen=True):
    """How a command ended: its exit code, what it printed, and the sentence of its refusal."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> Any:
        """The JSON of the last line."""
        assert self.code == 0, self.err
        return msgspec.json.decode(self.out.splitlines()[-1])


Command = Callable[[str], Awaitable[Ended]]


@pytest.fixture
def command(database_url: str, tmp_path: Path) -> Command:
    """Runs one line, without its `doorstep`. A thread of its own: the command has an event loop of its own."""
    settings = {
        "DOORSTEP_DATABASE_URL": database_url,
        "DOORSTEP_REDIS_URL": "redis://127.0.0.1:1/0",
        "DOORSTEP_SECRET_KEYS": SECRET.decode(),
        "DOORSTEP_DATA_DIR": str(tmp_path),
        "DOORSTEP_BASE_URL": "http://doorstep.local",
    }
    others: dict[str, str | None] = {name: None for name in os.environ if name.startswith("DOORSTEP_")}

    def run(line: str) -> Ended:
        words = shlex.split(line)
        noun = doorstep.commands[words[0]]  # not the whole program: that would set up the logs of this process
        done = CliRunner().invoke(noun, words[1:], env=others | settings)
        if isinstance(done.exception, Refusal):
            return Ended(1, done.stdout, explain(done.exception))
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Ended(done.exit_code, done.stdout, done.stderr)

    async def in_a_thread(line: str) -> Ended:
        return await asyncio.to_thread(run, line)

    return in_a_thread
