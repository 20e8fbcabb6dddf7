"""Tables for spreadsheets: CSV in which no field is a formula. Text of centers and residents stands in it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from litestar.response import Response

# What a spreadsheet reads as the begin of a formula. Spaces before it do not help; tabs and line ends begin a new cell in some programs.
_FORMULA = re.compile(r"[^\S\t\r\n]*[=+\-@\t\r\n＝＋－＠]")
_BYTE_ORDER_MARK = "\ufeff"  # without it, spreadsheets read other scripts than Latin as rubbish


def csv_table(rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8 with every field in quotes; a field that a program could calculate begins with an apostrophe."""
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows([[_harmless(str(cell)) for cell in row] for row in rows])
    return (_BYTE_ORDER_MARK + out.getvalue()).encode()


def csv_answer(rows: Iterable[Sequence[object]], *, name: str) -> Response[bytes]:
    """To be saved as `name`: a word of letters, digits and hyphens, without its ending. Nobody on the way may keep a copy."""
    if not re.fullmatch(r"[A-Za-z0-9-]+", name):
        raise ValueError(f"{name!r} is no plain file name")
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"}
    return Response(csv_table(rows), media_type="text/csv", headers=headers)


def _harmless(text: str) -> str:
    text = text.replace("\0", "")
    return f"'{text}" if _FORMULA.match(text) else text
