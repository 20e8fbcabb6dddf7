"""Every wrong field of a JSON body, each with its JSON pointer; msgspec itself stops at the first."""

from __future__ import annotations

import re
from typing import get_args, get_origin, get_type_hints
from urllib.parse import quote

import msgspec
from msgspec import inspect

from service.web.kinds import Many, bare, code_for, rules_of

MAX_FAULTS = 100
MAX_DEPTH = 40
_STEP = re.compile(r"\.([^.\[\]]{1,100})|\[(\d{1,9}|\.\.\.)\]")


class FieldFault(msgspec.Struct, frozen=True):
    """`pointer` as in RFC 6901, written as a URI fragment (RFC 9457 shows it so); `code` names the message."""

    pointer: str
    code: str


def faults_in(body: bytes, annotation: object) -> list[FieldFault]:
    """What is wrong with a body that should fit a type; at most 100. Empty when nothing is.

    Raises msgspec.DecodeError for what is no JSON, RecursionError for what is too deep.
    """
    faults: list[FieldFault] = []
    _look(msgspec.json.decode(body), annotation, "#", faults, 0)
    return faults[:MAX_FAULTS]


def _look(value: object, annotation: object, pointer: str, faults: list[FieldFault], depth: int) -> None:
    if depth > MAX_DEPTH or len(faults) >= MAX_FAULTS:
        return
    struct, item = _struct_in(annotation), _item_in(annotation)
    if struct is not None and isinstance(value, dict):
        _look_in_object(value, struct, pointer, faults, depth)
    elif item is not None and isinstance(value, list) and value:
        before = len(faults)
        for place, element in enumerate(value):
            _look(element, item, f"{pointer}/{place}", faults, depth + 1)
        if len(faults) == before:
            _look_whole(value, annotation, pointer, faults)
    else:
        _look_whole(value, annotation, pointer, faults)


def _look_in_object(value: dict[str, object], struct: type[msgspec.Struct], pointer: str, faults: list[FieldFault], depth: int) -> None:
    annotations = get_type_hints(struct, include_extras=True)
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    for name, field in fields.items():
        here = f"{pointer}/{_escaped(name)}"
        if name in value:
            _look(value[name], annotations[field.name], here, faults, depth + 1)
        elif field.required:
            faults.append(FieldFault(here, "required"))
    if hasattr(struct, "rules"):
        _look_at_rules(value, struct, pointer, faults)
    if struct.__struct_config__.forbid_unknown_fields:
        faults.extend(FieldFault(f"{pointer}/{_escaped(name)}", "unknown_field") for name in value if name not in fields)


def _look_at_rules(value: dict[str, object], struct: type[msgspec.Struct], pointer: str, faults: list[FieldFault]) -> None:
    """Rules between fields, asked about those that nothing was found wrong with."""
    annotations = get_type_hints(struct, include_extras=True)
    inside = f"{pointer}/"
    named = {fault.pointer.removeprefix(inside).split("/")[0] for fault in faults if fault.pointer.startswith(inside)}
    fields = [field for field in msgspec.structs.fields(struct) if _escaped(field.encode_name) not in named]
    values = {f.name: msgspec.convert(value[f.encode_name], annotations[f.name]) for f in fields if f.encode_name in value}
    broken = rules_of(struct, values).items()
    faults.extend(FieldFault(inside + _escaped(name), code) for name, code in broken if _escaped(name) not in named)


def _look_whole(value: object, annotation: object, pointer: str, faults: list[FieldFault]) -> None:
    try:
        msgspec.convert(value, annotation)
    except msgspec.ValidationError as error:
        faults.append(FieldFault(pointer + _pointer_of(str(error)), code_for(inspect.type_info(annotation), value)))
    except (ValueError, OverflowError):
        faults.append(FieldFault(pointer, code_for(inspect.type_info(annotation), value)))


def _struct_in(annotation: object) -> type[msgspec.Struct] | None:
    kind, _ = bare(inspect.type_info(annotation))
    return kind.cls if isinstance(kind, inspect.StructType) else None


def _item_in(annotation: object) -> object:
    """The annotation of a list's items, or None for what is no list."""
    kind, _ = bare(inspect.type_info(annotation))
    if not isinstance(kind, Many):
        return None
    for part in (annotation, *get_args(annotation)):
        if get_origin(part) in (list, set, frozenset, tuple):
            return get_args(part)[0]
    return None


def _pointer_of(message: str) -> str:
    """The JSON pointer for the path that msgspec puts at the end of its message, as in "- at `$.a[0]`"."""
    _, _, path = message.rpartition("`$")
    return "".join(f"/{_escaped(name or place)}" for name, place in _STEP.findall(path) if place != "...")


def _escaped(name: str) -> str:
    """RFC 6901: ~ and / stand for themselves as ~0 and ~1; in a fragment, what is no plain letter is percent-encoded."""
    return quote(name[:100].replace("~", "~0").replace("/", "~1"), safe="~")
