"""Sign-ups that were filled in on paper and typed into a table: a row is kept whole, or reported with everything that is wrong with it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

import msgspec

from service.db import Database
from service.errors import Invalid
from service.forms import actions
from service.forms.model import Form
from service.residents import actions as residents
from service.residents import store
from service.residents.actions import SignUpContext
from service.residents.model import Consented, SignUp, SignUpSource
from service.web import forms
from service.web.i18n import say_in
from service.web.kinds import SEVERAL_LINES, ReadFields
from service.web.sentences import sentence_for

LARGEST_BYTES = 20 * 2**20
MOST_ROWS = 20_000
FIRST_ROW = 2  # as spreadsheets count: the heading is row 1
LISTS = ("interests", "available", "needs", "languages")  # several codes in one cell, with semicolons between them
YES = frozenset({"yes", "y", "x", "1", "true", "sí", "si", "نعم"})
OLDEST_CONSENT = timedelta(days=365)
NEEDED = frozenset({"email", "zip", "consent", "consent_on"})


class PaperForm(SignUp, kw_only=True, forbid_unknown_fields=True):
    """A sign-up on paper. consent_on: the day beside the signature. consent_wording: the words printed there; none: the form's own."""

    consent_on: date
    consent_wording: Annotated[str, msgspec.Meta(max_length=2_000, pattern=SEVERAL_LINES)] = ""


class RefusedRow(msgspec.Struct, kw_only=True):
    """faults: column -> what is wrong. What stood there is not repeated: reports are passed around."""

    row: int
    faults: dict[str, str]


class PaperReport(msgspec.Struct, kw_only=True):
    """read = signed_up + known + refused. Everybody still has to press the button in their letter."""

    read: int = 0
    signed_up: int = 0
    known: int = 0
    refused: list[RefusedRow] = []


class _Undone(Exception):
    """A dry run takes its row back."""


async def import_residents(
    database: Database, context: SignUpContext, *, data: bytes, form: str, now: datetime, dry_run: bool = False
) -> PaperReport:
    """Sign up every row that can be read, each in a transaction of its own; importing the file again changes nothing more.

    Raises Missing for an unknown form, Invalid for a file that is no such table: then no row was kept.
    """
    rows = list(_rows(data))
    async with database.transaction() as conn:
        open_form = await actions.find_open(conn, form)
    report, seen = PaperReport(read=len(rows)), dict[bytes, int]()
    for row, cells in rows:
        try:
            submission = _read(cells, context, now=now)
            first = seen.setdefault(context.vault.index(submission.email), row)
            if first != row:
                raise Invalid(fields={"email": f"row_twice:{first}"})
            is_resident = await _keep(database, context, open_form, submission, now=now, dry_run=dry_run)
        except Invalid as refusal:
            report.refused.append(RefusedRow(row=row, faults=_sentences(refusal)))
        else:
            report.known += is_resident
            report.signed_up += not is_resident
    return report


async def _keep(database: Database, context: SignUpContext, form: Form, submission: PaperForm, *, now: datetime, dry_run: bool) -> bool:
    """Whether the address was known before."""
    source = SignUpSource(form_id=form.id, organization_id=form.organization_id, partner=form.partner, source="paper")
    is_resident = False
    try:
        async with database.transaction() as conn:
            is_resident = await store.by_address(conn, context.vault.indexes(submission.email)) is not None
            await residents.sign_up(conn, context, submission=submission, source=source, consents=_consents(form, submission, now), now=now)
            if dry_run:
                raise _Undone
    except _Undone:
        pass
    return is_resident


def _consents(form: Form, submission: PaperForm, now: datetime) -> list[Consented]:
    given_at = min(datetime.combine(submission.consent_on, time(12), UTC), now)
    words = submission.consent_wording or actions.consent_words(form, submission.language)
    return [
        Consented(purpose=purpose, version=form.consent_version, language=submission.language, wording=words, given_at=given_at)
        for purpose in submission.consent
    ]


def _read(cells: Mapping[str, str], context: SignUpContext, *, now: datetime) -> PaperForm:
    """Raises Invalid with every fault of the row."""

    def also(values: ReadFields) -> dict[str, str]:
        wrong = residents.place_faults(context.places, values)
        signed: date | None = values.get("consent_on")
        # Midnight comes to the east of here earlier.
        if signed and not now.date() - OLDEST_CONSENT <= signed <= now.date() + timedelta(days=1):
            wrong["consent_on"] = "consent_day"
        return wrong | ({"cells": "row_too_long"} if "" in cells else {})

    typed: dict[str, list[str]] = {name: cell.split(";") if name in LISTS else [cell] for name, cell in cells.items() if name}
    typed["consent"] = ["digest"] if cells["consent"].strip().lower() in YES else []
    return forms.read(typed, PaperForm, also=also)


def _rows(data: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows by number, each as column -> cell; what stands right of the last heading comes under "". Empty rows are left out."""
    table = _table(data)
    heading = [name.strip().lower().replace(" ", "_") for name in next(table, [])]
    _check(heading)
    for row, cells in enumerate(table, start=FIRST_ROW):
        if row - FIRST_ROW >= MOST_ROWS:
            raise Invalid("table_too_long", fields={"rows": f"more than {MOST_ROWS}"})
        if any(cell.strip() for cell in cells):
            more = "".join(cells[len(heading) :]).strip()
            padded = [*cells, *[""] * len(heading)]
            yield row, dict(zip(heading, padded, strict=False)) | ({"": more} if more else {})


def _check(heading: list[str]) -> None:
    """A column that we do not know would be lost without a word, so it is refused."""
    columns = {field.name for field in msgspec.structs.fields(PaperForm)}
    wrong = {name: "this column is missing" for name in sorted(NEEDED - set(heading))}
    wrong |= {name or "(no heading)": "this column is not known" for name in heading if name not in columns}
    wrong |= {name: "this column is there twice" for name in heading if heading.count(name) > 1}
    if wrong:
        raise Invalid("table_columns", fields=wrong)


def _table(data: bytes) -> Iterator[list[str]]:
    """Cells of a CSV, comma or semicolon between them as spreadsheets of different countries write it."""
    if len(data) > LARGEST_BYTES:
        raise Invalid("table_too_large", fields={"bytes": f"more than {LARGEST_BYTES}"})
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    first = text.partition("\n")[0]
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",", strict=True)
    except csv.Error as error:
        raise Invalid("table_unreadable", fields={"csv": str(error)}) from error


def _sentences(refusal: Invalid) -> dict[str, str]:
    say = say_in("en")
    return {name: sentence_for(code, say) for name, code in refusal.fields.items()}
