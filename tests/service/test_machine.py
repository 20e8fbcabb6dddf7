"""Commands that join a running Doorstep, and one that was killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import msgspec

from service import machine
from service.settings import Settings

HOLD = """
import sys, time
from service import machine
from service.settings import Settings
with machine.noted(Settings(data_dir=sys.argv[1], database_url="postgresql://127.0.0.1:1/gone")):
    print("noted", flush=True)
    time.sleep(600)
"""


def test_the_addresses_of_a_living_doorstep_are_joined_and_those_of_a_killed_one_are_not(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE)
    try:
        assert holder.stdout
        assert holder.stdout.readline() == b"noted\n"
        with machine.joined(Settings(data_dir=str(tmp_path))) as settings:
            assert settings.database_url.endswith("/gone")
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.communicate()
    assert (tmp_path / machine.ADDRESSES).exists()
    with machine.joined(msgspec.structs.replace(Settings(), data_dir=str(tmp_path)), migrated=False) as settings:
        assert not settings.database_url.endswith("/gone")
