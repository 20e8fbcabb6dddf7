"""Words of strangers made plain: no markup, no control characters, no invisible marks, never longer than we keep."""

import html
import re

import nh3

from service.web.visible import visible

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_BREAKS = re.compile(r"<\s*(?:br|/p|/div|/li|/h[1-6]|/tr)\b[^<>]{0,100}>", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\u00a0]+")
_MARKUP = re.compile(r"<[a-zA-Z/!]|&(?:[a-zA-Z]{2,8}|#\d{1,6});")


def plain(value: object, longest: int) -> str:
    """Several lines of plain text, cut at a word when it is too long."""
    text = str(value)[: longest * 4]
    if _MARKUP.search(text):
        text = html.unescape(nh3.clean(_BREAKS.sub("\n", text), tags=set()))
    text = visible(_CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))
    lines = [_SPACES.sub(" ", line).strip() for line in text.split("\n")]
    return _cut(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip(), longest)


def line(value: object, longest: int) -> str:
    """One line of plain text."""
    return _cut(" ".join(plain(value, longest).split()), longest)


def web_address(value: object) -> str | None:
    """An http or https address, or None."""
    text = line(value, 2000)
    return text if re.fullmatch(r"https?://[^\s<>\"'\\]{3,1990}", text, re.IGNORECASE) else None


def _cut(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    shortened = text[: longest - 1]
    return (shortened[: shortened.rfind(" ")] if " " in shortened[longest // 2 :] else shortened).rstrip() + "…"
