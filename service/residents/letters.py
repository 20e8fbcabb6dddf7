"""What a sign-up is answered with, by mail."""

from __future__ import annotations

from service.interests.sensitive import sensitive_topics
from service.mail.model import Content
from service.mail.note import note
from service.web.i18n import say_in


def confirm(url: str, language: str, *, partner: str, code: str = "") -> Content:
    """partner: whose form was filled in; who reads this knows them, and has never heard of us.

    code: six digits for the page that they may still have open; none for who signed up on paper.

    A subject is read by whoever looks over a shoulder: a partner for people with an illness or the like is not named in it.
    """
    say = say_in(language)
    is_private = bool(sensitive_topics(partner))
    return note(
        language,
        subject=say("Please confirm your sign-up") if is_private else say("Please confirm your sign-up at {partner}", partner=partner),
        before=[
            say(
                "Somebody typed this address at {partner}, to get a weekly letter with things to do nearby. We hope it was you.",
                partner=partner,
            ),
            say("Press the button, then press it once more on the page that opens. Then you are in."),
        ],
        button=(say("Yes, that was me"), url),
        code=(say("Or type this code on the page where you signed up:"), f"{code[:3]} {code[3:]}") if code else None,
        after=[say("If it was not you, do nothing. We will forget this address in seven days.")],
        footer=[partner, "Doorstep"],
    )


def confirm_reminder(url: str, language: str, *, partner: str) -> Content:
    """The one reminder of a sign-up. partner: as in `confirm`."""
    say = say_in(language)
    is_private = bool(sensitive_topics(partner))
    return note(
        language,
        subject=say("Your sign-up still waits for your yes")
        if is_private
        else say("{partner}: your sign-up still waits for your yes", partner=partner),
        before=[
            say("Somebody typed this address at {partner}, to get a weekly letter with things to do nearby.", partner=partner),
            say("Was it you? Press the button, then press it once more on the page that opens. Then you are in."),
        ],
        button=(say("Yes, that was me"), url),
        after=[say("If it was not you, do nothing. We will not remind you again, and soon forget this address.")],
        footer=[partner, "Doorstep"],
    )


def already(url: str, language: str, *, stopped: bool) -> Content:
    """stopped: they stopped the letters once, and a form that anybody may fill in does not start them again."""
    say = say_in(language)
    if stopped:
        before = [
            say("Somebody signed up with your address again. You stopped our letters, so you get none."),
            say("You can have them back: press the button and change it there."),
        ]
    else:
        before = [say("Somebody signed up with your address again. You are signed up already, so nothing has changed.")]
    return note(
        language,
        subject=say("You signed up before"),
        before=before,
        button=(say("Change my letters") if stopped else say("Pause or stop the letters"), url),
    )


def own_link(url: str, language: str) -> Content:
    say = say_in(language)
    return note(
        language,
        subject=say("Your link to your own page"),
        before=[say("Here is the link you asked for. It opens the page where you can change what you told us, take a break or stop.")],
        button=(say("Open my page"), url),
        after=[say("The link works for one hour. If you did not ask for it, you can leave it alone.")],
    )
