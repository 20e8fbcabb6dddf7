"""The list of small faults, and how one is applied to a copy of the project. Pure but for reading files."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parents[2]
LIST = Path(__file__).with_name("faults.toml")
COPIED = ("service", "matching", "workers", "migrations", "tests", "deploy", "pyproject.toml", "README.md")


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`new` takes the place of `old`, which stands in `file` exactly once. noticed_by: a test that fails with it, which is run first."""

    what: str
    file: str
    old: str
    new: str
    noticed_by: str = ""


class Module(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """tests: the files and folders that must notice the faults."""

    tests: list[str]
    faults: list[Fault]


def read_modules() -> dict[str, Module]:
    return msgspec.toml.decode(LIST.read_bytes(), type=dict[str, Module])


def applied(fault: Fault, root: Path) -> str:
    """The file's text with the fault in it. Raises ValueError where the list no longer fits the code."""
    text = (root / fault.file).read_text()
    if text.count(fault.old) != 1 or fault.old == fault.new:
        raise ValueError(f"{fault.file}: {fault.what}: its text stands there {text.count(fault.old)} times")
    return text.replace(fault.old, fault.new)


def copy_project(folder: Path) -> None:
    """Sources and tests alone, so that a fault never touches the tree that somebody works in."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, folder / name)
