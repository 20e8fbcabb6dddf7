"""What staff are written: an invitation, a sign-in link."""

from __future__ import annotations

from service.mail.model import Content
from service.mail.note import note
from service.web.i18n import say_in


def invitation(place: str, url: str, language: str) -> Content:
    say = say_in(language)
    return note(
        language,
        subject=say("Your place at {place} on Doorstep", place=place),
        before=[
            say("{place} would like you to help with its activities on Doorstep.", place=place),
            say("Press the button, then press it once more on the page that opens. You need no password."),
        ],
        button=(say("Sign in"), url),
        after=[say("The link works for seven days. If you did not expect this letter, you can leave it alone.")],
    )


def sign_in(place: str, url: str, language: str) -> Content:
    say = say_in(language)
    return note(
        language,
        subject=say("Your link to sign in"),
        before=[say("Here is your link to sign in at {place}.", place=place)],
        button=(say("Sign in"), url),
        after=[say("The link works for 30 minutes. If you did not ask for it, you can leave it alone.")],
    )
