"""Every refusal has a sentence, its blanks are filled, and the commands that sentences name exist."""

from __future__ import annotations

import ast
import os
import re
import shlex
import string
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from service import errors
from service.cli import doorstep
from service.cli.refusals import DIFFERS, SENTENCES, explain, head_of
from service.errors import Broken, Invalid
from service.web.sentences import sentences

ROOT = Path(__file__).resolve().parents[3]
TABLE = tomllib.loads(SENTENCES.read_text("utf-8"))
CLASSES = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.Refusal)}
NAMES = CLASSES | {"NotFetched", "AskTheCenter"}


def raised() -> Iterator[tuple[str, str, set[str]]]:
    """Place, code and parameters of every refusal whose code is written where it is raised."""
    for path in sorted((ROOT / "service").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in NAMES):
                continue
            if node.args and not isinstance(node.args[0], ast.Constant):
                continue
            kind = getattr(errors, node.func.id, None)
            code = node.args[0].value if node.args else getattr(kind, "code", "refused")  # type: ignore[attr-defined]
            params = {word.arg for word in node.keywords if word.arg and word.arg not in {"fields", "typed"}}
            yield f"{path.relative_to(ROOT)}:{node.lineno}", code, params


def test_every_code_has_a_sentence_and_the_parameters_that_it_speaks_of() -> None:
    wrong = {}
    for place, code, params in raised():
        if code in DIFFERS:
            continue
        candidates = [*(f"{code}.{param}" for param in params), code]
        text = next((TABLE["refusals"][name] for name in candidates if name in TABLE["refusals"]), sentences().get(code))
        blanks = {name for _, name, _, _ in string.Formatter().parse(text or "") if name}
        if text is None or not blanks <= params:
            wrong[place] = f"{code} {sorted(blanks - params)}"
    assert not wrong


def test_the_table_has_no_sentence_that_nothing_says() -> None:
    codes = {code for _, code, _ in raised()} | {kind.code for kind in map(vars(errors).get, CLASSES) if kind}
    assert not {name for name in TABLE["refusals"] if name.partition(".")[0] not in codes}


def commands_named() -> list[str]:
    """What follows `doorstep` in a sentence, up to its end."""
    texts = [text for text in TABLE["refusals"].values() if "doorstep " in text]
    return [line.strip(" .)") for text in texts for line in re.findall(r"doorstep ((?:[a-z]+ )+[^.(:]*(?::(?!\s)[^.(]*)?)", text)]


@pytest.mark.parametrize("line", commands_named())
def test_a_command_that_a_sentence_names_exists_with_its_options(line: str) -> None:
    words = shlex.split(line.replace("{", "").replace("}", ""))
    command: click.Command = doorstep
    while isinstance(command, click.Group):
        command = command.commands[words.pop(0)]
    options = {name for param in command.params for name in param.opts}
    assert {word for word in words if word.startswith("--")} <= options
    required = {param.opts[0] for param in command.params if isinstance(param, click.Option) and param.required}
    assert required <= set(words) or not words, f"{line} lacks {required - set(words)}"


def test_settings_keep_their_own_sentences() -> None:
    text = explain(Broken("settings", fields={"DOORSTEP_SECRET_KEYS": "is missing", "DOORSTEP_MAIL_URL": "must begin with smtp:"}))
    assert text.splitlines() == [
        "These settings need a look:", "  DOORSTEP_SECRET_KEYS: is missing", "  DOORSTEP_MAIL_URL: must begin with smtp:",
    ]  # fmt: skip


def test_fields_are_called_as_their_options() -> None:
    text = explain(Invalid(fields={"postal_address": "too_long:300", "overlap_hours": "at_most:168"}))
    assert text.splitlines()[1:] == ["  --address: at most 300 characters", "  --overlap-hours: a number from 0 to 168"]


def test_a_code_that_nobody_wrote_a_sentence_for_is_no_code_on_the_terminal() -> None:
    assert head_of("some_new_code", {}) == sentences()["refused"]


def test_the_program_ends_with_the_sentence_and_without_a_traceback(database_url: str, tmp_path: Path) -> None:
    settings = {"DATABASE_URL": database_url, "REDIS_URL": "redis://127.0.0.1:1/0", "SECRET_KEYS": "k" * 40, "DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "service.cli", "staff", "list", "--organization", "nowhere"],
        env={**os.environ, **{f"DOORSTEP_{name}": value for name, value in settings.items()}},
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("doorstep: There is no organization `nowhere`. Make it with: doorstep organization create")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("line", ["town list", "organization list", "key list"])
def test_a_short_command_loads_neither_the_pages_nor_the_matcher(database_url: str, tmp_path: Path, line: str) -> None:
    settings = {"DATABASE_URL": database_url, "REDIS_URL": "redis://127.0.0.1:1/0", "SECRET_KEYS": "k" * 40, "DATA_DIR": str(tmp_path)}
    program = "import sys; from service.cli import doorstep; doorstep(sys.argv[1:], standalone_mode=False); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program, *line.split()],
        env={**os.environ, **{f"DOORSTEP_{name}": value for name, value in settings.items()}},
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert not {"litestar", "sklearn", "scipy"} & set(done.stdout.split())
