"""Refusals as sentences on a terminal: what is wrong, every fault of it, and what to do."""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from service.errors import Broken, Refusal
from service.web.i18n import say_in
from service.web.sentences import sentence_for, sentences

SENTENCES = Path(__file__).with_name("refusals.toml")
# Where the option is not called as the field.
OPTIONS = {"postal_address": "--address", "origins": "--frame-origin", "scopes": "--scope", "name": "NAME or --name", "email": "EMAIL"}
DIFFERS = {"organization_differs": "organization", "form_differs": "form"}


def explain(refusal: Refusal) -> str:
    """The sentence of the refusal, then every fault on a line of its own."""
    if refusal.code in DIFFERS:
        return "\n  ".join(_differences(refusal, DIFFERS[refusal.code]))
    head = head_of(refusal.code, refusal.params)
    faults = refusal.fields.items()
    if isinstance(refusal, Broken) or not _are_options(refusal.fields):
        return "\n  ".join([head, *(f"{name}: {fault}" for name, fault in faults)])
    return "\n  ".join([head, *(f"{_option(name)}: {_fault(code)}" for name, code in faults)])


def head_of(code: str, params: Mapping[str, object]) -> str:
    """The sentence of a code; `code.param` in the table speaks of a refusal with that parameter."""
    heads = _table()["refusals"]
    text = next((heads[name] for name in [*(f"{code}.{param}" for param in params), code] if name in heads), None)
    return _filled(text, params) if text else sentence_for(code, say_in("en"), otherwise="refused", params=params)


def _fault(code: str) -> str:
    name, _, limit = code.partition(":")
    text = _table()["faults"].get(name)
    return text.format(limit=limit) if text else sentence_for(code, say_in("en"))


def _are_options(fields: Mapping[str, str]) -> bool:
    """Some rooms put whole sentences beside their fields; those are shown as they are."""
    names = {*sentences(), *_table()["faults"]}
    return all(code.partition(":")[0] in names for code in fields.values())


def _option(field: str) -> str:
    return OPTIONS.get(field, "--" + field.replace("_", "-"))


def _differences(refusal: Refusal, noun: str) -> list[str]:
    """Each fact as it is kept and as it was given, and the command that changes it."""
    slug, stored, wanted = str(refusal.params["slug"]), _facts(refusal, "stored"), _facts(refusal, "wanted")
    lines = [f"There is {'an' if noun == 'organization' else 'a'} {noun} `{slug}` already, and it is not the same. Nothing was changed."]
    lines += [f"{name.replace('_', ' ')}: it is {_shown(stored[name])}, you gave {_shown(wanted[name])}" for name in wanted]
    if "kind" in wanted:
        return [*lines, "A kind never changes. Choose another short name with --slug."]
    options = " ".join(_given(name, value) for name, value in wanted.items())
    return [*lines, f"Change it with: doorstep {noun} edit {slug} {options}"]


def _facts(refusal: Refusal, name: str) -> dict[str, object]:
    facts = refusal.params[name]
    assert isinstance(facts, dict)
    return facts


def _shown(value: object) -> str:
    return ", ".join(value) or "none" if isinstance(value, list) else f"{value}" if value else "none"


def _given(name: str, value: object) -> str:
    option = "--name" if name == "name" else _option(name)
    return " ".join(f"{option} {shlex.quote(str(part))}" for part in (value if isinstance(value, list) else [value]))


def _filled(text: str, params: Mapping[str, object]) -> str:
    return text.format(**{name: _plain(value) for name, value in params.items()})


def _plain(value: object) -> str:
    return value.isoformat(sep=" ", timespec="minutes") if hasattr(value, "astimezone") else str(value)  # type: ignore[attr-defined]


@cache
def _table() -> dict[str, dict[str, str]]:
    return tomllib.loads(SENTENCES.read_text("utf-8"))
