"""Seats as a calendar program sees them."""

from __future__ import annotations

from service.registrations.model import SessionFacts, State


class SeatOfCalendar(SessionFacts, frozen=True, kw_only=True):
    """A date at which a person has, or had, a seat. seat_sequence: grows with each change of the seat."""

    seat: State
    seat_sequence: int
