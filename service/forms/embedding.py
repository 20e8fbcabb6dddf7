"""The ways to put a form on a partner's own site, and the script that shows it there. Pure."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from typing import NamedTuple

import msgspec

from service.forms.model import Form
from service.web.i18n import Translator, say_in

SCRIPT = ".js"


class Way(NamedTuple):
    """One way to put a form on a site. use: what it is good for. code: what to copy, or "" where the form names no site yet."""

    name: str
    title: str
    use: str
    code: str


def ways(form: Form, *, base_url: str, say: Translator) -> list[Way]:
    """The plainest first. What stands in the code for people is in the reader's language, where the form has it."""
    address = f"{base_url}/f/{form.slug}"
    words = say if say.language in form.languages else say_in(form.languages[0])
    script, frame = (script_code(form, address, words), frame_code(form, address, words)) if form.origins else ("", "")
    return [
        Way("link", say("A link"), say("Works everywhere: in a letter, on paper, or behind a button of your site."), address),
        Way(
            "script",
            say("One line of script"),
            say("The form stands inside your page and is as tall as it needs to be. Your site must allow scripts of others."),
            script,
        ),
        Way(
            "frame",
            say("A frame"),
            say("The form stands inside your page without any script. It has a fixed height, and scrolls."),
            frame,
        ),
        Way(
            "fields",
            say("Two fields of your own"),
            say("Your page asks for the e-mail and the ZIP code in its own look. Everything else is asked on our page."),
            fields_code(address, words),
        ),
    ]


def script_code(form: Form, address: str, words: Translator) -> str:
    link = f'<a href="{address}">{escape(words(form.title))}</a>'
    return f'<script src="{address}{SCRIPT}" async></script>\n<noscript>{link}</noscript>'


def frame_code(form: Form, address: str, words: Translator) -> str:
    return f'<iframe src="{address}?embed=1" title="{escape(words(form.title))}" width="100%" height="1400" loading="lazy"></iframe>'


def fields_code(address: str, say: Translator) -> str:
    """It asks for nothing else: where no word of ours says what a consent is for, none is given."""
    lines = [
        f'<form method="post" action="{address}?lang={say.language}" accept-charset="utf-8">',
        f'  <p><label for="doorstep-email">{escape(say("Your e-mail"))}</label><br>',
        '  <input id="doorstep-email" name="email" type="email" autocomplete="email" required></p>',
        f'  <p><label for="doorstep-zip">{escape(say("Your ZIP code"))}</label><br>',
        '  <input id="doorstep-zip" name="zip" inputmode="numeric" autocomplete="postal-code" required></p>',
        f'  <input type="hidden" name="language" value="{say.language}">',
        f'  <p><button type="submit">{escape(say("Go on"))}</button></p>',
        "</form>",
    ]
    return "\n".join(lines)


def script(form: Form, *, base_url: str, language: str | None) -> str:
    """What a partner's page runs. language: the one that its tag asks for; None: the reader's browser chooses."""
    address = f"{base_url}/f/{form.slug}"
    asked = language if language in form.languages else None
    facts = {
        "page": f"{address}?lang={asked}" if asked else address,
        "frame": f"{address}?embed=1&lang={asked}" if asked else f"{address}?embed=1",
        "title": say_in(asked)(form.title) if asked else form.title,
        "sites": form.origins,
    }
    return f"{_script_source()}({msgspec.json.encode(facts).decode()});\n"


@cache
def _script_source() -> str:
    return (Path(__file__).parent / "embed.js").read_text(encoding="utf-8").rstrip()
