"""What the documents name is there: targets, commands, files and links."""

import re
from pathlib import Path

import pytest

from service.cli import doorstep

REPOSITORY = Path(__file__).resolve().parents[2]
TOP = [REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")]
ROOMS = [path for path in REPOSITORY.glob("*/README.md") if path.parent.name not in (".venv", "var")]
DOCUMENTS = [pytest.param(path, id=path.relative_to(REPOSITORY).as_posix()) for path in [*TOP, *ROOMS]]
LONGEST_SENTENCE = 35  # words
PARTS = ("service", "matching", "workers", "migrations", "tests", "deploy")


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_target_of_make_is_there(path: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"^make ([a-z]+)\b", _code(path), re.MULTILINE)) <= targets


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_command_is_there(path: Path) -> None:
    named = set(re.findall(r"\bdoorstep ([a-z]+)\b", _code(path)))
    assert named <= set(doorstep.commands)


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_file_is_there(path: Path) -> None:
    """A path that begins with a part of the project, and one in a table of a room's own files."""
    names = re.findall(rf"`((?:{'|'.join(PARTS)})/[\w./-]*)`", path.read_text(encoding="utf-8"))
    assert [name for name in names if not (REPOSITORY / name).exists() and not (path.parent / name).exists()] == []


def _code(path: Path) -> str:
    """What stands between backticks, in a line or in a block."""
    text = path.read_text(encoding="utf-8")
    return "\n".join([*re.findall(r"```(?:sh)?\n(.*?)```", text, re.DOTALL), *re.findall(r"`([^`\n]+)`", text)])


@pytest.mark.parametrize("name", ["EXPERIMENTS.md", "MEASUREMENTS.md"])
def test_no_sentence_of_the_matchers_papers_is_long(name: str) -> None:
    """Cells of tables and headings are no sentences."""
    text = (REPOSITORY / "matching" / name).read_text(encoding="utf-8")
    prose = "\n".join("" if line.startswith(("|", "#")) else line for line in text.splitlines())
    sentences = [sentence for block in prose.split("\n\n") for sentence in re.split(r"(?<=[.!?])\s+|\n(?=- )", block)]
    assert [sentence for sentence in sentences if len(sentence.split()) > LONGEST_SENTENCE] == []
