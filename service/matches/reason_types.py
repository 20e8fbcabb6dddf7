"""Why a match was made, as it is stored: one Struct for each code of matching/reasons.py, with its numbers by name."""

from __future__ import annotations

from typing import get_args

import msgspec


class TopicReason(msgspec.Struct, frozen=True, tag_field="code", tag="topic"):
    """A topic that the person chose. weight: 0 to 1, how much the activity is about it."""

    topic: str
    weight: float = 1.0


class WordsReason(msgspec.Struct, frozen=True, tag_field="code", tag="words"):
    """likeness: cosine of the person's own words and those of the activity."""

    likeness: float


class NearReason(msgspec.Struct, frozen=True, tag_field="code", tag="near"):
    km: float


class CameBeforeReason(msgspec.Struct, frozen=True, tag_field="code", tag="came_before"):
    """visits: faded by the week."""

    visits: float


class SaidYesReason(msgspec.Struct, frozen=True, tag_field="code", tag="said_yes"):
    """times: faded by the week."""

    times: float


class FacesReason(msgspec.Struct, frozen=True, tag_field="code", tag="faces"):
    """people: met at earlier dates, faded by the week."""

    people: float


class NewGroupReason(msgspec.Struct, frozen=True, tag_field="code", tag="new_group"):
    weeks: float


class SmallGroupReason(msgspec.Struct, frozen=True, tag_field="code", tag="small_group"):
    """people: the places it has."""

    people: float


class FreeReason(msgspec.Struct, frozen=True, tag_field="code", tag="free"):
    pass


class TimeReason(msgspec.Struct, frozen=True, tag_field="code", tag="time"):
    """Half hours of the week in which the session lies, one past the last."""

    week_from: float = 0.0
    week_to: float = 0.0


Reason = (
    TopicReason
    | WordsReason
    | NearReason
    | CameBeforeReason
    | SaidYesReason
    | FacesReason
    | NewGroupReason
    | SmallGroupReason
    | FreeReason
    | TimeReason
)
REASON_TYPES: dict[str, type[Reason]] = {str(kind.__struct_config__.tag): kind for kind in get_args(Reason)}
