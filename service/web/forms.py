"""A posted form, read into a Struct with every wrong field found at once.

Browsers send text: one ticked box arrives as a single word, an empty box as "". The type of a field says what is meant, and
`msgspec.Meta(extra={"wrong": "email"})` on it names the message to show instead of the general one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import TypeVar, get_type_hints
from urllib.parse import parse_qsl

import msgspec
from litestar.exceptions import ClientException
from msgspec import inspect

from service.errors import Invalid
from service.web.connection import AnyRequest
from service.web.kinds import Many, ReadFields, bare, code_for, rules_of
from service.web.visible import visible

T = TypeVar("T", bound=msgspec.Struct)
FormData = Mapping[str, Sequence[object]]
Rules = Callable[[ReadFields], dict[str, str]]

MAX_FIELDS = 1_000
YEARS = range(1900, 2101)
_TRUE = frozenset({"1", "on", "true", "yes"})
_FALSE = frozenset({"0", "off", "false", "no"})


async def form_of(request: AnyRequest) -> dict[str, list[object]]:
    """The fields of a posted form: text, or UploadFile for a file. Raises Invalid when the body cannot be read as a form."""
    try:
        if request.content_type[0] == "multipart/form-data":
            sent = await request.form()
            return {str(name): list(sent.getall(name)) for name in sent}
        return _urlencoded(await request.body())
    except (ValueError, LookupError, AttributeError) as error:
        # Lookup and attribute: a part that names a character set nobody has, or has no name at all.
        raise Invalid("bad_request") from error
    except ClientException as error:
        raise error if error.status_code == 413 else Invalid("bad_request") from error


def read(form: FormData, struct: type[T], *, also: Rules | None = None) -> T:
    """The form as a Struct; fields the Struct does not know are left alone.

    also: rules that need more than the form (is this ZIP code known?), asked about the fields that could be read.
    Raises Invalid with `fields` naming every wrong field, whatever made it wrong, and `typed` giving back what was typed.
    """
    values, wrong = _read_fields(form, struct)
    wrong = {**(also(values) if also else {}), **rules_of(struct, values), **wrong}
    if wrong:
        raise Invalid("invalid", fields=_in_order(wrong, struct), typed=typed_in(form))
    try:
        return struct(**values)
    except Invalid as refusal:  # a rule between two fields, kept in __post_init__
        raise Invalid("invalid", fields=refusal.fields, typed=typed_in(form)) from refusal


def typed_in(form: FormData) -> dict[str, list[str]]:
    """What was typed, to be shown again; files are left out, browsers do not take them back."""
    return {name: [value for value in values if isinstance(value, str)] for name, values in form.items()}


def _read_fields(form: FormData, struct: type[msgspec.Struct]) -> tuple[dict[str, object], dict[str, str]]:
    """The fields that fit their kind, and the codes of those that do not."""
    values: dict[str, object] = {}
    wrong: dict[str, str] = {}
    for field, annotation in _fields(struct):
        given = _texts(form.get(field.encode_name, ()))
        if not given and not field.required:
            continue
        value, code = _value(field.type, annotation, given)
        if code:
            wrong[field.encode_name] = code
        else:
            values[field.name] = value
    return values, wrong


def _in_order(wrong: dict[str, str], struct: type[msgspec.Struct]) -> dict[str, str]:
    """In the order of the Struct's fields."""
    names = [field.encode_name for field, _ in _fields(struct)]
    return {name: wrong[name] for name in [*names, *wrong] if name in wrong}


def _urlencoded(body: bytes) -> dict[str, list[object]]:
    fields: dict[str, list[object]] = {}
    for name, value in parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS):
        fields.setdefault(name, []).append(value)
    return fields


@cache
def _fields(struct: type[msgspec.Struct]) -> list[tuple[inspect.Field, object]]:
    kind = inspect.type_info(struct)
    assert isinstance(kind, inspect.StructType)
    annotations = get_type_hints(struct, include_extras=True)
    return [(field, annotations[field.name]) for field in kind.fields]


def _texts(values: Sequence[object]) -> list[object]:
    """Trimmed, with the line ends of one kind, without what nobody sees, and without the empty ones: an empty box is no answer."""
    trimmed = [visible(value).strip().replace("\r\n", "\n") if isinstance(value, str) else value for value in values]
    return [value for value in trimmed if value != ""]


def _value(kind: inspect.Type, annotation: object, given: list[object]) -> tuple[object, str | None]:
    """The value of one field and no code, or nothing and the code of what is wrong with it."""
    inner, wrong = bare(kind)
    if isinstance(inner, inspect.BoolType):
        return _yes_or_no(given, must_be=wrong)
    if not given and not isinstance(inner, Many):
        return None, "choose_one" if isinstance(inner, inspect.EnumType | inspect.LiteralType) else "required"
    raw = given if isinstance(inner, Many) else given[-1]
    try:
        value = msgspec.convert(raw, annotation, strict=False)
    except (msgspec.ValidationError, ValueError, OverflowError, RecursionError):
        return None, _code_in_list(inner, given) if isinstance(inner, Many) else code_for(kind, raw)
    if isinstance(value, date | datetime) and value.year not in YEARS:
        return None, code_for(kind, raw)
    return value, None


def _yes_or_no(given: list[object], *, must_be: str | None) -> tuple[object, str | None]:
    """A box ticked or not. One whose type names a message (`kinds.Ticked`) must be ticked, or that message is shown."""
    word = str(given[-1]).lower() if given else "no"
    if word not in _TRUE | _FALSE:
        return None, "yes_or_no"
    ticked = word in _TRUE
    return ticked, must_be if not ticked else None


def _code_in_list(kind: Many, given: list[object]) -> str:
    """The first wrong item speaks for the list, else it is their number that is wrong."""
    for item in given:
        if not _fits(kind.item_type, item):
            return code_for(kind.item_type, item)
    return code_for(kind, given)


def _fits(kind: inspect.Type, item: object) -> bool:
    """Whether an item is one of the words or numbers that a list may hold."""
    inner, _ = bare(kind)
    if isinstance(inner, inspect.EnumType):
        return item in {str(member.value) for member in inner.cls}
    if isinstance(inner, inspect.LiteralType):
        return item in {str(value) for value in inner.values}
    if isinstance(inner, inspect.StrType):
        return isinstance(item, str) and len(item) <= (inner.max_length if inner.max_length is not None else len(item))
    return not isinstance(inner, inspect.IntType) or (isinstance(item, str) and item.lstrip("-").isdigit())
