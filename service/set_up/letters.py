"""The letter that shows whether letters arrive."""

from __future__ import annotations

from service.mail.model import Content
from service.mail.note import note
from service.organizations.model import Organization
from service.web.i18n import say_in


def test_letter(operator: Organization, language: str) -> Content:
    say = say_in(language)
    return note(
        language,
        subject=say("A test letter from Doorstep"),
        before=[
            say("{place} is setting up Doorstep, and sent you this letter to see whether letters arrive.", place=operator.name),
            say("It did. You need not do anything."),
        ],
        footer=[operator.name, operator.postal_address],
    )
