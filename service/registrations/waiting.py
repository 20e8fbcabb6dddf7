"""The waiting order of a date: when a seat is offered, for how long, and when it is too late to wait. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from service.mail.hours import humane, is_waking

LAST_OFFER = timedelta(hours=1)  # before the start: later nobody could get ready and come
SHORTEST, LONGEST = timedelta(hours=1), timedelta(days=1)  # to think an offer over
LAST_ANSWER = timedelta(minutes=30)  # before the start
NIGHT_COUNTS = timedelta(days=1)  # before the start: what is nearer may be written of at any hour


def is_too_late(starts_at: datetime, now: datetime) -> bool:
    """Whether a seat that becomes free can no longer be offered to anybody."""
    return starts_at - now <= LAST_OFFER


def may_write(starts_at: datetime, zone: str, now: datetime) -> bool:
    """Whether an offer may be made now: its letter arrives at once. At night nobody's turn is passed over, it waits for the morning."""
    return starts_at - now <= NIGHT_COUNTS or is_waking(now, zone)


def answer_by(starts_at: datetime, zone: str, now: datetime) -> datetime:
    """When an offer made now passes on: after a quarter of the time that is left, an hour at least and a day at most.

    It never ends in the night, unless the next morning is too late for it.
    """
    planned = now + min(LONGEST, max(SHORTEST, (starts_at - now) / 4))
    morning = humane(planned, zone)
    return min(morning if morning <= starts_at - LAST_OFFER else planned, starts_at - LAST_ANSWER)
