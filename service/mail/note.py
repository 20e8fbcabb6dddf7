"""Short letters: a few sentences and at most one button, as text and as HTML that says the same."""

from __future__ import annotations

from collections.abc import Sequence

from service.mail.model import Content
from service.mail.quotation import quoted_lines, quoted_paragraphs
from service.web.jinja import render


def note(
    language: str,
    *,
    subject: str,
    before: Sequence[str],
    quotation: str = "",
    button: tuple[str, str] | None = None,
    code: tuple[str, str] | None = None,
    leads_out: bool = False,
    after: Sequence[str] = (),
    footer: Sequence[str] = (),
    stop_url: str = "",
) -> Content:
    """All texts already in `language`; a quotation, which follows `before`, is in whichever its author wrote.

    button: what it says, where it leads. code: what it is for, and itself; it follows the button. leads_out: the button ends something
    or gives it back, and must not look like what to do.
    footer: who writes, and from which postal address.
    """
    pressed = [f"{button[0]}:\n{button[1]}"] if button else []
    lines = [*before, *([quoted_lines(quotation)] if quotation else []), *pressed, *(["\n".join(code)] if code else []), *after]
    text = "\n\n".join(lines) + ("\n\n-- \n" + "\n".join(footer) if footer else "") + "\n"
    html = render(
        "mail/note.html",
        language=language,
        context={
            "subject": subject,
            "before": before,
            "quoted": quoted_paragraphs(quotation),
            "button": button,
            "code": code,
            "leads_out": leads_out,
            "after": after,
            "footer": footer,
        },
    )
    return Content(subject=subject, text=text, html=html, stop_url=stop_url)
