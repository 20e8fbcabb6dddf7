"""A sheet to hang up: what the form is for, in each of its languages, and a code that leads a phone to it. Pure."""

from __future__ import annotations

import io
from typing import NamedTuple

import segno
from markupsafe import Markup

from service.forms.model import Form
from service.web.i18n import mark, say_in

OFFER = mark("Groups near your door, picked for you. One letter a week. It is free.")
WAY = mark("Point your phone's camera at this picture, or type the address below it.")


class PosterText(NamedTuple):
    """What the sheet says in one language."""

    language: str
    direction: str
    title: str
    offer: str
    way: str


def texts(form: Form) -> list[PosterText]:
    """One for each language of the form, in its order. A title of the partner's own stands as it was written, once."""
    says = [say_in(language) for language in form.languages]
    titles = [say(form.title) for say in says]
    return [
        PosterText(say.language, say.direction, "" if title in titles[:at] else title, say(OFFER), say(WAY))
        for at, (say, title) in enumerate(zip(says, titles, strict=True))
    ]


def code(address: str) -> Markup:
    """A QR code as SVG, dark on white whatever the page's colors are, with the quiet zone that cameras need.

    Level M: a quarter of the smallest parts may be unreadable, as after a winter on a door.
    """
    drawn = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        drawn, kind="svg", xmldecl=False, svgns=True, border=4, light="#fff", dark="#000", omitsize=True, svgclass="qr", lineclass=None
    )
    return Markup(drawn.getvalue().decode())  # noqa: S704 - segno's own drawing, in which the address stands only as squares
