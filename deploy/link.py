"""Makes the folder above importable in this virtual environment under the name `doorstep`, without a build and without the network."""

import shutil
import sysconfig
import tomllib
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]


def main() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    packages = Path(sysconfig.get_path("purelib"))
    (packages / "doorstep.pth").write_text(f"{REPOSITORY}\n")
    for old in packages.glob("doorstep-*.dist-info"):
        shutil.rmtree(old)
    record = packages / f"doorstep-{project['version']}.dist-info"
    record.mkdir()
    (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: doorstep\nVersion: {project['version']}\n")
    (record / "INSTALLER").write_text("make\n")
    (record / "RECORD").write_text("")
    command = Path(sysconfig.get_path("scripts")) / "doorstep"
    command.write_text('#!/bin/sh\nexec "$(dirname "$0")/python" -m service.cli "$@"\n')
    command.chmod(0o755)


main()
