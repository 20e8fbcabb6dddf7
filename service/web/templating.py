"""Pages: a template, filled in, in the reader's language."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import quote, urlencode

from litestar import Litestar
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import Redirect, Template
from litestar.template import TemplateConfig

from service.web import static
from service.web.connection import AnyRequest
from service.web.framing import PARAMETER, is_framed, query_value
from service.web.i18n import NAMES, Translator, negotiate, say_in
from service.web.jinja import environment, language_context
from service.web.security import csp_nonce


def template_config() -> TemplateConfig[JinjaTemplateEngine]:
    return TemplateConfig(instance=JinjaTemplateEngine.from_environment(environment()))


def asked_language(request: AnyRequest) -> str | None:
    """What `?lang=` asks for."""
    asked = query_value(request, "lang").lower()
    return asked if asked in NAMES else None


def language_of(request: AnyRequest, *, preferred: str | None = None, offered: Collection[str] = NAMES) -> str:
    accept = request.headers.get("accept-language", "")
    return negotiate(asked=asked_language(request), preferred=preferred, accept=accept, offered=offered)


def say_for(request: AnyRequest, *, preferred: str | None = None, offered: Collection[str] = NAMES) -> Translator:
    return say_in(language_of(request, preferred=preferred, offered=offered))


def page(
    name: str,
    request: AnyRequest,
    *,
    status_code: int = 200,
    language: str | None = None,
    page_languages: Collection[str] = NAMES,
    more: Mapping[str, object] | None = None,
    **context: object,
) -> Template:
    """A page. `language` is the person's or the form's own; `?lang=` still wins. page_languages: those that this page has.
    more: of what the template gets by name, as `context`.

    Templates get: `_`, `n_`, `sentence(code)`, `lang`, `direction`, `asset(name)`, `go(path)` (keeps a chosen language),
    `stay(path)` (keeps the frame, too), `other_languages` (tag, name, address), `has(path)`, `here`, `embedded`, `csp_nonce()`.
    """
    say = say_for(request, preferred=language, offered=page_languages)
    language_asked, frame = _chosen_language(request), _frame(request)
    others = [tag for tag in NAMES if tag in page_languages and tag != say.language]
    given = {
        **language_context(say),
        "asset": static.address,
        "go": lambda path: _with_query(path, language_asked),
        "stay": lambda path: _with_query(path, frame | language_asked),
        "other_languages": [(tag, NAMES[tag], _with_query(own_path(request), frame | {"lang": tag})) for tag in others],
        "embedded": bool(frame),
        "here": request.scope["path"],
        "has": lambda path: _has_page(request.app, path),
        "csp_nonce": lambda: csp_nonce(request.scope),
        "typed": {},
        "wrong": {},
    }
    response = Template(name, context={**given, **(more or {}), **context}, status_code=status_code, media_type="text/html")
    response.headers["Content-Language"] = say.language
    response.headers.setdefault("Vary", "Accept-Language")
    return response


def see_other(request: AnyRequest, path: str, **params: object) -> Redirect:
    """On to another page of ours after a post, in the language that was chosen and in the same frame. params: plain words and numbers."""
    return Redirect(_with_query(path, {**params, **_frame(request), **_chosen_language(request)}), status_code=303)


def _has_page(app: Litestar, path: str) -> bool:
    """Whether a page answers at this address: a link in the frame of every page must lead somewhere."""
    return any(route.path == path for route in app.routes)


def own_path(request: AnyRequest) -> str:
    """The path that was asked for, as a link that stays on this site: `//host` and `/\\host` would lead a browser to another one."""
    return "/" + quote(request.scope["path"].lstrip("/\\"), safe="/:@!$&'()*+,;=~-._")


def _chosen_language(request: AnyRequest) -> dict[str, str]:
    language = asked_language(request)
    return {"lang": language} if language else {}


def _frame(request: AnyRequest) -> dict[str, str]:
    return {PARAMETER: "1"} if is_framed(request) else {}


def _with_query(path: str, params: Mapping[str, object]) -> str:
    if not params:
        return path
    return f"{path}{'&' if '?' in path else '?'}{urlencode(params)}"
