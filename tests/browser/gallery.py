"""A small app that shows every part of `web/macros.html` once, with sample words, to be looked at and checked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader
from litestar import Litestar, Request, get
from litestar.params import QueryParameter
from litestar.response import Template

from service.settings import ServiceSettings
from service.web.install import build
from service.web.jinja import environment
from service.web.templating import page, say_for

HERE = Path(__file__).parent
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PARTS = ("Morning", "Afternoon", "Evening")
NEEDS = ("No steps", "Room for a wheelchair", "Hearing loop", "Quiet place", "Fine to arrive late")
WRONG = {"email": "email", "zip": "zip", "times": "choose_some", "consent": "tick"}
TYPED = {
    "email": ["ana.example.org"],
    "zip": ["6060"],
    "words": ["I like cooking and walking my dog."],
    "needs": ["0", "3"],
    "times": ["1-1"],
}


@get("/gallery")
async def gallery(request: Request[Any, Any, Any], came_back: Annotated[bool, QueryParameter()] = False) -> Template:
    say = say_for(request)
    return page(
        "gallery/parts.html",
        request,
        days=[(str(place), say(name)) for place, name in enumerate(DAYS)],
        parts=[(str(place), say(name)) for place, name in enumerate(PARTS)],
        needs=[(str(place), say(name)) for place, name in enumerate(NEEDS)],
        typed=TYPED if came_back else {},
        wrong=WRONG if came_back else {},
    )


def gallery_app(settings: ServiceSettings) -> Litestar:
    env = environment()
    assert env.loader is not None
    env.loader = ChoiceLoader([env.loader, PrefixLoader({"gallery": FileSystemLoader(HERE / "gallery_templates")})])
    return build([gallery], settings=settings)
