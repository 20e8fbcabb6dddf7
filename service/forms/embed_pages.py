"""The script that puts a form into a page of another site. Any site may load it; who may show the form is for the form's policy to say."""

from __future__ import annotations

from litestar import Response

from service.context import app_context
from service.errors import Refusal
from service.forms import actions, embedding
from service.web.connection import AnyRequest
from service.web.i18n import say_in
from service.web.problems import status_of
from service.web.sentences import sentence_for
from service.web.templating import asked_language

MEDIA = "text/javascript"
A_SHORT_WHILE = "public, max-age=300"


async def script(request: AnyRequest, slug: str) -> Response[str]:
    """An unknown or closed form is answered with a script that does nothing, so the page around it stays whole."""
    state = app_context(request)
    try:
        async with state.db.transaction() as conn:
            form = await actions.find_open(conn, slug)
    except Refusal as refusal:
        sentence = sentence_for(refusal.code, say_in("en"))
        return Response(f"/* {sentence} */\n", status_code=status_of(refusal), media_type=MEDIA, headers={"Cache-Control": "no-store"})
    text = embedding.script(form, base_url=state.settings.base_url, language=asked_language(request))
    return Response(text, media_type=MEDIA, headers={"Cache-Control": A_SHORT_WHILE})
