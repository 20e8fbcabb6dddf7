"""Codes of refusals and of wrong fields, and the plain English sentence each one stands for.

Every domain may keep a `messages.toml` beside its code: `code = "Sentence."`. A field code may carry one value after a
colon (`too_long:200`), which fills `{limit}`.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from service.web.i18n import Translator

SERVICE_DIR = Path(__file__).parents[1]


@cache
def sentences() -> dict[str, str]:
    """All codes and their sentences. Raises ValueError when two domains give one code two sentences."""
    by_code: dict[str, str] = {}
    for path in sorted(SERVICE_DIR.glob("*/messages.toml")):
        for code, sentence in tomllib.loads(path.read_text("utf-8")).items():
            if by_code.setdefault(code, sentence) != sentence:
                raise ValueError(f"{path.parent.name}: the code {code!r} already has another sentence")
    return by_code


def sentence_for(code: str, say: Translator, *, otherwise: str = "not_right", params: Mapping[str, object] | None = None) -> str:
    """The sentence of a code in the reader's language; the sentence of `otherwise` when the code is unknown."""
    name, _, limit = code.partition(":")
    by_code = sentences()
    text = say(by_code.get(name) or by_code[otherwise])
    try:
        return text.format(limit=limit, **dict(params or {}))
    except (KeyError, IndexError, ValueError):
        return say(by_code[otherwise])
