"""The schema as one readable file, made from a freshly migrated database: `make schema`."""

import asyncio
import os
import re
import subprocess
import tempfile
from pathlib import Path

from migrations import runner
from service import embedded
from service.embedded import postgres

SCHEMA = Path(runner.__file__).parent / "schema.sql"


def dump(url: str) -> str:
    """pg_dump's text without what differs between versions and runs."""
    programs = postgres.programs()
    command = [str(programs / "pg_dump"), "--schema-only", "--no-owner", url.split("?")[0]]
    text = subprocess.run(command, capture_output=True, text=True, check=True, env={"PATH": os.defpath}).stdout
    statements = [line for line in text.splitlines() if line and not re.match(r"--|SET |SELECT pg_catalog|\\(un)?restrict", line)]
    return "\n".join(statements) + "\n"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        servers = embedded.start(Path(folder) / "var", redis=False, fast_and_unsafe=True)
        try:
            asyncio.run(runner.apply(servers.admin_url))
            SCHEMA.write_text(dump(servers.admin_url))
        finally:
            servers.stop()
    print(f'{{"schema": "{SCHEMA.name}", "lines": {len(SCHEMA.read_text().splitlines())}}}')


if __name__ == "__main__":
    main()
