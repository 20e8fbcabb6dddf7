"""Finds the real data sets that lie beside the repository; they are never part of it."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]


def shared_data() -> Path | None:
    """The `shared` folder, whose `data/` holds the sets; None where this machine has none, and the test says so and skips."""
    chosen = os.environ.get("DOORSTEP_SHARED")
    folders = [Path(chosen)] if chosen else [REPOSITORY.parent / "shared", REPOSITORY.parent.parent / "shared"]
    return next((folder for folder in folders if (folder / "data").is_dir()), None)
