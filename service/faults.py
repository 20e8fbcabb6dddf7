"""Faults that nobody expected: contained where they arise, and told in the log with class, message and place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from service.errors import Refusal

log = structlog.get_logger()

_HOUSE = Path(__file__).resolve().parents[1]
_OURS = ("service", "matching", "workers", "migrations")
_LONGEST = 200  # characters of a message
# What a message may quote of a person. Between the first quotation mark and the last one anything may stand.
_PERSONAL = re.compile(
    r"[\'\"“”«»‘’].*[\'\"“”«»‘’]|[\'\"“”«»‘’].*"
    r"|\S*@\S*"
    r"|\b[0-9a-fA-F]{8}-[0-9a-fA-F-]{4,}"
    r"|[+(]?\d[\d\s().:/-]{3,}\d"
)


@contextmanager
def contained(event: str, **subject: object) -> Iterator[None]:
    """What goes wrong inside is logged under `event`, and the turn of the others goes on. Stops pass through."""
    try:
        yield
    except Exception as error:
        log_fault(event, error, **subject)


def log_fault(event: str, error: Exception, **subject: object) -> None:
    """subject: the region, center or feed that it happened to; never a person."""
    log.error(event, **described(error), **subject)


def described(error: BaseException) -> dict[str, str]:
    """fault: the class; message: without what may be of a person; place: file:line of the innermost frame of our code."""
    return {"fault": type(error).__name__, "message": _message(error), "place": place_of(error)}


def place_of(error: BaseException) -> str:
    """File and line of the innermost frame that is ours; of the innermost one where none is."""
    trace, place, ours = error.__traceback__, "?", ""
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        place = f"{path.name}:{trace.tb_lineno}"
        if path.is_relative_to(_HOUSE) and path.relative_to(_HOUSE).parts[0] in _OURS:
            ours = f"{path.relative_to(_HOUSE).as_posix()}:{trace.tb_lineno}"
        trace = trace.tb_next
    return ours or place


def _message(error: BaseException) -> str:
    """The first line: what Postgres adds below it are values of rows."""
    if isinstance(error, Refusal):
        return error.code
    return _PERSONAL.sub("…", str(error).partition("\n")[0][: 5 * _LONGEST])[:_LONGEST]
