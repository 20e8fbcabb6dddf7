"""What an answer about a visit changes: the visit that the matcher learns, what is offered again, and what the person likes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from service.db import Conn
from service.errors import Conflict, Gone, Missing
from service.feedback import store
from service.feedback.model import Feedback, Visit
from service.interests.taxonomy import by_code
from service.registrations import store as registrations
from service.registrations.model import SessionFacts
from service.residents import store as residents
from service.residents.model import Profile
from service.sessions import store as sessions


class TopicChoices(msgspec.Struct, frozen=True, kw_only=True):
    """Topics of an activity that "more of this" would add to what a person likes, and that "less of this" would take out of it."""

    more: list[str]
    less: list[str]


def answered(before: Feedback, *, question: str, choice: str) -> Feedback:
    """The answers with one of them given, changed, or taken back (choice is empty).

    Another answer to the first question takes those that hung on it back. Raises Missing for what no button of the page sends.
    """
    answers: dict[str, str | None] = {"came": before.came, "rating": before.rating, "wants": before.wants}
    if question not in answers:
        raise Missing
    if question == "came" and choice != before.came:
        answers.clear()
    answers[question] = choice or None
    try:
        after = msgspec.convert(answers, Feedback)
    except msgspec.ValidationError:
        raise Missing from None
    if after.rating not in after.ratings or (after.wants and after.came != "yes"):
        raise Missing
    return after


async def change(conn: Conn, visit: Visit, after: Feedback, *, profile: Profile, now: datetime) -> None:
    """Write the answers, and make everything that hangs on them as they say. The transaction acts for the person.

    Raises Gone when the date was called off, Conflict for more or less of what is liked, or not liked, already.
    """
    # First the seats, as the center does when it notes who came: of two words at once the second sees the first.
    await sessions.lock_seats(conn, session_id=visit.session_id)
    session = await registrations.session(conn, session_id=visit.session_id)
    if session.state == "cancelled":
        raise Gone("session_cancelled")
    after = await _change_topics(conn, visit, after, session, profile, now)
    person = {"resident_id": visit.resident_id}
    await store.answer(conn, after, session_id=visit.session_id, now=now, **person)
    await registrations.note_visit(conn, handle=visit.handle, now=now)
    if after.rating == "not_for_me":
        await store.keep_away(conn, activity_id=session.activity_id, now=now, **person)
    elif visit.rating == "not_for_me":
        await store.offer_again(conn, activity_id=session.activity_id, **person)


def topic_choices(liked: Sequence[str], disliked: Sequence[str], about: Sequence[str]) -> TopicChoices:
    """liked, disliked: of the person; about: topics of the activity. What somebody turned down in their own words stays turned down."""
    topics = [code for code in about if code in by_code()]
    return TopicChoices(
        more=[code for code in topics if code not in liked and code not in disliked], less=[code for code in topics if code in liked]
    )


def topics_before(liked: Sequence[str], feedback: Feedback) -> list[str]:
    """What the person likes without what these answers changed of it."""
    if feedback.wants == "more":
        return [code for code in liked if code not in feedback.topics_changed]
    return [*liked, *(code for code in feedback.topics_changed if code not in liked)]


async def _change_topics(conn: Conn, visit: Visit, after: Feedback, session: SessionFacts, profile: Profile, now: datetime) -> Feedback:
    """The answers with the topics that they change, which stand in the profile then."""
    if after.wants == visit.wants:
        return msgspec.structs.replace(after, topics_changed=visit.topics_changed)
    liked = topics_before(profile.topics, visit)
    choices = topic_choices(liked, profile.disliked, session.topics)
    changed = {"more": choices.more, "less": choices.less, None: list[str]()}[after.wants]
    if after.wants and not changed:
        raise Conflict
    after = msgspec.structs.replace(after, topics_changed=changed)
    topics = [*liked, *changed] if after.wants == "more" else [code for code in liked if code not in changed]
    await residents.change_profile(conn, msgspec.structs.replace(profile, topics=topics), now=now)
    return after
