"""What a command was given, read into the Struct that the pages read theirs into: every fault at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from service.errors import Invalid
from service.places.places import Places
from service.web.faults import faults_in

T = TypeVar("T", bound=msgspec.Struct)


def struct_of(struct: type[T], facts: Mapping[str, object], *, places: Places | None = None) -> T:
    """The Struct; what was not given (None) is left out, and words lose the spaces around them. `places`: the field `zip` is looked up.

    Raises Invalid with `fields`.
    """
    given = {name: value.strip() if isinstance(value, str) else value for name, value in facts.items() if value is not None}
    faults = {fault.pointer.removeprefix("#/"): fault.code for fault in faults_in(msgspec.json.encode(given), struct)}
    faults = {**(_zip_fault(str(given["zip"]), places) if places and "zip" in given else {}), **faults}
    if faults:
        raise Invalid(fields=faults)
    return msgspec.convert(given, struct)


def _zip_fault(code: str, places: Places) -> Mapping[str, str]:
    try:
        places.find(code)
    except Invalid as refusal:
        return refusal.fields
    return {}
