"""The letter that asks a center whether it is still there, in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from service.liveness.model import ONE_SECOND, SilentActivity
from service.mail.model import Content
from service.mail.note import note
from service.web import wording
from service.web.i18n import say_in

MOST_NAMED = 20


def still_there(activities: Sequence[SilentActivity], *, weeks: int, leaves_at: datetime, url: str, language: str) -> Content:
    """activities: of one center, at least one. weeks: for so long nobody was heard of."""
    say, number = say_in(language), len(activities)
    center, day = activities[0].center_name, wording.local_day(leaves_at - ONE_SECOND, say, activities[0].zone)
    more = [say("And {count} more.", count=number - MOST_NAMED)] if number > MOST_NAMED else []
    return note(
        language,
        subject=say("Are you still there? {center}", center=center),
        before=[
            say.count(
                "For {weeks} weeks we have heard nothing of one activity of {center}:",
                "For {weeks} weeks we have heard nothing of {count} activities of {center}:",
                number,
                weeks=weeks,
                center=center,
            ),
            *[f"“{activity.title}”" for activity in activities[:MOST_NAMED]],
            *more,
            say("Nobody noted who came, and nobody whom we invited answered."),
            say.count(
                "If nothing is heard by the end of {day}, our weekly letters stop inviting people to it.",
                "If nothing is heard by the end of {day}, our weekly letters stop inviting people to them.",
                number,
                day=day,
            ),
            say("Who has a seat keeps it. The public pages stay as they are."),
            say("To go on, press the button, and then once more on the page that opens."),
        ],
        button=(say("We are here"), url),
        after=[say("Later, too, one press there brings back what has left our letters.")],
    )
