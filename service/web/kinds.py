"""What a field's type asks for, in plain words: message codes for values that do not fit, and ready types for text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import inspect

# One line of text, and text of several lines: no NUL, no other control characters.
ONE_LINE = r"^[^\x00-\x1f\x7f]*\Z"
SEVERAL_LINES = r"^[^\x00-\x08\x0b-\x1f\x7f]*\Z"

Line = Annotated[str, msgspec.Meta(max_length=200, pattern=ONE_LINE)]
Text = Annotated[str, msgspec.Meta(max_length=2_000, pattern=SEVERAL_LINES)]
Email = Annotated[
    str,
    msgspec.Meta(max_length=254, pattern=r"^[^\s@\x00-\x1f\x7f<>,;]{1,64}@[^\s@\x00-\x1f\x7f<>,;]{1,189}\Z", extra={"wrong": "email"}),
]
Zip = Annotated[str, msgspec.Meta(max_length=10, pattern=r"^[0-9]{5}(-[0-9]{4})?\Z", extra={"wrong": "zip"})]

# A box that has to be ticked to go on, such as consent.
Ticked = Annotated[bool, msgspec.Meta(extra={"wrong": "tick"})]

# Fields of a Struct that could be read, by name: each of the type that the Struct gives it.
ReadFields = Mapping[str, Any]
Many = inspect.ListType | inspect.SetType | inspect.FrozenSetType | inspect.VarTupleType

_PLAIN_CODES: dict[type[inspect.Type], str] = {
    inspect.BoolType: "yes_or_no",
    inspect.DateType: "date",
    inspect.TimeType: "time",
    inspect.DateTimeType: "moment",
    inspect.EnumType: "choice",
    inspect.LiteralType: "choice",
    inspect.UUIDType: "choice",
    inspect.StructType: "object",
    inspect.DictType: "object",
    inspect.DecimalType: "decimal",
}


def rules_of(struct: type[msgspec.Struct], values: ReadFields) -> dict[str, str]:
    """What a Struct's own class method `rules` says about the fields that could be read: field -> code.

    Rules between fields (one of two is needed, a code must be known) stand there, so that they are named together with fields of the
    wrong kind. A field that is missing from `said` was left out, or is wrong by its kind and named for that.
    """
    rules: Callable[[ReadFields], dict[str, str]] | None = getattr(struct, "rules", None)
    return rules(values) if rules else {}


def bare(kind: inspect.Type) -> tuple[inspect.Type, str | None]:
    """The type without `| None` and without its wrapping, and the message code it asks for by `Meta(extra={"wrong": ...})`."""
    wrong: str | None = None
    while True:
        if isinstance(kind, inspect.Metadata):
            wrong = wrong or (kind.extra or {}).get("wrong")
            kind = kind.type
        elif isinstance(kind, inspect.UnionType) and len(rest := _without_none(kind)) == 1:
            kind = rest[0]
        else:
            return kind, wrong


def code_for(kind: inspect.Type, value: object) -> str:
    """The message code for a value that does not fit a type; a limit follows a colon, as in `too_long:200`."""
    kind, wrong = bare(kind)
    if wrong:
        return wrong
    if isinstance(kind, inspect.StrType):
        return _text_code(kind, value)
    if isinstance(kind, inspect.IntType | inspect.FloatType):
        return _number_code(kind, value)
    if isinstance(kind, Many):
        return _list_code(kind, value)
    return _PLAIN_CODES.get(type(kind), "not_right")


def _without_none(kind: inspect.UnionType) -> list[inspect.Type]:
    return [part for part in kind.types if not isinstance(part, inspect.NoneType)]


def _text_code(kind: inspect.StrType, value: object) -> str:
    if not isinstance(value, str):
        return "text"
    if kind.max_length is not None and len(value) > kind.max_length:
        return f"too_long:{kind.max_length}"
    if kind.min_length is not None and len(value) < kind.min_length:
        return f"too_short:{kind.min_length}"
    return "characters" if kind.pattern in (ONE_LINE, SEVERAL_LINES) else "not_right"


def _number_code(kind: inspect.IntType | inspect.FloatType, value: Any) -> str:
    plain = "number" if isinstance(kind, inspect.IntType) else "decimal"
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return plain
    if kind.ge is not None and number < kind.ge:
        return f"at_least:{kind.ge}"
    if kind.le is not None and number > kind.le:
        return f"at_most:{kind.le}"
    return plain


def _list_code(kind: Many, value: object) -> str:
    if not isinstance(value, list | tuple | set | frozenset):
        return "list"
    if kind.min_length is not None and len(value) < kind.min_length:
        return "choose_some" if kind.min_length == 1 else f"too_few:{kind.min_length}"
    if kind.max_length is not None and len(value) > kind.max_length:
        return f"too_many_chosen:{kind.max_length}"
    return code_for(kind.item_type, None) if not isinstance(kind.item_type, inspect.StrType) else "not_right"
