"""Commands that join a running Doorstep, and one that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from service import local_stack
from service.settings import ServiceSettings

HOLD = """
import sys, time
from service import local_stack
from service.settings import ServiceSettings
with local_stack.noted(ServiceSettings(data_dir=sys.argv[1], database_url="postgresql://127.0.0.1:1/gone")):
    print("noted", flush=True)
    time.sleep(600)
"""


def test_the_addresses_of_a_living_doorstep_are_joined_and_those_of_a_killed_one_are_not(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE)
    try:
        assert holder.stdout
        assert holder.stdout.readline() == b"noted\n"
        with local_stack.joined(ServiceSettings(data_dir=str(tmp_path))) as settings:
            assert settings.database_url.endswith("/gone")
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.communicate()
    assert (tmp_path / local_stack.ADDRESSES).exists()
    with local_stack.joined(msgspec.structs.replace(ServiceSettings(), data_dir=str(tmp_path)), migrated=False) as settings:
        assert not settings.database_url.endswith("/gone")


@pytest.mark.parametrize("base_url", ["", "https://neighbors.example.org"])
def test_letters_lead_to_where_doorstep_listens_unless_told_otherwise(tmp_path: Path, base_url: str) -> None:
    tmp_path.chmod(0o711)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DOORSTEP_")}
    command = [sys.executable, "-m", "service.cli", "up", "--port", "0", "--data-dir", str(tmp_path)]
    up = subprocess.Popen(command, env=clean | {"DOORSTEP_BASE_URL": base_url}, stdout=subprocess.PIPE, text=True)
    try:
        assert up.stdout
        first_line = up.stdout.readline()
        noted = msgspec.json.decode((tmp_path / local_stack.ADDRESSES).read_bytes(), type=dict[str, str])
    finally:
        up.terminate()
        up.communicate(timeout=60)
    assert up.returncode == 0
    assert noted["base_url"] == (base_url or first_line.split()[4].rstrip("."))


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:81"),
        ("0.0.0.0", "http://127.0.0.1:81"),
        ("::", "http://[::1]:81"),
        ("::1", "http://[::1]:81"),
        ("box.local", "http://box.local:81"),
    ],
)
def test_an_address_is_one_that_a_browser_can_open(host: str, address: str) -> None:
    assert local_stack.address_of(host, 81) == address
